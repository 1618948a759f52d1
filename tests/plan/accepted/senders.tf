module "sns" {
  senders = { aws = { sns = {
    sender_id = "Acme", origination_number = "+15550100", sms_type = "Promotional", max_price = "0.50"
    region    = "us-east-1", entity_id = "1101", template_id = "1107"
  } } }
  kms_key = { existing = { arn = local.key } }
}

module "sns_topic" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["mailbox"] }
  }
  senders = { mailbox = { sns_topic = { topic_arn = local.topic, environment = "test" } } }
  kms_key = { existing = { arn = local.key } }
}

module "end_user_messaging" {
  senders = { aws = { end_user_messaging = {
    origination_identity     = local.origination_pool
    configuration_set_name   = "codes"
    protect_configuration_id = "protect-1"
    message_type             = "PROMOTIONAL"
    max_price                = "0.25"
    time_to_live_seconds     = 300
    region                   = "us-west-2"
    keyword                  = "ACME"
    in_entity_id             = "1101"
    in_template_id           = "1107"
  } } }
  kms_key = { existing = { arn = local.key } }
}

module "end_user_messaging_by_id" {
  senders = { aws = { end_user_messaging = { origination_identity = "pool-0123", region = "us-west-2" } } }
}

module "twilio" {
  senders = { twilio = { twilio = { secret_arn = local.secret, messaging_service_sid = local.service_sid, message_privacy = true } } }
  kms_key = { existing = { arn = local.key } }
}

module "notify" {
  senders = { codes = { notify = {
    notify_configuration_id = local.notify
    template_id             = "notify-code-verification-english-001"
    template_ids            = { de = "german-1", pt-BR = "brazilian-1" }
    code_variable           = "otp"
    configuration_set_name  = "arn:aws:sms-voice:us-east-1:123456789012:configuration-set/codes"
    time_to_live_seconds    = 300
    region                  = "us-east-1"
  } } }
  kms_key = { existing = { arn = local.key } }
}

module "notify_by_id" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["codes", "aws"] }
  }
  senders = {
    aws = { sns = {} }
    codes = { notify = {
      notify_configuration_id = "nc-1234567890abcdef0"
      configuration_set_name  = "codes"
      region                  = "us-east-1"
    } }
  }
  kms_key = { existing = { arn = local.key } }
}

module "code_senders_beside_one_that_is_off" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["codes", "aws"] }
  }
  senders = {
    aws   = { enabled = false, sns = {} }
    codes = { notify = { notify_configuration_id = "nc-1234567890abcdef0" } }
  }
}

module "twilio_verify" {
  senders = { verify = { twilio_verify = {
    service_sid  = local.verify_sid, secret_arn = local.secret, channel = "sms"
    template_sid = local.template_sid, app_hash = "A1b2C3d4E5+", friendly_name = "Acme & Söhne"
  } } }
  kms_key = { existing = { arn = local.key } }
}

module "vonage" {
  senders = { vonage = { vonage = {
    from = "ACME Login", secret_arn = local.secret, entity_id = "1101", content_id = "1107"
  } } }
  kms_key = { existing = { arn = local.key } }
}

module "whatsapp" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["chat", "vonage"] }
  }
  senders = {
    chat = { whatsapp = {
      phone_number_id = "106540352242922", template = "login_code", secret_arn = local.secret
      languages       = { de = "de", pt-BR = "pt_BR" }, default_language = "es", api_version = "v25.0"
    } }
    vonage = { vonage = { from = "+15550100123", secret_arn = local.secret } }
  }
  kms_key = { existing = { arn = local.key } }
}

module "slack" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["channel"] }
  }
  senders = { channel = { slack = { secret_arn = local.secret, environment = "test" } } }
  kms_key = { existing = { arn = local.key } }
}

module "every_sender" {
  sms = {
    allowed_countries = ["US", "DE", "AT"]
    routes            = { default = ["eum", "mailbox", "twilio", "own"], AT = ["aws"] }
  }
  senders = {
    aws     = { sns = {} }
    eum     = { end_user_messaging = {} }
    mailbox = { enabled = false, sns_topic = { topic_arn = local.topic, environment = "production" } }
    own     = { webhook = { url = "https://sms.example.com/send", secret_arn = local.parameter } }
    twilio  = { twilio = { secret_arn = local.secret, from = "+15550100" } }
  }
  kms_key = { existing = { arn = local.key } }
}

module "routes" {
  sms = {
    allowed_countries = ["US", "DE", "AT", "CA"]
    routes            = { default = ["aws", "own"], US = ["twilio", "off", "aws"], CA = ["twilio"] }
  }
  senders = {
    aws    = { sns = {} }
    off    = { enabled = false, sns = {} }
    parked = { enabled = false, sns = {} }
    own = { webhook = {
      url = "https://sms.internal.example", secret_arn = local.parameter, allow_private_address = true
    } }
    twilio = { twilio = { secret_arn = local.secret, from = "+15550100" } }
  }
  kms_key = { existing = { arn = local.key } }
}

module "routes_without_default" {
  sms = {
    allowed_countries = ["US", "DE"]
    routes            = { US = ["other"], DE = ["aws", "other"] }
  }
  senders = { aws = { sns = {} }, other = { sns = {} } }
  kms_key = { existing = { arn = local.key } }
}

module "origination_by_country" {
  sms = {
    allowed_countries = ["US", "DE", "GB"]
    routes            = { default = ["eum", "aws"] }
  }
  senders = {
    aws = { sns = {
      sender_id = "ACME", origination_by_country = { US = "+15550100", DE = "ACME-DE" }
    } }
    eum = { end_user_messaging = {
      origination_identity   = local.origination_pool
      origination_by_country = { US = local.origination_number, GB = local.origination_sender_id }
      region                 = "us-west-2"
    } }
  }
  kms_key = { existing = { arn = local.key } }
}

module "origination_for_every_country" {
  sms = {
    allowed_countries = ["US", "GB"]
  }
  senders = { aws = { end_user_messaging = {
    origination_by_country = { US = local.origination_number, GB = local.origination_sender_id }
    region                 = "us-west-2"
  } } }
  kms_key = { existing = { arn = local.key } }
}

module "origination_partly_by_id" {
  sms = {
    allowed_countries = ["US", "GB"]
  }
  senders = { aws = { end_user_messaging = {
    origination_by_country = { US = local.origination_number, GB = "ACME" }
    region                 = "us-west-2"
  } } }
  kms_key = { existing = { arn = local.key } }
}
