locals {
  is_image      = var.package.image_uri != null
  is_own_source = var.package.filename == null && var.package.s3 == null && !local.is_image

  # Our own source, made by function/build.py. Committed, so that no runner needs Python to plan.
  filename = local.is_own_source ? "${path.module}/function/dist/custom-sender.zip" : var.package.filename

  own_layers = { layers = coalesce(var.package.layers, []), more_layers = var.package.more_layers }
  layers = concat(
    var.package.layers == null ? [local.powertools_layer_arn] : compact(var.package.layers), compact(var.package.more_layers),
  )

  wrong_layers = flatten([
    for attribute, arns in local.own_layers : [
      for index, arn in arns : "${attribute}[${index}]"
      if arn != null && !can(regex("${format(local.here, "lambda")}layer:[A-Za-z0-9_-]+:[0-9]+$", arn))
    ]
  ])

  # No longer than a code can be of use; no shorter than a new grant takes to be known everywhere. An hour is enough for a
  # jam at Lambda, and nobody waits for longer. Lambda tries again after one minute and after two more: with codes that are
  # dead by then, the second time would be for nothing.
  longest_code_lifetime = max(values(local.code_lifetimes)...)
  max_event_age_seconds = coalesce(var.retries.max_event_age_seconds, min(3600, max(300, local.longest_code_lifetime)))
  max_retries           = coalesce(var.retries.max, local.longest_code_lifetime <= 180 ? 1 : 2)
}

# Before the function: otherwise Lambda makes the group at the first call, with no end to its retention, and the next
# apply fails with "ResourceAlreadyExistsException: The specified log group already exists".
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:A customer managed key is an option (monitoring.log_kms_key_arn); the logs hold no code and no full number.
  #checkov:skip=CKV_AWS_338:A year by default (monitoring.log_retention_days); checkov does not follow the variable.
  name              = local.log_group_name
  retention_in_days = var.monitoring.log_retention_days
  kms_key_id        = var.monitoring.log_kms_key_arn
  tags              = local.tags

  lifecycle {
    precondition {
      condition = var.monitoring.log_kms_key_arn == null ? true : can(regex(
        "${format(local.here, "kms")}(?:key|alias)/.+$", var.monitoring.log_kms_key_arn,
      ))
      error_message = join(" ", [
        "${var.name}: monitoring.log_kms_key_arn: the ARN of a key (…:key/<id>) in ${local.region}, where the logs are. Got: something",
        "else. Fix: write the ARN, not its id or a name.",
      ])
    }
  }
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:Tracing is on by default (function.tracing).
  #checkov:skip=CKV_AWS_115:Reserved concurrency takes from the account's pool, so it is the user's choice (function.reserved_concurrency).
  #checkov:skip=CKV_AWS_116:Events that failed go to the on-failure destination, which says more than a dead-letter queue.
  #checkov:skip=CKV_AWS_117:Providers are on the internet and AWS's own interfaces are public; a VPC is an option (function.vpc).
  #checkov:skip=CKV_AWS_173:The environment holds settings and ARNs; secrets are read from where the ARNs point.
  #checkov:skip=CKV_AWS_272:A code signing configuration is an option (function.code_signing_config_arn).
  function_name = var.name
  description   = "Sends what Cognito user pools would send."
  role          = aws_iam_role.this.arn

  package_type = local.is_image ? "Image" : "Zip"
  filename     = local.filename
  s3_bucket    = try(var.package.s3.bucket, null)
  s3_key       = try(var.package.s3.key, null)
  # Without a version the provider sees a new object only by source_code_hash.
  s3_object_version = try(var.package.s3.object_version, null)
  image_uri         = var.package.image_uri
  source_code_hash = (
    var.package.source_code_hash != null ? var.package.source_code_hash
    : local.filename != null ? filebase64sha256(local.filename)
    : null
  )

  # An image brings its own: "Please don't provide Handler or Runtime or Layer when the intended function PackageType is
  # Image."
  handler = local.is_image ? null : "custom_sender.handler.handler"
  runtime = local.is_image ? null : var.function.runtime
  layers  = local.is_image ? null : local.layers

  architectures                  = [var.function.architecture]
  memory_size                    = var.function.memory_size
  timeout                        = var.function.timeout
  reserved_concurrent_executions = coalesce(var.function.reserved_concurrency, -1)
  code_signing_config_arn        = var.function.code_signing_config_arn
  # Versions, so that the alias can point at one and SnapStart has something to snapshot.
  publish = true
  tags    = local.tags

  environment {
    variables = local.environment
  }

  tracing_config {
    mode = var.function.tracing ? "Active" : "PassThrough"
  }

  dynamic "snap_start" {
    for_each = var.function.snap_start ? [true] : []

    content {
      apply_on = "PublishedVersions"
    }
  }

  dynamic "vpc_config" {
    for_each = var.function.vpc == null ? [] : [var.function.vpc]

    content {
      subnet_ids         = compact(vpc_config.value.subnet_ids)
      security_group_ids = compact(vpc_config.value.security_group_ids)
    }
  }

  lifecycle {
    # Here and not at the variable: a destroy needs no package. A file that is made during apply comes with its hash.
    precondition {
      condition = var.package.filename == null || var.package.source_code_hash != null ? true : try(fileexists(var.package.filename), false)
      error_message = join(" ", [
        "${var.name}: package.filename: a file. Got: ${coalesce(var.package.filename, "-")}, which is not there or is no file. Fix: build it,",
        "give its path from where Terraform runs (\"$${path.root}/…\"), or set package.source_code_hash if it is made during apply.",
      ])
    }

    precondition {
      condition = local.is_image || var.package.layers != null || local.has_powertools_layer
      error_message = join(" ", [
        "${var.name}: package.layers: the public Powertools layer, by default. Got: none for ${var.function.runtime} on",
        "${var.function.architecture} in ${local.region}. Fix: set it to your own layer with the same libraries, or package.filename to the",
        "self-contained package (function/build.py self-contained) with package.layers = [].",
      ])
    }

    precondition {
      condition = length(local.wrong_layers) == 0
      error_message = join(" ", [
        "${var.name}: package.${nonsensitive(join(", ", local.wrong_layers))}: the ARN of a layer in ${local.region}, with its",
        "version. Got: something else. Fix: write …:layer:<name>:<version>.",
      ])
    }

    precondition {
      condition = var.function.code_signing_config_arn == null ? true : can(regex(
        "${format(local.here, "lambda")}code-signing-config:csc-[a-z0-9]+$", var.function.code_signing_config_arn,
      ))
      error_message = join(" ", [
        "${var.name}: function.code_signing_config_arn: the ARN of a code signing configuration in ${local.region}. Got: something",
        "else. Fix: write the ARN of an aws_lambda_code_signing_config, not of a signing profile.",
      ])
    }
  }

  # The role's rights first: a function in a VPC is refused without them, and the first call must be able to log.
  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_dynamodb_table.ledger,
    aws_iam_role_policy.this,
    terraform_data.configuration,
  ]
}

# Each new version is asked whether it can use its package, its layer and its settings. If not, this fails with the function's
# words, nothing enters the state, the alias stays where it is, and the next apply asks again. The function asks AWS for
# nothing meanwhile, since new rights take minutes to be known, and neither question nor answer holds a setting.
resource "aws_lambda_invocation" "self_check" {
  # With no concurrency nobody may call the function (429). A version whose snapshot is not ready answers 409.
  count = var.function.snap_start || var.function.reserved_concurrency == 0 ? 0 : 1

  function_name   = aws_lambda_function.this.function_name
  qualifier       = aws_lambda_function.this.version
  lifecycle_scope = "CREATE_ONLY"
  input           = jsonencode({ self_check = true })
}

# In front of the versions: the pool's trigger names the alias and never changes.
resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "What Cognito calls."
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version

  lifecycle {
    # The alias goes with the function, whose name stays the same: the provider would try to update an alias that is not
    # there ("ResourceNotFoundException"). The ARN changes only when the function is replaced.
    replace_triggered_by = [aws_lambda_function.this.arn]
  }

  depends_on = [aws_lambda_invocation.self_check]
}

# Cognito calls custom senders asynchronously: the user's sign-up has long succeeded when the function fails, and these
# settings are the only place where a lost message can be seen.
resource "aws_lambda_function_event_invoke_config" "live" {
  function_name = aws_lambda_alias.live.function_name
  qualifier     = aws_lambda_alias.live.name

  # Lambda's own default is six hours: nobody waits that long for a code.
  maximum_event_age_in_seconds = local.max_event_age_seconds
  maximum_retry_attempts       = local.max_retries

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
  depends_on = [aws_iam_role_policy.this]
}

# Events that could not be handled, with the number and the encrypted code in them: encrypted, and not kept for long.
resource "aws_sqs_queue" "failures" {
  #checkov:skip=CKV_AWS_27:Encrypted with SQS's own key unless retries.failure_queue.kms_key_arn is set.
  count = var.retries.failure_queue.enabled ? 1 : 0

  name                      = local.failure_queue_name
  message_retention_seconds = var.retries.failure_queue.retention_seconds
  kms_master_key_id         = var.retries.failure_queue.kms_key_arn
  sqs_managed_sse_enabled   = var.retries.failure_queue.kms_key_arn == null ? true : null
  tags                      = local.tags

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

    precondition {
      condition = var.retries.failure_queue.kms_key_arn == null ? true : can(regex(
        local.key_here, var.retries.failure_queue.kms_key_arn,
      ))
      error_message = join(" ", [
        "${var.name}: retries.failure_queue.kms_key_arn: the ARN of a key (…:key/<id>) in ${local.region}, where the queue is. Got: something",
        "else. Fix: write such an ARN, or leave it out for SQS's own encryption.",
      ])
    }
  }

  # Nor does the queue change to another key before the role may use that.
  depends_on = [aws_iam_role_policy.this]
}
