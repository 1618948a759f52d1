# The function that changes the pool. Only Terraform invokes it; it runs from the sender's package and needs no layer.

locals {
  is_image      = var.package.image_uri != null
  is_own_source = var.package.filename == null && var.package.s3 == null && !local.is_image
  filename      = local.is_own_source ? "${path.module}/../../function/dist/custom-sender.zip" : var.package.filename

  function_name = "${var.name}-attachment"
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:A customer managed key is an option (monitoring.log_kms_key_arn); the logs hold ARNs and nothing of any user.
  #checkov:skip=CKV_AWS_338:A year by default (monitoring.log_retention_days); checkov does not follow the variable.
  name              = "/aws/lambda/${local.function_name}"
  retention_in_days = var.monitoring.log_retention_days
  kms_key_id        = var.monitoring.log_kms_key_arn
  tags              = local.tags
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:Terraform invokes it a few times in a pool's life, and shows what it says.
  #checkov:skip=CKV_AWS_115:As above: it takes no concurrency from anyone.
  #checkov:skip=CKV_AWS_116:It is never invoked asynchronously.
  #checkov:skip=CKV_AWS_117:Cognito's interface is public.
  #checkov:skip=CKV_AWS_272:A code signing configuration is an option (function.code_signing_config_arn).
  function_name = local.function_name
  description   = "Puts the custom senders on the user pool ${local.user_pool_id}, and takes it off."
  role          = aws_iam_role.this.arn

  package_type      = local.is_image ? "Image" : "Zip"
  filename          = local.filename
  s3_bucket         = try(var.package.s3.bucket, null)
  s3_key            = try(var.package.s3.key, null)
  s3_object_version = try(var.package.s3.object_version, null)
  image_uri         = var.package.image_uri
  source_code_hash = (
    var.package.source_code_hash != null ? var.package.source_code_hash
    : local.filename != null ? filebase64sha256(local.filename)
    : null
  )

  handler = local.is_image ? null : "pool_attachment.handler"
  runtime = local.is_image ? null : var.function.runtime

  architectures           = [var.function.architecture]
  code_signing_config_arn = var.function.code_signing_config_arn
  memory_size             = 256
  # Reading, writing, reading again, and putting back, with Cognito asking for patience.
  timeout = 180
  tags    = local.tags

  dynamic "image_config" {
    for_each = local.is_image ? [true] : []

    content {
      command = ["pool_attachment.handler"]
    }
  }

  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.read]
}
