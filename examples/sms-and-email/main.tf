# One sender for both channels, and a pool of your own that takes both triggers. The one key is for both.
module "sender" {
  source = "../.."

  name  = "both-login"
  sms   = { allowed_countries = ["DE", "US"] }
  email = { from = var.from }
  # Each channel has one sender that can carry it, so neither needs routes.
  senders = {
    aws = { end_user_messaging = {} }
    ses = { ses = { identity_arn = var.identity_arn } }
  }
  user_pools = { main = { arn = aws_cognito_user_pool.main.arn } }
}

resource "aws_cognito_user_pool" "main" {
  name                     = "both-login"
  username_attributes      = ["phone_number", "email"]
  auto_verified_attributes = ["phone_number", "email"]
  mfa_configuration        = "OPTIONAL"

  username_configuration {
    case_sensitive = false
  }

  lambda_config {
    kms_key_id = module.sender.lambda_config.kms_key_id

    # A channel that is off is null: its block goes.
    dynamic "custom_sms_sender" {
      for_each = module.sender.lambda_config.custom_sms_sender[*]

      content {
        lambda_arn     = custom_sms_sender.value.lambda_arn
        lambda_version = custom_sms_sender.value.lambda_version
      }
    }

    dynamic "custom_email_sender" {
      for_each = module.sender.lambda_config.custom_email_sender[*]

      content {
        lambda_arn     = custom_email_sender.value.lambda_arn
        lambda_version = custom_email_sender.value.lambda_version
      }
    }
  }

  # E-mail as a second factor: Cognito demands SES of the pool and a text with {####}, although the sender takes every message.
  email_configuration {
    email_sending_account = "DEVELOPER"
    from_email_address    = var.from
    source_arn            = var.identity_arn
  }

  email_mfa_configuration {
    message = "{####}"
    subject = "Code"
  }

  # Not by e-mail alone, which is a second factor here.
  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_phone_number"
      priority = 1
    }

    recovery_mechanism {
      name     = "verified_email"
      priority = 2
    }
  }

  # Cognito demands a role that may send SMS through SNS, although the sender takes every message.
  sms_configuration {
    external_id    = "both-login"
    sns_caller_arn = aws_iam_role.cognito_sms.arn
  }

  depends_on = [aws_iam_role_policy.cognito_sms]
}

resource "aws_iam_role" "cognito_sms" {
  name = "both-login-sms"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cognito-idp.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = "both-login" } }
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
