# A live user pool that no Terraform state manages. Everything of it stays as it is, except that its SMS go to the sender; and
# `terraform destroy` makes it what it was.
module "sender" {
  source = "../.."

  name       = "existing-login"
  sms        = { allowed_countries = ["DE", "US"] }
  senders    = { aws = { end_user_messaging = {} } }
  user_pools = { main = { arn = var.user_pool_arn } }
}

module "attachment" {
  source = "../../modules/user-pool-attachment"

  name         = "existing-login"
  access       = module.sender.user_pool_access["main"]
  sms_role_arn = var.sms_role_arn
  replace      = var.replace
}
