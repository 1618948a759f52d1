data "aws_region" "current" {}

locals {
  # `id`: the provider's version 6 deprecates `name`, and 5.100 has no `region` yet.
  region = data.aws_region.current.id

  # arn:<partition>:cognito-idp:<region>:<account>:userpool/<id>
  account_id   = split(":", var.user_pool_arn)[4]
  user_pool_id = split("/", var.user_pool_arn)[1]
}

# Without it Cognito's call is refused and nobody hears of it: sign-up succeeds and no message is ever sent.
resource "aws_lambda_permission" "cognito" {
  #checkov:skip=CKV_AWS_364:Limited by both; in a plan neither is known yet when the pool is new.
  statement_id = "Cognito-${var.name}"
  action       = "lambda:InvokeFunction"
  # The ARN and not the name: it is unknown when the function is replaced, so that the permission, which goes with the old
  # function, is made again.
  function_name = var.function_arn
  qualifier     = var.alias_name
  principal     = "cognito-idp.amazonaws.com"

  source_arn     = var.user_pool_arn
  source_account = local.account_id

  lifecycle {
    precondition {
      condition     = split(":", var.user_pool_arn)[3] == local.region
      error_message = "User pool ${var.name}: it is in ${split(":", var.user_pool_arn)[3]}, and the function and its key are in ${local.region}. Cognito calls a function and uses a key in its own Region only: call the module with a provider of the pool's Region."
    }
  }
}

# The function's only right on the key. "subset", because the context of Cognito's messages also holds
# aws-crypto-public-key: "equals" would refuse every message. No name: KMS answers a second call with the same name and
# arguments with the grant that is there, so one that is being replaced would not be made anew.
#
# Not create_before_destroy, although a grant takes minutes to reach every KMS host: Terraform hands that on to everything
# a grant depends on. Through the pool this is the function, its log group, and whatever else the user's pool needs; their
# replacements would fail with "ResourceConflictException: Function already exist". Lambda retries what fails meanwhile.
resource "aws_kms_grant" "function" {
  key_id            = var.kms_key_arn
  grantee_principal = var.role_arn
  operations        = ["Decrypt"]

  constraints {
    encryption_context_subset = { "userpool-id" = local.user_pool_id }
  }
}

# While the pool changes from one key to another, codes under both are on their way.
resource "aws_kms_grant" "also_decrypt" {
  for_each = var.also_decrypt

  key_id            = each.value.arn
  grantee_principal = var.role_arn
  operations        = ["Decrypt"]

  constraints {
    encryption_context_subset = { "userpool-id" = local.user_pool_id }
  }
}

# A pool has one key for both senders, so the user's e-mail sender must be able to decrypt with ours.
resource "aws_kms_grant" "custom_email_sender" {
  count = var.custom_email_sender == null ? 0 : 1

  key_id            = var.kms_key_arn
  grantee_principal = var.custom_email_sender.role_arn
  operations        = ["Decrypt"]

  constraints {
    encryption_context_subset = { "userpool-id" = local.user_pool_id }
  }
}

resource "aws_kms_grant" "custom_email_sender_also_decrypts" {
  # That there is an e-mail sender is no secret, even when its role is.
  for_each = nonsensitive(var.custom_email_sender != null) ? var.also_decrypt : {}

  key_id            = each.value.arn
  grantee_principal = var.custom_email_sender.role_arn
  operations        = ["Decrypt"]

  constraints {
    encryption_context_subset = { "userpool-id" = local.user_pool_id }
  }
}
