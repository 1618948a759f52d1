output "alarm_arns" {
  description = "ARNs of the alarms, by their names in monitoring.alarms."
  value       = module.sender_function.alarm_arns
}

output "alias_arn" {
  description = "ARN of the alias that Cognito calls."
  value       = module.sender_function.alias_arn
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard; null when it is off."
  value       = module.sender_function.dashboard_name
}

output "failure_queue_arn" {
  description = "ARN of the queue that keeps events that could not be handled; null when it is off."
  value       = module.sender_function.failure_queue_arn
}

output "failure_queue_url" {
  description = "URL of that queue; null when it is off."
  value       = module.sender_function.failure_queue_url
}

output "function_arn" {
  description = "ARN of the function, without a version."
  value       = module.sender_function.function_arn
}

output "function_name" {
  description = "Name of the function."
  value       = module.sender_function.function_name
}

output "function_version" {
  description = "Published version that the alias points at."
  value       = module.sender_function.function_version
}

output "kms_key_arn" {
  description = "ARN of the key that Cognito encrypts codes with."
  value       = module.encryption_key.key_arn
}

output "kms_key_policy_statements" {
  description = "Statements that the policy of a key of yours (kms_key.existing) needs besides its account's; empty until there is a pool."
  value       = module.encryption_key.cognito_statements
}

output "lambda_config" {
  description = "What a pool's lambda_config takes: kms_key_id and custom_sms_sender { lambda_arn, lambda_version }."
  # Not the permission and the grants: they wait for the pool, which waits for this.
  value = local.lambda_config
}

output "ledger_table_arn" {
  description = "ARN of the ledger's DynamoDB table; null when it is off."
  value       = module.sender_function.ledger_table_arn
}

output "ledger_table_name" {
  description = "Name of that table; null when it is off."
  value       = module.sender_function.ledger_table_name
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = module.sender_function.log_group_name
}

output "messages" {
  description = "Locale → trigger → the text with its longest values, its encoding, and the parts that it takes."
  value       = module.messages.texts
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = module.sender_function.role_arn
}

output "role_name" {
  description = "Name of the function's role, to attach more policies to."
  value       = module.sender_function.role_name
}

output "user_pool_access" {
  description = "By the name of the pool: what modules/user-pool-attachment takes. Known when the pool's permission and grants are in place."
  value = {
    for name, access in module.user_pool_access : name => {
      user_pool_arn = local.user_pools[name].arn
      lambda_config = local.lambda_config
      authorised_by = access.authorised_by
    }
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
