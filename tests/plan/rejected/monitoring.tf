# refuses: not its id or a name
module "log_key_alias" {
  monitoring = { log_kms_key_arn = "alias/logs" }
}

# refuses: must be one of CloudWatch's
module "retention_of_logs" {
  monitoring = { log_retention_days = 10 }
}

# refuses: must be DEBUG, INFO
module "log_level" {
  monitoring = { log_level = "debug" }
}

# refuses: not start with AWS/
module "namespace" {
  monitoring = { metrics_namespace = "AWS/Lambda" }
}

# refuses: 0 (none) to 1 (all)
module "sample_rate" {
  monitoring = { debug_sample_rate = 5 }
}

# refuses: Set enabled = false for an alarm
module "alarm_threshold" {
  monitoring = { alarms = { dropped_events = { threshold = 0 } } }
}

# refuses: threshold is in percent
module "alarm_share" {
  monitoring = { alarms = { failed_share = { threshold = 101 } } }
}

# refuses: min_messages is 1 or more
module "alarm_share_of_nothing" {
  monitoring = { alarms = { failed_share = { min_messages = 0 } } }
}

# refuses: CloudWatch looks back seven days
module "alarm_silence" {
  monitoring = { alarms = { silence = { hours = 169 } } }
}

# refuses: takes ARNs of standard SNS topics
module "alarm_topic" {
  monitoring = { alarms = { topic_arns = ["on-call@example.com"] } }
}

# refuses: in US dollars
module "dashboard_price" {
  monitoring = { dashboard = { price_per_segment = -1 } }
}
