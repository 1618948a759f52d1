output "lambda_config" {
  description = "What the existing pool's lambda_config takes."
  value       = module.sender.lambda_config
}

output "user_pool_id" {
  description = "Id of the new pool; null when an existing one is used."
  value       = module.sender.user_pool_id
}
