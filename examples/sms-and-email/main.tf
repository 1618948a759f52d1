# One function and one key for both channels. People sign in with number or address, and each can be the second factor.
module "sender" {
  source = "../.."

  name  = "both-login"
  sms   = { allowed_countries = ["DE", "US"] }
  email = { from = var.from }
  # Each channel has one sender that can carry it, so neither needs routes.
  senders = {
    aws = { end_user_messaging = {} }
    ses = { ses = { identity_arn = var.identity_arn } }
  }
  user_pool = {
    sign_in = { phone_number = true, email = true }
    mfa     = { mode = "OPTIONAL", email = true }
    # Cognito demands it of a pool with e-mail as a second factor, although the sender takes every message.
    email = { source_arn = var.identity_arn, from = var.from }
  }
}
