# E-mail alone: people sign up with their address, and Amazon SES sends the codes.
module "sender" {
  source = "../.."

  name      = "email-login"
  email     = { from = var.from }
  senders   = { ses = { ses = { identity_arn = var.identity_arn } } }
  user_pool = {}
}
