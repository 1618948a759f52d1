# refused by what it makes: email.from: an address, if email.source_arn is a domain. Got: none. Fix: say which address
module "email_of_a_domain" {
  user_pool = { email = { source_arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com" } }
}

# refused by what it makes: "email_configuration.0.source_arn" (login@example.com) is an invalid ARN
module "email_identity" {
  user_pool = { email = { source_arn = "login@example.com" } }
}

# refused: Got: something else in main. Fix: write the ARN, not the id, without blanks or asterisks.
module "pool_by_id" {
  user_pools = { main = { arn = local.pool_id }, other = { arn = local.other_pool } }
}

# refused: without blanks or asterisks
module "pool_of_any_id" {
  user_pools = { main = { arn = local.every_pool } }
}

# refused: without blanks or asterisks
module "pool_with_blank" {
  user_pools = { main = { arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEf123 " } }
}

# refused by what it makes: "grantee_principal" (mail) is an invalid ARN
module "email_sender_by_name" {
  user_pools = { main = { arn = local.pool, custom_email_sender = { role_arn = "mail" } } }
}

# refused by what it makes: "grantee_principal" (mail) is an invalid ARN
module "email_sender_of_the_made_pool_by_name" {
  user_pool = { custom_email_sender = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:mail", role_arn = "mail" } }
}

# refused by what it makes: triggers[pre_sign_up]: the ARN of a function
module "trigger_by_name" {
  user_pool = { triggers = { pre_sign_up = "sign-up" } }
}

# refused by what it makes: triggers[pre_token_generation]: the ARN of a function
module "trigger_of_tokens_by_name" {
  user_pool = { triggers = { pre_token_generation = { lambda_arn = "tokens" } } }
}

# refused by what it makes: triggers[custom_email_sender]: the ARN of a function
module "trigger_of_email_by_name" {
  user_pool = { custom_email_sender = { lambda_arn = "mail", role_arn = local.email_role } }
}

# refused by what it makes: "V1_0", "V2_0" or "V3_0"
module "trigger_version" {
  user_pool = { triggers = { pre_token_generation = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:x", lambda_version = "V4_0" } } }
}

# refused by what it makes: invalid value for statement_id
module "pool_key" {
  user_pools = { "my pool" = { arn = local.pool } }
}

# refused: user_pools: "user_pool" names the pool that the variable user_pool makes
module "pool_key_taken" {
  user_pool  = {}
  user_pools = { user_pool = { arn = aws_cognito_user_pool.unknown.arn } }
}

# refused by what it makes: expected mfa_configuration to be one of ["OFF" "ON" "OPTIONAL"], got on
module "mfa" {
  user_pool = { mfa = { mode = "on" } }
}

# refused by what it makes: so it stands alone
module "recovery" {
  user_pool = { account_recovery = ["admin_only", "verified_email"] }
}

# refused by what it makes: expected auto_verified_attributes to be one of ["phone_number" "email"], got phone
module "verify" {
  user_pool = { verify = ["phone"] }
}

# refused by what it makes: expected password_policy.0.minimum_length to be in the range (6 - 99), got 5
module "password_length" {
  user_pool = { password_policy = { minimum_length = 5 } }
}

# refused by what it makes: set mode to "OPTIONAL" or "ON"
module "mfa_off_with_token" {
  user_pool = { mfa = { software_token = true } }
}

# refused by what it makes: call the module with a provider of the pool's Region
module "pool_in_another_region" {
  user_pools = { pool-in-another-region = { arn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbC" } }
}

# refused by what it makes: expected password_policy.0.temporary_password_validity_days to be in the range (0 - 365), got 366
module "password_validity" {
  user_pool = { password_policy = { temporary_password_validity_days = 366 } }
}

# refused by what it makes: expected name to be one of ["verified_email" "verified_phone_number" "admin_only"], got verified_fax
module "recovery_by_nothing_known" {
  user_pool = { account_recovery = ["verified_fax"], verify = ["fax"] }
}

# refused by what it makes: account_recovery: attributes that verify has, or "admin_only" alone. Got: verified_phone_number, verified_email.
module "recovery_by_what_is_not_verified" {
  user_pool = { account_recovery = ["verified_phone_number", "verified_email"], verify = ["phone_number"] }
}

# refused by what it makes: the ARN of a function in eu-central-1, or of its alias or version
module "trigger_in_another_region" {
  user_pool = { triggers = { pre_sign_up = "arn:aws:lambda:us-east-1:123456789012:function:sign-up" } }
}

# refused by what it makes: triggers[pre_sign_up]: the ARN of a function
module "trigger_that_is_sensitive" {
  user_pool = {
    custom_email_sender = { lambda_arn = "${local.functions}:mail", role_arn = aws_kms_key.unknown.arn }
    triggers            = { pre_sign_up = sensitive("sign-up") }
  }
}

# refused: user_pools: arn is the ARN of one user pool (…:cognito-idp:<region>:<account>:userpool/<id>). Got: something else in main.
module "pool_that_is_sensitive" {
  user_pools = { main = { arn = sensitive(local.pool_id), custom_email_sender = { role_arn = aws_kms_key.unknown.arn } } }
}

# refused by what it makes: call the module with a provider of the pool's Region
module "pool_of_another_partition" {
  user_pools = {
    pool-of-another-partition = { arn = "arn:aws-cn:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbC" }
    unknown                   = { arn = aws_cognito_user_pool.unknown.arn }
  }
}

# refused by what it makes: call the module with a provider of the pool's Region
module "pool_that_is_sensitive_in_another_region" {
  user_pools = {
    pool-that-is-sensitive-in-another-region = { arn = sensitive("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbC") }
  }
}

# refused by what it makes: one name for each pool. Got: one as main and other.
module "pool_under_two_names" {
  user_pools = {
    main  = { arn = local.pool, custom_email_sender = { role_arn = aws_kms_key.unknown.arn } }
    other = { arn = local.pool }
    third = { arn = local.other_pool }
  }
}

# refused by what it makes: a pool in eu-central-1
module "pool_that_is_none_beside_a_new_one" {
  kms_key = { existing = { arn = local.key } }
  user_pools = {
    other                              = { arn = aws_cognito_user_pool.unknown.arn }
    pool-that-is-none-beside-a-new-one = { arn = "x" }
  }
}

# refused by what it makes: account_recovery: another way than e-mail where mfa.email is on. Got: verified_email alone.
module "email_as_second_factor_and_recovery" {
  sms     = null
  email   = { from = "login@acme.com" }
  senders = { ses = { ses = { identity_arn = aws_secretsmanager_secret.unknown.arn } } }
  user_pool = {
    mfa   = { mode = "ON", email = true }
    email = { source_arn = local.identity, from = "login@acme.com" }
  }
}

# refused by what it makes: mfa.email: SES in `email`, although the custom sender sends. Got: none.
module "email_as_second_factor_without_ses" {
  user_pool = { mfa = { mode = "ON", email = true } }
}

# refused by what it makes: mfa.software_token, mfa.email: false while mfa.mode is "OFF"
module "email_as_second_factor_of_none" {
  user_pool = { mfa = { email = true }, email = { source_arn = local.identity, from = "login@acme.com" } }
}

# refused by what it makes: one custom e-mail sender. Got: lambda_config.custom_email_sender and triggers.custom_email_sender.
module "email_senders_of_the_made_pool" {
  email     = { from = "login@acme.com" }
  senders   = { aws = { sns = {} }, ses = { ses = { identity_arn = aws_secretsmanager_secret.unknown.arn } } }
  user_pool = { custom_email_sender = { lambda_arn = "${local.functions}:mail", role_arn = local.email_role } }
}
