resource "aws_iam_role" "this" {
  # A prefix, because no two roles of an account have one name, whatever their Region and path; 38 characters at most.
  name_prefix          = "${substr(var.name, 0, 26)}-attachment-"
  description          = "What may change the custom senders of the user pool ${local.user_pool_id}."
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary_arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LambdaRunsIt"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "read" {
  name = "read"
  role = aws_iam_role.this.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # The account is "*" because it is not known at plan without asking STS; a group in another account cannot be
        # written to anyway.
        Sid      = "WriteOwnLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:${local.partition}:logs:${local.region}:*:log-group:/aws/lambda/${local.function_name}:*"]
      },
      {
        Sid      = "ReadPool"
        Effect   = "Allow"
        Action   = ["cognito-idp:DescribeUserPool", "cognito-idp:GetUserPoolMfaConfig"]
        Resource = [local.user_pool_arn]
      },
    ]
  })

  lifecycle {
    # For another pool these rights go when the trigger is off the old one: an update in place may come before that.
    replace_triggered_by = [terraform_data.user_pool]
  }
}

# Apart from reading, because it names the key that is replaced: that one is granted again when it is put back.
resource "aws_iam_role_policy" "write" {
  name = "write"
  role = aws_iam_role.this.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(var.sms_role_arn == null ? [] : [
      {
        # An update hands over every setting again, the SMS role too.
        Sid       = "PassSmsRole"
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = [var.sms_role_arn]
        Condition = { StringEquals = { "iam:PassedToService" = "cognito-idp.amazonaws.com" } }
      },
      ], [
      {
        Sid      = "ChangePool"
        Effect   = "Allow"
        Action   = ["cognito-idp:SetUserPoolMfaConfig", "cognito-idp:UpdateUserPool"]
        Resource = [local.user_pool_arn]
      },
      {
        # The role that puts a key on a pool makes the grant that Cognito encrypts with. Not narrowed by the grant's
        # operations or grantee: AWS does not document what Cognito asks for.
        Sid      = "GrantCognitoTheKey"
        Effect   = "Allow"
        Action   = ["kms:CreateGrant"]
        Resource = distinct(compact([local.trigger.kms_key_id, local.before.kms_key_id]))
      },
    ])
  })

  lifecycle {
    replace_triggered_by = [terraform_data.user_pool]
  }
}
