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
    error_message = "http.body: a text with braces must be one placeholder and nothing else: {number}, {number_digits}, {country}, {locale}, {text}, {code}, {lifetime_seconds}, {lifetime_milliseconds}, {lifetime_minutes}, {expires_at}, {idempotency_key}, {idempotency_uuid}, {india_entity_id}, {india_template_id} or {secret.…}. The whole message is {text}; its wording is in sms.templates."
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
