# judged: senders.own.http.url: only in a description of your own
module "http_preset_and_url" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "telnyx"
    settings   = { from = "+15550100123" }
    url        = "https://x.example"
  } } }
}

# judged: senders.own.http.url: a URL, or a preset: infobip, mailgun, messagebird, plivo, postmark, resend, sendgrid, sinch, telnyx. Got: neither.
module "http_nothing" {
  senders = { own = { http = {
    secret_arn = local.secret
  } } }
}

# judged: senders.own.http.rules: a list of 1 to 60 rules: what the provider's answers mean
module "http_without_rules" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example"
    body       = jsonencode({ to = "{number}", text = "{text}" })
  } } }
}

# judged: senders.own.http.body: only in a description of your own
module "http_preset_and_body" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "telnyx"
    settings   = { from = "+15550100123" }
    body       = jsonencode({ text = "{text}", to = "{number}" })
  } } }
}

# judged: senders.own.http.preset: one of infobip, mailgun, messagebird, plivo, postmark, resend, sendgrid, sinch, telnyx
module "http_preset" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "clickatell"
    settings   = { from = "A" }
  } } }
}

# judged: senders.own.http.settings: an object with from, messaging_profile_id. Got: sender.
module "http_setting_unknown" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "telnyx"
    settings   = { from = "ACME", sender = "ACME" }
  } } }
}

# judged: senders.own.http.settings.service_plan_id: the id of the service plan: letters, digits, hyphens and
module "http_setting_missing" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "sinch"
    settings   = { from = "A" }
  } } }
}

# judged: senders.own.http.settings.originator: a number with its country code ("15550100123"), or a sender id of at
module "http_settings_missing" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "messagebird"
  } } }
}

# judged: senders.own.http.settings.subdomain: the first part of your base URL: "abc123" of "abc123.api.infobip.com"
module "http_setting_wrong" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "infobip"
    settings   = { sender = "ACME", subdomain = "https://abc123.api.infobip.com" }
  } } }
}

# judged: senders.own.http.settings: exactly one of src, powerpack_uuid
module "http_settings_exclusive" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "plivo"
    settings   = { src = "ACME", powerpack_uuid = "86bbb125-97bb-4d72-89fd-81d5c515b015" }
  } } }
}

# judged: senders.own.http.settings: at least one of from, messaging_profile_id
module "http_settings_none" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "telnyx"
  } } }
}

# judged: senders.own.http.settings: settings only with a preset
module "http_settings_of_none" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    settings   = { from = "ACME" }
  } } }
}

# refused: senders.own.http.url: https; a part of its path
module "http_url_plain" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "http://x.example/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.url: an https:// address with a host name, without a user name, a fragment or a backslash
module "http_url_user" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://user:password@x.example/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.url: a field of the secret ({secret.…}), or the number (servers and proxies write URLs into
module "http_url_text" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example/{text}"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.url: a text without braces, or one placeholder and nothing else: {text}, {secret.api_key}
module "http_url_part" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example/a{number}"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.url: a host without placeholders; of a preset a setting, as a whole part between dots
module "http_url_host" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://{secret.host}/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.url: no credential. Got: one.
module "http_url_credential" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example/?api_key=0123456789"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.method: "POST"
module "http_method" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    method     = "GET"
  } } }
}

# refused: senders.own.http.format: "json"
module "http_format" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    format     = "xml"
  } } }
}

# judged: senders.own.http.headers: headers that the function does not set itself. Got: Host.
module "http_header_host" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { Host = "x" }
  } } }
}

# judged: senders.own.http.headers.X-A: printable ASCII without a blank at an end, at most 512 characters
module "http_header_line" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-A = "b\r\nX-C: d" }
  } } }
}

# judged: senders.own.http.headers.X-Text: a field of the secret ({secret.…}), or a value that says nothing about the
module "http_header_text" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Text = "{text}" }
  } } }
}

# refused: senders.own.http.headers.Authorization: no credential.
module "http_header_authorization" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { Authorization = "Bearer 0123456789abcdef" }
  } } }
}

# refused: senders.own.http.headers.x-api-key: no credential.
module "http_header_key" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { x-api-key = "0123456789abcdef" }
  } } }
}

# refused: senders.own.http.headers.X-Forwarded: no credential.
module "http_header_bearer" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Forwarded = "Bearer 0123456789abcdef" }
  } } }
}

# refused: senders.own.http.headers.Authorization: no credential.
module "http_header_half" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { Authorization = "0123456789-{secret.rest}" }
  } } }
}

# refused: senders.own.http.basic_auth: fields of the secret.
module "http_basic_auth" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    basic_auth = { username = "{secret.user}", password = "0123456789" }
  } } }
}

# judged: senders.own.http.body: a JSON object with the provider's fields (in Terraform: jsonencode({ … }))
module "http_body_text" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode(["{number}", "{text}"])
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.body.text: a text without braces, or one placeholder and nothing else: {text},
module "http_body_pasted" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "Code: {code}", t = "{code}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.body.to: a field of the secret ({secret.…}), or a value of the message: {code}, {country},
module "http_body_unknown" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{phone}", a = "{number}", t = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.body: a place for the number: {number} is +49…, {number_digits} is 49…
module "http_body_without_number" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.body: a place for the message: {text}, or {code} if the provider writes the text
module "http_body_without_text" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { apiKey = "0123456789" } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.lifetime.min_seconds: not more than max_seconds. Got: more.
module "http_lifetime" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", ttl = "{lifetime_seconds}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    lifetime   = { min_seconds = 60, max_seconds = 30 }
  } } }
}

# judged: senders.own.http.lifetime: one of {expires_at}, {lifetime_milliseconds}, {lifetime_minutes},
module "http_lifetime_unused" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    lifetime   = { min_seconds = 60 }
  } } }
}

# judged: senders.own.http.message_id: a path into the answer: "data.id", "messages[0].status", "errors[*].code"
module "http_message_id" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    message_id = "data/id"
  } } }
}

# judged: senders.own.http.rules[1].outcome: one of "SENT", "BLOCKED_BY_PROVIDER", "REJECTED_NUMBER", "REJECTED_ADDRESS",
module "http_rule_outcome" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }, { outcome = "DELIVERED", status = ["201"] }]
  } } }
}

# judged: senders.own.http.rules: one with outcome SENT
module "http_rule_never_sent" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "OPTED_OUT", status = ["400"] }]
  } } }
}

# judged: senders.own.http.rules[0]: status, or fields; of SENT status
module "http_rule_sent_by_anything" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", fields = { id = ["*"] } }]
  } } }
}

# judged: senders.own.http.rules[0].status: a status of the 200s (or 409, of a message sent before)
module "http_rule_sent_by_failure" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200", "500"] }]
  } } }
}

# judged: senders.own.http.rules[1].status: an HTTP status ("429"), or a class of them ("4xx")
module "http_rule_status" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }, { outcome = "OPTED_OUT", status = ["4"] }]
  } } }
}

# judged: senders.own.http.rules[0].fields: a path into the answer: "data.id", "messages[0].status", "errors[*].code"
module "http_rule_path" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"], fields = { "a b" = ["1"] } }]
  } } }
}

# judged: senders.own.http.rules[0].fields: a list of 1 to 100 values of 1 to 80 characters; one may end in "*", and
module "http_rule_values" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"], fields = { a = [] } }]
  } } }
}

# judged: senders.own.http.body: a place for the message: {text}, or {code} if the provider writes the text
module "http_body_name_twice" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = "{\"to\":\"{number}\",\"text\":\"{text}\",\"text\":\"hello\"}"
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.body.x: a field of the secret ({secret.…}), or a value of the message: {code}, {country},
module "http_body_escaped_text" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = "{\"to\":\"{number}\",\"text\":\"{text}\",\"x\":\"\\u007bphone\\u007d\"}"
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.body: placeholders only as values
module "http_body_escaped_name" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = "{\"to\":\"{number}\",\"text\":\"{text}\",\"\\u007bcountry\\u007d\":\"x\"}"
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_escaped_credential" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = "{\"to\":\"{number}\",\"text\":\"{text}\",\"\\u0070assword\" : \"0123456789\"}"
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.body: at most 16 levels. Got: more.
module "http_body_too_deep" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", flat = "]]]", text = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = "{text}" } } } } } } } } } } } } } } } } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.method: "POST"
module "http_method_empty" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    method     = ""
  } } }
}

# refused: senders.own.http.format: "json"
module "http_format_empty" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    format     = ""
  } } }
}

# judged: senders.own.http.message_id: a path into the answer: "data.id", "messages[0].status", "errors[*].code"
module "http_message_id_empty" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    message_id = ""
  } } }
}

# judged: senders.own.http.headers: headers that the function does not set itself. Got: Accept-Encoding.
module "http_header_encoding" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { Accept-Encoding = "gzip" }
  } } }
}

# judged: senders.own.http.basic_auth: the only Authorization header
module "http_header_authorization_twice" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { authorization = "Bearer {secret.a}" }
    basic_auth = { username = "{secret.user}", password = "{secret.password}" }
  } } }
}

# judged: senders.own.http.rules[1]: status, or fields; of SENT status
module "http_rule_values_null" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }, { outcome = "OPTED_OUT", fields = { a = null } }]
  } } }
}

# judged: senders.own.http.rules[1]: a rule that can decide
module "http_rule_never_reached" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "PROVIDER_DOWN", status = ["2xx", "500"] }, { outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.url: a host that may be connected to: loopback, link-local, metadata and reserved addresses
module "http_url_metadata" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://169.254.169.254:80/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.url: a host that may be connected to: loopback, link-local, metadata and reserved addresses
module "http_url_private" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://10.0.0.7/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.url: a host that may be connected to: loopback, link-local, metadata and reserved addresses
module "http_url_decimal" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://2130706433/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.url: a host that may be connected to: loopback, link-local, metadata and reserved addresses
module "http_url_octal" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://93.184.0215.14/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.url: no credential. Got: one.
module "http_url_credential_pass" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example/?user=acme&pass=0123456789"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.url: no credential. Got: one.
module "http_url_credential_Client-Secret" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example/?user=acme&Client-Secret=0123456789"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_0" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { pass = "0123456789" } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_1" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { key = "0123456789" } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_2" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { apikey = 123456789 } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_3" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { pin = -1234 } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_4" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { token = ["{secret.a}", "0123456789"] } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_5" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { key = { key = "a", value = "b" }, secret = 1 } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_6" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { key = "a", password = "0123456789", value = "b" } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.headers.X-AppKey: no credential.
module "http_header_x_appkey" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-AppKey = "0123456789" }
  } } }
}

# refused: senders.own.http.headers.X-Channel: no credential.
module "http_header_x_channel" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Channel = "Bearer 0123456789 {idempotency_key}" }
  } } }
}

# refused: senders.own.http.headers.X-Source: no credential.
module "http_header_x_source" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Source = "ApiKey 0123456789" }
  } } }
}

# refused: senders.own.http.headers.X-Origin: no credential.
module "http_header_x_origin" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Origin = "Token {idempotency_key}" }
  } } }
}

# judged: senders.own.http.headers: each header once, whatever its case. Got: x-channel.
module "http_header_twice" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Channel = "login", x-channel = "login" }
  } } }
}

# judged: senders.own.http.body: placeholders only as values
module "http_body_name" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", "{country}" = "x" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.body.to: a value or a list of values, because a form has no objects
module "http_form_with_object" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = { number = "{number}" }, text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    format     = "form"
  } } }
}

# judged: senders.own.http.url: an https:// address with a host name, without a user name, a fragment or a backslash
module "http_port" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example:65536/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# judged: senders.own.http.message_id: a path into the answer: "data.id", "messages[0].status", "errors[*].code"
module "http_path_too_long" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    message_id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  } } }
}
# refused: senders.own.http.headers.authorization: no credential.
module "http_header_bare_authorization" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { authorization = "0123456789" }
  } } }
}

# refused: senders.own.http.headers.ApiKey: no credential.
module "http_header_bare_apikey" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { ApiKey = "0123456789" }
  } } }
}

# refused: senders.own.http.headers.X-Auth-Token: no credential.
module "http_header_bare_x_auth_token" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Auth-Token = "0123456789" }
  } } }
}

# refused: senders.own.http.headers.Cookie: no credential.
module "http_header_bare_cookie" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { Cookie = "0123456789" }
  } } }
}

# refused: senders.own.http.headers.X-Secret: no credential.
module "http_header_bare_x_secret" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Secret = "0123456789" }
  } } }
}

# refused: senders.own.http.headers.X-SubscriptionKey: no credential.
module "http_header_bare_x_subscriptionkey" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-SubscriptionKey = "0123456789" }
  } } }
}

# refused: senders.own.http.headers.X-User-Pass: no credential.
module "http_header_bare_x_user_pass" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-User-Pass = "0123456789" }
  } } }
}

# refused: senders.own.http.url: no credential. Got: one.
module "http_url_credential_key" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example/?key=0123456789"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_7" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", api_key = "0123456789" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_8" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", a = { authToken = "0123456789" } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_9" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", Password = "0123456789" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_10" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", parameters = [{ key = 7, value = "{code}" }] })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refused: senders.own.http.body: no credential. Got: one.
module "http_body_credential_11" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", client-secret = "0123456789" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}
