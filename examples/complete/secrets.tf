# A change of the version number writes the value again: write-only values are not in the state, so Terraform cannot see
# that one has changed.

resource "aws_secretsmanager_secret" "twilio" {
  #checkov:skip=CKV2_AWS_57:Twilio's keys are rotated at Twilio; the function reads the secret again when one is refused.
  name       = "complete-login/twilio"
  kms_key_id = aws_kms_key.data.arn
  tags       = local.tags
}

resource "aws_secretsmanager_secret_version" "twilio" {
  secret_id                = aws_secretsmanager_secret.twilio.id
  secret_string_wo         = jsonencode(var.twilio_credentials)
  secret_string_wo_version = 1
}

resource "aws_ssm_parameter" "webhook" {
  name             = "/complete-login/webhook"
  type             = "SecureString"
  key_id           = aws_kms_key.data.arn
  value_wo         = jsonencode({ signing_keys = [var.webhook_signing_key] })
  value_wo_version = 1
  tags             = local.tags
}

# For secrets, logs, the queue, the ledger and the topics. Not the key that Cognito encrypts with: that one is the module's.
resource "aws_kms_key" "data" {
  description         = "Secrets, logs, failed events, ledger and topics of complete-login."
  enable_key_rotation = true
  tags                = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountDelegatesToIam"
        Effect    = "Allow"
        Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${var.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        # "The specified KMS key does not exist or is not allowed to be used with …" without it.
        Sid       = "LogsEncrypt"
        Effect    = "Allow"
        Principal = { Service = "logs.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = {
          ArnLike = {
            "kms:EncryptionContext:aws:logs:arn" = "arn:${data.aws_partition.current.partition}:logs:*:${var.account_id}:log-group:/aws/lambda/complete-login"
          }
        }
      },
      {
        # "CloudWatch Alarms does not have authorization to access the SNS topic encryption key" without it, in the history
        # of an alarm that tells nobody.
        Sid       = "AlarmsReachTheirTopic"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
      },
    ]
  })
}

data "aws_partition" "current" {}
