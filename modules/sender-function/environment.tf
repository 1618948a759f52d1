# What the function knows at a cold start is in its environment, so that it need not ask anyone.
#
#   SENDER_SETTINGS                  JSON of everything that is known at plan
#   SENDER_REF_<SENDER>_<ATTRIBUTE>  one value that may be an attribute of another resource: an ARN that is unknown until
#                                    apply must not keep the size of everything else from being checked at plan
#   SENDER_KMS_KEY_ARNS              keys that may decrypt
#   SENDER_HASH_KEY                  what numbers are hashed with, unknown until it has been made
#   SENDER_LEDGER_TABLE              name of the ledger's table; not there without a ledger
#   SENDER_MESSAGES                  brand and texts, compressed: ten locales of eight texts are 7.9 kB, 3.1 kB so
locals {
  # Attributes of each kind that go into variables of their own: always there, and there when set.
  required_references = {
    sns                = []
    sns_topic          = ["topic_arn"]
    end_user_messaging = []
    notify             = ["notify_configuration_id"]
    twilio             = ["secret_arn"]
    twilio_verify      = ["secret_arn"]
    vonage             = ["secret_arn"]
    whatsapp           = ["secret_arn"]
    slack              = ["secret_arn"]
    webhook            = ["url", "secret_arn"]
    http               = ["secret_arn"]
  }
  optional_references = {
    sns                = ["origination_number"]
    sns_topic          = []
    end_user_messaging = ["origination_identity", "configuration_set_name", "protect_configuration_id"]
    notify             = ["configuration_set_name"]
    twilio             = []
    twilio_verify      = []
    vonage             = []
    whatsapp           = []
    slack              = []
    webhook            = []
    http               = ["url"]
  }
  literal_attributes = {
    sns       = ["entity_id", "max_price", "region", "sender_id", "sms_type", "template_id"]
    sns_topic = ["environment"]
    end_user_messaging = [
      "in_entity_id", "in_template_id", "keyword", "max_price", "message_type", "region", "time_to_live_seconds",
    ]
    notify        = ["code_variable", "region", "template_id", "template_ids", "time_to_live_seconds"]
    twilio        = ["from", "message_privacy", "messaging_service_sid"]
    twilio_verify = ["app_hash", "channel", "friendly_name", "service_sid", "template_sid"]
    vonage        = ["content_id", "entity_id", "from"]
    whatsapp      = ["api_version", "default_language", "languages", "phone_number_id", "template"]
    slack         = ["environment"]
    webhook       = ["allow_private_address"]
    http          = ["allow_private_address", "basic_auth", "format", "headers", "message_id", "method", "preset", "settings"]
  }

  # What of an http description is more than a value: without its nulls, and the body as JSON in JSON, not as a text in it,
  # because every quotation mark would take two bytes more.
  http_attributes = {
    for name, kind in local.sender_kinds : name => merge(
      { for part, text in { body = var.senders[name].http.body } : part => jsondecode(text) if text != null },
      {
        for part, limits in { lifetime = var.senders[name].http.lifetime } : part => {
          for limit, seconds in limits : limit => seconds if seconds != null
        } if limits != null
      },
      {
        for part, rules in { rules = var.senders[name].http.rules } : part => [
          for rule in rules : { for attribute, value in rule : attribute => value if value != null }
        ] if rules != null
      },
    ) if kind == "http"
  }

  sender_kinds = {
    for name, sender in var.senders :
    name => one([for kind, attributes in sender : kind if kind != "enabled" && attributes != null])
  }

  settings = jsonencode({
    name              = var.name
    allowed_countries = sort(var.allowed_countries)
    routes            = var.routes
    protection        = local.protection
    senders = {
      for name, kind in local.sender_kinds : name => merge(
        { kind = kind },
        var.senders[name].enabled ? {} : { enabled = false },
        {
          # Null and a switch that is off are left out: every byte counts.
          for attribute in local.literal_attributes[kind] : attribute => var.senders[name][kind][attribute]
          if var.senders[name][kind][attribute] != null && var.senders[name][kind][attribute] != false
        },
        try(local.http_attributes[name], {}),
      )
    }
  })

  # The function's own (protection.py), which need not be told: they would take a tenth of all room.
  default_on_ledger_failure = "send"
  default_limits = {
    number  = { max = 10, per_seconds = 3600, mode = "enforce" }
    prefix  = { max = 100, per_seconds = 3600, mode = "enforce", without_last_digits = 4 }
    country = { max = 5000, per_seconds = 3600, mode = "monitor" }
    overall = { max = 10000, per_seconds = 3600, mode = "monitor" }
  }

  # What is empty, off or the function's default is left out, limits all together: one that is not there beside others is
  # off. Without a ledger there is nothing to count in.
  protection = merge(
    {
      for part, value in { on_ledger_failure = var.protection.on_ledger_failure } : part => value
      if var.protection.ledger.enabled && value != local.default_on_ledger_failure
    },
    {
      for part, value in { limits = var.protection.limits } : part => {
        for scope, limit in value : scope => limit if limit.mode != "off"
      } if var.protection.ledger.enabled && jsonencode(value) != jsonencode(local.default_limits)
    },
    { for part, test_numbers in { test_numbers = var.protection.test_numbers } : part => test_numbers if test_numbers != null },
    {
      for part, value in {
        allowed_ranges         = var.protection.allowed_ranges
        blocked_prefixes       = var.protection.blocked_prefixes
        code_lifetimes_seconds = var.protection.code_lifetimes_seconds
      } : part => value if length(value) > 0
    },
  )

  required_reference_variables = merge([
    for name, kind in local.sender_kinds : {
      for attribute in local.required_references[kind] :
      "SENDER_REF_${upper(name)}_${upper(attribute)}" => var.senders[name][kind][attribute]
    }
  ]...)
  optional_reference_variables = merge([
    for name, kind in local.sender_kinds : {
      for attribute in local.optional_references[kind] :
      "SENDER_REF_${upper(name)}_${upper(attribute)}" => var.senders[name][kind][attribute]
      if var.senders[name][kind][attribute] != null
    }
  ]...)

  # The countries are known at plan, what they have need not be.
  origination_variables = {
    for name, kind in local.sender_kinds : "SENDER_REF_${upper(name)}_ORIGINATION_BY_COUNTRY" => join(",", [
      for country, origination in var.senders[name][kind].origination_by_country : "${country}=${origination}"
    ])
    if try(length(var.senders[name][kind].origination_by_country), 0) > 0
  }

  known_variables = merge(
    {
      SENDER_SETTINGS              = local.settings
      SENDER_MESSAGES              = base64gzip(var.messages)
      POWERTOOLS_SERVICE_NAME      = var.name
      POWERTOOLS_METRICS_NAMESPACE = var.monitoring.metrics_namespace
      POWERTOOLS_LOG_LEVEL         = var.monitoring.log_level
    },
    { for table in aws_dynamodb_table.ledger : "SENDER_LEDGER_TABLE" => table.name },
    { for rate in [var.monitoring.debug_sample_rate] : "POWERTOOLS_LOGGER_SAMPLE_RATE" => tostring(rate) if rate > 0 },
  )

  environment = merge(
    local.known_variables,
    local.required_reference_variables,
    local.optional_reference_variables,
    local.origination_variables,
    {
      SENDER_HASH_KEY     = terraform_data.hash_key.output
      SENDER_KMS_KEY_ARNS = join(",", var.kms_key_arns)
    },
  )

  # Lambda measures the variables as JSON: "exceeded the 4KB limit. String measured: {…}". Bytes and not characters, which
  # is what length() counts; hence base64.
  environment_limit = 4096
  environment_base64 = {
    all      = base64encode(jsonencode(local.environment))
    known    = base64encode(jsonencode(local.known_variables))
    messages = base64encode(local.known_variables.SENDER_MESSAGES)
  }
  environment_bytes = {
    for part, text in local.environment_base64 :
    part => length(text) / 4 * 3 - length(regexall("=", text))
  }

  # The least that the variables will take whose values may not be known yet: no ARN is shorter than 40 bytes, the ARN of a
  # KMS key has 75, the hash key 64; an id or a URL may be short. Checked beside the exact size because that one may have to wait for
  # apply, and a text that can never fit should not get so far.
  environment_least_bytes = (
    local.environment_bytes.known
    + sum(concat([0], [
      for variable in keys(local.required_reference_variables) : length(variable) + 6 + (endswith(variable, "_ARN") ? 40 : 1)
    ]))
    + length("\"SENDER_KMS_KEY_ARNS\":\"\",") + length(var.kms_key_arns) * 75
    + length("\"SENDER_HASH_KEY\":\"\",") + 64
  )
}
