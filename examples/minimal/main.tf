# A pool of your own, in the same root as the sender. One apply makes both: the function knows no pool, so there is no cycle.
module "sender" {
  source = "../.."

  name       = "minimal-login"
  sms        = { allowed_countries = ["DE", "US"] }
  senders    = { aws = { end_user_messaging = {} } }
  user_pools = { main = { arn = aws_cognito_user_pool.main.arn } }
}

resource "aws_cognito_user_pool" "main" {
  name                     = "minimal-login"
  username_attributes      = ["phone_number"]
  auto_verified_attributes = ["phone_number"]

  username_configuration {
    case_sensitive = false
  }

  lambda_config {
    kms_key_id = module.sender.lambda_config.kms_key_id

    custom_sms_sender {
      lambda_arn     = module.sender.lambda_config.custom_sms_sender.lambda_arn
      lambda_version = module.sender.lambda_config.custom_sms_sender.lambda_version
    }
  }

  # Cognito demands a role that may send SMS through SNS, although the sender takes every message.
  sms_configuration {
    external_id    = "minimal-login"
    sns_caller_arn = aws_iam_role.cognito_sms.arn
  }

  depends_on = [aws_iam_role_policy.cognito_sms]
}

resource "aws_iam_role" "cognito_sms" {
  name = "minimal-login-sms"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cognito-idp.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = "minimal-login" } }
    }]
  })
}

resource "aws_iam_role_policy" "cognito_sms" {
  #checkov:skip=CKV_AWS_290:A phone is no resource, so there is none to name; Cognito checks for exactly this right.
  #checkov:skip=CKV_AWS_355:As above.
  name = "sms"
  role = aws_iam_role.cognito_sms.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sns:Publish", Resource = "*" }]
  })
}
