module "email_only" {
  sms        = null
  email      = { from = "login@acme.com" }
  senders    = { ses = { ses = { identity_arn = local.identity } } }
  kms_key    = { existing = { arn = local.key } }
  monitoring = { dashboard = { enabled = true } }
}

module "email_complete" {
  sms = { allowed_countries = ["DE"] }
  email = {
    from     = "Acme <login@acme.com>"
    reply_to = "help@acme.com"
    routes   = { default = ["ses", "post"], "qq.com" = ["post", null] }
    limits = {
      domain  = { exempt = ["acme.com"] }
      overall = { max = 500, mode = "monitor" }
    }
    allowed_domains = ["qq.com", "acme.com", null]
    blocked_domains = ["spam.example"]
    templates       = { de = { SignUp = { subject = "Ihr Code", text = "Ihr Code:\n\n$code" }, Authentication = null }, fr = null }
    code_in_subject = true
    layout          = { accent_color = "#00aa77", logo_url = "https://acme.com/logo.png" }
  }
  senders = {
    aws = { sns = {} }
    ses = { ses = { identity_arn = aws_secretsmanager_secret.unknown.arn, configuration_set = "codes", tenant = "acme" } }
    post = { http = {
      secret_arn = local.secret
      url        = "https://api.provider.example/mail"
      body       = jsonencode({ to = "{email}", from = "{from}", subject = "{subject}", text = "{text}" })
      rules      = [{ outcome = "SENT", status = ["200"] }]
    } }
    box = { sns_topic = { topic_arn = local.topic, environment = "test" } }
  }
  messages = {
    clients = { client1 = { brand = "Other", from = "Other <login@other.com>", layout = "other" }, client2 = { brand = "Third" }, client3 = null }
  }
  protection = { test_recipients = { addresses = ["qa@acme.com", "*@test.acme.com"], sender = "box" } }
  monitoring = { dashboard = { enabled = true } }
}

module "email_without_ledger" {
  sms        = null
  email      = { from = "login@acme.com", layout = { file = "acme" } }
  senders    = { ses = { ses = { identity_arn = local.identity } } }
  protection = { ledger = { enabled = false } }
}

# The trigger of each pool is that of the channels that are on.
module "pool_of_both" {
  email     = { from = "login@acme.com" }
  senders   = { aws = { sns = {} }, ses = { ses = { identity_arn = local.identity } } }
  user_pool = { sign_in = { email = true } }
}

module "pool_of_email" {
  sms     = null
  email   = { from = "login@acme.com" }
  senders = { ses = { ses = { identity_arn = local.identity } } }
  user_pool = {
    mfa              = { mode = "OPTIONAL", email = true }
    email            = { source_arn = local.identity, from = "login@acme.com" }
    account_recovery = ["admin_only"]
  }
}

module "email_elsewhere" {
  sms   = null
  email = { from = "Acme <login@acme.com>" }
  senders = { ses = { ses = {
    identity_arn      = "arn:aws:ses:us-west-2:210987654321:identity/acme.com"
    configuration_set = "codes"
    tenant            = "acme"
  } } }
  messages = { clients = { a = { from = "Other, Inc. <login@other.com>" }, b = { from = "codes@third.com" }, c = { brand = "C" } } }
}

output "lambda_config_of_sms" {
  value = { for channel in ["sms", "email"] : channel => module.pool_made.lambda_config["custom_${channel}_sender"] != null }
}

output "lambda_config_of_both" {
  value = { for channel in ["sms", "email"] : channel => module.pool_of_both.lambda_config["custom_${channel}_sender"] != null }
}

output "lambda_config_of_email" {
  value = { for channel in ["sms", "email"] : channel => module.pool_of_email.lambda_config["custom_${channel}_sender"] != null }
}
