# An internal module: the root checks what users write and sets every default, so nothing is optional here.

variable "allowed_countries" {
  description = "Countries (ISO 3166-1 alpha-2) whose numbers get messages."
  type        = set(string)
}

variable "delivery" {
  description = "How long Lambda keeps an event, how often it tries, and where it puts one that failed."
  type = object({
    max_event_age_seconds = number
    max_retries           = number
    failure_queue = object({
      enabled           = bool
      retention_seconds = number
      kms_key_arn       = string
    })
  })
}

variable "function" {
  description = "The function's size and surroundings."
  type = object({
    architecture            = string
    runtime                 = string
    memory_size             = number
    timeout                 = number
    tracing                 = bool
    reserved_concurrency    = number
    vpc                     = object({ subnet_ids = list(string), security_group_ids = list(string) })
    snap_start              = bool
    code_signing_config_arn = string
  })
}

variable "iam" {
  description = "Path and boundary of the role, and the keys of the secrets."
  type = object({
    path                     = string
    permissions_boundary_arn = string
    secret_kms_key_arns      = list(string)
  })
}

variable "kms_key_arns" {
  description = "Keys that the function may decrypt with."
  type        = list(string)
}

variable "messages" {
  description = "Brand and texts, as JSON."
  type        = string
}

variable "monitoring" {
  description = "Logs, metrics, alarms and dashboard."
  type = object({
    log_retention_days = number
    log_kms_key_arn    = string
    log_level          = string
    debug_sample_rate  = number
    metrics_namespace  = string
    alarms = object({
      enabled        = bool
      topic_arns     = list(string)
      errors         = object({ enabled = bool, threshold = number })
      throttles      = object({ enabled = bool, threshold = number })
      dropped_events = object({ enabled = bool, threshold = number })
      event_age      = object({ enabled = bool, threshold = number })
      failure_queue  = object({ enabled = bool, threshold = number })
      failed_share   = object({ enabled = bool, threshold = number, min_messages = number })
      refused        = object({ enabled = bool, threshold = number })
      over_limit     = object({ enabled = bool, threshold = number })
      segments       = object({ enabled = bool, threshold = number })
      ledger         = object({ enabled = bool, threshold = number })
      silence        = object({ enabled = bool, hours = number })
    })
    dashboard = object({ enabled = bool, price_per_segment = number })
  })
}

variable "name" {
  description = "Name of the function, and the start of every other name."
  type        = string
}

variable "package" {
  description = "Where the code comes from."
  type = object({
    filename         = string
    s3               = object({ bucket = string, key = string, object_version = string })
    image_uri        = string
    source_code_hash = string
    layers           = list(string)
  })
}

variable "protection" {
  description = "Ledger, limits, and which numbers are special."
  type = object({
    ledger = object({
      enabled                = bool
      point_in_time_recovery = bool
      kms_key_arn            = string
      deletion_protection    = bool
    })
    on_ledger_failure = string
    limits = object({
      number  = object({ max = number, per_seconds = number, mode = string })
      prefix  = object({ max = number, per_seconds = number, mode = string, without_last_digits = number })
      country = object({ max = number, per_seconds = number, mode = string })
      overall = object({ max = number, per_seconds = number, mode = string })
    })
    blocked_prefixes       = set(string)
    allowed_ranges         = set(string)
    test_numbers           = object({ numbers = set(string), sender = string })
    code_lifetimes_seconds = map(number)
  })
}

variable "routes" {
  description = "Route name → senders, in the order in which they are tried."
  type        = map(list(string))
}

variable "senders" {
  description = "Sender name → its kind's settings."
  type = map(object({
    enabled = bool
    sns = object({
      sender_id              = string
      origination_number     = string
      origination_by_country = map(string)
      sms_type               = string
      max_price              = string
      region                 = string
      entity_id              = string
      template_id            = string
    })
    sns_topic = object({
      topic_arn   = string
      environment = string
      kms_key_arn = string
    })
    end_user_messaging = object({
      origination_identity     = string
      origination_by_country   = map(string)
      configuration_set_name   = string
      protect_configuration_id = string
      message_type             = string
      max_price                = string
      time_to_live_seconds     = number
      region                   = string
      keyword                  = string
      in_entity_id             = string
      in_template_id           = string
    })
    notify = object({
      notify_configuration_id = string
      template_id             = string
      template_ids            = map(string)
      code_variable           = string
      configuration_set_name  = string
      time_to_live_seconds    = number
      region                  = string
    })
    twilio = object({
      secret_arn            = string
      messaging_service_sid = string
      from                  = string
      message_privacy       = bool
    })
    twilio_verify = object({
      service_sid   = string
      secret_arn    = string
      channel       = string
      template_sid  = string
      app_hash      = string
      friendly_name = string
    })
    vonage = object({
      from       = string
      secret_arn = string
      entity_id  = string
      content_id = string
    })
    whatsapp = object({
      phone_number_id  = string
      template         = string
      languages        = map(string)
      default_language = string
      api_version      = string
      secret_arn       = string
    })
    slack = object({
      secret_arn  = string
      environment = string
    })
    webhook = object({
      url                   = string
      secret_arn            = string
      allow_private_address = bool
    })
    http = object({
      secret_arn = string
      preset     = string
      settings   = map(string)
      url        = string
      method     = string
      headers    = map(string)
      basic_auth = object({
        username = string
        password = string
      })
      format = string
      body   = string
      lifetime = object({
        min_seconds = number
        max_seconds = number
      })
      message_id = string
      rules = list(object({
        outcome             = string
        status              = list(string)
        fields              = map(list(string))
        credentials_refused = bool
      }))
      allow_private_address = bool
    })
  }))
}

variable "tags" {
  description = "Tags of everything that takes some."
  type        = map(string)
}
