# What the function is told. A plan shows all of it in terraform_data.configuration, beside values that are not known yet. In
# the function's environment one such value would hide every other ("(known after apply)").
locals {
  # Raised when the shape of the document changes: a package refuses another number than its own.
  configuration_format = 1

  settings = {
    name         = var.name
    ledger_table = one(aws_dynamodb_table.ledger[*].name)
    # What is null or empty is left out: every byte counts.
    sms = { for name, value in {
      allowed_countries = sort(var.sms.allowed_countries)
      allowed_ranges    = sort(var.sms.allowed_ranges)
      autofill          = { for name, value in var.sms.autofill : name => value if try(length(value) > 0, false) }
      blocked_prefixes  = sort(var.sms.blocked_prefixes)
      country_locales   = var.sms.country_locales
      india             = var.sms.india
      limits            = var.protection.ledger.enabled ? var.sms.limits : null
      max_segments      = var.sms.max_segments
      routes            = local.routes
      templates         = var.sms.templates
      transliterate     = var.sms.transliterate
    } : name => value if try(length(value) > 0, value != null) }
    messages = {
      for name, value in merge(var.messages, { brand = local.brand }) : name => value if try(length(value) > 0, value != null)
    }
    protection = {
      code_lifetimes_seconds = var.protection.code_lifetimes_seconds
      on_ledger_failure      = var.protection.on_ledger_failure
      test_recipients        = var.protection.test_recipients
    }
    monitoring = {
      debug_sample_rate = var.monitoring.debug_sample_rate
      log_level         = var.monitoring.log_level
      metrics_namespace = var.monitoring.metrics_namespace
    }
    senders = {
      for name, kind in local.sender_kinds : name => merge(
        { kind = kind, enabled = var.senders[name].enabled },
        {
          for attribute, value in var.senders[name][kind] : attribute => value
          # Asked in this order: whether a value that is not known yet is null is not known either.
          if contains(concat(local.reference_attributes, local.other_attributes), attribute) ? false : value != null
        },
      )
    }
  }

  # Dotted path → a value that may be an attribute of another resource. Apart from the settings, so that one that is unknown
  # until apply hides neither the others nor the size of all.
  references = merge(
    { for index, arn in values(local.decryption_keys) : "kms_keys.${index}" => arn },
    merge([
      for name, kind in local.sender_kinds : {
        for attribute, value in var.senders[name][kind] : "senders.${name}.${attribute}" => value
        if contains(local.reference_attributes, attribute)
      }
    ]...),
    merge([
      for name, kind in local.sender_kinds : {
        for country, value in try(var.senders[name][kind].origination_by_country, {}) :
        "senders.${name}.origination_by_country.${country}" => value
      }
    ]...),
  )

  environment = {
    SENDER_CONFIG     = base64gzip(jsonencode({ format = local.configuration_format, settings = local.settings }))
    SENDER_REFERENCES = jsonencode({ for path, value in local.references : path => value if value != null })
    SENDER_HASH_KEY   = sensitive(terraform_data.hash_key.output)
  }

  # Lambda measures the variables as JSON: "exceeded the 4KB limit. String measured: {…}". Bytes and not characters, which
  # is what length() counts; hence base64.
  environment_limit  = 4096
  environment_base64 = nonsensitive(base64encode(jsonencode(local.environment)))
  environment_bytes  = length(local.environment_base64) / 4 * 3 - length(regexall("=", local.environment_base64))

  # The least that it takes: no ARN has fewer than 40 characters, and the hash key has 32. So what can never fit is refused
  # by a plan that does not know every ARN yet.
  environment_least_bytes = length(local.environment.SENDER_CONFIG) + 32 + sum([
    for path in keys(local.references) : length(path) + 40 if startswith(path, "kms_keys.") || endswith(path, "_arn")
  ])
  environment_advice = join("", [
    "${length(local.environment.SENDER_CONFIG)} of them are the configuration (compressed), most of it texts: ",
    "shorten sms.templates, or use fewer senders or countries.",
  ])
}

resource "terraform_data" "configuration" {
  input = {
    module     = "cognito-custom-sender"
    format     = local.configuration_format
    settings   = local.settings
    references = local.references
  }

  lifecycle {
    precondition {
      condition = local.environment_least_bytes <= local.environment_limit
      error_message = join(" ", [
        "${var.name}: the function's environment needs at least ${local.environment_least_bytes} bytes, and Lambda allows",
        "${local.environment_limit}. ${local.environment_advice}",
      ])
    }

    precondition {
      # Exact, but known only when every ARN is; silent where the one above has spoken.
      condition = local.environment_least_bytes > local.environment_limit || local.environment_bytes <= local.environment_limit
      error_message = join(" ", [
        "${var.name}: the function's environment needs ${local.environment_bytes} bytes, and Lambda allows",
        "${local.environment_limit}. ${local.environment_advice}",
      ])
    }

    precondition {
      condition = length(local.over_limit) == 0
      error_message = join(" ", [
        "${var.name}: with the longest values these texts take more parts than they may: ${join("; ", local.over_limit)}. Shorten",
        "the text or the brand, take another character (or sms.transliterate = true, if it is typographic), or allow more for the",
        "locale in sms.max_segments.",
      ])
    }

    precondition {
      condition = length(local.not_for_android) == 0
      error_message = join(" ", [
        "${var.name}: an Android app finds messages of at most 140 bytes, its hash included; these have more:",
        "${join(", ", local.not_for_android)}. Shorten the text or the brand.",
      ])
    }

    precondition {
      condition = length(local.india_for_nothing) == 0
      error_message = join(" ", [
        "${var.name}: sms.india.template_ids has ids for texts that are never sent: ${join(", ", local.india_for_nothing)}. An id",
        "belongs to the locale and trigger of a text in sms.templates, or of a built-in one that no \"default\" of yours stands",
        "before: write that text, or move the id to the text that is sent (\"default\").",
      ])
    }
  }
}

# What numbers are hashed with before they stand in the ledger or in a log: a plain hash of a telephone number is undone by
# trying all of them. Made once and kept in the state; a new one would begin every count again.
resource "terraform_data" "hash_key" {
  input = substr(sha256("${uuid()}${uuid()}"), 0, 32)

  lifecycle {
    ignore_changes = [input] # uuid() gives another value in every plan
  }
}
