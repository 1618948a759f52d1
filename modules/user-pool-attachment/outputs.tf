output "function_name" {
  description = "Name of the function that changes the pool."
  value       = aws_lambda_function.this.function_name
}

output "log_group_name" {
  description = "Name of its log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "replaced" {
  description = "What the pool had before, and gets back on destroy: key and custom senders; null where there was nothing."
  value       = local.before
}

output "role_name" {
  description = "Name of its role, to attach more policies to: a pool may have settings that need more rights to be sent back."
  value       = aws_iam_role.this.name
}

output "user_pool_id" {
  description = "Id of the pool. Known when the pool has the trigger."
  value       = local.user_pool_id

  depends_on = [aws_lambda_invocation.repair]
}
