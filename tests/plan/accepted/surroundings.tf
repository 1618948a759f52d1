# A pool beside the module, wired from its output; and one of everything whose ARN is unknown at plan.
resource "aws_cognito_user_pool" "beside" {
  name = "beside"
  lambda_config {
    kms_key_id = module.pool_beside.lambda_config.kms_key_id
    custom_sms_sender {
      lambda_arn     = module.pool_beside.lambda_config.custom_sms_sender.lambda_arn
      lambda_version = module.pool_beside.lambda_config.custom_sms_sender.lambda_version
    }
  }
}

resource "aws_cognito_user_pool" "unknown" {
  name = "unknown"
}

resource "aws_iam_role" "unknown" {
  name               = "unknown"
  assume_role_policy = jsonencode({})
}

resource "aws_iam_policy" "unknown" {
  policy = jsonencode({})
}

resource "aws_kms_key" "unknown" {}

resource "aws_sns_topic" "unknown" {}

# Stands for a Notify configuration, which the provider does not have.
resource "terraform_data" "unknown" {}

resource "aws_secretsmanager_secret" "unknown" {}

resource "aws_ssm_parameter" "unknown" {
  name  = "/unknown"
  type  = "SecureString"
  value = "x"
}

resource "aws_pinpointsmsvoicev2_phone_number" "unknown" {
  iso_country_code    = "US"
  message_type        = "TRANSACTIONAL"
  number_type         = "SIMULATOR"
  number_capabilities = ["SMS"]
}

resource "aws_pinpointsmsvoicev2_configuration_set" "unknown" {
  name = "unknown"
}

resource "aws_lambda_function" "unknown" {
  function_name = "unknown"
  role          = aws_iam_role.unknown.arn
  package_type  = "Image"
  image_uri     = "x"
}

resource "aws_lambda_function_url" "unknown" {
  function_name      = aws_lambda_function.unknown.function_name
  authorization_type = "NONE"
}

resource "aws_subnet" "unknown" {
  vpc_id     = "vpc-1"
  cidr_block = "10.0.0.0/24"
}

resource "aws_security_group" "unknown" {}

resource "aws_lambda_code_signing_config" "unknown" {
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:eu-central-1:123456789012:/signing-profiles/x/y"]
  }
}

resource "aws_lambda_layer_version" "unknown" {
  layer_name = "unknown"
  filename   = "${path.root}/own.zip"
}

resource "aws_s3_object" "unknown" {
  bucket  = "artifacts"
  key     = "sms.zip"
  content = "x"
}
