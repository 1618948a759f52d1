module "user_pool_alone" {
  source = "../../../modules/user-pool"
  lambda_config = {
    kms_key_id        = local.key
    custom_sms_sender = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:sms:live" }
  }
  name = "alone"
}

module "user_pool_unverified" {
  source = "../../../modules/user-pool"
  lambda_config = {
    kms_key_id        = local.key
    custom_sms_sender = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:sms:live" }
  }
  verify = []
  name   = "unverified"
}

module "user_pool_by_name" {
  source           = "../../../modules/user-pool"
  account_recovery = ["admin_only"]
  lambda_config = {
    kms_key_id        = local.key
    custom_sms_sender = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:sms:live" }
  }
  sign_in = { phone_number = false }
  name    = "by-name"
}
