output "function_name" {
  description = "Name of the function."
  value       = module.sender.function_name
}

output "user_pool_id" {
  description = "Id of the pool."
  value       = module.sender.user_pool_id
}
