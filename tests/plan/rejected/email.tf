# refused: sms, email: one channel at least is on. Got: neither.
module "no_channel" {
  sms   = null
  email = null
}

# refused: email.routes.default: senders that carry e-mail. Got: aws, of the kind sns. Fix: take it out.
module "email_route_to_phones" {
  sms   = { allowed_countries = ["DE"], routes = { default = ["aws"] } }
  email = { from = "login@acme.com", routes = { default = ["post", "aws"] } }
  senders = {
    aws = { sns = { origination_number = aws_secretsmanager_secret.unknown.id } }
    post = { http = {
      secret_arn = aws_secretsmanager_secret.unknown.arn
      url        = "https://api.provider.example/mail"
      body       = jsonencode({ to = "{email}", from = "{from}", subject = "{subject}", text = "{text}" })
      rules      = [{ outcome = "SENT", status = ["200"] }]
    } }
  }
}

# refused: sms.routes.DE: senders that carry text messages. Got: post, of the kind http. Fix: take it out.
module "sms_route_to_mail" {
  sms   = { allowed_countries = ["DE"], routes = { default = ["aws"], DE = ["post", "aws"] } }
  email = { from = "login@acme.com" }
  senders = {
    aws = { sns = {} }
    post = { http = {
      secret_arn = aws_secretsmanager_secret.unknown.arn
      url        = "https://api.provider.example/mail"
      body       = jsonencode({ to = "{email}", from = "{from}", subject = "{subject}", text = "{text}" })
      rules      = [{ outcome = "SENT", status = ["200"] }]
    } }
  }
}

# refused: email.routes.qq.com: names of senders (ses). Got: smtp.
module "email_route_to_nobody" {
  sms     = null
  email   = { from = "login@acme.com", routes = { default = ["ses"], "qq.com" = ["smtp"] } }
  senders = { ses = { ses = { identity_arn = aws_secretsmanager_secret.unknown.arn } } }
}

# refused: email.routes: a sender that carries e-mail, for all but the test recipients. Got: none. Fix: add one.
module "email_without_sender" {
  email   = { from = "login@acme.com" }
  senders = { t = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } } }
}

# refused: email.routes.default: a sender at least that is not switched off. Got: ses.
module "email_sender_switched_off" {
  sms     = null
  email   = { from = "login@acme.com" }
  senders = { ses = { enabled = false, ses = { identity_arn = aws_secretsmanager_secret.unknown.arn } } }
}

# refused: Fix: set email.routes = { default = ["post","ses"] }, in the order
module "email_route_missing" {
  sms   = null
  email = { from = "login@acme.com" }
  senders = {
    ses = { ses = { identity_arn = aws_secretsmanager_secret.unknown.arn } }
    post = { http = {
      secret_arn = local.secret
      url        = "https://api.provider.example/mail"
      body       = jsonencode({ to = "{email}", from = "{from}", subject = "{subject}", text = "{text}" })
      rules      = [{ outcome = "SENT", status = ["200"] }]
    } }
  }
}

# refused: email.routes: a sender that takes codes away from users is never used unasked. Got: aws alone.
module "email_to_testers_unasked" {
  sms     = null
  email   = { from = "login@acme.com" }
  senders = { aws = { sns_topic = { topic_arn = aws_secretsmanager_secret.unknown.arn, environment = "test" } } }
}

# refused: email.routes.default: at most three senders that are not switched off, one for each attempt. Got: a, b, c, d.
module "email_route_too_long" {
  sms     = null
  email   = { from = "login@acme.com", routes = { default = ["a", "b", "c", "d"] } }
  senders = { for name in ["a", "b", "c", "d"] : name => { ses = { identity_arn = aws_secretsmanager_secret.unknown.arn } } }
}

# refused: senders.ses: a sender that is on is in a route. Got: none. Fix: add it to one of sms.routes, or set
module "email_sender_without_email" {
  senders = {
    aws = { sns = {} }
    ses = { ses = { identity_arn = aws_secretsmanager_secret.unknown.arn } }
  }
}

# refused: senders.other: a sender that is on is in a route. Got: none. Fix: add it to one of email.routes or sms.routes, or
module "sender_in_no_channel" {
  sms   = { allowed_countries = ["DE"], routes = { default = ["aws"] } }
  email = { from = "login@acme.com" }
  senders = {
    aws   = { sns = {} }
    other = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } }
    ses   = { ses = { identity_arn = local.identity } }
  }
}
