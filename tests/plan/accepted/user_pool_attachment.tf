module "attachment" {
  source       = "../../../modules/user-pool-attachment"
  access       = module.pool_given.user_pool_access["main"]
  sms_role_arn = "arn:aws:iam::123456789012:role/sms"
  name         = "acme"
}

module "attachment_full" {
  source = "../../../modules/user-pool-attachment"
  access = {
    user_pool_arn = local.pool
    lambda_config = {
      kms_key_id        = local.key
      custom_sms_sender = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:sms:live", lambda_version = "V1_0" }
    }
    authorized_by = ["Cognito-main", "grant"]
  }
  custom_email_sender = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:mail" }
  replace             = true
  sms_role_arn        = "arn:aws:iam::123456789012:role/sms"
  name                = "full"
  package             = { filename = "own.zip" }
  function            = { architecture = "x86_64", runtime = "python3.12" }
  iam                 = { path = "/login/", permissions_boundary_arn = local.boundary }
  monitoring          = { log_retention_days = 30, log_kms_key_arn = local.key }
  tags                = { team = "login" }
}

module "attachment_read" {
  source = "../../../modules/user-pool-attachment"
  access = {
    user_pool_arn = local.pool
    lambda_config = {
      kms_key_id        = local.key
      custom_sms_sender = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:sms:live", lambda_version = "V1_0" }
    }
    authorized_by = ["Cognito-main", "grant"]
  }
  sms_role_arn = "arn:aws:iam::123456789012:role/sms"
  name         = "read"
}

module "attachment_image" {
  source = "../../../modules/user-pool-attachment"
  access = {
    user_pool_arn = local.pool
    lambda_config = {
      kms_key_id        = local.key
      custom_sms_sender = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:sms:live", lambda_version = "V1_0" }
    }
    authorized_by = ["Cognito-main", "grant"]
  }
  sms_role_arn = "arn:aws:iam::123456789012:role/sms"
  name         = "image"
  package      = { image_uri = local.image }
}

module "attachment_unknown" {
  source       = "../../../modules/user-pool-attachment"
  access       = module.pool_beside.user_pool_access["main"]
  sms_role_arn = aws_iam_role.unknown.arn
  name         = "unknown"

  custom_email_sender = { lambda_arn = sensitive(aws_lambda_function.unknown.arn) }
}

module "attachment_govcloud" {
  source       = "../../../modules/user-pool-attachment"
  providers    = { aws = aws.govcloud }
  access       = module.govcloud.user_pool_access["main"]
  sms_role_arn = "arn:aws-us-gov:iam::123456789012:role/sms"
  name         = "gov"
}

module "attachment_china" {
  source    = "../../../modules/user-pool-attachment"
  providers = { aws = aws.china }
  access = {
    user_pool_arn = "arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/cn-north-1_AbCdEf123"
    lambda_config = {
      kms_key_id        = "arn:aws-cn:kms:cn-north-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      custom_sms_sender = { lambda_arn = "arn:aws-cn:lambda:cn-north-1:123456789012:function:sms:live", lambda_version = "V1_0" }
    }
    authorized_by = ["Cognito-main", "grant"]
  }
  sms_role_arn = "arn:aws-cn:iam::123456789012:role/sms"
  name         = "china"
}

module "attachment_of_email" {
  source = "../../../modules/user-pool-attachment"
  access = {
    user_pool_arn = local.pool
    lambda_config = {
      kms_key_id          = local.key
      custom_sms_sender   = null
      custom_email_sender = { lambda_arn = "${local.functions}:sender:live", lambda_version = "V1_0" }
    }
    authorized_by = ["Cognito-main", "grant"]
  }
  name = "email"
}
