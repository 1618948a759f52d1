# Required, then optional, each alphabetically. Objects group what belongs together; a part that is off is null. What may
# come from another resource of the same root (an ARN) is never asked whether it is null where Terraform must know the
# answer at plan: that is why a few ARNs have an object of their own around them.

variable "allowed_countries" {
  description = <<-EOT
    Countries whose numbers get messages, as ISO 3166-1 alpha-2 codes (`["DE", "US"]`). Every other number is refused
    before anything is decrypted or paid for. There is no default: a pool that texts the whole world invites SMS pumping.
  EOT
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.allowed_countries) > 0
    error_message = "allowed_countries is empty, so no message would ever be sent. Name the countries of your users, for example [\"DE\", \"US\"]."
  }

  validation {
    condition     = alltrue([for country in var.allowed_countries : can(regex("^[A-Z]{2}$", country))])
    error_message = "allowed_countries takes ISO 3166-1 alpha-2 codes, two capital letters each, for example \"DE\" or \"US\"."
  }

  validation {
    condition     = length(setintersection(var.allowed_countries, ["EU", "UK"])) == 0
    error_message = "allowed_countries: the United Kingdom's code is \"GB\", and \"EU\" is no country: name its members one by one."
  }

  validation {
    condition = alltrue([
      for country in var.allowed_countries : contains(local.countries, country) || contains(["EU", "UK"], country) || !can(regex("^[A-Z]{2}$", country))
    ])
    error_message = "allowed_countries: no telephone number belongs to ${join(", ", setsubtract(var.allowed_countries, local.countries))}. Look the country's ISO 3166-1 alpha-2 code up, for example \"DE\" or \"US\"."
  }
}

variable "name" {
  description = <<-EOT
    Name of the function, and the start of every other name: alias/<name> (key), /aws/lambda/<name> (logs),
    <name>-failures (queue), <name>-… (role). 2 to 40 letters, digits, hyphens and underscores.
  EOT
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{1,39}$", var.name))
    error_message = "name must have 2 to 40 letters, digits, hyphens and underscores, and start with a letter or digit: other names add to it, and Lambda and IAM allow 64 characters."
  }
}

variable "senders" {
  description = <<-EOT
    Ways to send a message, by a name of your choice (lower case; it appears in logs and metrics). `enabled` = false switches
    one off: it stays configured, and no route uses it. Each has exactly one kind:
    - `sns`: Amazon SNS, straight to the phone.
      - `sender_id`, `origination_number`: what the message comes from; AWS chooses when neither is set.
      - `origination_by_country`: { DE = "ACME", US = "+15550100" }: a sender id or number in their place, by country.
      - `sms_type`: "Transactional" (default) or "Promotional".
      - `max_price`: most that one message may cost, in USD, as text: "0.50".
      - `region`: Region to send from; default: the function's.
      - `entity_id`, `template_id`: registration in India.
    - `sns_topic`: an SNS topic that takes every message instead of a phone (redirect to e-mail): for test set-ups.
      - `topic_arn`: of a standard topic. `kms_key_arn`: the topic's customer managed key, if it has one.
      - `environment`: "test", or "production" when you really want codes to go there.
    - `end_user_messaging`: AWS End User Messaging SMS (pinpoint-sms-voice-v2, SendTextMessage).
      - `origination_identity`: number, sender id or pool, as id or ARN (an ARN narrows the role to it).
      - `origination_by_country`: { US = "arn:…:phone-number/…" }: another one in its place, by country.
      - `configuration_set_name`, `protect_configuration_id`.
      - `message_type`: "TRANSACTIONAL" (default) or "PROMOTIONAL".
      - `max_price`: as above.
      - `time_to_live_seconds`: 5 to 259200; default: as long as the code lives.
      - `region`: Region to send from; default: the function's.
      - `keyword`: of a short code. `in_entity_id`, `in_template_id`: registration in India.
    - `notify`: AWS End User Messaging Notify (SendNotifyTextMessage): AWS's numbers and templates. Codes only.
      - `notify_configuration_id`: id or ARN of the Notify configuration.
      - `template_id`: default: the configuration's own. `template_ids`: language tag → template, for people's languages.
      - `code_variable`: the template's variable for the code; default "code".
      - `configuration_set_name`.
      - `time_to_live_seconds`, `region`: as above.
    - `twilio`: Twilio's Messages API.
      - `secret_arn`: Secrets Manager secret or SSM SecureString with {"account_sid", "auth_token"} or
        {"account_sid", "api_key_sid", "api_key_secret"}.
      - `messaging_service_sid` or `from`: exactly one.
      - `message_privacy`: true: Twilio keeps neither the text nor the full number (ContentRetention, AddressRetention). The
        account must have Twilio's Message Privacy feature; without it every message is refused (error 30029).
    - `twilio_verify`: Twilio Verify with Cognito's code ("Enable Custom Verification Code" in the Service). Codes only.
      - `service_sid`: "VA…".
      - `secret_arn`: as for `twilio`.
      - `channel`: "sms" (default), "whatsapp" or "call".
      - `template_sid` ("HJ…"; not for whatsapp), `app_hash` (Android; sms only), `friendly_name`.
    - `vonage`: Vonage's Messages API.
      - `from`: number, short code or sender id.
      - `secret_arn`: secret with {"api_key", "api_secret"}.
      - `entity_id`, `content_id`: registration in India.
    - `whatsapp`: Meta's Cloud API with an authentication template that has a copy-code button. Codes only.
      - `phone_number_id`: Meta's id of your number.
      - `template`: its name. `languages`: language tag → language of the template as Meta writes it ({ pt-BR = "pt_BR" }).
      - `default_language`: for everybody else; default "en_US".
      - `api_version`: of the Graph API; default: the newest that this version of the module knows.
      - `secret_arn`: secret with {"access_token"}.
    - `slack`: a Slack channel that takes every message instead of a phone: for test set-ups.
      - `secret_arn`: secret with {"webhook_url": "https://hooks.slack.com/services/…"}.
      - `environment`: as for `sns_topic`.
    - `webhook`: HTTPS POST to a service of yours, signed by the Standard Webhooks specification.
      - `url`: https only.
      - `secret_arn`: secret with {"signing_keys": ["whsec_…"]}, two of them during a rotation.
      - `allow_private_address`: true if the host is in the function's VPC. Without it the function connects to public
        addresses only, so that a name that leads into your network cannot be used against you.
    - `http`: any other provider with an HTTPS API, as data: a preset, or a description of your own (README, "Any provider").
      - `secret_arn`: secret with the fields that the preset or the description names.
      - `preset`: "infobip", "messagebird", "plivo", "sinch" or "telnyx". `settings`: what it needs, by name.
      - `url`: https; a part of its path or a query's value may be "{secret.…}", "{number}" or "{number_digits}".
      - `method`: "POST" (default) or "PUT".
      - `headers`: name → text that may end in a placeholder: { Authorization = "Bearer {secret.api_key}" }.
      - `basic_auth`: { username = "{secret.…}", password = "{secret.…}" }.
      - `body`: jsonencode({ to = "{number}", text = "{text}" }); `format`: "json" (default) or "form".
      - `lifetime`: { min_seconds, max_seconds } that the provider accepts.
      - `message_id`: where it is in the answer: "messages[0].id".
      - `rules`: in order: { outcome, status = ["4xx"], fields = { "error.code" = ["17"] }, credentials_refused }.
      - `allow_private_address`: as for `webhook`.
  EOT
  type = map(object({
    enabled = optional(bool, true)
    sns = optional(object({
      sender_id              = optional(string)
      origination_number     = optional(string)
      origination_by_country = optional(map(string), {})
      sms_type               = optional(string, "Transactional")
      max_price              = optional(string)
      region                 = optional(string)
      entity_id              = optional(string)
      template_id            = optional(string)
    }))
    sns_topic = optional(object({
      topic_arn   = string
      environment = string
      kms_key_arn = optional(string)
    }))
    end_user_messaging = optional(object({
      origination_identity     = optional(string)
      origination_by_country   = optional(map(string), {})
      configuration_set_name   = optional(string)
      protect_configuration_id = optional(string)
      message_type             = optional(string, "TRANSACTIONAL")
      max_price                = optional(string)
      time_to_live_seconds     = optional(number)
      region                   = optional(string)
      keyword                  = optional(string)
      in_entity_id             = optional(string)
      in_template_id           = optional(string)
    }))
    notify = optional(object({
      notify_configuration_id = string
      template_id             = optional(string)
      template_ids            = optional(map(string))
      code_variable           = optional(string)
      configuration_set_name  = optional(string)
      time_to_live_seconds    = optional(number)
      region                  = optional(string)
    }))
    twilio = optional(object({
      secret_arn            = string
      messaging_service_sid = optional(string)
      from                  = optional(string)
      message_privacy       = optional(bool, false)
    }))
    twilio_verify = optional(object({
      service_sid   = string
      secret_arn    = string
      channel       = optional(string, "sms")
      template_sid  = optional(string)
      app_hash      = optional(string)
      friendly_name = optional(string)
    }))
    vonage = optional(object({
      from       = string
      secret_arn = string
      entity_id  = optional(string)
      content_id = optional(string)
    }))
    whatsapp = optional(object({
      phone_number_id  = string
      template         = string
      languages        = optional(map(string))
      default_language = optional(string)
      api_version      = optional(string)
      secret_arn       = string
    }))
    slack = optional(object({
      secret_arn  = string
      environment = string
    }))
    webhook = optional(object({
      url                   = string
      secret_arn            = string
      allow_private_address = optional(bool, false)
    }))
    http = optional(object({
      secret_arn = string
      preset     = optional(string)
      settings   = optional(map(string))
      url        = optional(string)
      method     = optional(string)
      headers    = optional(map(string))
      basic_auth = optional(object({
        username = string
        password = string
      }))
      format = optional(string)
      body   = optional(string)
      lifetime = optional(object({
        min_seconds = optional(number)
        max_seconds = optional(number)
      }))
      message_id = optional(string)
      rules = optional(list(object({
        outcome             = string
        status              = optional(list(string))
        fields              = optional(map(list(string)))
        credentials_refused = optional(bool)
      })))
      allow_private_address = optional(bool, false)
    }))
  }))
  nullable = false

  validation {
    condition     = length(var.senders) > 0
    error_message = "senders is empty, so no message could be sent. The shortest is { sns = { sns = {} } }."
  }

  validation {
    condition     = alltrue([for name in keys(var.senders) : can(regex("^[a-z][a-z0-9_]{0,30}$", name))])
    error_message = "A sender's name must be 1 to 31 lower-case letters, digits and underscores, and start with a letter: it becomes part of a variable's name. Rename: ${join(", ", [for name in keys(var.senders) : name if !can(regex("^[a-z][a-z0-9_]{0,30}$", name))])}."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      length([for kind, settings in sender : kind if kind != "enabled" && settings != null]) == 1
    ])
    error_message = "Every sender needs exactly one of sns, sns_topic, end_user_messaging, notify, twilio, twilio_verify, vonage, whatsapp, slack, webhook and http. Check: ${join(", ", [for name, sender in var.senders : name if length([for kind, settings in sender : kind if kind != "enabled" && settings != null]) != 1])}."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : contains(["Transactional", "Promotional"], sender.sns.sms_type) if sender.sns != null
    ])
    error_message = "sns.sms_type must be \"Transactional\" or \"Promotional\". Codes are transactional: that is the default."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      sender.sns.sender_id == null ? true
      : can(regex("^[A-Za-z0-9-]{1,11}$", sender.sns.sender_id)) && can(regex("[A-Za-z]", sender.sns.sender_id)) if sender.sns != null
    ])
    error_message = "sns.sender_id must have 1 to 11 letters, digits and hyphens, at least one of them a letter. A number goes into sns.origination_number."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for settings in [sender.sns, sender.end_user_messaging] : [
          for country in keys(settings.origination_by_country) : contains(var.allowed_countries, country)
        ] if settings != null
      ]
    ]))
    error_message = "origination_by_country names a country that is not in allowed_countries, so it would never be used. Add the country there or remove it here: ${join(", ", flatten([for name, sender in var.senders : [for settings in [sender.sns, sender.end_user_messaging] : [for country in keys(settings.origination_by_country) : "${name} ${country}" if !contains(var.allowed_countries, country)] if settings != null]]))}."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for origination in values(sender.sns.origination_by_country) :
        can(regex("^\\+?[0-9]{5,15}$", origination))
        || (can(regex("^[A-Za-z0-9-]{1,11}$", origination)) && can(regex("[A-Za-z]", origination)))
      ] if sender.sns != null
    ]))
    error_message = "sns.origination_by_country takes a number (\"+15550100\", or a short code of at least five digits) or a sender id: 1 to 11 letters, digits and hyphens with at least one letter."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for origination in values(sender.end_user_messaging.origination_by_country) : can(regex("^[A-Za-z0-9_:/+-]{1,256}$", origination))
      ] if sender.end_user_messaging != null
    ]))
    error_message = "end_user_messaging.origination_by_country takes the number, id or ARN of a phone number, pool or sender id."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for settings in [sender.sns, sender.end_user_messaging] :
        settings.max_price == null || can(regex("^[0-9]{1,2}\\.[0-9]{1,5}$", settings.max_price)) if settings != null
      ]
    ]))
    error_message = "max_price is text with US dollars per message, for example \"0.50\"."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : try(contains(["test", "production"], sender.sns_topic.environment), false) if sender.sns_topic != null
    ])
    error_message = "sns_topic.environment must be \"test\", or \"production\" when every code of a production pool shall really go to that topic instead of a phone."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", sender.sns_topic.topic_arn)) if sender.sns_topic != null
    ])
    error_message = "sns_topic.topic_arn must be the ARN of a standard topic (…:sns:<region>:<account>:<name>), not its name and not a FIFO topic's, which has no e-mail subscriptions."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.sns_topic.kms_key_arn == null ? true : can(regex(local.key_arn, sender.sns_topic.kms_key_arn))
      ) if sender.sns_topic != null
    ])
    error_message = "sns_topic.kms_key_arn must be the ARN of the topic's customer managed key (…:kms:<region>:<account>:key/<id>). Leave it out for a topic without one."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.sns.origination_number == null ? true : can(regex("^\\+?[0-9]{5,15}$", sender.sns.origination_number))
      ) if sender.sns != null
    ])
    error_message = "sns.origination_number must be a phone number or short code of your account: a \"+\" and digits only, for example \"+15550100\"."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for settings in [sender.sns, sender.end_user_messaging, sender.notify] : (
          settings.region == null ? true : can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", settings.region))
        ) if settings != null
      ]
    ]))
    error_message = "region of an sns, end_user_messaging or notify sender must be an AWS Region, for example \"eu-central-1\". Leave it out to send from the function's own."
  }

  validation {
    condition = alltrue(concat(
      [
        for sender in values(var.senders) :
        (sender.sns.entity_id == null) == (sender.sns.template_id == null) if sender.sns != null
      ],
      [
        for sender in values(var.senders) :
        (sender.end_user_messaging.in_entity_id == null) == (sender.end_user_messaging.in_template_id == null)
        if sender.end_user_messaging != null
      ],
    ))
    error_message = "India needs both ids of a registration. Set both or neither: entity_id and template_id of an sns sender, in_entity_id and in_template_id of an end_user_messaging sender."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : concat(
        [
          for id in sender.sns == null ? [] : [sender.sns.entity_id, sender.sns.template_id] :
          id == null ? true : can(regex("^[^\\t\\n\\v\\f\\r ]{1,50}$", id))
        ],
        [
          for id in concat(
            sender.end_user_messaging == null ? [] : [sender.end_user_messaging.in_entity_id, sender.end_user_messaging.in_template_id],
            sender.vonage == null ? [] : [sender.vonage.entity_id, sender.vonage.content_id],
          ) :
          id == null ? true : can(regex("^[^\\t\\n\\v\\f\\r ]{1,64}$", id))
        ],
      )
    ]))
    error_message = "The ids of a registration in India (entity_id, template_id, in_entity_id, in_template_id, content_id) have 1 to 50 characters for sns, 1 to 64 for the others, and no spaces. Leave them out where there is no registration."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.end_user_messaging.origination_identity == null ? true
        : can(regex("^[A-Za-z0-9_:/+-]{1,256}$", sender.end_user_messaging.origination_identity))
      ) if sender.end_user_messaging != null
    ])
    error_message = "end_user_messaging.origination_identity must be the number, id or ARN of a phone number, pool, sender id or RCS agent, without spaces. Leave it out to let AWS choose."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for id in concat(
          sender.end_user_messaging == null ? [] : [
            sender.end_user_messaging.configuration_set_name, sender.end_user_messaging.protect_configuration_id,
          ],
          sender.notify == null ? [] : [
            coalesce(sender.notify.notify_configuration_id, " "), sender.notify.configuration_set_name,
          ],
        ) :
        id == null ? true : can(regex("^[A-Za-z0-9_:/-]{1,256}$", id))
      ]
    ]))
    error_message = "configuration_set_name, protect_configuration_id and notify_configuration_id take a name, id or ARN: letters, digits and _:/- without spaces. Leave an optional one out instead of setting it to \"\"."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.end_user_messaging.keyword == null ? true
        : can(regex("^[^\\t\\n\\v\\f\\r]{1,30}$", sender.end_user_messaging.keyword))
      ) if sender.end_user_messaging != null
    ])
    error_message = "end_user_messaging.keyword must be the programme name of a short code, 1 to 30 characters on one line. Leave it out where there is none."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for settings in [
          sender.twilio, sender.twilio_verify, sender.vonage, sender.whatsapp, sender.slack, sender.webhook, sender.http,
        ] : can(regex(local.secret_arn, settings.secret_arn)) if settings != null
      ]
    ]))
    error_message = "secret_arn must be the full ARN of a Secrets Manager secret (…:secretsmanager:<region>:<account>:secret:<name>-<suffix>, the whole secret and no key of it) or of an SSM parameter (…:ssm:<region>:<account>:parameter/<name>), not its name."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      contains(["TRANSACTIONAL", "PROMOTIONAL"], sender.end_user_messaging.message_type) if sender.end_user_messaging != null
    ])
    error_message = "end_user_messaging.message_type must be \"TRANSACTIONAL\" or \"PROMOTIONAL\". Codes are transactional: that is the default."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.end_user_messaging.time_to_live_seconds == null ? true
        : sender.end_user_messaging.time_to_live_seconds >= 5 && sender.end_user_messaging.time_to_live_seconds <= 259200
        && floor(sender.end_user_messaging.time_to_live_seconds) == sender.end_user_messaging.time_to_live_seconds
      ) if sender.end_user_messaging != null
    ])
    error_message = "end_user_messaging.time_to_live_seconds must be 5 to 259200, a whole number. Leave it out to let a message live as long as its code."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      (sender.twilio.messaging_service_sid == null) != (sender.twilio.from == null) if sender.twilio != null
    ])
    error_message = "A twilio sender needs exactly one of messaging_service_sid (\"MG…\") and from (\"+15550100\" or a sender id)."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.twilio.from == null ? true
        : can(regex("^(\\+[1-9][0-9]{6,14}|[0-9]{3,8})$", sender.twilio.from))
        || (can(regex("^[A-Za-z0-9 +&_-]{1,11}$", sender.twilio.from)) && can(regex("[A-Za-z]", sender.twilio.from)))
      ) if sender.twilio != null
    ])
    error_message = "twilio.from must be a number in E.164 (\"+15550100123\"), a short code, or a sender id of at most 11 letters, digits, spaces and +&_- with at least one letter."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.twilio.messaging_service_sid == null ? true : can(regex("^MG[0-9a-fA-F]{32}$", sender.twilio.messaging_service_sid))
      ) if sender.twilio != null
    ])
    error_message = "twilio.messaging_service_sid must be \"MG\" and 32 hexadecimal digits."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for template in concat(sender.notify.template_id == null ? [] : [sender.notify.template_id], values(coalesce(sender.notify.template_ids, {}))) :
        can(regex("^[A-Za-z0-9_-]{1,256}$", template))
      ] if sender.notify != null
    ]))
    error_message = "notify.template_id and notify.template_ids take ids of Notify templates, for example \"notify-code-verification-english-001\"."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for texts in [try(sender.notify.template_ids, null), try(sender.whatsapp.languages, null)] : [
          for tag in keys(coalesce(texts, {})) : can(regex("^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", tag))
        ]
      ]
    ]))
    error_message = "notify.template_ids and whatsapp.languages are keyed by language tags, for example \"en\" or \"pt-BR\"."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for texts in [try(sender.notify.template_ids, null), try(sender.whatsapp.languages, null)] :
        length(distinct([for tag in keys(coalesce(texts, {})) : replace(lower(tag), "_", "-")])) == length(coalesce(texts, {}))
      ]
    ]))
    error_message = "notify.template_ids and whatsapp.languages: pt-BR, pt_BR and pt-br are one language. Keep one of them."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.notify.code_variable == null ? true : can(regex("^[A-Za-z0-9_]{1,64}$", sender.notify.code_variable))
      ) if sender.notify != null
    ])
    error_message = "notify.code_variable must have 1 to 64 letters, digits and underscores, without the braces of the template."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.notify.time_to_live_seconds == null ? true
        : sender.notify.time_to_live_seconds >= 5 && sender.notify.time_to_live_seconds <= 259200
        && floor(sender.notify.time_to_live_seconds) == sender.notify.time_to_live_seconds
      ) if sender.notify != null
    ])
    error_message = "notify.time_to_live_seconds must be 5 to 259200, a whole number. Leave it out to let a message live as long as its code."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : can(regex("^VA[0-9a-fA-F]{32}$", sender.twilio_verify.service_sid)) if sender.twilio_verify != null
    ])
    error_message = "twilio_verify.service_sid must be the SID of a Verify Service: \"VA\" and 32 hexadecimal digits."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : contains(["sms", "whatsapp", "call"], sender.twilio_verify.channel) if sender.twilio_verify != null
    ])
    error_message = "twilio_verify.channel must be \"sms\", \"whatsapp\" or \"call\"."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.twilio_verify.template_sid == null ? true
        : can(regex("^HJ[0-9a-fA-F]{32}$", sender.twilio_verify.template_sid)) && sender.twilio_verify.channel != "whatsapp"
      ) if sender.twilio_verify != null
    ])
    error_message = "twilio_verify.template_sid must be \"HJ\" and 32 hexadecimal digits, and Twilio takes it only for the channels \"sms\" and \"call\"."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.twilio_verify.app_hash == null ? true
        : can(regex("^[A-Za-z0-9+/]{11}$", sender.twilio_verify.app_hash)) && sender.twilio_verify.channel == "sms"
      ) if sender.twilio_verify != null
    ])
    error_message = "twilio_verify.app_hash must have the 11 characters that Android's SMS Retriever gives for your app, and Twilio takes it only for the channel \"sms\"."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.twilio_verify.friendly_name == null ? true : can(regex("^[^\\t\\n\\v\\f\\r]{1,30}$", sender.twilio_verify.friendly_name))
      ) if sender.twilio_verify != null
    ])
    error_message = "twilio_verify.friendly_name must have 1 to 30 characters on one line."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      can(regex("^(\\+?[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z0-9 ]{0,10}[A-Za-z][A-Za-z0-9 ]{0,10})$", sender.vonage.from)) && (
        can(regex("[A-Za-z]", sender.vonage.from)) ? length(sender.vonage.from) <= 11 : true
      ) if sender.vonage != null
    ])
    error_message = "vonage.from must be a number in E.164 (\"+15550100123\"), a short code, or a sender id of at most 11 letters, digits and spaces."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (sender.vonage.entity_id == null) == (sender.vonage.content_id == null) if sender.vonage != null
    ])
    error_message = "vonage: India needs entity_id and content_id. Set both or neither."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : can(regex("^[0-9]{5,20}$", sender.whatsapp.phone_number_id)) if sender.whatsapp != null
    ])
    error_message = "whatsapp.phone_number_id must be Meta's id of your number, digits only (WhatsApp Manager shows it), not the number itself."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : can(regex("^[a-z0-9_]{1,512}$", sender.whatsapp.template)) if sender.whatsapp != null
    ])
    error_message = "whatsapp.template must be the name of an authentication template: lower-case letters, digits and underscores."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for language in concat(sender.whatsapp.default_language == null ? [] : [sender.whatsapp.default_language], values(coalesce(sender.whatsapp.languages, {}))) :
        can(regex("^[a-z]{2,3}(_[A-Z]{2})?$", language))
      ] if sender.whatsapp != null
    ]))
    error_message = "whatsapp.default_language and the values of whatsapp.languages are written as Meta writes them, for example \"de\" or \"pt_BR\"."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.whatsapp.api_version == null ? true : can(regex("^v[1-9][0-9]\\.0$", sender.whatsapp.api_version))
      ) if sender.whatsapp != null
    ])
    error_message = "whatsapp.api_version must be a version of the Graph API, for example \"v26.0\"."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : try(contains(["test", "production"], sender.slack.environment), false) if sender.slack != null
    ])
    error_message = "slack.environment must be \"test\", or \"production\" when every code of a production pool shall really go to that channel instead of a phone."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      can(regex(local.webhook_url, sender.webhook.url)) && try(length(sender.webhook.url) <= 2048, false) if sender.webhook != null
    ])
    error_message = "webhook.url must start with https:// and a host name (the body holds the code), without user name, fragment, backslash or spaces; at most 2048 characters. What proves who calls is the signature."
  }

  validation {
    condition     = alltrue([for sender in values(var.senders) : sender.http.preset == null || sender.http.url == null if sender.http != null])
    error_message = "An http sender has either preset with settings, or a description of your own that starts with url. Remove one of them from: ${join(", ", [for name, sender in var.senders : name if try(sender.http.preset != null && sender.http.url != null, false)])}."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      sender.http.preset != null || (sender.http.url != null && sender.http.body != null && sender.http.rules != null) if sender.http != null
    ])
    error_message = "An http sender needs preset (${join(", ", keys(local.http_presets))}), or a description of your own: url, body and rules at least. Check: ${join(", ", [for name, sender in var.senders : name if try(sender.http.preset == null && (sender.http.url == null || sender.http.body == null || sender.http.rules == null), false)])}."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for part, value in sender.http :
        value == null || contains(["allow_private_address", "preset", "secret_arn", "settings", "url"], part) if sender.http.preset != null
      ] if sender.http != null
    ]))
    error_message = "http: a preset takes settings and nothing of a description. Remove ${join(", ", flatten([for name, sender in var.senders : [for part, value in sender.http : format("%s.http.%s", name, part) if value != null && !contains(["allow_private_address", "preset", "secret_arn", "settings", "url"], part)] if try(sender.http.preset != null, false)]))}, or remove preset."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : sender.http.preset == null ? true : contains(keys(local.http_presets), sender.http.preset) if sender.http != null
    ])
    error_message = "http.preset must be one of ${join(", ", keys(local.http_presets))}. Any other provider is described with url, body and rules."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for setting in keys(coalesce(sender.http.settings, {})) :
        sender.http.preset == null ? false : contains(keys(try(local.http_presets[sender.http.preset].settings, sender.http.settings)), setting)
      ] if sender.http != null
    ]))
    error_message = "http.settings has a name that the preset does not know (settings belong to a preset; a description of your own has its values where they are used). Known: ${join("; ", [for name, sender in var.senders : format("%s: %s", name, join(", ", try(keys(local.http_presets[sender.http.preset].settings), []))) if sender.http != null])}."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for setting, wanted in try(local.http_presets[sender.http.preset].settings, {}) :
        try(sender.http.settings[setting], null) != null || !try(wanted.required, false)
      ] if sender.http != null
    ]))
    error_message = "http.settings lacks what its preset needs. Add ${join("; ", flatten([for name, sender in var.senders : [for setting, wanted in try(local.http_presets[sender.http.preset].settings, []) : format("%s.http.settings.%s: %s", name, setting, wanted.form) if try(wanted.required, false) && try(sender.http.settings[setting], null) == null] if sender.http != null]))}."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for setting, value in coalesce(sender.http.settings, {}) :
        value == null ? true : can(regex("^(?:${try(local.http_presets[sender.http.preset].settings[setting].pattern, ".*")})$", value))
      ] if sender.http != null
    ]))
    error_message = "http.settings: ${join("; ", flatten([for name, sender in var.senders : try([for setting, value in sender.http.settings : format("%s.http.settings.%s must be %s", name, setting, try(local.http_presets[sender.http.preset].settings[setting].form, "text")) if value == null ? false : !can(regex(format("^(?:%s)$", try(local.http_presets[sender.http.preset].settings[setting].pattern, ".*")), value))], []) if sender.http != null]))}."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : concat(
        [
          for settings in try(local.http_presets[sender.http.preset].exactly_one_of, []) :
          length([for setting in settings : setting if try(sender.http.settings[setting], null) != null]) == 1
        ],
        [
          for settings in try(local.http_presets[sender.http.preset].at_least_one_of, []) :
          length([for setting in settings : setting if try(sender.http.settings[setting], null) != null]) > 0
        ],
      ) if sender.http != null
    ]))
    error_message = "http.settings: ${join("; ", flatten([for name, sender in var.senders : concat([for settings in try(local.http_presets[sender.http.preset].exactly_one_of, []) : format("%s needs exactly one of %s", name, join(" and ", settings))], [for settings in try(local.http_presets[sender.http.preset].at_least_one_of, []) : format("%s needs %s", name, join(" or ", settings))]) if sender.http != null]))}."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      sender.http.url == null ? true : can(regex(local.http_url, sender.http.url)) && can(regex("^[!-~]+$", sender.http.url)) && length(sender.http.url) <= 2048 if sender.http != null
    ])
    error_message = "http.url must be an https:// address with a host name, without user name, fragment or backslash. A placeholder is a whole part between two slashes or a whole value of the query, and one of {secret.…}, {number} and {number_digits}: servers write URLs into their logs."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        sender.http.url == null ? true : !can(regex("(?i)[?&](?:${local.http_credential_field})=[^{&]", sender.http.url))
      ) if sender.http != null
    ])
    error_message = "http.url must not hold a credential: put it into the secret and write \"?key={secret.api_key}\"."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for settings in [sender.webhook, sender.http] : settings.url == null ? true : !can(regex(local.url_number, settings.url)) || alltrue([
          can(regex(local.url_address, settings.url)),
          !can(regex(local.url_never, settings.url)),
          settings.allow_private_address == true || !can(regex(local.url_private, settings.url)),
        ]) if settings != null
      ]
    ]))
    error_message = "url of a webhook or http sender has an address for a host that the function will not connect to: loopback, link-local, metadata and reserved ones never, private ones only with allow_private_address = true, and no number in another form than \"10.0.0.7\". Write the host's name."
  }

  # Empty strings are refused and not taken for null: coalesce() would skip them, and the function would not.
  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      (sender.http.method == null ? true : contains(["POST", "PUT"], sender.http.method)) && (sender.http.format == null ? true : contains(["json", "form"], sender.http.format)) if sender.http != null
    ])
    error_message = "http.method must be \"POST\" or \"PUT\", and http.format \"json\" or \"form\"."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for header, value in coalesce(sender.http.headers, {}) :
        can(regex("^[A-Za-z0-9-]{1,64}$", header)) && !contains([
          "accept-encoding", "connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
        ], lower(header)) && can(regex("^[^{}]*(?:${local.http_placeholders.header})?$", value)) && can(regex("^[!-~](?:[ -~]{0,510}[!-~])?$", value))
      ] if sender.http != null
    ]))
    error_message = "http.headers: a name has letters, digits and hyphens and is not one that the function sets itself (Host, Content-Length, User-Agent …); a value is printable ASCII, and may end in {secret.…}, {idempotency_key}, {idempotency_uuid}, {lifetime_…} or {expires_at}."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for header, value in coalesce(sender.http.headers, {}) :
        alltrue([
          anytrue([
            !can(regex(local.http_credential_header, header)),
            can(regex(local.http_idempotency, header)),
            can(regex("^(?:[A-Za-z][A-Za-z-]{0,19} )?(?:[A-Za-z_]{1,20}=)?\\{[^{}]*\\}$", value)),
          ]),
          anytrue([
            can(regex(local.http_credential_header, header)) && !can(regex(local.http_idempotency, header)),
            !can(regex(local.http_scheme, value)),
            can(regex("^[A-Za-z-]+ (?:[A-Za-z_]{1,20}=)?\\{secret\\.[^{}]*\\}$", value)),
          ]),
        ])
      ] if sender.http != null
    ]))
    error_message = "http.headers must not hold a credential, which would be in the state and in every plan: put it into the secret and write { Authorization = \"Bearer {secret.api_key}\" }. Check: ${join(", ", flatten([for name, sender in var.senders : try([for header, value in sender.http.headers : format("%s %s", name, header) if(can(regex(local.http_credential_header, header)) && !can(regex(local.http_idempotency, header))) || can(regex(local.http_scheme, value))], []) if sender.http != null]))}."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      length(distinct([for header in keys(coalesce(sender.http.headers, {})) : lower(header)])) == length(coalesce(sender.http.headers, {})) if sender.http != null
    ])
    error_message = "http.headers has one header twice: the case of a header's name means nothing. Keep one of them."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      sender.http.basic_auth == null || !contains([for header in keys(coalesce(sender.http.headers, {})) : lower(header)], "authorization") if sender.http != null
    ])
    error_message = "http: basic_auth makes the Authorization header, and headers has one too. Keep one of them."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for value in sender.http.basic_auth == null ? [] : [sender.http.basic_auth.username, sender.http.basic_auth.password] :
        can(regex("^\\{${local.http_secret}\\}$", value))
      ] if sender.http != null
    ]))
    error_message = "http.basic_auth names fields of the secret, and never holds the credential: { username = \"{secret.user}\", password = \"{secret.password}\" }."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : sender.http.body == null ? true : try(length(keys(jsondecode(sender.http.body))) > 0, false) if sender.http != null
    ])
    error_message = "http.body must be a JSON object: jsonencode({ to = \"{number}\", text = \"{text}\" })."
  }

  # From here on the body is looked at as Terraform writes it (jsonencode of jsondecode): a body that was not made by
  # jsonencode may have a name twice, blanks, and characters written as \u007b.
  validation {
    condition = alltrue([
      for sender in values(var.senders) : can(regex(
        local.http_depth, replace(try(jsonencode(jsondecode(sender.http.body)), "{}"), "/${local.http_text}/", "0")
      )) if sender.http != null
    ])
    error_message = "http.body must not be more than 16 levels deep."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for text in regexall(local.http_text, try(jsonencode(jsondecode(sender.http.body)), "{}")) :
        !can(regex("[{}]", text)) || can(regex("^\"${local.http_placeholders.body}\"$", text))
      ] if sender.http != null
    ]))
    error_message = "http.body: a text with braces must be one placeholder and nothing else: {number}, {number_digits}, {country}, {locale}, {text}, {code}, {lifetime_seconds}, {lifetime_milliseconds}, {lifetime_minutes}, {expires_at}, {idempotency_key}, {idempotency_uuid}, {india_entity_id}, {india_template_id} or {secret.…}. The whole message is {text}; its wording is in messages.templates."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : !can(regex("\"\\{[^\"]*\\}\":", try(jsonencode(jsondecode(sender.http.body)), "{}"))) if sender.http != null
    ])
    error_message = "http.body has a placeholder as a field's name: only values can be placeholders. Write the name that the provider wants."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for member in try(values(jsondecode(coalesce(sender.http.body, "{}"))), []) :
        can(tostring(member)) || (!can(keys(member)) && can([for item in member : tostring(item)]))
      ] if try(sender.http.format == "form", false)
    ]))
    error_message = "http.body: a form has values and lists of values, and no objects in it. Take the object apart, or set format = \"json\"."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : (
        !can(keys(jsondecode(sender.http.body))) ? true
        : can(regex("\"\\{(?:text|code)\\}\"", try(jsonencode(jsondecode(sender.http.body)), "{}"))) && can(regex("\\{number(?:_digits)?\\}", "${try(jsonencode(jsondecode(sender.http.body)), "{}")} ${coalesce(sender.http.url, "-")}"))
      ) if sender.http != null
    ])
    error_message = "http.body must say where the number goes ({number} is +49…, {number_digits} is 49…; it may be in the URL instead), and where the message goes ({text}, or {code} if the provider writes the text)."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      alltrue([
        !can(regex("(?i)\"(?:${local.http_credential_field})\":(?:\"[^{\"]|[-0-9])", replace(try(jsonencode(jsondecode(sender.http.body)), "{}"), "/${local.http_pair}/", "\"\":0$1"))),
        (
          length(regexall("(?i)\"(?:${local.http_credential_field})\":\\[", try(jsonencode(jsondecode(sender.http.body)), "{}")))
          == length(regexall("(?i)\"(?:${local.http_credential_field})\":${local.http_filled}", try(jsonencode(jsondecode(sender.http.body)), "{}")))
        ),
      ]) if sender.http != null
    ])
    error_message = "http.body must not hold a credential, which would be in the state and in every plan: put it into the secret and write \"{secret.api_key}\"."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for limits in sender.http.lifetime == null ? [] : [sender.http.lifetime] : [
          for limit in [coalesce(limits.min_seconds, 1), coalesce(limits.max_seconds, 604800)] : limit >= 1 && limit <= 604800 && floor(limit) == limit
        ]
      ] if sender.http != null
      ])) && alltrue([
      for sender in values(var.senders) :
      try(coalesce(sender.http.lifetime.min_seconds, 1) <= coalesce(sender.http.lifetime.max_seconds, 604800), true) if sender.http != null
    ])
    error_message = "http.lifetime: min_seconds and max_seconds are whole numbers from 1 to 604800, min_seconds not more than max_seconds."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : sender.http.lifetime == null || can(regex(
        "\\{(?:lifetime_[a-z]+|expires_at)\\}", "${try(jsonencode(jsondecode(sender.http.body)), "{}")} ${join(" ", values(coalesce(sender.http.headers, {})))}"
      )) if sender.http != null
    ])
    error_message = "http.lifetime has no effect: put {lifetime_seconds}, {lifetime_milliseconds}, {lifetime_minutes} or {expires_at} into the body, or remove lifetime."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for path in concat(sender.http.message_id == null ? [] : [sender.http.message_id], flatten([for rule in coalesce(sender.http.rules, []) : try(keys(rule.fields), [])])) :
        can(regex(local.http_path, path)) && !can(regex("[A-Za-z0-9_-]{65}", path))
      ] if sender.http != null
    ]))
    error_message = "http.message_id and the names in http.rules' fields are paths into the answer: names, full stops, and [n] or [*] for lists, for example \"data.id\", \"messages[0].status\" or \"errors[*].code\"."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for rule in coalesce(sender.http.rules, []) : rule != null && alltrue([for texts in try(values(rule.fields), []) : texts != null])
      ] if sender.http != null
    ]))
    error_message = "http.rules has a null where a rule or the values of a path must be. Leave out what is not needed: [for rule in rules : rule if rule != null]."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for rule in coalesce(sender.http.rules, []) : contains(local.http_outcomes, rule.outcome) if rule != null
      ] if sender.http != null
    ]))
    error_message = "http.rules: outcome must be one of ${join(", ", local.http_outcomes)}."
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) :
      sender.http.rules == null ? true : contains([for rule in sender.http.rules : try(rule.outcome, "")], "SENT") && length(sender.http.rules) <= 60 if sender.http != null
    ])
    error_message = "http.rules must have one with outcome SENT (at most 60 in all): without it no message would ever count as sent. For example { outcome = \"SENT\", status = [\"200\"] }."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for rule in coalesce(sender.http.rules, []) : concat(
          [length(coalesce(rule.status, [])) > 0 || (rule.outcome != "SENT" && length(coalesce(rule.fields, {})) > 0)],
          [
            for status in coalesce(rule.status, []) :
            can(regex(rule.outcome == "SENT" ? "^(?:2[0-9]{2}|2xx|409)$" : "^[1-5](?:[0-9]{2}|xx)$", status))
          ],
        ) if rule != null
      ] if sender.http != null
    ]))
    error_message = "http.rules: a rule needs status, such as [\"429\"] or [\"4xx\"], or fields; one with outcome SENT needs status, of the 200s (or 409, for a message that was sent before)."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for rule in coalesce(sender.http.rules, []) : [
          for texts in try(values(rule.fields), []) :
          length(texts) >= 1 && length(texts) <= 100 && alltrue([for text in texts : can(regex("^[^\\x00]{1,80}$", text))])
          if texts != null
        ]
      ] if sender.http != null
    ]))
    error_message = "http.rules: each path of fields needs a list of 1 to 100 values of 1 to 80 characters; one may end in \"*\", and \"*\" alone is any value."
  }

  validation {
    condition = alltrue(flatten([
      for sender in values(var.senders) : [
        for position, rule in coalesce(sender.http.rules, []) : anytrue([
          for status in rule.status : alltrue([
            for earlier in slice(sender.http.rules, 0, position) :
            length(setintersection(coalesce(earlier.status, []), [status, "${substr(status, 0, 1)}xx"])) == 0
            if try(earlier.outcome != "SENT" && length(coalesce(earlier.fields, {})) == 0, false)
          ]) if status != null
        ]) if try(rule.outcome == "SENT" && length(rule.status) > 0, false)
      ] if sender.http != null
    ]))
    error_message = "http.rules: a rule with outcome SENT can never decide, because a rule before it, without fields, takes all of its statuses. Put it before that rule."
  }
}

variable "delivery" {
  description = <<-EOT
    What happens to an event that could not be handled (Cognito calls the function asynchronously, so the user hears nothing):
    - `max_event_age_seconds`: how long Lambda keeps trying; 300 to 21600. At least five minutes, because a new grant on the
      key takes that long to be known everywhere. Default: as long as the longest-lived code
      (`protection.code_lifetimes_seconds`), but at most an hour, so 3600 unless every life is shorter. What is too old for
      its own life is not sent (outcome EXPIRED).
    - `max_retries`: 0 to 2; after one minute, and after two more. Default: 2, or 1 if no code lives longer than three
      minutes: the second try would be too late for all of them.
    - `failure_queue`: SQS queue for what failed for good.
      - `enabled`.
      - `retention_seconds`: 60 to 1209600. The events hold phone numbers: keep them short.
      - `kms_key_arn`: customer managed key; default: SQS's own encryption.
  EOT
  type = object({
    max_event_age_seconds = optional(number)
    max_retries           = optional(number)
    failure_queue = optional(object({
      enabled           = optional(bool, true)
      retention_seconds = optional(number, 86400)
      kms_key_arn       = optional(string)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition = var.delivery.max_event_age_seconds == null ? true : (
      var.delivery.max_event_age_seconds >= 300 && var.delivery.max_event_age_seconds <= 21600
    )
    error_message = "delivery.max_event_age_seconds must be 300 to 21600: below five minutes the first messages of a new pool are lost while its grant spreads, and Lambda keeps no event longer than six hours. Leave it out to have it follow from the lives of the codes."
  }

  validation {
    condition     = var.delivery.max_retries == null ? true : contains([0, 1, 2], var.delivery.max_retries)
    error_message = "delivery.max_retries must be 0, 1 or 2. Leave it out to have it follow from the lives of the codes."
  }

  validation {
    condition     = var.delivery.failure_queue.retention_seconds >= 60 && var.delivery.failure_queue.retention_seconds <= 1209600
    error_message = "delivery.failure_queue.retention_seconds must be 60 to 1209600 (14 days)."
  }

  validation {
    condition     = var.delivery.failure_queue.kms_key_arn == null ? true : can(regex(local.key_arn, var.delivery.failure_queue.kms_key_arn))
    error_message = "delivery.failure_queue.kms_key_arn must be the ARN of a customer managed key (…:kms:<region>:<account>:key/<id>): the function's role gets rights on it. Leave it out for SQS's own encryption."
  }
}

variable "function" {
  description = <<-EOT
    The Lambda function:
    - `architecture`: "arm64" or "x86_64".
    - `runtime`: "python3.11" or later.
    - `memory_size`: MB; also its share of CPU, so less is slower.
    - `timeout`: seconds.
    - `tracing`: X-Ray.
    - `reserved_concurrency`: null = none; 0 stops the function.
    - `vpc`: { subnet_ids, security_group_ids }; it then needs a way to AWS's interfaces and to the providers.
    - `snap_start`: start from a snapshot (python3.12 or later, no image).
    - `code_signing_config_arn`: for a package that you have signed.
  EOT
  type = object({
    architecture         = optional(string, "arm64")
    runtime              = optional(string, "python3.13")
    memory_size          = optional(number, 512)
    timeout              = optional(number, 30)
    tracing              = optional(bool, true)
    reserved_concurrency = optional(number)
    vpc = optional(object({
      subnet_ids         = list(string)
      security_group_ids = list(string)
    }))
    snap_start              = optional(bool, false)
    code_signing_config_arn = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.function.architecture)
    error_message = "function.architecture must be \"arm64\" or \"x86_64\"."
  }

  validation {
    condition     = can(regex("^python3\\.1[1-9]$", var.function.runtime))
    error_message = "function.runtime must be \"python3.11\" or a later Python of Lambda, for example \"python3.13\"."
  }

  validation {
    condition     = var.function.memory_size >= 128 && var.function.memory_size <= 10240
    error_message = "function.memory_size must be 128 to 10240 MB."
  }

  validation {
    condition     = var.function.timeout >= 3 && var.function.timeout <= 900
    error_message = "function.timeout must be 3 to 900 seconds: decrypting and one provider's answer take a few."
  }

  validation {
    condition     = var.function.reserved_concurrency == null ? true : var.function.reserved_concurrency >= 0
    error_message = "function.reserved_concurrency must be 0 or more. Leave it out to reserve nothing."
  }

  validation {
    condition     = !var.function.snap_start || can(regex("^python3\\.1[2-9]$", var.function.runtime))
    error_message = "function.snap_start needs function.runtime \"python3.12\" or later."
  }

  validation {
    condition     = var.function.vpc == null ? true : try(length(var.function.vpc.subnet_ids) > 0 && length(var.function.vpc.security_group_ids) > 0, false)
    error_message = "function.vpc needs at least one subnet and one security group. Leave vpc out to run outside a VPC."
  }
}

variable "iam" {
  description = <<-EOT
    The roles:
    - `path`: of every role that is made.
    - `permissions_boundary_arn`: of every role that is made.
    - `secret_kms_key_arns`: customer managed keys that the senders' secrets are encrypted with (decryption through Secrets
      Manager and Systems Manager only).
  EOT
  type = object({
    path                     = optional(string, "/")
    permissions_boundary_arn = optional(string)
    secret_kms_key_arns      = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^/([!-~]+/)?$", var.iam.path))
    error_message = "iam.path must start and end with a slash, for example \"/sms/\"."
  }

  validation {
    condition     = alltrue([for arn in var.iam.secret_kms_key_arns : can(regex(local.key_arn, arn))])
    error_message = "iam.secret_kms_key_arns must be ARNs of keys (…:kms:<region>:<account>:key/<id>): a policy takes no alias, and \"*\" would be every key."
  }
}

variable "kms_key" {
  description = <<-EOT
    The key that Cognito encrypts codes with:
    - `existing`: { arn } of a symmetric key of yours in the function's Region, which keeps its policy (see the output kms_key_policy_statements).
    - `also_decrypt`: name of your choice → { arn }: keys that the function may decrypt with besides, while a pool changes
      from one key to another.
    - `deletion_window_in_days`: 7 to 30.
    - `multi_region`: a key that can be replicated.
    - `pool_manager_role_arns`: roles that create or update the pools, named in the key's policy. Only needed where the
      roles' own policies do not allow kms:CreateGrant. They must exist ("MalformedPolicyDocumentException").
      They may then make any grant for messages of these pools, also one for themselves: AWS does not say what Cognito's
      own grant looks like, so it cannot be narrowed further.
  EOT
  type = object({
    existing                = optional(object({ arn = string }))
    also_decrypt            = optional(map(object({ arn = string })), {})
    deletion_window_in_days = optional(number, 30)
    multi_region            = optional(bool, false)
    pool_manager_role_arns  = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.kms_key.deletion_window_in_days >= 7 && var.kms_key.deletion_window_in_days <= 30
    error_message = "kms_key.deletion_window_in_days must be 7 to 30."
  }

  validation {
    condition     = var.kms_key.existing == null ? true : can(regex(local.key_arn, var.kms_key.existing.arn))
    error_message = "kms_key.existing.arn must be the ARN of a key (…:kms:<region>:<account>:key/<id>): Cognito refuses ids, and nothing can be decrypted with an alias (\"Unable to decrypt any data key\")."
  }

  validation {
    condition     = alltrue([for key in values(var.kms_key.also_decrypt) : can(regex(local.key_arn, key.arn))])
    error_message = "kms_key.also_decrypt must name keys by their ARNs (…:kms:<region>:<account>:key/<id>)."
  }

  validation {
    condition     = alltrue([for arn in var.kms_key.pool_manager_role_arns : can(regex(local.role_arn, arn))])
    error_message = "kms_key.pool_manager_role_arns must be ARNs of roles (…:iam::<account>:role/<name>): these may make grants on the key, so \"*\" would be everybody."
  }
}

variable "messages" {
  description = <<-EOT
    What the messages say:
    - `brand`: replaces $brand; default: `name`.
    - `default_locale`: for users without a locale, or with one that has no texts.
    - `templates`: locale → trigger → text. Triggers: SignUp, ResendCode, ForgotPassword, UpdateUserAttribute,
      VerifyUserAttribute, Authentication, AdminCreateUser, AccountTakeOverNotification, and "default" for those without a
      text of their own. Placeholders: $code, $brand, $minutes (life of the code), $username. Built-in texts are used
      where there is none.
    - `attributes`: further placeholders, each with the user attribute that it stands for: { first_name = "given_name" }.
      A value, as a user name, is left out of a text that it would make longer than `max_segments`, or when it looks like a
      link or has three digits in a row: no telephone number and no short code has fewer.
    - `autofill`: the last line, from which a phone fills the code in: `web_otp` { `domain` } or `android` { `app_hash` }, or
      none; `clients`: the same by app client id, literal ids of clients that exist already.
    - `built_in_locales`: languages whose built-in texts are used; default: all that there are.
    - `client_metadata_locale`: key of Cognito's client metadata that may choose the language; default: none may.
    - `country_locales`: country of the number → locale, for users without one of their own.
    - `india`: `entity_id`, and `template_ids`: locale → trigger or "default" → id of that text's registration.
    - `max_segments`: locale, language or "default" → how many parts a text may take, whatever users write; default: 1 for
      languages that can be written in the GSM-7 alphabet, 2 for others.
    - `transliterate`: plain characters for typographic ones, where that makes a text GSM-7.
  EOT
  type = object({
    brand          = optional(string)
    default_locale = optional(string, "en")
    templates      = optional(map(map(string)), {})
    attributes     = optional(map(string), {})
    autofill = optional(object({
      web_otp = optional(object({ domain = string }))
      android = optional(object({ app_hash = string }))
      clients = optional(map(object({
        web_otp = optional(object({ domain = string }))
        android = optional(object({ app_hash = string }))
      })), {})
    }), {})
    built_in_locales       = optional(set(string))
    client_metadata_locale = optional(string)
    country_locales        = optional(map(string), {})
    india = optional(object({
      entity_id    = string
      template_ids = map(map(string))
    }))
    max_segments  = optional(map(number), {})
    transliterate = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for locale in concat(
        keys(var.messages.templates), [var.messages.default_locale], values(var.messages.country_locales),
        [for locale in keys(var.messages.max_segments) : locale if locale != "default"],
        var.messages.india == null ? [] : keys(var.messages.india.template_ids),
      ) : can(regex("^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", locale))
    ])
    error_message = "A locale of messages must look like \"en\", \"pt-BR\" or \"zh_Hant_TW\"."
  }

  # What a text may have, on one line: zero-width joiners spell Persian and make one emoji of several.
  validation {
    condition     = var.messages.brand == null ? true : can(regex("^([^\\p{C}\\p{Z}][^\\p{Cc}\\p{Co}\\p{Zl}\\p{Zp}]{0,63})?$", var.messages.brand))
    error_message = "messages.brand must have at most 64 characters, on one line, none of Unicode's private use, and begin with one that can be seen, not with a space: it is a part of every message."
  }

  validation {
    condition = alltrue([
      for locales in [keys(var.messages.templates), keys(try(var.messages.india.template_ids, {})), keys(var.messages.max_segments)] :
      length(distinct([for locale in locales : replace(lower(locale), "_", "-")])) == length(locales)
    ])
    error_message = "messages: pt-BR, pt_BR and pt-br are one locale. Keep one of them in templates, india.template_ids and max_segments."
  }

  validation {
    condition = alltrue([
      for locale in coalesce(var.messages.built_in_locales, []) : contains(local.built_in_locales, replace(lower(locale), "_", "-"))
    ])
    error_message = "messages.built_in_locales: there are built-in texts for ${join(", ", local.built_in_tags)}, and for nothing else."
  }

  # The locale itself, one that it begins with, or what that stands for, as the function looks for it.
  validation {
    condition = !can(regex("^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", var.messages.default_locale)) || anytrue([
      for locale in concat(
        keys(var.messages.templates), tolist(coalesce(var.messages.built_in_locales, local.built_in_locales)), ["en"],
      ) :
      startswith("${replace(lower(var.messages.default_locale), "_", "-")}-", "${replace(lower(locale), "_", "-")}-") ||
      anytrue([
        for tag, meant in local.unsaid : meant == replace(lower(locale), "_", "-")
        if startswith("${replace(lower(var.messages.default_locale), "_", "-")}-", "${tag}-")
      ])
    ])
    error_message = "messages: there are no texts for messages.default_locale (\"${var.messages.default_locale}\"), which users without a locale get. Add them to messages.templates, or set default_locale to one of: ${join(", ", distinct(concat(keys(var.messages.templates), local.built_in_tags)))}."
  }

  validation {
    condition = alltrue(flatten([
      for texts in concat(values(var.messages.templates), values(try(var.messages.india.template_ids, {}))) : [
        for trigger in keys(texts) : contains(local.text_keys, trigger)
      ]
    ]))
    error_message = join("", [
      "messages.templates, messages.india.template_ids: ", join(", ", flatten([
        for part, locales in { templates = var.messages.templates, "india.template_ids" = try(var.messages.india.template_ids, {}) } : [
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
      for texts in values(var.messages.templates) : [
        for text in values(texts) : can(regex("^(?s:.{1,800})(?s:.{0,800})$", text)) && !can(regex("\\p{Co}", text))
      ]
    ]))
    error_message = join("", [
      "messages.templates: ", join(", ", flatten([
        for locale, texts in var.messages.templates : [
          for trigger, text in texts : "${locale}.${trigger}"
          if !can(regex("^(?s:.{1,800})(?s:.{0,800})$", text)) || can(regex("\\p{Co}", text))
        ]
      ])),
      ": a text has 1 to 1600 characters, and none of Unicode's private use: SNS and End User Messaging refuse longer ones, and phones have no letters for those. Shorten it, or leave an empty one out to get the built-in text.",
    ])
  }

  validation {
    condition = alltrue(flatten([
      for texts in values(var.messages.templates) : [
        for text in values(texts) : !strcontains(replace(
          replace(coalesce(text, "$code"), "$$", " "),
          "/\\$(?:\\{(?:${join("|", concat(local.placeholders, [for name in keys(var.messages.attributes) : name if can(regex(local.placeholder, name))]))})\\}|(?:${join("|", concat(local.placeholders, [for name in keys(var.messages.attributes) : name if can(regex(local.placeholder, name))]))})\\b)/", "",
        ), "$")
      ]
    ]))
    error_message = join("", [
      "messages.templates: ", join(", ", flatten([
        for locale, texts in var.messages.templates : [
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
      for texts in values(var.messages.templates) : [
        for trigger, text in texts :
        trigger == "AccountTakeOverNotification" || can(regex("\\$\\{?code", replace(coalesce(text, "$code"), "$$", " ")))
      ]
    ]))
    error_message = join("", [
      "messages.templates: ", join(", ", flatten([
        for locale, texts in var.messages.templates : [
          for trigger, text in texts : "${locale}.${trigger}"
          if trigger != "AccountTakeOverNotification" && !can(regex("\\$\\{?code", replace(coalesce(text, "$code"), "$$", " ")))
        ]
      ])),
      ": every text needs $code (only AccountTakeOverNotification comes without one; $$code is a dollar sign and the word).",
    ])
  }

  validation {
    condition = alltrue([
      for name, attribute in var.messages.attributes :
      can(regex(local.placeholder, name)) && !contains(local.placeholders, name) && can(regex("^[A-Za-z0-9_:-]{1,39}$", attribute))
    ])
    error_message = "messages.attributes: a placeholder's name has small letters, digits and underscores and is not code, brand, minutes or username, so that no user attribute can take their place; its value is the name of a user attribute, such as \"given_name\" or \"custom:title\"."
  }

  validation {
    condition = alltrue([
      for choice in concat([var.messages.autofill], values(var.messages.autofill.clients)) : choice.web_otp == null || choice.android == null
    ])
    error_message = "messages.autofill: web_otp and android at once are impossible: browsers and Android apps both look at the last line of a message, and there is only one. Choose one, or one for each app client in clients."
  }

  validation {
    condition = alltrue([
      for choice in concat([var.messages.autofill], values(var.messages.autofill.clients)) : (
        (choice.web_otp == null ? true : can(regex(local.domain, choice.web_otp.domain)) && length(choice.web_otp.domain) <= 253)
        && (choice.android == null ? true : can(regex("^[A-Za-z0-9+/]{11}$", choice.android.app_hash)))
      )
    ])
    error_message = "messages.autofill: web_otp.domain is a domain in small letters without a path (\"login.example.com\"), android.app_hash the 11 characters of the app's hash."
  }

  validation {
    condition     = alltrue([for client in keys(var.messages.autofill.clients) : can(regex("^[A-Za-z0-9_+]{1,128}$", client))])
    error_message = "messages.autofill.clients: a key is the id of an app client, as Cognito gave it."
  }

  validation {
    condition     = var.messages.client_metadata_locale == null ? true : can(regex("^[!-~]{1,64}$", var.messages.client_metadata_locale))
    error_message = "messages.client_metadata_locale must be a key of client metadata: 1 to 64 printable ASCII characters without spaces."
  }

  validation {
    condition     = alltrue([for country in keys(var.messages.country_locales) : can(regex("^[A-Z]{2}$", country))])
    error_message = "messages.country_locales: a key is a country as in allowed_countries: two capital letters."
  }

  # As for default_locale.
  validation {
    condition = alltrue([
      for wanted in values(var.messages.country_locales) : !can(regex("^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", wanted)) || anytrue([
        for locale in concat(
          keys(var.messages.templates), tolist(coalesce(var.messages.built_in_locales, local.built_in_locales)), ["en"],
        ) :
        startswith("${replace(lower(wanted), "_", "-")}-", "${replace(lower(locale), "_", "-")}-") || anytrue([
          for tag, meant in local.unsaid : meant == replace(lower(locale), "_", "-")
          if startswith("${replace(lower(wanted), "_", "-")}-", "${tag}-")
        ])
      ])
    ])
    error_message = join("", [
      "messages.country_locales: there are no texts for ", join(", ", distinct([
        for wanted in values(var.messages.country_locales) : wanted if !anytrue([
          for locale in concat(
            keys(var.messages.templates), tolist(coalesce(var.messages.built_in_locales, local.built_in_locales)), ["en"],
          ) :
          startswith("${replace(lower(wanted), "_", "-")}-", "${replace(lower(locale), "_", "-")}-") || anytrue([
            for tag, meant in local.unsaid : meant == replace(lower(locale), "_", "-")
            if startswith("${replace(lower(wanted), "_", "-")}-", "${tag}-")
          ])
        ])
      ])), ", so that these countries would get default_locale. Add them to messages.templates, or remove them here.",
    ])
  }

  validation {
    condition = alltrue(flatten([
      for india in var.messages.india == null ? [] : [var.messages.india] : [
        for id in concat([india.entity_id], flatten([for ids in values(india.template_ids) : values(ids)])) : can(regex("^[!-~]{1,50}$", id))
      ]
    ]))
    error_message = "messages.india: entity_id and template_ids are the ids of the registration, 1 to 50 characters without spaces."
  }

  validation {
    condition     = alltrue([for parts in values(var.messages.max_segments) : contains(range(1, 26), parts)])
    error_message = "messages.max_segments: a text may take 1 to 25 parts."
  }
}

variable "monitoring" {
  description = <<-EOT
    Logs, metrics, alarms and a dashboard:
    - `log_retention_days`: as CloudWatch Logs offers them; 0 = for ever.
    - `log_kms_key_arn`: customer managed key; its policy must let CloudWatch Logs use it.
    - `log_level`: "DEBUG", "INFO", "WARNING", "ERROR" or "CRITICAL". Codes and full numbers appear at none of them.
    - `debug_sample_rate`: share of the messages, 0 to 1, that log every step; without data, as at every level.
    - `metrics_namespace`: of the CloudWatch metrics.
    - `alarms`: each has `enabled` (true, but for silence) and a `threshold` that alarms when it is reached.
      - `enabled`: false = no alarm at all.
      - `topic_arns`: SNS topics that are told when an alarm begins and ends.
      - `errors`, `throttles`: of the function, in 5 minutes.
      - `dropped_events`: that Lambda gave up on, in 5 minutes.
      - `event_age`: longest wait, in seconds.
      - `failure_queue`: events on it.
      - `failed_share`: percent, in 15 minutes with `min_messages` or more.
      - `refused`: messages to countries, prefixes and numbers that get none or have had enough, in 15 minutes.
      - `over_limit`: messages over a limit whose mode is "monitor", in 15 minutes.
      - `segments`: parts of messages in an hour, which is what providers take money for.
      - `ledger`: messages that the ledger did not answer for, in 5 minutes.
      - `silence`: no message for so many `hours` (1 to 168); off, because a quiet pool would alarm.
    - `dashboard`:
      - `enabled`: false by default.
      - `price_per_segment`: US dollars that a part of a message costs you, for its estimate.
  EOT
  type = object({
    log_retention_days = optional(number, 365)
    log_kms_key_arn    = optional(string)
    log_level          = optional(string, "INFO")
    debug_sample_rate  = optional(number, 0)
    metrics_namespace  = optional(string, "CognitoSmsSender")
    alarms = optional(object({
      enabled        = optional(bool, true)
      topic_arns     = optional(list(string), [])
      errors         = optional(object({ enabled = optional(bool, true), threshold = optional(number, 3) }), {})
      throttles      = optional(object({ enabled = optional(bool, true), threshold = optional(number, 10) }), {})
      dropped_events = optional(object({ enabled = optional(bool, true), threshold = optional(number, 1) }), {})
      event_age      = optional(object({ enabled = optional(bool, true), threshold = optional(number, 150) }), {})
      failure_queue  = optional(object({ enabled = optional(bool, true), threshold = optional(number, 1) }), {})
      failed_share = optional(object({
        enabled      = optional(bool, true)
        threshold    = optional(number, 20)
        min_messages = optional(number, 5)
      }), {})
      refused    = optional(object({ enabled = optional(bool, true), threshold = optional(number, 50) }), {})
      over_limit = optional(object({ enabled = optional(bool, true), threshold = optional(number, 1) }), {})
      segments   = optional(object({ enabled = optional(bool, true), threshold = optional(number, 2000) }), {})
      ledger     = optional(object({ enabled = optional(bool, true), threshold = optional(number, 5) }), {})
      silence    = optional(object({ enabled = optional(bool, false), hours = optional(number, 24) }), {})
    }), {})
    dashboard = optional(object({
      enabled           = optional(bool, false)
      price_per_segment = optional(number, 0.05)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.monitoring.log_retention_days,
    )
    error_message = "monitoring.log_retention_days must be one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, or 0 for ever."
  }

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], var.monitoring.log_level)
    error_message = "monitoring.log_level must be DEBUG, INFO, WARNING, ERROR or CRITICAL."
  }

  validation {
    condition     = var.monitoring.log_kms_key_arn == null ? true : can(regex("^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/.+$", var.monitoring.log_kms_key_arn))
    error_message = "monitoring.log_kms_key_arn must be the ARN of a customer managed key (…:kms:<region>:<account>:key/<id>), not its id or a name. Leave it out for CloudWatch Logs' own encryption."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9.\\-_/#]{1,255}$", var.monitoring.metrics_namespace)) && !startswith(var.monitoring.metrics_namespace, "AWS/")
    error_message = "monitoring.metrics_namespace must have 1 to 255 letters, digits and .-_/#, and not start with AWS/, which is reserved."
  }

  validation {
    condition     = var.monitoring.debug_sample_rate >= 0 && var.monitoring.debug_sample_rate <= 1
    error_message = "monitoring.debug_sample_rate is a share of the messages: 0 (none) to 1 (all), for example 0.01."
  }

  validation {
    condition = alltrue([
      for alarm in [
        var.monitoring.alarms.errors, var.monitoring.alarms.throttles, var.monitoring.alarms.dropped_events,
        var.monitoring.alarms.event_age, var.monitoring.alarms.failure_queue, var.monitoring.alarms.refused,
        var.monitoring.alarms.over_limit, var.monitoring.alarms.segments, var.monitoring.alarms.ledger,
      ] : alarm.threshold > 0
    ])
    error_message = "monitoring.alarms: a threshold must be more than 0: an alarm begins when it is reached, so one of 0 would never end. Set enabled = false for an alarm that you do not want."
  }

  validation {
    condition = (
      var.monitoring.alarms.failed_share.threshold > 0 && var.monitoring.alarms.failed_share.threshold <= 100
      && var.monitoring.alarms.failed_share.min_messages >= 1
    )
    error_message = "monitoring.alarms.failed_share: threshold is in percent, more than 0 and at most 100, and min_messages is 1 or more: fewer messages than that in 15 minutes raise no alarm."
  }

  validation {
    condition     = contains(range(1, 169), var.monitoring.alarms.silence.hours)
    error_message = "monitoring.alarms.silence.hours must be a whole number, 1 to 168: CloudWatch looks back seven days at most."
  }

  validation {
    condition = alltrue([
      for arn in var.monitoring.alarms.topic_arns : can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", arn))
    ])
    error_message = "monitoring.alarms.topic_arns takes ARNs of standard SNS topics (…:sns:<region>:<account>:<name>)."
  }

  validation {
    condition     = var.monitoring.dashboard.price_per_segment >= 0
    error_message = "monitoring.dashboard.price_per_segment is in US dollars for one part of a message, for example 0.05."
  }
}

variable "package" {
  description = <<-EOT
    Where the code comes from. Nothing set: the package that is part of this module, with the pinned public Powertools layer.
    At most one of:
    - `filename`: a zip on the machine that runs Terraform.
    - `s3`: { bucket, key, object_version }; without object_version only with `source_code_hash`.
    - `image_uri`: a container image.
    And:
    - `source_code_hash`: changes when the code does; computed for a file, needed for `s3` without `object_version`.
    - `layers`: layer ARNs instead of the Powertools layer; [] = none (a self-contained package, so only with `filename`
      or `s3`).
  EOT
  type = object({
    filename = optional(string)
    s3 = optional(object({
      bucket         = string
      key            = string
      object_version = optional(string)
    }))
    image_uri        = optional(string)
    source_code_hash = optional(string)
    layers           = optional(list(string))
  })
  default  = {}
  nullable = false

  validation {
    condition = length([
      for is_set in [var.package.filename != null, var.package.s3 != null, var.package.image_uri != null] : true if is_set
    ]) <= 1
    error_message = "package takes at most one of filename, s3 and image_uri. Leave all of them out for the module's own package."
  }

  validation {
    condition     = var.package.image_uri == null ? true : can(regex("^\\S+/\\S+$", var.package.image_uri))
    error_message = "package.image_uri must be the URI of an image in ECR (<account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:…). Leave it out for the module's own package."
  }

  validation {
    condition     = var.package.filename == null ? true : can(regex("\\S", var.package.filename))
    error_message = "package.filename must be the path of a zip. Leave it out for the module's own package."
  }

  validation {
    condition     = var.package.s3 == null ? true : var.package.s3.object_version != null || var.package.source_code_hash != null
    error_message = "package.s3 needs object_version, or source_code_hash beside it: without either, Terraform cannot see that the object has changed and never deploys a new upload."
  }

  validation {
    condition = (
      var.package.filename != null || var.package.s3 != null || var.package.image_uri != null
      || (var.package.layers == null ? true : length(var.package.layers) > 0)
    )
    error_message = "package.layers = [] leaves the module's own package without its libraries (\"No module named 'aws_encryption_sdk'\"). Leave layers out for the public Powertools layer, name a layer of your own with the same libraries, or set package.filename to the self-contained package (function/build.py self-contained)."
  }

  validation {
    condition     = var.package.image_uri == null || var.package.layers == null
    error_message = "package.layers cannot be used with package.image_uri: an image brings its libraries."
  }

  validation {
    condition     = var.package.image_uri == null || !var.function.snap_start
    error_message = "function.snap_start cannot be used with package.image_uri: Lambda takes no snapshots of images."
  }

  validation {
    condition     = var.package.layers == null ? true : length(var.package.layers) <= 5
    error_message = "package.layers takes at most five layers: that is Lambda's limit."
  }
}

variable "protection" {
  description = <<-EOT
    Against messages that are sent twice, come too late, or are paid to fraudsters:
    - `ledger`: a DynamoDB table of what was sent, by hashes; no numbers and no codes.
      - `enabled`: without it, a message may be sent again by Lambda's retries, and there are no limits.
      - `point_in_time_recovery`, `deletion_protection`: of the table.
      - `kms_key_arn`: customer managed key; default: DynamoDB's own.
    - `on_ledger_failure`: "send" (without limits, and perhaps twice) or "refuse" (Lambda tries again) when the table does
      not answer.
    - `limits`: how many messages in how many seconds; `mode` "enforce" refuses more, "monitor" counts and sends them, "off".
      - `number`: { max = 10, per_seconds = 3600, mode = "enforce" }: to one number.
      - `prefix`: { max = 100, per_seconds = 3600, mode = "enforce", without_last_digits = 4 }: to the numbers that differ in
        the last digits only (4: a block of 10,000), which is how SMS pumping goes.
      - `country`: { max = 5000, per_seconds = 3600, mode = "monitor" }: to each country. Approximate.
      - `overall`: { max = 10000, per_seconds = 3600, mode = "monitor" }: altogether. Approximate.
    - `blocked_prefixes`: beginnings of numbers that get nothing, in E.164: ["+4915550"].
    - `allowed_ranges`: ranges of no country that get messages in spite of their price: "disaster_relief", "freephone",
      "inmarsat", "international_networks", "premium", "satellite", "shared_cost" or "universal_personal".
    - `test_numbers`: { numbers = ["+15550100*", "+4915550001"], sender = "testers" }: numbers, or beginnings of some, whose
      messages go to that sender (an sns_topic, slack or webhook) and to nobody else; without limits. null: none.
    - `code_lifetimes_seconds`: how long your pools accept what was sent, by trigger, where it is not Cognito's default:
      { Authentication = 300 } for an AuthSessionValidity of five minutes. Later than that it is not sent.
  EOT
  type = object({
    ledger = optional(object({
      enabled                = optional(bool, true)
      point_in_time_recovery = optional(bool, false)
      kms_key_arn            = optional(string)
      deletion_protection    = optional(bool, false)
    }), {})
    on_ledger_failure = optional(string, "send")
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
    blocked_prefixes = optional(set(string), [])
    allowed_ranges   = optional(set(string), [])
    test_numbers = optional(object({
      numbers = set(string)
      sender  = string
    }))
    code_lifetimes_seconds = optional(map(number), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.protection.ledger.kms_key_arn == null ? true : can(regex(local.key_arn, var.protection.ledger.kms_key_arn))
    error_message = "protection.ledger.kms_key_arn must be the ARN of a customer managed key (…:kms:<region>:<account>:key/<id>). Leave it out for DynamoDB's own encryption."
  }

  validation {
    condition     = contains(["send", "refuse"], var.protection.on_ledger_failure)
    error_message = "protection.on_ledger_failure must be \"send\" (without limits, and perhaps twice) or \"refuse\" (left to Lambda's retry)."
  }

  validation {
    condition     = alltrue([for limit in var.protection.limits : contains(["enforce", "monitor", "off"], limit.mode)])
    error_message = "protection.limits: mode must be \"enforce\", \"monitor\" or \"off\". Check: ${join(", ", [for scope, limit in var.protection.limits : scope if !contains(["enforce", "monitor", "off"], limit.mode)])}."
  }

  validation {
    condition = alltrue([
      for limit in var.protection.limits :
      limit.max >= 1 && limit.max <= 1000000000 && floor(limit.max) == limit.max
      && limit.per_seconds >= 1 && limit.per_seconds <= 2592000 && floor(limit.per_seconds) == limit.per_seconds
    ])
    error_message = "protection.limits: max and per_seconds are whole numbers, 1 or more; per_seconds is 2592000 (30 days) at most. To switch a limit off, set mode = \"off\"; to send nothing, take the country out of allowed_countries."
  }

  validation {
    condition     = contains(range(1, 7), var.protection.limits.prefix.without_last_digits)
    error_message = "protection.limits.prefix.without_last_digits must be 1 to 6: 4 puts 10,000 numbers into one block."
  }

  validation {
    condition     = alltrue([for prefix in var.protection.blocked_prefixes : can(regex("^\\+[1-9][0-9]{0,14}$", prefix))])
    error_message = "protection.blocked_prefixes takes beginnings of numbers in E.164: \"+\", the country code and more digits, for example \"+4915550\"."
  }

  validation {
    condition     = length(setsubtract(var.protection.allowed_ranges, local.special_ranges)) == 0
    error_message = "protection.allowed_ranges knows ${join(", ", local.special_ranges)}, and not: ${join(", ", setsubtract(var.protection.allowed_ranges, local.special_ranges))}. Countries belong into allowed_countries."
  }

  validation {
    condition = var.protection.test_numbers == null ? true : try(
      length(var.protection.test_numbers.numbers) > 0 && alltrue([
        for number in var.protection.test_numbers.numbers : can(regex("^\\+[1-9](?:[0-9]{6,14}|[0-9]{5,14}\\*)$", number))
      ]),
      false,
    )
    error_message = "protection.test_numbers.numbers needs at least one number in E.164 (\"+15550100123\"), or a beginning of at least six digits with an asterisk (\"+15550100*\"): everybody whose number begins so gets no message. Leave test_numbers out where there are none."
  }

  validation {
    condition = var.protection.test_numbers == null ? true : try(
      var.senders[var.protection.test_numbers.sender].enabled && anytrue([
        for kind in ["sns_topic", "slack", "webhook"] : var.senders[var.protection.test_numbers.sender][kind] != null
      ]),
      false,
    )
    error_message = "protection.test_numbers.sender must be the name of one of senders that is not switched off, and of the kind sns_topic, slack or webhook, so that no message goes to a phone. Add it, for example testers = { slack = { … } }; there are: ${join(", ", keys(var.senders))}."
  }

  validation {
    condition     = length(setsubtract(keys(var.protection.code_lifetimes_seconds), keys(local.code_lifetimes))) == 0
    error_message = "protection.code_lifetimes_seconds is by trigger (${join(", ", keys(local.code_lifetimes))}, written so), and knows no ${join(", ", setsubtract(keys(var.protection.code_lifetimes_seconds), keys(local.code_lifetimes)))}."
  }

  validation {
    condition = alltrue([
      for seconds in values(var.protection.code_lifetimes_seconds) :
      seconds == null ? false : seconds >= 60 && seconds <= 31536000 && floor(seconds) == seconds
    ])
    error_message = "protection.code_lifetimes_seconds: a life is a whole number of seconds, 60 to 31536000 (365 days). Leave a trigger out for Cognito's default."
  }
}

variable "routes" {
  description = <<-EOT
    Which senders are tried, in order: { default = ["aws", "twilio"], US = ["twilio", "aws"] }. The country of the number
    picks the route (ISO 3166-1 alpha-2); countries without one of their own take `default`. At most three senders that are
    not switched off: a code is tried three times at most, while somebody waits for it. Nothing set: the only sender, if
    there is exactly one (beside that of `protection.test_numbers`) and it is neither an sns_topic nor slack.
  EOT
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for senders in values(var.routes) : senders == null ? false : alltrue([for sender in senders : sender != null])])
    error_message = "routes has a null where a sender's name must be. Name the sender, or leave it out: [for name in names : name if name != null]."
  }

  validation {
    condition     = length(setsubtract(keys(var.routes), setunion(["default"], var.allowed_countries))) == 0
    error_message = "A route is called \"default\" or after a country of allowed_countries. Add the country there, or remove the route: ${join(", ", setsubtract(keys(var.routes), setunion(["default"], var.allowed_countries)))}."
  }

  validation {
    condition     = length(var.routes) == 0 || contains(keys(var.routes), "default") || length(setsubtract(var.allowed_countries, keys(var.routes))) == 0
    error_message = "routes has none for ${join(", ", setsubtract(var.allowed_countries, keys(var.routes)))}. Add one for each, or default = [...] for every country without its own."
  }

  validation {
    condition     = length(var.routes) == 0 || contains(keys(var.routes), "default") || length(var.protection.allowed_ranges) == 0
    error_message = "routes has no \"default\", which numbers of protection.allowed_ranges take because they have no country. Add default = [...]."
  }

  validation {
    condition     = alltrue([for senders in values(var.routes) : length(senders) > 0 && length(distinct(senders)) == length(senders) if senders != null])
    error_message = "routes: a route needs at least one sender, and each only once: it is an order, not a number of tries."
  }

  validation {
    condition = alltrue([
      for senders in values(var.routes) : try(length([for sender in senders : sender if try(var.senders[sender].enabled, true)]) <= 3, true)
    ])
    error_message = "A route takes at most three senders that are not switched off: the function makes at most three attempts for a message, so a fourth would never be used. Shorten: ${join(", ", [for name, senders in var.routes : name if try(length([for sender in senders : sender if try(var.senders[sender].enabled, true)]) > 3, false)])}."
  }

  validation {
    condition     = alltrue(flatten([for senders in values(var.routes) : [for sender in senders : contains(keys(var.senders), sender) if sender != null] if senders != null]))
    error_message = "routes names a sender that is not among senders (${join(", ", keys(var.senders))}): ${join(", ", setsubtract(flatten([for senders in values(var.routes) : [for sender in senders : sender if sender != null] if senders != null]), keys(var.senders)))}."
  }

  validation {
    condition = alltrue([
      for senders in values(length(var.routes) > 0 ? var.routes : { default = local.implied_route }) :
      try(length(senders) == 0 || anytrue([for sender in senders : try(var.senders[sender].enabled, true)]), true)
    ])
    error_message = "Every sender of a route is switched off. Set enabled = true for one of them, or add another sender to: ${join(", ", [for name, senders in(length(var.routes) > 0 ? var.routes : { default = local.implied_route }) : name if try(!anytrue([for sender in senders : try(var.senders[sender].enabled, true)]), false)])}."
  }

  validation {
    condition = (
      length(var.routes) == 0 || anytrue([for senders in values(var.routes) : try(length(senders) == 0 || anytrue([for sender in senders : sender == null]), true)])
      || alltrue([
        for name, sender in var.senders : try(contains(flatten(values(var.routes)), name), true) if sender.enabled && name != local.test_sender
      ])
    )
    error_message = "No route uses a sender that is configured. Add it to a route, remove it, or set enabled = false for it: ${join(", ", [for name, sender in var.senders : name if sender.enabled && name != local.test_sender && !try(contains(flatten(values(var.routes)), name), true)])}."
  }

  validation {
    condition     = length(var.routes) > 0 || length(local.implied_route) <= 1
    error_message = "There are several senders (${join(", ", local.implied_route)}), so routes must say in which order they are tried: routes = { default = [${join(", ", [for name in local.implied_route : "\"${name}\""])}] }."
  }

  validation {
    condition     = length(var.routes) > 0 || length(local.implied_route) > 0 || length(var.senders) == 0
    error_message = "The only sender is that of the test numbers, so nobody else would get a message. Add another one, or set routes = { default = [\"${join("\", \"", keys(var.senders))}\"] } if it is for everybody."
  }

  validation {
    condition = length(var.routes) > 0 || alltrue([
      for name in local.implied_route : var.senders[name].sns_topic == null && var.senders[name].slack == null
    ])
    error_message = "An sns_topic or slack sender takes codes away from phones, so it is never used unasked: set routes = { default = [\"${join("\", \"", local.implied_route)}\"] } if you want that."
  }

}

variable "tags" {
  description = "Tags of everything that takes some."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "user_pool" {
  description = <<-EOT
    A pool to be made with the trigger in place; null: none (use `user_pools` and the output `lambda_config`). Everything is
    optional and as in modules/user-pool, which has the defaults; `name` defaults to the sender's name. Besides:
    - `custom_email_sender`: { lambda_arn, role_arn } of your function that sends the pool's e-mail. Its role gets the right
      to decrypt, because a pool has one key for both senders.
  EOT
  type = object({
    name = optional(string)
    sign_in = optional(object({
      phone_number = optional(bool)
      email        = optional(bool)
    }))
    self_sign_up     = optional(bool)
    verify           = optional(set(string))
    account_recovery = optional(list(string))
    mfa = optional(object({
      mode           = optional(string)
      software_token = optional(bool)
    }))
    password_policy = optional(object({
      minimum_length                   = optional(number)
      require_lowercase                = optional(bool)
      require_uppercase                = optional(bool)
      require_numbers                  = optional(bool)
      require_symbols                  = optional(bool)
      history_size                     = optional(number)
      temporary_password_validity_days = optional(number)
    }))
    deletion_protection = optional(bool)
    email = optional(object({
      source_arn        = string
      from              = optional(string)
      reply_to          = optional(string)
      configuration_set = optional(string)
    }))
    triggers = optional(object({
      create_auth_challenge          = optional(string)
      custom_message                 = optional(string)
      define_auth_challenge          = optional(string)
      post_authentication            = optional(string)
      post_confirmation              = optional(string)
      pre_authentication             = optional(string)
      pre_sign_up                    = optional(string)
      pre_token_generation           = optional(object({ lambda_arn = string, lambda_version = optional(string) }))
      user_migration                 = optional(string)
      verify_auth_challenge_response = optional(string)
    }))
    custom_email_sender = optional(object({ lambda_arn = string, role_arn = string }))
  })
  default = null

  validation {
    condition = (
      try(var.user_pool.custom_email_sender == null, true) ? true
      : can(regex(local.role_arn, var.user_pool.custom_email_sender.role_arn))
    )
    error_message = "user_pool.custom_email_sender.role_arn must be the ARN of the role of the function that sends the pool's e-mail (…:iam::<account>:role/<name>)."
  }
}

variable "user_pools" {
  description = <<-EOT
    Pools that may call the function and whose messages it may decrypt, by a name of your choice (literal: Terraform must
    know it at plan):
    - `arn`: of the pool; may come from a resource in the same root.
    - `custom_email_sender`: { role_arn } of the function that already sends the pool's e-mail: a pool has one key for both
      senders, so its role gets the right to decrypt.
  EOT
  type = map(object({
    arn                 = string
    custom_email_sender = optional(object({ role_arn = string }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.user_pools) : can(regex("^[A-Za-z0-9_-]{1,64}$", name))])
    error_message = "A name in user_pools must have 1 to 64 letters, digits, hyphens and underscores: it becomes part of a statement id."
  }

  validation {
    condition     = !contains(keys(var.user_pools), "user_pool")
    error_message = "The name \"user_pool\" in user_pools is taken by the pool that the variable user_pool makes. Choose another."
  }

  validation {
    condition = alltrue([
      for pool in values(var.user_pools) : can(regex(local.user_pool_arn, pool.arn))
    ])
    error_message = "user_pools: arn must be the ARN of one user pool (…:cognito-idp:<region>:<account>:userpool/<id>), not its id, without blanks or asterisks."
  }

  validation {
    condition = alltrue([
      for pool in values(var.user_pools) :
      try(pool.custom_email_sender == null, true) ? true : can(regex(local.role_arn, pool.custom_email_sender.role_arn))
    ])
    error_message = "user_pools: custom_email_sender.role_arn must be the ARN of the role of the function that sends the pool's e-mail (…:iam::<account>:role/<name>)."
  }
}
