# refused: senders: one at least
module "no_sender" {
  senders = { for name, sender in { aws = { sns = {} } } : name => sender if !var.yes }
}

# refused: Got: Acme-SMS.
module "sender_name" {
  senders = { Acme-SMS = { sns = {} } }
}

# refused: Got: nothing has none.
module "sender_without_kind" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["nothing"] }
  }
  senders = { nothing = {} }
}

# refused: Got: both has sns, twilio.
module "sender_of_two_kinds" {
  senders = { both = { sns = {}, twilio = { secret_arn = local.secret, from = "ACME" } } }
}

# refused: "Transactional" or "Promotional"
module "sns_type" {
  senders = { aws = { sns = { sms_type = "OTP" } } }
}

# refused: 1 to 11 letters
module "sns_sender_id" {
  senders = { aws = { sns = { sender_id = "Acme Corporation" } } }
}

# refused: senders.aws.sns.max_price: US dollars for one message as text
module "max_price" {
  senders = { aws = { sns = { max_price = "50 cents" } } }
}

# refused: senders.aws.sns_topic.environment: "test", or "production" to confirm
module "topic_environment" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"] }
  }
  senders = { aws = { sns_topic = { topic_arn = local.topic, environment = "staging" } } }
}

# refused: sms.routes: a sender that takes codes away from users is never used unasked. Got: aws alone.
module "topic_unasked" {
  sms = {
    allowed_countries = ["DE"]
    routes            = {}
  }
  senders = { aws = { sns_topic = { topic_arn = local.topic, environment = "test" } } }
}

# refused: "TRANSACTIONAL" or "PROMOTIONAL"
module "message_type" {
  senders = { aws = { end_user_messaging = { message_type = "OTP" } } }
}

# judged: senders.aws.end_user_messaging.time_to_live_seconds: a whole number from 5 to 259200
module "time_to_live" {
  senders = { aws = { end_user_messaging = { time_to_live_seconds = 4 } } }
}

# refused: exactly one of messaging_service_sid
module "twilio_from_nowhere" {
  senders = { t = { twilio = { secret_arn = local.secret } } }
}

# refused: exactly one of messaging_service_sid
module "twilio_from_both" {
  senders = { t = { twilio = { secret_arn = local.secret, from = "Acme", messaging_service_sid = local.service_sid } } }
}

# refused: "MG" and 32 hexadecimal digits
module "twilio_service" {
  senders = { t = { twilio = { secret_arn = local.secret, messaging_service_sid = "AC123" } } }
}

# refused: senders.n.notify.template_ids.en: language tag → the id of a Notify template
module "notify_template" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", template_ids = { en = "Your code is" } } } }
}

# refused: senders.n.notify.template_ids.english: language tag
module "notify_language" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", template_ids = { english = "x" } } } }
}

# refused: senders.n.notify.code_variable: the template's variable
module "notify_variable" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", code_variable = "{{code}}" } } }
}

# judged: time_to_live_seconds: a whole number from 5 to 259200
module "notify_time_to_live" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", time_to_live_seconds = 4 } } }
}

# refused: "VA" and 32 hexadecimal digits
module "verify_service" {
  senders = { v = { twilio_verify = { service_sid = local.service_sid, secret_arn = local.secret } } }
}

# refused: "sms", "whatsapp" or "call"
module "verify_channel" {
  senders = { v = { twilio_verify = { service_sid = local.verify_sid, secret_arn = local.secret, channel = "email" } } }
}

# judged: template_sid: only with channel = sms or call
module "verify_template" {
  senders = { v = { twilio_verify = { service_sid = local.verify_sid, secret_arn = local.secret, channel = "whatsapp", template_sid = local.template_sid } } }
}

# judged: app_hash: only with channel = sms
module "verify_app_hash" {
  senders = { v = { twilio_verify = { service_sid = local.verify_sid, secret_arn = local.secret, channel = "call", app_hash = "A1b2C3d4E5+" } } }
}

# refused: senders.v.twilio_verify.friendly_name: 1 to 30 characters
module "verify_name" {
  senders = { v = { twilio_verify = { service_sid = local.verify_sid, secret_arn = local.secret, friendly_name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" } } }
}

# refused: a sender id of at most 11
module "vonage_from" {
  senders = { v = { vonage = { from = "ACME Corporation", secret_arn = local.secret } } }
}

# refused: senders.v.vonage: entity_id and content_id go together
module "vonage_india" {
  senders = { v = { vonage = { from = "ACME", secret_arn = local.secret, entity_id = "1101" } } }
}

# refused: not the number itself
module "whatsapp_number" {
  senders = { w = { whatsapp = { phone_number_id = "+15550100", template = "login", secret_arn = local.secret } } }
}

# refused: senders.w.whatsapp.template: the template's name
module "whatsapp_template" {
  senders = { w = { whatsapp = { phone_number_id = "12345", template = "Login Code", secret_arn = local.secret } } }
}

# refused: senders.w.whatsapp.languages.pt-BR: language tag → language of the template as Meta writes it
module "whatsapp_language" {
  senders = { w = { whatsapp = { phone_number_id = "12345", template = "login", languages = { pt-BR = "pt-BR" }, secret_arn = local.secret } } }
}

# judged: each locale once: pt-BR, pt_BR and pt-br are the same
module "whatsapp_language_twice" {
  senders = { w = { whatsapp = { phone_number_id = "12345", template = "login", languages = { pt-BR = "pt_BR", pt_br = "pt_BR" }, secret_arn = local.secret } } }
}

# refused: a version of the Graph API
module "whatsapp_version" {
  senders = { w = { whatsapp = { phone_number_id = "12345", template = "login", api_version = "26", secret_arn = local.secret } } }
}

# refused: senders.s.slack.environment: "test", or "production"
module "slack_environment" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["s"] }
  }
  senders = { s = { slack = { secret_arn = local.secret, environment = "staging" } } }
}

# refused: sms.routes: a sender that takes codes away from users is never used unasked. Got: s alone.
module "slack_unasked" {
  sms = {
    allowed_countries = ["DE"]
    routes            = {}
  }
  senders = { s = { slack = { secret_arn = aws_secretsmanager_secret.unknown.arn, environment = "test" } } }
}

# judged: senders.own.webhook.url: a host that may be connected to
module "webhook_address" {
  senders = { own = { webhook = { url = "https://192.168.1.1/sms", secret_arn = local.secret } } }
}

# refused: senders.own.webhook.url: an https:// address with a host name
module "webhook_plain" {
  senders = { own = { webhook = { url = "http://sms.example.com", secret_arn = local.secret } } }
}

# refused: sms.routes.DE: a sender at least that is not switched off. Got: off.
module "route_switched_off" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws", "off"], DE = ["off"] }
  }
  senders = { aws = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } }, off = { enabled = false, sns = {} } }
}

# refused: sms.routes.default: a sender at least that is not switched off. Got: aws.
module "only_sender_switched_off" {
  sms = {
    allowed_countries = ["DE"]
    routes            = {}
  }
  senders = { aws = { enabled = false, sns = {} } }
}

# refused: senders.other: a sender that is on is in a route. Got: none.
module "sender_unused" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"], DE = ["aws"] }
  }
  senders = { aws = { sns = {} }, other = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } }, off = { enabled = false, sns = {} } }
}

# refused: senders.aws.sns.origination_by_country: countries of sms.allowed_countries. Got: FR.
module "origination_of_another_country" {
  senders = { aws = { sns = {
    origination_number     = aws_secretsmanager_secret.unknown.id
    origination_by_country = { DE = "ACME", FR = "ACME" }
  } } }
}

# refused: senders.aws.sns.origination_by_country.DE: country → a sender id (1 to 11 letters
module "origination_of_sns" {
  senders = { aws = { sns = { origination_by_country = { DE = "Acme Corporation" } } } }
}

# refused: country → the number, id or ARN
module "origination_of_end_user_messaging" {
  senders = { aws = { end_user_messaging = { origination_by_country = { DE = "my pool" } } } }
}

# refused: Fix: set sms.routes = { default = ["aws","other"] }, in the order
module "route_missing" {
  sms = {
    allowed_countries = ["DE"]
    routes            = {}
  }
  senders = { aws = { sns = {} }, other = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } } }
}

# refused: sns_topic.environment
module "topic_environment_null" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"] }
  }
  senders = { aws = { sns_topic = { topic_arn = local.topic, environment = null } } }
}

# refused: at least one of them a letter
module "sns_sender_id_of_digits" {
  senders = { aws = { sns = { sender_id = "12345" } } }
}

# refused: senders.aws.sns.origination_number: a number of the account in E.164
module "sns_number" {
  senders = { aws = { sns = { origination_number = "+1 555 0100" } } }
}

# refused: senders.aws.sns.region: the AWS Region to send from
module "region_of_sns" {
  senders = { aws = { sns = { region = "EU" } } }
}

# refused: senders.aws.end_user_messaging.region: the AWS Region
module "region_of_end_user_messaging" {
  senders = { aws = { end_user_messaging = { region = "" } } }
}

# refused: senders.n.notify.region: the AWS Region
module "region_of_notify" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", region = "eu_central_1" } } }
}

# refused: senders.aws.sns: entity_id and template_id go together
module "india_of_sns" {
  senders = { aws = { sns = { entity_id = "1101" } } }
}

# refused: in_entity_id and in_template_id
module "india_of_end_user_messaging" {
  senders = { aws = { end_user_messaging = { in_entity_id = "1101" } } }
}

# refused: senders.aws.sns.entity_id: an id of the registration in India: 1 to 50
module "india_ids" {
  senders = { aws = { sns = { entity_id = "1101 2", template_id = "1107" } } }
}

# refused: senders.v.vonage.entity_id: an id of the registration in India: 1 to 64
module "india_ids_of_vonage" {
  senders = { v = { vonage = { from = "ACME", secret_arn = local.secret, entity_id = "", content_id = "1" } } }
}

# refused: senders.aws.end_user_messaging.origination_identity: the number, id or ARN
module "identity" {
  senders = { aws = { end_user_messaging = { origination_identity = "my pool" } } }
}

# refused: configuration_set_name: the name or ARN of a configuration set
module "configuration_set" {
  senders = { aws = { end_user_messaging = { configuration_set_name = "" } } }
}

# refused: protect_configuration_id: the id or ARN of a protect configuration
module "protect_configuration" {
  senders = { aws = { end_user_messaging = { protect_configuration_id = "protect 1" } } }
}

# refused: notify_configuration_id: the id or ARN of a Notify configuration
module "notify_configuration" {
  senders = { n = { notify = { notify_configuration_id = "my notify" } } }
}

# refused: end_user_messaging.keyword: the program name of a US short code
module "keyword" {
  senders = { aws = { end_user_messaging = { keyword = "" } } }
}

# judged: a whole number from 5
module "time_to_live_in_parts" {
  senders = { aws = { end_user_messaging = { time_to_live_seconds = 5.5 } } }
}

# judged: a whole number from 5
module "notify_time_to_live_in_parts" {
  senders = { n = { notify = { notify_configuration_id = "nc-1", time_to_live_seconds = 5.5 } } }
}

# refused: a sender id of at most 11
module "twilio_from_too_long" {
  senders = { t = { twilio = { secret_arn = local.secret, from = "ACME Corporation" } } }
}

# refused: senders.t.twilio.secret_arn: the full ARN of a Secrets Manager secret
module "secret_in_s3" {
  senders = { t = { twilio = { secret_arn = "arn:aws:s3:::bucket/key", from = "ACME" } } }
}

# refused: senders.v.vonage.secret_arn: the full ARN
module "secret_with_key" {
  senders = { v = { vonage = { secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:twilio-AbCdEf:key::", from = "ACME" } } }
}

# refused: senders.own.webhook.secret_arn: the full ARN
module "secret_by_name" {
  senders = { own = { webhook = { secret_arn = "my-secret", url = "https://sms.example.com" } } }
}

# refused: senders.own.webhook.url: an https:// address
module "webhook_without_host" {
  senders = { own = { webhook = { url = "https://", secret_arn = local.secret } } }
}

# judged: without a user name
module "webhook_with_user" {
  senders = { own = { webhook = { url = "https://user:pw@sms.example.com", secret_arn = local.secret } } }
}

# judged: webhook.url: an https:// address with a host name
module "webhook_port" {
  senders = { own = { webhook = { url = "https://sms.example.com:65536", secret_arn = local.secret } } }
}

# refused: a FIFO topic has no e-mail subscriptions
module "topic_fifo" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"] }
  }
  senders = { aws = { sns_topic = { topic_arn = "arn:aws:sns:eu-central-1:123456789012:messages.fifo", environment = "test" } } }
}

# refused: senders.aws.sns_topic.topic_arn: the ARN of a standard topic
module "topic_by_name" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"] }
  }
  senders = { aws = { sns_topic = { topic_arn = "messages", environment = "test" } } }
}

# refused: senders.aws.sns_topic.kms_key_arn: the ARN of the topic's customer managed key
module "topic_key" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"] }
  }
  senders = { aws = { sns_topic = { topic_arn = local.topic, environment = "test", kms_key_arn = "alias/x" } } }
}

# refused: sms.routes.DE: at most three senders that are not switched off, one for each attempt. Got: a, b, c, d.
module "route_too_long" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["a"], DE = ["a", "b", "c", "d"] }
  }
  senders = { a = { sns = {} }, b = { sns = {} }, c = { sns = {} }, d = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } } }
}

# refused: senders.twilio.twilio.from: 
module "sender_that_is_sensitive" {
  senders = { twilio = { twilio = { secret_arn = sensitive(local.secret), from = sensitive("not a number!") } } }
}

# refused: senders.own.webhook.secret_arn: the full ARN of a Secrets Manager secret, with its six-character suffix, or of an SSM parameter. Got: nothing. Fix: set it.
module "secret_null" {
  senders = { own = { webhook = { url = "https://sms.example.com/send", secret_arn = null } } }
}

# refused: senders.aws.sns.origination_by_country.DE: 
module "origination_of_one_country" {
  sms     = { allowed_countries = ["DE", "US"] }
  senders = { aws = { sns = { origination_by_country = { DE = "toolongsenderid!!", US = "ACME" } } } }
}
