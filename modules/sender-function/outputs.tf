output "alarm_arns" {
  description = "ARNs of the alarms, by what they watch."
  value       = { for name, alarm in aws_cloudwatch_metric_alarm.this : name => alarm.arn }
}

output "alias_arn" {
  description = "ARN of the alias that Cognito calls."
  value       = aws_lambda_alias.live.arn
}

output "alias_name" {
  description = "Name of that alias."
  value       = aws_lambda_alias.live.name
}

output "dashboard_name" {
  description = "Name of the dashboard; null when it is off."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "failure_queue_arn" {
  description = "ARN of the queue of events that failed; null when it is off."
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
  description = "Version that the alias points at."
  value       = aws_lambda_function.this.version
}

output "ledger_table_arn" {
  description = "ARN of the ledger's table; null when it is off."
  value       = one(aws_dynamodb_table.ledger[*].arn)
}

output "ledger_table_name" {
  description = "Name of that table; null when it is off."
  value       = one(aws_dynamodb_table.ledger[*].name)
}

output "log_group_name" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "Name of the function's role."
  value       = aws_iam_role.this.name
}
