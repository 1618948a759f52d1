# The sender, in a Terraform state of its own. It knows the pool by its ARN only, and hands back what the pool's lambda_config
# takes: examples/two-states-pool.
module "sender" {
  source = "../.."

  name       = "two-states-login"
  sms        = { allowed_countries = ["DE", "US"] }
  senders    = { sns = { sns = {} } }
  user_pools = { customers = { arn = var.user_pool_arn } }
}
