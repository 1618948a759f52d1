module "monitoring" {
  kms_key = { existing = { arn = local.key } }
  monitoring = {
    log_retention_days = 30
    log_kms_key_arn    = local.other_key
    log_level          = "DEBUG"
    debug_sample_rate  = 0.25
    metrics_namespace  = "Login/SMS"
  }
}

module "alarms" {
  monitoring = {
    metrics_namespace = "Login/SMS"
    alarms = {
      topic_arns     = [local.alarms]
      errors         = { threshold = 11 }
      throttles      = { threshold = 12 }
      dropped_events = { threshold = 13 }
      event_age      = { threshold = 14.5 }
      failure_queue  = { threshold = 15 }
      channel_off    = { threshold = 22 }
      failed_share   = { threshold = 16, min_messages = 17 }
      refused        = { threshold = 18 }
      over_limit     = { threshold = 19 }
      segments       = { threshold = 20 }
      ledger         = { threshold = 21 }
      silence        = { enabled = true, hours = 168 }
    }
  }
}

module "alarms_off_one_by_one" {
  monitoring = { alarms = {
    errors         = { enabled = false }
    throttles      = { enabled = false }
    dropped_events = { enabled = false }
    event_age      = { enabled = false }
    failure_queue  = { enabled = false }
    channel_off    = { enabled = false }
    failed_share   = { enabled = false }
    refused        = { enabled = false }
    over_limit     = { enabled = false }
    segments       = { enabled = false }
    ledger         = { enabled = false }
  } }
}

module "dashboard" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws", "twilio"] }
  }
  senders = {
    aws    = { sns = {} }
    twilio = { twilio = { secret_arn = local.secret, from = "+15550100" } }
  }
  monitoring = {
    metrics_namespace = "Login/SMS"
    dashboard         = { enabled = true, price_per_segment = 0.075 }
    alarms            = { event_age = { threshold = 90 }, segments = { threshold = 700 } }
  }
}
