# What an output of a call says goes to an output of the root, because a plan holds no others; one that holds an unknown
# value is not in the plan at all.
output "statements_two_pools" {
  value = module.two_pools.kms_key_policy_statements
}

output "statements_defaults" {
  value = module.defaults.kms_key_policy_statements
}

output "known" {
  value = {
    function_name  = module.known.function_name
    kms_key_arn    = module.known.kms_key_arn
    kms_key_id     = module.known.lambda_config.kms_key_id
    lambda_version = module.known.lambda_config.custom_sms_sender.lambda_version
    log_group_name = module.known.log_group_name
    user_pool_arn  = module.known.user_pool_arn
    user_pool_id   = module.known.user_pool_id
  }
}

output "messages" {
  value = module.messages.messages
}

output "no_failure_queue" {
  value = [module.no_failure_queue.failure_queue_arn, module.no_failure_queue.failure_queue_url]
}

output "nothing_beside" {
  value = {
    alarm_arns        = module.pool_given.alarm_arns
    dashboard_name    = module.pool_given.dashboard_name
    ledger_table_arn  = module.ledger_off.ledger_table_arn
    ledger_table_name = module.ledger_off.ledger_table_name
  }
}

output "beside" {
  value = {
    alarms            = keys(module.alarms.alarm_arns)
    dashboard_name    = module.dashboard.dashboard_name
    ledger_table_name = module.defaults.ledger_table_name
  }
}

# How many permissions and grants an attachment to each pool waits for.
output "access_keys_change" {
  value = { for pool, access in module.keys_change.user_pool_access : pool => length(access.authorized_by) }
}

output "access_pool_made_and_given" {
  value = { for pool, access in module.pool_made_and_given.user_pool_access : pool => length(access.authorized_by) }
}
