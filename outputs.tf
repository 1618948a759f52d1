output "alarm_arns" {
  description = "ARNs of the alarms, by their names in monitoring.alarms."
  value       = { for name, alarm in aws_cloudwatch_metric_alarm.this : name => alarm.arn }

  precondition {
    condition = length(local.wrong_topics) == 0
    error_message = join(" ", [
      "${var.name}: monitoring.alarms.topic_arns[${nonsensitive(join(", ", local.wrong_topics))}]: the ARN of a standard SNS topic in",
      "${local.region}, where the alarms are. Got: something else. Fix: write …:sns:<region>:<account>:<name>.",
    ])
  }
}

output "alias_arn" {
  description = "ARN of the alias that Cognito calls."
  value       = aws_lambda_alias.live.arn
}

output "channels" {
  description = "Channel that is on → what applies to it with all defaults, by the names of its variable; for assertions."
  value       = local.channels
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard; null when it is off."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "failure_queue_arn" {
  description = "ARN of the queue that keeps events that could not be handled; null when it is off."
  value       = one(aws_sqs_queue.failures[*].arn)
}

output "failure_queue_url" {
  description = "URL of that queue; null when it is off."
  value       = one(aws_sqs_queue.failures[*].url)
}

output "function_arn" {
  description = "ARN of the function, without a version."
  value       = aws_lambda_function.this.arn
}

output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "function_version" {
  description = "Published version that the alias points at."
  value       = aws_lambda_alias.live.function_version
}

output "kms_key_arn" {
  description = "ARN of the key that Cognito encrypts codes with."
  value       = local.kms_key_arn

  precondition {
    condition = var.kms_key.existing == null ? true : can(regex(local.key_here, var.kms_key.existing.arn))
    error_message = join(" ", [
      "${var.name}: kms_key.existing.arn: the ARN of a key (…:key/<id>) in ${local.region}, where the function and its pools are.",
      "Got: something else. Fix: write the ARN, or of a multi-Region key the ARN of its replica there. Cognito refuses ids, and",
      "nothing can be decrypted with an alias.",
    ])
  }

  precondition {
    condition = length(local.wrong_old_keys) == 0
    error_message = join(" ", [
      "${var.name}: kms_key.also_decrypt[${nonsensitive(join(", ", local.wrong_old_keys))}]: the ARN of a key (…:key/<id>) in",
      "${local.region}, where the function and its pools are. Got: something else. Fix: write the ARN, no id and no alias.",
    ])
  }
}

output "kms_key_policy_statements" {
  description = "Statements that your key's policy (kms_key.existing) needs besides its account's; empty until there is a pool."
  value       = local.kms_key_policy_statements

  precondition {
    condition = length(local.wrong_managers) == 0
    error_message = join(" ", [
      "${var.name}: kms_key.pool_manager_role_arns[${nonsensitive(join(", ", local.wrong_managers))}]: the ARN of a role",
      "(…:iam::<account>:role/<name>), which may make grants on the key. Got: something else. Fix: name each role; \"*\" would be",
      "everybody.",
    ])
  }
}

output "lambda_config" {
  description = "What a pool's lambda_config takes: kms_key_id, and custom_sms_sender and custom_email_sender { lambda_arn, lambda_version }, null if off."
  # Not the permission and the grants: they wait for the pool, which waits for this.
  value = local.lambda_config
}

output "ledger_table_arn" {
  description = "ARN of the ledger's DynamoDB table; null when it is off."
  value       = one(aws_dynamodb_table.ledger[*].arn)
}

output "ledger_table_name" {
  description = "Name of that table; null when it is off."
  value       = one(aws_dynamodb_table.ledger[*].name)
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "messages" {
  description = "Locale → trigger → the text of sms.templates with its longest values, its encoding, and the segments that it takes."
  value = {
    for locale, texts in local.sms.templates : locale => { for trigger in keys(texts) : trigger => local.costs["${locale}.${trigger}"] }
  }
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "Name of the function's role, to attach more policies to."
  value       = aws_iam_role.this.name
}

output "user_pool_access" {
  description = "Pool → what modules/user-pool-attachment takes. Known when the pool's permission and grants are in place."
  value = {
    for name, pool in local.user_pools : name => {
      user_pool_arn = pool.arn
      lambda_config = local.lambda_config
      authorized_by = concat(
        [aws_lambda_permission.cognito[name].statement_id],
        [for path, grant in aws_kms_grant.decrypt : grant.grant_id if split("/", path)[0] == name],
      )
    }
  }

  precondition {
    condition     = length(local.same_pools) == 0
    error_message = "${var.name}: user_pools: one name for each pool. Got: one as ${nonsensitive(join("; as ", local.same_pools))}. Fix: leave one."
  }
}

output "user_pool_arn" {
  description = "ARN of the pool that was made; null when there is none."
  value       = one(module.user_pool[*].arn)
}

output "user_pool_id" {
  description = "Id of the pool that was made; null when there is none."
  value       = one(module.user_pool[*].id)
}
