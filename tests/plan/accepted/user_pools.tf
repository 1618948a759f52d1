module "pool_made" {
  user_pool = {}
}

module "pool_made_known_key" {
  user_pool = {}
  kms_key   = { existing = { arn = local.key } }
}

module "pool_beside" {
  user_pools = { main = { arn = aws_cognito_user_pool.beside.arn } }
}

module "pool_given" {
  user_pools = { main = { arn = local.pool } }
  kms_key    = { existing = { arn = local.key } }
}

module "two_pools" {
  user_pools = { one = { arn = local.pool }, two = { arn = local.other_pool } }
  kms_key    = { existing = { arn = local.key }, pool_manager_role_arns = [local.manager] }
}

module "pool_made_and_given" {
  user_pool  = {}
  user_pools = { main = { arn = local.pool } }
}

module "pool_full" {
  user_pool = {
    name                = "customers"
    sign_in             = { phone_number = false, email = true }
    self_sign_up        = false
    verify              = ["phone_number", "email"]
    account_recovery    = ["verified_email", "verified_phone_number"]
    mfa                 = { mode = "ON", software_token = true }
    password_policy     = { minimum_length = 20, require_symbols = true, history_size = 5 }
    deletion_protection = false
    email = {
      source_arn        = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
      from              = "Acme <login@example.com>"
      reply_to          = "help@example.com"
      configuration_set = "login"
    }
    custom_email_sender = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:mail", role_arn = local.email_role }
    triggers = {
      create_auth_challenge          = "arn:aws:lambda:eu-central-1:123456789012:function:create"
      custom_message                 = "arn:aws:lambda:eu-central-1:123456789012:function:message"
      define_auth_challenge          = "arn:aws:lambda:eu-central-1:123456789012:function:define"
      post_authentication            = "arn:aws:lambda:eu-central-1:123456789012:function:post"
      post_confirmation              = "arn:aws:lambda:eu-central-1:123456789012:function:confirm"
      pre_authentication             = "arn:aws:lambda:eu-central-1:123456789012:function:pre"
      pre_sign_up                    = "arn:aws:lambda:eu-central-1:123456789012:function:sign"
      pre_token_generation           = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:token", lambda_version = "V2_0" }
      user_migration                 = "arn:aws:lambda:eu-central-1:123456789012:function:migrate"
      verify_auth_challenge_response = "arn:aws:lambda:eu-central-1:123456789012:function:verify"
    }
  }
}

module "custom_email_sender" {
  user_pools = { main = { arn = local.pool, custom_email_sender = { role_arn = local.email_role } } }
  kms_key    = { existing = { arn = local.key } }
}

module "keys_change" {
  user_pools = { main = { arn = local.pool, custom_email_sender = { role_arn = local.email_role } } }
  kms_key = {
    existing     = { arn = local.key }
    also_decrypt = { old = { arn = local.key }, new = { arn = aws_kms_key.unknown.arn } }
  }
}

module "boundary_and_path" {
  user_pool = {}
  iam       = { path = "/sms/", permissions_boundary_arn = local.boundary }
}

module "tags" {
  user_pool  = {}
  monitoring = {}
  tags       = { team = "login" }
}

module "govcloud" {
  providers  = { aws = aws.govcloud }
  senders    = { aws = { end_user_messaging = {} } }
  user_pools = { main = { arn = "arn:aws-us-gov:cognito-idp:us-gov-west-1:123456789012:userpool/us-gov-west-1_Ab1" } }
  kms_key    = { existing = { arn = "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/1" } }
}

module "china" {
  providers = { aws = aws.china }
  senders   = { own = { webhook = { url = "https://sms.example.cn", secret_arn = "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/own" } } }
  user_pool = {}
  iam       = { secret_kms_key_arns = ["arn:aws-cn:kms:cn-north-1:123456789012:key/1"] }
}

module "unknown_key_made_here" {
  user_pools = { main = { arn = aws_cognito_user_pool.unknown.arn } }
}
