# What the variable is checked against, besides.
locals {
  # Calling codes of no country, by name (destination.py).
  special_ranges = [
    "disaster_relief", "freephone", "inmarsat", "international_networks", "premium", "satellite", "shared_cost",
    "universal_personal",
  ]
}

variable "sms" {
  description = <<-EOT
    Text messages:
    - `allowed_countries`: countries whose numbers get messages, as ISO 3166-1 alpha-2 codes (`["DE", "US"]`). Every other
      number is refused before anything is decrypted or paid for. There is no default: a pool that texts the whole world
      invites SMS pumping.
    - `allowed_ranges`: ranges of no country that get messages in spite of their price: "disaster_relief", "freephone",
      "inmarsat", "international_networks", "premium", "satellite", "shared_cost" or "universal_personal".
    - `blocked_prefixes`: beginnings of numbers that get nothing, in E.164: ["+4915550"].
    - `routes`: which senders are tried, in order: { default = ["aws", "twilio"], US = ["twilio", "aws"] }. The country of
      the number picks the route; countries without one of their own take `default`. At most three senders that are not
      switched off: a code is tried three times at most, while somebody waits for it. Nothing set: the only sender, if
      there is exactly one (beside that of `protection.test_recipients`) and it is neither an sns_topic nor slack.
    - `limits`: how many messages in how many seconds; `mode` "enforce" refuses more, "monitor" counts and sends them, "off".
      - `number`: { max = 10, per_seconds = 3600, mode = "enforce" }: to one number.
      - `prefix`: { max = 100, per_seconds = 3600, mode = "enforce", without_last_digits = 4 }: to the numbers that differ in
        the last digits only (4: a block of 10,000), which is how SMS pumping goes.
      - `country`: { max = 5000, per_seconds = 3600, mode = "monitor" }: to each country. Approximate.
      - `overall`: { max = 10000, per_seconds = 3600, mode = "monitor" }: altogether. Approximate.
    - `templates`: locale → trigger → text. Triggers: SignUp, ResendCode, ForgotPassword, UpdateUserAttribute,
      VerifyUserAttribute, Authentication, AdminCreateUser, AccountTakeOverNotification, and "default" for those without a
      text of their own. Placeholders: $code, $brand, $minutes (life of the code), $username, and those of
      `messages.attributes`. Built-in texts are used where there is none.
    - `max_segments`: locale, language or "default" → how many segments a text may take, whatever users write; default: 1
      for languages that can be written in the GSM-7 alphabet, 2 for others.
    - `transliterate`: plain characters for typographic ones, where that makes a text GSM-7.
    - `autofill`: the last line, from which a phone fills the code in: `web_otp` { `domain` } or `android` { `app_hash` }, or
      none; `clients`: the same by app client id, literal ids of clients that exist already.
    - `country_locales`: country of the number → locale, for users without one of their own.
    - `india`: `entity_id`, and `template_ids`: locale → trigger or "default" → id of that text's registration.
  EOT
  type = object({
    allowed_countries = set(string)
    allowed_ranges    = optional(set(string), [])
    blocked_prefixes  = optional(set(string), [])
    routes            = optional(map(list(string)), {})
    limits = optional(object({
      number = optional(object({
        max         = optional(number, 10)
        per_seconds = optional(number, 3600)
        mode        = optional(string, "enforce")
      }), {})
      prefix = optional(object({
        max                 = optional(number, 100)
        per_seconds         = optional(number, 3600)
        mode                = optional(string, "enforce")
        without_last_digits = optional(number, 4)
      }), {})
      country = optional(object({
        max         = optional(number, 5000)
        per_seconds = optional(number, 3600)
        mode        = optional(string, "monitor")
      }), {})
      overall = optional(object({
        max         = optional(number, 10000)
        per_seconds = optional(number, 3600)
        mode        = optional(string, "monitor")
      }), {})
    }), {})
    templates     = optional(map(map(string)), {})
    max_segments  = optional(map(number), {})
    transliterate = optional(bool, false)
    autofill = optional(object({
      web_otp = optional(object({ domain = string }))
      android = optional(object({ app_hash = string }))
      clients = optional(map(object({
        web_otp = optional(object({ domain = string }))
        android = optional(object({ app_hash = string }))
      })), {})
    }), {})
    country_locales = optional(map(string), {})
    india = optional(object({
      entity_id    = string
      template_ids = map(map(string))
    }))
  })
  nullable = false

  validation {
    condition     = length(var.sms.allowed_countries) > 0
    error_message = "sms.allowed_countries is empty, so no message would ever be sent. Name the countries of your users, for example [\"DE\", \"US\"]."
  }

  validation {
    condition     = alltrue([for country in var.sms.allowed_countries : can(regex("^[A-Z]{2}$", country))])
    error_message = "sms.allowed_countries takes ISO 3166-1 alpha-2 codes, two capital letters each, for example \"DE\" or \"US\"."
  }

  validation {
    condition     = length(setintersection(var.sms.allowed_countries, ["EU", "UK"])) == 0
    error_message = "sms.allowed_countries: the United Kingdom's code is \"GB\", and \"EU\" is no country: name its members one by one."
  }

  validation {
    condition = alltrue([
      for country in var.sms.allowed_countries : contains(local.countries, country) || contains(["EU", "UK"], country) || !can(regex("^[A-Z]{2}$", country))
    ])
    error_message = "sms.allowed_countries: no telephone number belongs to ${join(", ", setsubtract(var.sms.allowed_countries, local.countries))}. Look the country's ISO 3166-1 alpha-2 code up, for example \"DE\" or \"US\"."
  }

  validation {
    condition     = length(setsubtract(var.sms.allowed_ranges, local.special_ranges)) == 0
    error_message = "sms.allowed_ranges knows ${join(", ", local.special_ranges)}, and not: ${join(", ", setsubtract(var.sms.allowed_ranges, local.special_ranges))}. Countries belong into allowed_countries."
  }

  validation {
    condition     = alltrue([for prefix in var.sms.blocked_prefixes : can(regex("^\\+[1-9][0-9]{0,14}$", prefix))])
    error_message = "sms.blocked_prefixes takes beginnings of numbers in E.164: \"+\", the country code and more digits, for example \"+4915550\"."
  }

  validation {
    condition     = alltrue([for senders in values(var.sms.routes) : senders == null ? false : alltrue([for sender in senders : sender != null])])
    error_message = "sms.routes has a null where a sender's name must be. Name the sender, or leave it out: [for name in names : name if name != null]."
  }

  validation {
    condition     = length(setsubtract(keys(var.sms.routes), setunion(["default"], var.sms.allowed_countries))) == 0
    error_message = "sms.routes: a route is called \"default\" or after a country of sms.allowed_countries. Add the country there, or remove the route: ${join(", ", setsubtract(keys(var.sms.routes), setunion(["default"], var.sms.allowed_countries)))}."
  }

  validation {
    condition     = length(var.sms.routes) == 0 || contains(keys(var.sms.routes), "default") || length(setsubtract(var.sms.allowed_countries, keys(var.sms.routes))) == 0
    error_message = "sms.routes has none for ${join(", ", setsubtract(var.sms.allowed_countries, keys(var.sms.routes)))}. Add one for each, or default = [...] for every country without its own."
  }

  validation {
    condition     = length(var.sms.routes) == 0 || contains(keys(var.sms.routes), "default") || length(var.sms.allowed_ranges) == 0
    error_message = "sms.routes has no \"default\", which numbers of sms.allowed_ranges take because they have no country. Add default = [...]."
  }

  validation {
    condition     = alltrue([for senders in values(var.sms.routes) : length(senders) > 0 && length(distinct(senders)) == length(senders) if senders != null])
    error_message = "sms.routes: a route needs at least one sender, and each only once: it is an order, not a number of tries."
  }

  validation {
    condition = alltrue([
      for senders in values(var.sms.routes) : try(length([for sender in senders : sender if try(var.senders[sender].enabled, true)]) <= 3, true)
    ])
    error_message = "sms.routes: a route takes at most three senders that are not switched off: the function makes at most three attempts for a message, so a fourth would never be used. Shorten: ${join(", ", [for name, senders in var.sms.routes : name if try(length([for sender in senders : sender if try(var.senders[sender].enabled, true)]) > 3, false)])}."
  }

  validation {
    condition     = alltrue(flatten([for senders in values(var.sms.routes) : [for sender in senders : contains(keys(var.senders), sender) if sender != null] if senders != null]))
    error_message = "sms.routes names a sender that is not among senders (${join(", ", keys(var.senders))}): ${join(", ", setsubtract(flatten([for senders in values(var.sms.routes) : [for sender in senders : sender if sender != null] if senders != null]), keys(var.senders)))}."
  }

  validation {
    condition = alltrue([
      for senders in values(length(var.sms.routes) > 0 ? var.sms.routes : { default = local.implied_route }) :
      try(length(senders) == 0 || anytrue([for sender in senders : try(var.senders[sender].enabled, true)]), true)
    ])
    error_message = "Every sender of a route is switched off. Set enabled = true for one of them, or add another sender to: ${join(", ", [for name, senders in(length(var.sms.routes) > 0 ? var.sms.routes : { default = local.implied_route }) : name if try(!anytrue([for sender in senders : try(var.senders[sender].enabled, true)]), false)])}."
  }

  validation {
    condition = (
      length(var.sms.routes) == 0 || anytrue([for senders in values(var.sms.routes) : try(length(senders) == 0 || anytrue([for sender in senders : sender == null]), true)])
      || alltrue([
        for name, sender in var.senders : try(contains(flatten(values(var.sms.routes)), name), true) if sender.enabled && name != local.test_sender
      ])
    )
    error_message = "No route uses a sender that is configured. Add it to a route, remove it, or set enabled = false for it: ${join(", ", [for name, sender in var.senders : name if sender.enabled && name != local.test_sender && !try(contains(flatten(values(var.sms.routes)), name), true)])}."
  }

  validation {
    condition     = length(var.sms.routes) > 0 || length(local.implied_route) <= 1
    error_message = "There are several senders (${join(", ", local.implied_route)}), so sms.routes must say in which order they are tried: sms.routes = { default = [${join(", ", [for name in local.implied_route : "\"${name}\""])}] }."
  }

  validation {
    condition     = length(var.sms.routes) > 0 || length(local.implied_route) > 0 || length(var.senders) == 0
    error_message = "The only sender is that of the test numbers, so nobody else would get a message. Add another one, or set sms.routes = { default = [\"${join("\", \"", keys(var.senders))}\"] } if it is for everybody."
  }

  validation {
    condition = length(var.sms.routes) > 0 || alltrue([
      for name in local.implied_route : var.senders[name].sns_topic == null && var.senders[name].slack == null
    ])
    error_message = "An sns_topic or slack sender takes codes away from phones, so it is never used unasked: set sms.routes = { default = [\"${join("\", \"", local.implied_route)}\"] } if you want that."
  }

  validation {
    condition     = alltrue([for limit in var.sms.limits : contains(["enforce", "monitor", "off"], limit.mode)])
    error_message = "sms.limits: mode must be \"enforce\", \"monitor\" or \"off\". Check: ${join(", ", [for scope, limit in var.sms.limits : scope if !contains(["enforce", "monitor", "off"], limit.mode)])}."
  }

  validation {
    condition = alltrue([
      for limit in var.sms.limits :
      limit.max >= 1 && limit.max <= 1000000000 && floor(limit.max) == limit.max
      && limit.per_seconds >= 1 && limit.per_seconds <= 2592000 && floor(limit.per_seconds) == limit.per_seconds
    ])
    error_message = "sms.limits: max and per_seconds are whole numbers, 1 or more; per_seconds is 2592000 (30 days) at most. To switch a limit off, set mode = \"off\"; to send nothing, take the country out of allowed_countries."
  }

  validation {
    condition     = contains(range(1, 7), var.sms.limits.prefix.without_last_digits)
    error_message = "sms.limits.prefix.without_last_digits must be 1 to 6: 4 puts 10,000 numbers into one block."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for settings in [sender.sns, sender.end_user_messaging] : [
          for country in keys(settings.origination_by_country) : contains(var.sms.allowed_countries, country)
        ] if settings != null
      ]
    ]))
    error_message = "origination_by_country names a country that is not in sms.allowed_countries, so it would never be used. Add the country there or remove it here: ${join(", ", flatten([for name, sender in var.senders : [for settings in [sender.sns, sender.end_user_messaging] : [for country in keys(settings.origination_by_country) : "${name} ${country}" if !contains(var.sms.allowed_countries, country)] if settings != null]]))}."
  }

  validation {
    condition = alltrue([
      for locale in concat(
        keys(var.sms.templates), [var.messages.default_locale], values(var.sms.country_locales),
        [for locale in keys(var.sms.max_segments) : locale if locale != "default"],
        var.sms.india == null ? [] : keys(var.sms.india.template_ids),
      ) : can(regex("^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", locale))
    ])
    error_message = "A locale of messages must look like \"en\", \"pt-BR\" or \"zh_Hant_TW\"."
  }

  validation {
    condition = alltrue([
      for locales in [keys(var.sms.templates), keys(try(var.sms.india.template_ids, {})), keys(var.sms.max_segments)] :
      length(distinct([for locale in locales : replace(lower(locale), "_", "-")])) == length(locales)
    ])
    error_message = "messages: pt-BR, pt_BR and pt-br are one locale. Keep one of them in templates, india.template_ids and max_segments."
  }

  # The locale itself, one that it begins with, or what that stands for, as the function looks for it.
  validation {
    condition = !can(regex("^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", var.messages.default_locale)) || anytrue([
      for locale in concat(
        keys(var.sms.templates), tolist(coalesce(var.messages.built_in_locales, local.built_in_locales)), ["en"],
      ) :
      startswith("${replace(lower(var.messages.default_locale), "_", "-")}-", "${replace(lower(locale), "_", "-")}-") ||
      anytrue([
        for tag, meant in local.unsaid : meant == replace(lower(locale), "_", "-")
        if startswith("${replace(lower(var.messages.default_locale), "_", "-")}-", "${tag}-")
      ])
    ])
    error_message = "messages: there are no texts for messages.default_locale (\"${var.messages.default_locale}\"), which users without a locale get. Add them to sms.templates, or set default_locale to one of: ${join(", ", distinct(concat(keys(var.sms.templates), local.built_in_tags)))}."
  }

  validation {
    condition = alltrue(flatten([
      for texts in concat(values(var.sms.templates), values(try(var.sms.india.template_ids, {}))) : [
        for trigger in keys(texts) : contains(local.text_keys, trigger)
      ]
    ]))
    error_message = join("", [
      "sms.templates, sms.india.template_ids: ", join(", ", flatten([
        for part, locales in { templates = var.sms.templates, "india.template_ids" = try(var.sms.india.template_ids, {}) } : [
          for locale, texts in locales : [for trigger in keys(texts) : "${part}.${locale}.${trigger}" if !contains(local.text_keys, trigger)]
        ]
      ])),
      ": a text belongs to \"default\" or to one of SignUp, ResendCode, ForgotPassword, UpdateUserAttribute, VerifyUserAttribute, Authentication, AdminCreateUser and AccountTakeOverNotification (written so).",
    ])
  }

  # As Python's string.Template, which the function uses. RE2 counts to 1000 at most, and length() counts what looks like
  # one character, not code points.
  validation {
    condition = alltrue(flatten([
      for texts in values(var.sms.templates) : [
        for text in values(texts) : can(regex("^(?s:.{1,800})(?s:.{0,800})$", text)) && !can(regex("\\p{Co}", text))
      ]
    ]))
    error_message = join("", [
      "sms.templates: ", join(", ", flatten([
        for locale, texts in var.sms.templates : [
          for trigger, text in texts : "${locale}.${trigger}"
          if !can(regex("^(?s:.{1,800})(?s:.{0,800})$", text)) || can(regex("\\p{Co}", text))
        ]
      ])),
      ": a text has 1 to 1600 characters, and none of Unicode's private use: SNS and End User Messaging refuse longer ones, and phones have no letters for those. Shorten it, or leave an empty one out to get the built-in text.",
    ])
  }

  validation {
    condition = alltrue(flatten([
      for texts in values(var.sms.templates) : [
        for text in values(texts) : !strcontains(replace(
          replace(coalesce(text, "$code"), "$$", " "),
          "/\\$(?:\\{(?:${join("|", concat(local.placeholders, [for name in keys(var.messages.attributes) : name if can(regex(local.placeholder, name))]))})\\}|(?:${join("|", concat(local.placeholders, [for name in keys(var.messages.attributes) : name if can(regex(local.placeholder, name))]))})\\b)/", "",
        ), "$")
      ]
    ]))
    error_message = join("", [
      "sms.templates: ", join(", ", flatten([
        for locale, texts in var.sms.templates : [
          for trigger, text in texts : "${locale}.${trigger}" if strcontains(replace(
            replace(coalesce(text, "$code"), "$$", " "),
            "/\\$(?:\\{(?:${join("|", concat(local.placeholders, [for name in keys(var.messages.attributes) : name if can(regex(local.placeholder, name))]))})\\}|(?:${join("|", concat(local.placeholders, [for name in keys(var.messages.attributes) : name if can(regex(local.placeholder, name))]))})\\b)/", "",
          ), "$")
        ]
      ])),
      ": the placeholders are ", join(", ", [for name in concat(local.placeholders, keys(var.messages.attributes)) : format("$%s", name)]), ", with braces ($${code}) where a letter, digit or underscore follows; a dollar sign is written $$. A user attribute needs a name in messages.attributes.",
    ])
  }

  validation {
    condition = alltrue(flatten([
      for texts in values(var.sms.templates) : [
        for trigger, text in texts :
        trigger == "AccountTakeOverNotification" || can(regex("\\$\\{?code", replace(coalesce(text, "$code"), "$$", " ")))
      ]
    ]))
    error_message = join("", [
      "sms.templates: ", join(", ", flatten([
        for locale, texts in var.sms.templates : [
          for trigger, text in texts : "${locale}.${trigger}"
          if trigger != "AccountTakeOverNotification" && !can(regex("\\$\\{?code", replace(coalesce(text, "$code"), "$$", " ")))
        ]
      ])),
      ": every text needs $code (only AccountTakeOverNotification comes without one; $$code is a dollar sign and the word).",
    ])
  }

  validation {
    condition     = alltrue([for parts in values(var.sms.max_segments) : contains(range(1, 26), parts)])
    error_message = "sms.max_segments: a text may take 1 to 25 parts."
  }

  validation {
    condition = alltrue([
      for choice in concat([var.sms.autofill], values(var.sms.autofill.clients)) : choice.web_otp == null || choice.android == null
    ])
    error_message = "sms.autofill: web_otp and android at once are impossible: browsers and Android apps both look at the last line of a message, and there is only one. Choose one, or one for each app client in clients."
  }

  validation {
    condition = alltrue([
      for choice in concat([var.sms.autofill], values(var.sms.autofill.clients)) : (
        (choice.web_otp == null ? true : can(regex(local.domain, choice.web_otp.domain)) && length(choice.web_otp.domain) <= 253)
        && (choice.android == null ? true : can(regex("^[A-Za-z0-9+/]{11}$", choice.android.app_hash)))
      )
    ])
    error_message = "sms.autofill: web_otp.domain is a domain in small letters without a path (\"login.example.com\"), android.app_hash the 11 characters of the app's hash."
  }

  validation {
    condition     = alltrue([for client in keys(var.sms.autofill.clients) : can(regex("^[A-Za-z0-9_+]{1,128}$", client))])
    error_message = "sms.autofill.clients: a key is the id of an app client, as Cognito gave it."
  }

  validation {
    condition     = alltrue([for country in keys(var.sms.country_locales) : can(regex("^[A-Z]{2}$", country))])
    error_message = "sms.country_locales: a key is a country as in allowed_countries: two capital letters."
  }

  # As for default_locale.
  validation {
    condition = alltrue([
      for wanted in values(var.sms.country_locales) : !can(regex("^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", wanted)) || anytrue([
        for locale in concat(
          keys(var.sms.templates), tolist(coalesce(var.messages.built_in_locales, local.built_in_locales)), ["en"],
        ) :
        startswith("${replace(lower(wanted), "_", "-")}-", "${replace(lower(locale), "_", "-")}-") || anytrue([
          for tag, meant in local.unsaid : meant == replace(lower(locale), "_", "-")
          if startswith("${replace(lower(wanted), "_", "-")}-", "${tag}-")
        ])
      ])
    ])
    error_message = join("", [
      "sms.country_locales: there are no texts for ", join(", ", distinct([
        for wanted in values(var.sms.country_locales) : wanted if !anytrue([
          for locale in concat(
            keys(var.sms.templates), tolist(coalesce(var.messages.built_in_locales, local.built_in_locales)), ["en"],
          ) :
          startswith("${replace(lower(wanted), "_", "-")}-", "${replace(lower(locale), "_", "-")}-") || anytrue([
            for tag, meant in local.unsaid : meant == replace(lower(locale), "_", "-")
            if startswith("${replace(lower(wanted), "_", "-")}-", "${tag}-")
          ])
        ])
      ])), ", so that these countries would get default_locale. Add them to sms.templates, or remove them here.",
    ])
  }

  validation {
    condition = alltrue(flatten([
      for india in var.sms.india == null ? [] : [var.sms.india] : [
        for id in concat([india.entity_id], flatten([for ids in values(india.template_ids) : values(ids)])) : can(regex("^[!-~]{1,50}$", id))
      ]
    ]))
    error_message = "sms.india: entity_id and template_ids are the ids of the registration, 1 to 50 characters without spaces."
  }
}
