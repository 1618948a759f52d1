# refused by what it makes: not its id or a name
module "log_key_alias" {
  monitoring = { log_kms_key_arn = "alias/logs" }
}

# refused by what it makes: expected retention_in_days to be one of [0 1 3 5 7 14 30 60
module "retention_of_logs" {
  monitoring = { log_retention_days = 10 }
}

# judged: monitoring.log_level: one of "DEBUG", "INFO"
module "log_level" {
  monitoring = { log_level = "debug" }
}

# refused: without "AWS/" at the start
module "namespace" {
  monitoring = { metrics_namespace = "AWS/Lambda" }
}

# judged: monitoring.debug_sample_rate: a number from 0 to 1
module "sample_rate" {
  monitoring = { debug_sample_rate = 5 }
}

# refused by what it makes: monitoring.alarms.dropped_events.threshold: more than 0
module "alarm_threshold" {
  monitoring = { alarms = { dropped_events = { threshold = 0 } } }
}

# refused: failed_share.threshold: a percentage
module "alarm_share" {
  monitoring = { alarms = { failed_share = { threshold = 101 } } }
}

# refused: min_messages: 1 or more
module "alarm_share_of_nothing" {
  monitoring = { alarms = { failed_share = { min_messages = 0 } } }
}

# refused: monitoring.alarms.silence.hours: a whole number, 1 to 168.
module "alarm_silence" {
  monitoring = { alarms = { silence = { hours = 169 } } }
}

# refused by what it makes: topic_arns[1]: the ARN of a standard SNS topic
module "alarm_topic" {
  monitoring = { alarms = { topic_arns = [local.alarms, "on-call@example.com"] } }
}

# refused: price_per_segment: US dollars, 0 or more
module "dashboard_price" {
  monitoring = { dashboard = { price_per_segment = -1 } }
}

# refused by what it makes: in eu-central-1, where the alarms are
module "alarm_topic_in_another_region" {
  monitoring = { alarms = { topic_arns = ["arn:aws:sns:us-east-1:123456789012:alarms"] } }
}

# refused by what it makes: topic_arns[0]: the ARN of a standard SNS topic
module "alarm_topic_that_is_sensitive" {
  monitoring = { log_kms_key_arn = aws_kms_key.unknown.arn, alarms = { topic_arns = [sensitive("on-call@example.com")] } }
}

# refused by what it makes: monitoring.alarms.ledger.threshold: more than 0
module "alarm_without_end_beside_a_new_topic" {
  monitoring = { alarms = { topic_arns = [aws_sns_topic.unknown.arn], ledger = { threshold = -1 } } }
}

# refused by what it makes: log_kms_key_arn: the ARN of a key (…:key/<id>) in eu-central-1
module "log_key_in_another_region" {
  monitoring = { log_kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/1", alarms = { topic_arns = [aws_sns_topic.unknown.arn] } }
}
