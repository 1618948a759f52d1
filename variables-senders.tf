# Ways to send a message. The type is made from the schema of the kinds, which the function reads too.
variable "senders" {
  description = <<-EOT
    Ways to send a message, by a name of your choice (it appears in logs and metrics).
    Each has exactly one kind. docs/senders.md says what each kind needs. If `enabled` is false, the sender stays configured,
    and no route uses it.
  EOT
  # made by function/tools/generate_senders.py: begin
  type = map(object({
    enabled = optional(bool, true)
    # Amazon SNS, straight to the phone
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
    # an SNS topic that takes every message instead of its recipient (redirect to e-mail), for test set-ups
    sns_topic = optional(object({
      topic_arn   = string
      environment = string
      kms_key_arn = optional(string)
    }))
    # AWS End User Messaging SMS (SendTextMessage)
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
    # AWS End User Messaging Notify (SendNotifyTextMessage): AWS's numbers and templates
    notify = optional(object({
      notify_configuration_id = string
      template_id             = optional(string)
      template_ids            = optional(map(string), {})
      code_variable           = optional(string, "code")
      configuration_set_name  = optional(string)
      time_to_live_seconds    = optional(number)
      region                  = optional(string)
    }))
    # Twilio's Messages API
    twilio = optional(object({
      secret_arn            = string
      messaging_service_sid = optional(string)
      from                  = optional(string)
      message_privacy       = optional(bool, false)
    }))
    # Twilio Verify with Cognito's code ("Enable Custom Verification Code" in the Service)
    twilio_verify = optional(object({
      service_sid   = string
      secret_arn    = string
      channel       = optional(string, "sms")
      template_sid  = optional(string)
      app_hash      = optional(string)
      friendly_name = optional(string)
    }))
    # Vonage's Messages API
    vonage = optional(object({
      from       = string
      secret_arn = string
      entity_id  = optional(string)
      content_id = optional(string)
    }))
    # Meta's Cloud API with an authentication template that has a copy-code button
    whatsapp = optional(object({
      phone_number_id  = string
      template         = string
      languages        = optional(map(string), {})
      default_language = optional(string, "en_US")
      api_version      = optional(string, "v26.0")
      secret_arn       = string
    }))
    # Amazon SES (SendEmail of version 2)
    ses = optional(object({
      identity_arn      = string
      configuration_set = optional(string)
      tenant            = optional(string)
    }))
    # a mail server of your own or of a provider, by SMTP over TLS with a login
    smtp = optional(object({
      host                  = string
      port                  = optional(string, "587")
      secret_arn            = string
      allow_private_address = optional(bool, false)
    }))
    # a Slack channel that takes every message instead of its recipient, for test set-ups
    slack = optional(object({
      secret_arn  = string
      environment = string
    }))
    # HTTPS POST to a service of your own, signed by the Standard Webhooks specification
    webhook = optional(object({
      url                   = string
      secret_arn            = string
      allow_private_address = optional(bool, false)
    }))
    # any other provider with an HTTPS API, as data: a preset, or a description of your own
    http = optional(object({
      secret_arn = string
      preset     = optional(string)
      settings   = optional(map(string))
      url        = optional(string)
      method     = optional(string)
      headers    = optional(map(string))
      basic_auth = optional(object({ username = string, password = string }))
      format     = optional(string)
      body       = optional(string)
      lifetime   = optional(object({ min_seconds = optional(number), max_seconds = optional(number) }))
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
  # made by function/tools/generate_senders.py: end
  nullable = false

  validation {
    condition     = length([for sender in values(var.senders) : sender if sender != null]) > 0
    error_message = "senders: one at least, or no message could be sent. Got: none. Fix: configure one, such as { sns = { sns = {} } }."
  }

  validation {
    condition = alltrue([for name in keys(var.senders) : can(regex("^(?:${local.schema.forms.sender_name.pattern})$", name))])
    error_message = join("", [
      "senders: a name has ${local.schema.forms.sender_name.form}. Got: ",
      join(", ", [for name in keys(var.senders) : name if !can(regex("^(?:${local.schema.forms.sender_name.pattern})$", name))]),
      ". Fix: rename.",
    ])
  }

  validation {
    condition = alltrue([
      for sender in values(var.senders) : sender == null ? true : 1 == length([
        for kind in keys(local.schema.kinds) : kind if sender[kind] != null
      ])
    ])
    error_message = join("", [
      "senders: each has exactly one of ${join(", ", keys(local.schema.kinds))}. Got: ", join("; ", [
        for name, kinds in {
          for name, sender in var.senders : name => [for kind in keys(local.schema.kinds) : kind if sender[kind] != null]
          if sender != null
        } : format("%s has %s", name, join(", ", coalescelist(kinds, ["none"]))) if length(kinds) != 1
      ]), ". Fix: leave one of them.",
    ])
  }
}
