output "failure_queue_url" {
  description = "URL of the queue of events that could not be handled."
  value       = module.sms_sender.failure_queue_url
}

output "function_name" {
  description = "Name of the function."
  value       = module.sms_sender.function_name
}

output "user_pool_id" {
  description = "Id of the pool."
  value       = module.sms_sender.user_pool_id
}
