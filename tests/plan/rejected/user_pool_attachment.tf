# refused: give access = module.<sender>.user_pool_access["<pool>"] as it is
module "attachment_without_rights" {
  source       = "../../../modules/user-pool-attachment"
  name         = "acme"
  sms_role_arn = "arn:aws:iam::123456789012:role/sms"
  access = {
    user_pool_arn = local.pool
    lambda_config = {
      kms_key_id        = local.key
      custom_sms_sender = { lambda_arn = "${local.functions}:sms:live", lambda_version = "V1_0" }
    }
    authorized_by = []
  }
}

# refused: a pool in the provider's Region, eu-central-1. Got: one in us-east-1.
module "attachment_in_another_region" {
  source       = "../../../modules/user-pool-attachment"
  name         = "acme"
  sms_role_arn = "arn:aws:iam::123456789012:role/sms"
  access = {
    user_pool_arn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCdEf123"
    lambda_config = {
      kms_key_id        = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      custom_sms_sender = { lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:sms:live", lambda_version = "V1_0" }
    }
    authorized_by = ["Cognito-main", "grant"]
  }
}

# refused: expected architectures to be one of ["x86_64" "arm64"], got arm
module "attachment_architecture" {
  source       = "../../../modules/user-pool-attachment"
  name         = "acme"
  function     = { architecture = "arm" }
  sms_role_arn = "arn:aws:iam::123456789012:role/sms"
  access = {
    user_pool_arn = local.pool
    lambda_config = {
      kms_key_id        = local.key
      custom_sms_sender = { lambda_arn = "${local.functions}:sms:live", lambda_version = "V1_0" }
    }
    authorized_by = ["Cognito-main", "grant"]
  }
}

# refused: only one of `filename,image_uri,s3_bucket` can be specified
module "attachment_package_twice" {
  source       = "../../../modules/user-pool-attachment"
  name         = "acme"
  package      = { filename = "x.zip", image_uri = local.image, source_code_hash = "x" }
  sms_role_arn = "arn:aws:iam::123456789012:role/sms"
  access = {
    user_pool_arn = local.pool
    lambda_config = {
      kms_key_id        = local.key
      custom_sms_sender = { lambda_arn = "${local.functions}:sms:live", lambda_version = "V1_0" }
    }
    authorized_by = ["Cognito-main", "grant"]
  }
}

# refused: sms_role_arn: the ARN of an IAM role
module "attachment_role_by_name" {
  source       = "../../../modules/user-pool-attachment"
  name         = "acme"
  sms_role_arn = "sms"
  access = {
    user_pool_arn = local.pool
    lambda_config = {
      kms_key_id        = local.key
      custom_sms_sender = { lambda_arn = "${local.functions}:sms:live", lambda_version = "V1_0" }
    }
    authorized_by = ["Cognito-main", "grant"]
  }
}

# refused: custom_email_sender: one for the pool. Got: yours and the sender's.
module "attachment_with_two_email_senders" {
  source              = "../../../modules/user-pool-attachment"
  name                = "acme"
  custom_email_sender = { lambda_arn = "${local.functions}:mail" }
  access = {
    user_pool_arn = local.pool
    lambda_config = {
      kms_key_id          = local.key
      custom_email_sender = { lambda_arn = "${local.functions}:sender:live", lambda_version = "V1_0" }
    }
    authorized_by = ["Cognito-main", "grant"]
  }
}
