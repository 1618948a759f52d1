# The pool, in a Terraform state of its own. That state manages every setting of the pool, so the trigger is set here too:
# if anyone else puts it there, the next apply takes it off.
resource "aws_cognito_user_pool" "main" {
  name                     = "two-states-login"
  username_attributes      = ["phone_number"]
  auto_verified_attributes = ["phone_number"]

  username_configuration {
    case_sensitive = false
  }

  dynamic "lambda_config" {
    for_each = var.sender == null ? [] : [var.sender]

    content {
      kms_key_id = lambda_config.value.kms_key_id

      # A channel that is off is null, so its block goes.
      dynamic "custom_sms_sender" {
        for_each = lambda_config.value.custom_sms_sender[*]

        content {
          lambda_arn     = custom_sms_sender.value.lambda_arn
          lambda_version = custom_sms_sender.value.lambda_version
        }
      }

      dynamic "custom_email_sender" {
        for_each = lambda_config.value.custom_email_sender[*]

        content {
          lambda_arn     = custom_email_sender.value.lambda_arn
          lambda_version = custom_email_sender.value.lambda_version
        }
      }
    }
  }

  # Cognito demands a role that may send SMS through SNS, although the sender takes every message.
  sms_configuration {
    external_id    = "two-states-login"
    sns_caller_arn = aws_iam_role.cognito_sms.arn
  }

  depends_on = [aws_iam_role_policy.cognito_sms]
}

resource "aws_iam_role" "cognito_sms" {
  name = "two-states-login-sms"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cognito-idp.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = "two-states-login" } }
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
