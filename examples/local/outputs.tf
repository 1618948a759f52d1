output "client_id" {
  description = "Id of the app client."
  value       = aws_cognito_user_pool_client.app.id
}

output "failure_queue_url" {
  description = "URL of the queue of events that could not be handled."
  value       = module.sender.failure_queue_url
}

output "function_name" {
  description = "Name of the function."
  value       = module.sender.function_name
}

output "kms_key_arn" {
  description = "ARN of the key that Cognito encrypts codes with."
  value       = module.sender.kms_key_arn
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = module.sender.log_group_name
}

output "user_pool_id" {
  description = "Id of the pool."
  value       = module.sender.user_pool_id
}
