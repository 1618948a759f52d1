# refuses: senders is empty
module "no_sender" {
  senders = { for name, sender in { aws = { sns = {} } } : name => sender if !var.yes }
}

# refuses: Rename: Acme-SMS
module "sender_name" {
  senders = { Acme-SMS = { sns = {} } }
}

# refuses: Check: nothing.
module "sender_without_kind" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["nothing"] }
  }
  senders = { nothing = {} }
}

# refuses: Check: both.
module "sender_of_two_kinds" {
  senders = { both = { sns = {}, twilio = { secret_arn = local.secret, from = "ACME" } } }
}

# refuses: "Transactional" or "Promotional"
module "sns_type" {
  senders = { aws = { sns = { sms_type = "OTP" } } }
}

# refuses: 1 to 11 letters
module "sns_sender_id" {
  senders = { aws = { sns = { sender_id = "Acme Corporation" } } }
}

# refuses: for example "0.50"
module "max_price" {
  senders = { aws = { sns = { max_price = "50 cents" } } }
}

# refuses: sns_topic.environment must be "test"
module "topic_environment" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"] }
  }
  senders = { aws = { sns_topic = { topic_arn = local.topic, environment = "staging" } } }
}

# refuses: never used unasked
module "topic_unasked" {
  sms = {
    allowed_countries = ["DE"]
    routes            = {}
  }
  senders = { aws = { sns_topic = { topic_arn = local.topic, environment = "test" } } }
}

# refuses: "TRANSACTIONAL" or "PROMOTIONAL"
module "message_type" {
  senders = { aws = { end_user_messaging = { message_type = "OTP" } } }
}

# refuses: time_to_live_seconds must be 5 to 259200
module "time_to_live" {
  senders = { aws = { end_user_messaging = { time_to_live_seconds = 4 } } }
}

# refuses: exactly one of messaging_service_sid
module "twilio_from_nowhere" {
  senders = { t = { twilio = { secret_arn = local.secret } } }
}

# refuses: exactly one of messaging_service_sid
module "twilio_from_both" {
  senders = { t = { twilio = { secret_arn = local.secret, from = "Acme", messaging_service_sid = local.service_sid } } }
}

# refuses: "MG" and 32 hexadecimal digits
module "twilio_service" {
  senders = { t = { twilio = { secret_arn = local.secret, messaging_service_sid = "AC123" } } }
}

# refuses: take ids of Notify templates
module "notify_template" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", template_ids = { en = "Your code is" } } } }
}

# refuses: keyed by language tags
module "notify_language" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", template_ids = { english = "x" } } } }
}

# refuses: without the braces of the template
module "notify_variable" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", code_variable = "{{code}}" } } }
}

# refuses: notify.time_to_live_seconds must be 5 to 259200
module "notify_time_to_live" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", time_to_live_seconds = 4 } } }
}

# refuses: "VA" and 32 hexadecimal digits
module "verify_service" {
  senders = { v = { twilio_verify = { service_sid = local.service_sid, secret_arn = local.secret } } }
}

# refuses: "sms", "whatsapp" or "call"
module "verify_channel" {
  senders = { v = { twilio_verify = { service_sid = local.verify_sid, secret_arn = local.secret, channel = "email" } } }
}

# refuses: only for the channels "sms" and "call"
module "verify_template" {
  senders = { v = { twilio_verify = { service_sid = local.verify_sid, secret_arn = local.secret, channel = "whatsapp", template_sid = local.template_sid } } }
}

# refuses: only for the channel "sms"
module "verify_app_hash" {
  senders = { v = { twilio_verify = { service_sid = local.verify_sid, secret_arn = local.secret, channel = "call", app_hash = "A1b2C3d4E5+" } } }
}

# refuses: friendly_name must have 1 to 30 characters
module "verify_name" {
  senders = { v = { twilio_verify = { service_sid = local.verify_sid, secret_arn = local.secret, friendly_name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" } } }
}

# refuses: a sender id of at most 11
module "vonage_from" {
  senders = { v = { vonage = { from = "ACME Corporation", secret_arn = local.secret } } }
}

# refuses: Set both or neither
module "vonage_india" {
  senders = { v = { vonage = { from = "ACME", secret_arn = local.secret, entity_id = "1101" } } }
}

# refuses: not the number itself
module "whatsapp_number" {
  senders = { w = { whatsapp = { phone_number_id = "+15550100", template = "login", secret_arn = local.secret } } }
}

# refuses: the name of an authentication template
module "whatsapp_template" {
  senders = { w = { whatsapp = { phone_number_id = "12345", template = "Login Code", secret_arn = local.secret } } }
}

# refuses: as Meta writes them
module "whatsapp_language" {
  senders = { w = { whatsapp = { phone_number_id = "12345", template = "login", languages = { pt-BR = "pt-BR" }, secret_arn = local.secret } } }
}

# refuses: are one language
module "whatsapp_language_twice" {
  senders = { w = { whatsapp = { phone_number_id = "12345", template = "login", languages = { pt-BR = "pt_BR", pt_br = "pt_BR" }, secret_arn = local.secret } } }
}

# refuses: a version of the Graph API
module "whatsapp_version" {
  senders = { w = { whatsapp = { phone_number_id = "12345", template = "login", api_version = "26", secret_arn = local.secret } } }
}

# refuses: slack.environment must be "test"
module "slack_environment" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["s"] }
  }
  senders = { s = { slack = { secret_arn = local.secret, environment = "staging" } } }
}

# refuses: never used unasked
module "slack_unasked" {
  sms = {
    allowed_countries = ["DE"]
    routes            = {}
  }
  senders = { s = { slack = { secret_arn = local.secret, environment = "test" } } }
}

# refuses: Write the host's name.
module "webhook_address" {
  senders = { own = { webhook = { url = "https://192.168.1.1/sms", secret_arn = local.secret } } }
}

# refuses: must start with https:// and a host name
module "webhook_plain" {
  senders = { own = { webhook = { url = "http://sms.example.com", secret_arn = local.secret } } }
}

# refuses: Every sender of a route is switched off. Set enabled = true for one of them, or add another sender to: DE.
module "route_switched_off" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws", "off"], DE = ["off"] }
  }
  senders = { aws = { sns = {} }, off = { enabled = false, sns = {} } }
}

# refuses: add another sender to: default.
module "only_sender_switched_off" {
  sms = {
    allowed_countries = ["DE"]
    routes            = {}
  }
  senders = { aws = { enabled = false, sns = {} } }
}

# refuses: Add it to a route, remove it, or set enabled = false for it: other.
module "sender_unused" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"], DE = ["aws"] }
  }
  senders = { aws = { sns = {} }, other = { sns = {} }, off = { enabled = false, sns = {} } }
}

# refuses: Add the country there or remove it here: aws FR.
module "origination_of_another_country" {
  senders = { aws = { sns = { origination_by_country = { DE = "ACME", FR = "ACME" } } } }
}

# refuses: or a sender id: 1 to 11 letters
module "origination_of_sns" {
  senders = { aws = { sns = { origination_by_country = { DE = "Acme Corporation" } } } }
}

# refuses: takes the number, id or ARN
module "origination_of_end_user_messaging" {
  senders = { aws = { end_user_messaging = { origination_by_country = { DE = "my pool" } } } }
}

# refuses: routes = { default = ["aws", "other"] }
module "route_missing" {
  sms = {
    allowed_countries = ["DE"]
    routes            = {}
  }
  senders = { aws = { sns = {} }, other = { sns = {} } }
}

# refuses: sns_topic.environment
module "topic_environment_null" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"] }
  }
  senders = { aws = { sns_topic = { topic_arn = local.topic, environment = null } } }
}

# refuses: at least one of them a letter
module "sns_sender_id_of_digits" {
  senders = { aws = { sns = { sender_id = "12345" } } }
}

# refuses: "+" and digits only
module "sns_number" {
  senders = { aws = { sns = { origination_number = "+1 555 0100" } } }
}

# refuses: for example "eu-central-1"
module "region_of_sns" {
  senders = { aws = { sns = { region = "EU" } } }
}

# refuses: Leave it out to send from the function's own
module "region_of_end_user_messaging" {
  senders = { aws = { end_user_messaging = { region = "" } } }
}

# refuses: must be an AWS Region
module "region_of_notify" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", region = "eu_central_1" } } }
}

# refuses: Set both or neither
module "india_of_sns" {
  senders = { aws = { sns = { entity_id = "1101" } } }
}

# refuses: in_entity_id and in_template_id
module "india_of_end_user_messaging" {
  senders = { aws = { end_user_messaging = { in_entity_id = "1101" } } }
}

# refuses: no spaces. Leave them out
module "india_ids" {
  senders = { aws = { sns = { entity_id = "1101 2", template_id = "1107" } } }
}

# refuses: no spaces. Leave them out
module "india_ids_of_vonage" {
  senders = { v = { vonage = { from = "ACME", secret_arn = local.secret, entity_id = "", content_id = "1" } } }
}

# refuses: without spaces. Leave it out to let AWS choose
module "identity" {
  senders = { aws = { end_user_messaging = { origination_identity = "my pool" } } }
}

# refuses: Leave an optional one out instead of setting it to ""
module "configuration_set" {
  senders = { aws = { end_user_messaging = { configuration_set_name = "" } } }
}

# refuses: digits and _:/- without spaces
module "protect_configuration" {
  senders = { aws = { end_user_messaging = { protect_configuration_id = "protect 1" } } }
}

# refuses: digits and _:/- without spaces
module "notify_configuration" {
  senders = { n = { notify = { notify_configuration_id = "my notify" } } }
}

# refuses: the programme name of a short code
module "keyword" {
  senders = { aws = { end_user_messaging = { keyword = "" } } }
}

# refuses: a whole number
module "time_to_live_in_parts" {
  senders = { aws = { end_user_messaging = { time_to_live_seconds = 5.5 } } }
}

# refuses: a whole number
module "notify_time_to_live_in_parts" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", time_to_live_seconds = 5.5 } } }
}

# refuses: a sender id of at most 11
module "twilio_from_too_long" {
  senders = { t = { twilio = { secret_arn = local.secret, from = "ACME Corporation" } } }
}

# refuses: must be the full ARN of a Secrets Manager secret
module "secret_in_s3" {
  senders = { t = { twilio = { secret_arn = "arn:aws:s3:::bucket/key", from = "ACME" } } }
}

# refuses: the whole secret and no key of it
module "secret_with_key" {
  senders = { v = { vonage = { secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:twilio-AbCdEf:key::", from = "ACME" } } }
}

# refuses: not its name
module "secret_by_name" {
  senders = { own = { webhook = { secret_arn = "my-secret", url = "https://sms.example.com" } } }
}

# refuses: and a host name
module "webhook_without_host" {
  senders = { own = { webhook = { url = "https://", secret_arn = local.secret } } }
}

# refuses: without user name
module "webhook_with_user" {
  senders = { own = { webhook = { url = "https://user:pw@sms.example.com", secret_arn = local.secret } } }
}

# refuses: webhook.url must start
module "webhook_port" {
  senders = { own = { webhook = { url = "https://sms.example.com:65536", secret_arn = local.secret } } }
}

# refuses: not a FIFO topic's
module "topic_fifo" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"] }
  }
  senders = { aws = { sns_topic = { topic_arn = "arn:aws:sns:eu-central-1:123456789012:messages.fifo", environment = "test" } } }
}

# refuses: not its name
module "topic_by_name" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"] }
  }
  senders = { aws = { sns_topic = { topic_arn = "messages", environment = "test" } } }
}

# refuses: Leave it out for a topic without one
module "topic_key" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"] }
  }
  senders = { aws = { sns_topic = { topic_arn = local.topic, environment = "test", kms_key_arn = "alias/x" } } }
}

# refuses: at most three attempts for a message, so a fourth would never be used. Shorten: DE.
module "route_too_long" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["a"], DE = ["a", "b", "c", "d"] }
  }
  senders = { a = { sns = {} }, b = { sns = {} }, c = { sns = {} }, d = { sns = {} } }
}
