# Cognito calls custom senders asynchronously: the user's sign-up has long succeeded when the function fails, and these
# settings are the only place where a lost message can be seen.
resource "aws_lambda_function_event_invoke_config" "live" {
  function_name = aws_lambda_alias.live.function_name
  qualifier     = aws_lambda_alias.live.name

  # Lambda's own default is six hours: nobody waits that long for a code.
  maximum_event_age_in_seconds = var.delivery.max_event_age_seconds
  maximum_retry_attempts       = var.delivery.max_retries

  dynamic "destination_config" {
    for_each = aws_sqs_queue.failures

    content {
      on_failure {
        destination = destination_config.value.arn
      }
    }
  }

  lifecycle {
    # As the alias: it goes with the function.
    replace_triggered_by = [aws_lambda_function.this.arn]
  }

  # "InvalidParameterValueException: The function's execution role does not have permissions to call SendMessage on …"
  depends_on = [aws_iam_role_policy.function]
}

# Events that could not be handled, with the number and the encrypted code in them: encrypted, and not kept for long.
resource "aws_sqs_queue" "failures" {
  #checkov:skip=CKV_AWS_27:Encrypted with SQS's own key unless delivery.failure_queue.kms_key_arn is set.
  count = var.delivery.failure_queue.enabled ? 1 : 0

  name                      = local.failure_queue_name
  message_retention_seconds = var.delivery.failure_queue.retention_seconds
  kms_master_key_id         = var.delivery.failure_queue.kms_key_arn
  sqs_managed_sse_enabled   = var.delivery.failure_queue.kms_key_arn == null ? true : null
  tags                      = var.tags

  # Inline: a policy resource of its own takes the provider another half minute.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = "*" # in a queue policy: this queue
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  lifecycle {
    # Where the queue is turned off, Lambda is told so before it goes.
    create_before_destroy = true
  }

  # Nor does the queue change to another key before the role may use that.
  depends_on = [aws_iam_role_policy.function]
}
