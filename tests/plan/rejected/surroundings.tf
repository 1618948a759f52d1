# Calls stand behind it: Terraform looks at what is wrong with literals before it plans, and then does not plan at all.
variable "yes" {
  type    = bool
  default = true
}

resource "aws_secretsmanager_secret" "unknown" {}

resource "aws_cognito_user_pool" "unknown" {
  name = "unknown"
}

resource "aws_kms_key" "unknown" {}

resource "aws_lambda_code_signing_config" "unknown" {
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:eu-central-1:123456789012:/signing-profiles/x/y"]
  }
}

resource "aws_s3_object" "unknown" {
  bucket  = "artifacts"
  key     = "sms.zip"
  content = "x"
}

resource "aws_sns_topic" "unknown" {}
