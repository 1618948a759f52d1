# The function's settings. A plan shows all of it in terraform_data.configuration, beside values that are not known yet.
# In the function's environment one such value would hide every other ("(known after apply)").
locals {
  # Raised when the shape of the document changes: a package refuses another number than its own.
  configuration_format = 2

  # Null and empty values are left out: every byte counts.
  channels = {
    for channel, values in {
      sms = {
        allowed_countries = sort(local.sms.allowed_countries)
        allowed_ranges    = sort(local.sms.allowed_ranges)
        autofill          = { for name, value in local.sms.autofill : name => value if try(length(value) > 0, false) }
        blocked_prefixes  = sort(local.sms.blocked_prefixes)
        country_locales   = local.sms.country_locales
        india             = local.sms.india
        limits            = var.protection.ledger.enabled ? local.sms.limits : null
        max_segments      = local.sms.max_segments
        routes            = lookup(local.routes, "sms", null)
        templates         = local.sms.templates
        transliterate     = local.sms.transliterate
      }
      email = {
        allowed_domains = sort(local.email.allowed_domains)
        blocked_domains = sort(local.email.blocked_domains)
        code_in_subject = local.email.code_in_subject ? true : null
        from            = local.email.from
        layout          = local.email.layout
        limits          = var.protection.ledger.enabled ? local.email.limits : null
        reply_to        = local.email.reply_to
        routes          = lookup(local.routes, "email", null)
        templates       = local.email.templates
      }
    } : channel => { for name, value in values : name => value if try(length(value) > 0, value != null) } if local.is_on[channel]
  }

  settings = merge(local.channels, {
    name         = var.name
    ledger_table = var.protection.ledger.enabled ? local.ledger_name : null
    # An empty list of languages says that none is used.
    messages = { for name, value in merge(local.messages, { clients = local.clients }) : name => value if try(length(keys(value)) > 0, value != null) }
    protection = {
      code_lifetimes_seconds = local.own_lifetimes
      on_ledger_failure      = var.protection.on_ledger_failure
      test_recipients = var.protection.test_recipients == null ? null : {
        for name, value in var.protection.test_recipients : name => value if value != null
      }
    }
    monitoring = {
      debug_sample_rate = var.monitoring.debug_sample_rate
      log_level         = var.monitoring.log_level
      metrics_namespace = var.monitoring.metrics_namespace
    }
    senders = {
      for name, kind in local.sender_kinds : name => merge(
        { kind = kind, enabled = local.senders[name].enabled },
        {
          for attribute, value in local.senders[name][kind] : attribute => value
          # Asked in this order: whether a value that is not known yet is null is not known either.
          if contains(keys(merge(local.secret_attributes[kind], local.reference_attributes[kind])), attribute) ? false : try(
            length(keys(value)) > 0, value != null
          )
        },
      )
    }
  })

  # Dotted path → a value that may be an attribute of another resource. Apart from the settings, so that one that is unknown
  # until apply hides neither the others nor the size of all.
  references = merge(
    { for index, arn in values(local.decryption_keys) : "kms_keys.${index}" => arn },
    merge([
      for name, kind in local.sender_kinds : {
        for attribute, rule in merge(local.secret_attributes[kind], local.reference_attributes[kind]) :
        "senders.${name}.${attribute}" => local.senders[name][kind][attribute] if rule.key == "" && !rule.is_for_role
      }
    ]...),
    merge(flatten([
      for name, kind in local.sender_kinds : [
        for attribute, rule in local.reference_attributes[kind] : {
          for key, value in local.senders[name][kind][attribute] : "senders.${name}.${attribute}.${key}" => value
        } if rule.key != ""
      ]
    ])...),
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
    "${nonsensitive(length(local.environment.SENDER_CONFIG))} of them are the configuration (compressed), most of it texts. ",
    "Fix: shorten templates, or use fewer senders or countries.",
  ])

  # By what each list looks at: one that looks at a value that is not known yet is silent until apply. A flaw of a
  # sensitive value is not shown, because Terraform then shows nothing at all.
  flaws = {
    for part, flaws in {
      texts      = local.text_flaws
      sms        = local.sms_flaws
      routes     = local.route_flaws
      senders    = local.sender_flaws.plain
      secrets    = local.sender_flaws.secret
      references = local.sender_flaws.reference
      groups     = local.sender_groups
      url        = local.credential_flaws.url
      headers    = local.credential_flaws.headers
      basic_auth = local.credential_flaws.basic_auth
      body       = local.credential_flaws.body
      } : part => [
      for flaw in nonsensitive(flaws) : nonsensitive(join(": ", [
        var.name,
        issensitive(jsonencode(flaws)) ? "a rule about ${part}. Got: a sensitive value. Fix: plan without sensitive() to see it." : flaw,
      ]))
    ]
  }
}

resource "terraform_data" "configuration" {
  input = {
    module     = "cognito-custom-sender"
    format     = local.configuration_format
    settings   = local.settings
    references = local.references
    region     = local.region # which the function is told by Lambda, and a check of a first plan by nothing else
  }

  lifecycle {
    precondition {
      condition = nonsensitive(local.environment_least_bytes) <= local.environment_limit
      error_message = join(" ", [
        "${var.name}: the function's environment: at most ${local.environment_limit} bytes, which is Lambda's limit. Got: at least",
        "${nonsensitive(local.environment_least_bytes)}. ${local.environment_advice}",
      ])
    }

    precondition {
      # Exact, but known only when every ARN is; silent where the one above has spoken.
      condition = local.environment_least_bytes > local.environment_limit || local.environment_bytes <= local.environment_limit
      error_message = join(" ", [
        "${var.name}: the function's environment: at most ${local.environment_limit} bytes, which is Lambda's limit. Got:",
        "${nonsensitive(local.environment_bytes)}. ${local.environment_advice}",
      ])
    }

    # Two, because one that looks at a value that is not known yet is silent until apply.
    precondition {
      condition     = length(local.flaws.texts) == 0
      error_message = join("\n", local.flaws.texts)
    }

    precondition {
      condition     = length(local.flaws.sms) == 0
      error_message = join("\n", local.flaws.sms)
    }

    precondition {
      condition     = length(local.flaws.routes) == 0
      error_message = join("\n", local.flaws.routes)
    }

    precondition {
      condition     = length(local.flaws.senders) == 0
      error_message = join("\n", local.flaws.senders)
    }

    precondition {
      condition     = length(local.flaws.secrets) == 0
      error_message = join("\n", local.flaws.secrets)
    }

    precondition {
      condition     = length(local.flaws.references) == 0
      error_message = join("\n", local.flaws.references)
    }

    precondition {
      condition     = length(local.flaws.groups) == 0
      error_message = join("\n", local.flaws.groups)
    }

    precondition {
      condition     = length(local.flaws.url) == 0
      error_message = join("\n", local.flaws.url)
    }

    precondition {
      condition     = length(local.flaws.headers) == 0
      error_message = join("\n", local.flaws.headers)
    }

    precondition {
      condition     = length(local.flaws.basic_auth) == 0
      error_message = join("\n", local.flaws.basic_auth)
    }

    precondition {
      condition     = length(local.flaws.body) == 0
      error_message = join("\n", local.flaws.body)
    }
  }
}

# The key by which numbers are hashed before they stand in the ledger or in a log: a plain hash of a telephone number is
# undone by trying all of them. Made once and kept in the state; a new one would begin every count again.
resource "terraform_data" "hash_key" {
  input = substr(sha256("${uuid()}${uuid()}"), 0, 32)

  lifecycle {
    ignore_changes = [input] # uuid() gives another value in every plan
  }
}
