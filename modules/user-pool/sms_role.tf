locals {
  account_id = split(":", try(var.lambda_config.custom_sms_sender.lambda_arn, ":::::"))[4]
}

resource "aws_iam_role" "sms" {
  count = local.is_sms_on ? 1 : 0

  # A prefix, because no two roles of an account have one name, whatever their Region and path; 38 characters at most.
  name_prefix          = "${substr(var.name, 0, 33)}-sms-"
  description          = "Cognito demands it of the user pool ${var.name}; its custom SMS sender sends instead."
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary_arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "CognitoSendsSms"
      Effect    = "Allow"
      Principal = { Service = "cognito-idp.amazonaws.com" }
      Action    = "sts:AssumeRole"
      # Nobody else's pool can make Cognito use this role.
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = local.account_id
          "sts:ExternalId"    = var.name
        }
        ArnLike = {
          "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cognito-idp:${local.region}:${local.account_id}:userpool/*"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "sms" {
  #checkov:skip=CKV_AWS_290:A phone is no resource, so there is none to name; Cognito checks for exactly this right.
  #checkov:skip=CKV_AWS_355:As above.
  count = local.is_sms_on ? 1 : 0

  name = "sms"
  # Unknown when the role is replaced, so that the policy, which goes with the old role, is made again.
  role = aws_iam_role.sms[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "SendSms"
      Effect   = "Allow"
      Action   = ["sns:Publish"]
      Resource = ["*"]
    }]
  })
}
