output "user_pool_arn" {
  description = "For the sender's state."
  value       = aws_cognito_user_pool.main.arn
}

output "user_pool_id" {
  description = "Id of the pool."
  value       = aws_cognito_user_pool.main.id
}
