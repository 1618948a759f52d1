# refuses: email.from must say which address
module "email_of_a_domain" {
  user_pool = { email = { source_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" } }
}

# refuses: email.source_arn must be the ARN of an SES identity
module "email_identity" {
  user_pool = { email = { source_arn = "login@example.com" } }
}

# refuses: not its id
module "pool_by_id" {
  user_pools = { main = { arn = local.pool_id } }
}

# refuses: without blanks or asterisks
module "pool_of_any_id" {
  user_pools = { main = { arn = local.every_pool } }
}

# refuses: without blanks or asterisks
module "pool_with_blank" {
  user_pools = { main = { arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEf123 " } }
}

# refuses: user_pools: custom_email_sender.role_arn
module "email_sender_by_name" {
  user_pools = { main = { arn = local.pool, custom_email_sender = { role_arn = "mail" } } }
}

# refuses: user_pool.custom_email_sender.role_arn
module "email_sender_of_the_made_pool_by_name" {
  user_pool = { custom_email_sender = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:mail", role_arn = "mail" } }
}

# refuses: not their names
module "trigger_by_name" {
  user_pool = { triggers = { pre_sign_up = "sign-up" } }
}

# refuses: not their names
module "trigger_of_tokens_by_name" {
  user_pool = { triggers = { pre_token_generation = { lambda_arn = "tokens" } } }
}

# refuses: not their names
module "trigger_of_email_by_name" {
  user_pool = { custom_email_sender = { lambda_arn = "mail", role_arn = local.email_role } }
}

# refuses: "V1_0", "V2_0" or "V3_0"
module "trigger_version" {
  user_pool = { triggers = { pre_token_generation = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:x", lambda_version = "V4_0" } } }
}

# refuses: becomes part of a statement id
module "pool_key" {
  user_pools = { "my pool" = { arn = local.pool } }
}

# refuses: "user_pool" in user_pools is taken
module "pool_key_taken" {
  user_pools = { user_pool = { arn = local.pool } }
}

# refuses: "OFF", "OPTIONAL" or "ON"
module "mfa" {
  user_pool = { mfa = { mode = "on" } }
}

# refuses: so it stands alone
module "recovery" {
  user_pool = { account_recovery = ["admin_only", "verified_email"] }
}

# refuses: "phone_number" and "email"
module "verify" {
  user_pool = { verify = ["phone"] }
}

# refuses: minimum_length must be 6 to 99
module "password_length" {
  user_pool = { password_policy = { minimum_length = 5 } }
}

# refuses: Set mode to "OPTIONAL" or "ON", or remove software_token
module "mfa_off_with_token" {
  user_pool = { mfa = { software_token = true } }
}

# refuses: call the module with a provider of the pool's Region
module "pool_in_another_region" {
  user_pools = { pool-in-another-region = { arn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbC" } }
}
