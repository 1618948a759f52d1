output "dashboard_name" {
  description = "Name of the dashboard."
  value       = module.sender.dashboard_name
}

output "failure_queue_url" {
  description = "URL of the queue of events that could not be handled."
  value       = module.sender.failure_queue_url
}

output "function_name" {
  description = "Name of the function."
  value       = module.sender.function_name
}

output "on_call_topic_arn" {
  description = "ARN of the topic that alarms tell. Nobody is subscribed to it yet."
  value       = aws_sns_topic.on_call.arn
}

output "testers_topic_arn" {
  description = "ARN of the topic that messages of test numbers go to. Nobody is subscribed to it yet."
  value       = aws_sns_topic.testers.arn
}

output "user_pool_id" {
  description = "Id of the pool."
  value       = module.sender.user_pool_id
}
