output "alias_arn" {
  description = "ARN of the alias that Cognito calls."
  value       = aws_lambda_alias.live.arn
}

output "alias_name" {
  description = "Name of that alias."
  value       = aws_lambda_alias.live.name
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
