module "http_own" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/v1/{secret.account}/sms?to={number_digits}&mode=fast"
    method     = "PUT"
    headers = {
      X-Api-Key = "{secret.key}", Idempotency-Key = "{idempotency_uuid}", X-Channel = "login"
    }
    basic_auth = { username = "{secret.user}", password = "{secret.password}" }
    body = jsonencode({
      text    = "{text}"
      from    = "Acme & <Söhne>"
      tags    = ["login", "{country}"]
      options = { ttl = "{lifetime_seconds}", flash = false, priority = 1, nothing = null }
    })
    lifetime   = { min_seconds = 60, max_seconds = 3600 }
    message_id = "$.data[0].id"
    rules = [
      { outcome = "SENT", status = [200, "202"], fields = { "data[*].status" = ["queued"] } },
      { outcome = "PROVIDER_CONFIG", credentials_refused = true, fields = { error = [17, "A*"] } },
      { outcome = "PROVIDER_DOWN", status = ["5xx"] },
    ]
    allow_private_address = true
  } } }
  kms_key = { existing = { arn = local.key } }
}

module "http_unknown" {
  senders = { own = { http = {
    secret_arn = aws_secretsmanager_secret.unknown.arn
    url        = aws_lambda_function_url.unknown.function_url
    body       = jsonencode({ to = "{number}", text = "{text}", from = terraform_data.unknown.id })
    rules      = [{ outcome = "SENT", status = ["2xx"] }]
  } } }
}

module "http_codes" {
  senders = { codes = { http = {
    secret_arn = local.secret
    url        = "https://otp.provider.example/send"
    format     = "form"
    body       = jsonencode({ to = "{number}", otp = "{code}" })
    rules      = [{ outcome = "SENT", status = ["2xx"] }]
  } } }
  kms_key = { existing = { arn = local.key } }
}

module "http_edges" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["deep", "raw"] }
  }
  senders = {
    deep = { http = {
      secret_arn = local.secret
      url        = "https://93.184.215.14:8443/send?key={secret.key}"
      headers = {
        Idempotency-Key = "login-{idempotency_key}", X-Channel = "Bearer {secret.a}"
        X-Request-Key   = "{idempotency_uuid}"
      }
      body = jsonencode({ to = "{number}", text = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = "{text}" } } } } } } } } } } } } } } } })
      rules = [
        { outcome = "OPTED_OUT", status = ["2xx"], fields = { error = ["stop"] } },
        { outcome = "PROVIDER_DOWN", status = ["201"] }, { outcome = "SENT", status = ["2xx"] },
      ]
    } }
    raw = { http = {
      secret_arn            = local.secret
      allow_private_address = true
      url                   = "https://10.0.0.7/send"
      body                  = <<-JSON
                    { "\u0074o": "{number}", "text" : "a", "text" : "\u007btext\u007d", "n": 1e300,
                      "parameters": [{"key": "code", "type": "text", "value": "{code}"}], "pin": "{code}",
                      "token": ["{secret.a}", "{secret.b}"], "key": "", "quoted": "a[ \\" }
                  JSON
      rules                 = [{ outcome = "SENT", status = ["200"] }]
    } }
  }
  kms_key = { existing = { arn = local.key } }
}

module "http_presets" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["telnyx", "sinch", "plivo"], DE = ["messagebird", "infobip"] }
  }
  email = {
    from   = "login@acme.com"
    routes = { default = ["resend", "postmark"], "gmx.de" = ["mailgun", "sendgrid"] }
  }
  senders = {
    infobip = { http = {
      preset     = "infobip"
      secret_arn = local.secret
      settings   = { subdomain = "abc123", sender = "Acme Login" }
    } }
    messagebird = { http = {
      preset     = "messagebird"
      secret_arn = local.secret
      settings   = { originator = "Acme" }
    } }
    plivo = { http = {
      preset     = "plivo"
      secret_arn = local.parameter
      settings   = { src = "Acme" }
    } }
    sinch = { http = {
      preset     = "sinch"
      secret_arn = local.secret
      settings   = { region = "eu", service_plan_id = "p-1", max_number_of_message_parts = 2 }
    } }
    telnyx = { http = {
      preset     = "telnyx"
      secret_arn = local.secret
      settings   = { from = "+15550100123" }
    } }
    mailgun = { http = {
      preset     = "mailgun"
      secret_arn = local.secret
      settings   = { domain = "mg.acme.com", region = "eu" }
    } }
    postmark = { http = { preset = "postmark", secret_arn = local.secret } }
    resend   = { http = { preset = "resend", secret_arn = local.secret } }
    sendgrid = { http = { preset = "sendgrid", secret_arn = local.secret } }
  }
  kms_key = { existing = { arn = local.key } }
}
