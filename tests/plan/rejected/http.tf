# refuses: Remove one of them from: own.
module "http_preset_and_url" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "telnyx"
    settings   = { from = "+15550100123" }
    url        = "https://x.example"
  } } }
}

# refuses: needs preset (infobip,
module "http_nothing" {
  senders = { own = { http = {
    secret_arn = local.secret
  } } }
}

# refuses: Check: own.
module "http_without_rules" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example"
    body       = jsonencode({ to = "{number}", text = "{text}" })
  } } }
}

# refuses: Remove own.http.body, or remove preset
module "http_preset_and_body" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "telnyx"
    settings   = { from = "+15550100123" }
    body       = jsonencode({ text = "{text}", to = "{number}" })
  } } }
}

# refuses: must be one of infobip,
module "http_preset" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "clickatell"
    settings   = { from = "A" }
  } } }
}

# refuses: Known: own: from, messaging_profile_id.
module "http_setting_unknown" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "telnyx"
    settings   = { from = "ACME", sender = "ACME" }
  } } }
}

# refuses: Add own.http.settings.service_plan_id: the id of the service plan
module "http_setting_missing" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "sinch"
    settings   = { from = "A" }
  } } }
}

# refuses: Add own.http.settings.originator: a number
module "http_settings_missing" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "messagebird"
  } } }
}

# refuses: own.http.settings.subdomain must be the first part of your base URL
module "http_setting_wrong" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "infobip"
    settings   = { sender = "ACME", subdomain = "https://abc123.api.infobip.com" }
  } } }
}

# refuses: own needs exactly one of src and powerpack_uuid
module "http_settings_exclusive" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "plivo"
    settings   = { src = "ACME", powerpack_uuid = "86bbb125-97bb-4d72-89fd-81d5c515b015" }
  } } }
}

# refuses: own needs from or messaging_profile_id
module "http_settings_none" {
  senders = { own = { http = {
    secret_arn = local.secret
    preset     = "telnyx"
  } } }
}

# refuses: settings belong to a preset
module "http_settings_of_none" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    settings   = { from = "ACME" }
  } } }
}

# refuses: must be an https:// address
module "http_url_plain" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "http://x.example/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: without user name
module "http_url_user" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://user:password@x.example/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: servers write URLs into their logs
module "http_url_text" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example/{text}"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: a whole part between two slashes
module "http_url_part" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example/a{number}"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: with a host name
module "http_url_host" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://{secret.host}/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: http.url must not hold a credential
module "http_url_credential" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example/?api_key=0123456789"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: "POST" or "PUT"
module "http_method" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    method     = "GET"
  } } }
}

# refuses: "json" or "form"
module "http_format" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    format     = "xml"
  } } }
}

# refuses: not one that the function sets itself
module "http_header_host" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { Host = "x" }
  } } }
}

# refuses: printable ASCII
module "http_header_line" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-A = "b\r\nX-C: d" }
  } } }
}

# refuses: may end in {secret.…}
module "http_header_text" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Text = "{text}" }
  } } }
}

# refuses: Check: own Authorization.
module "http_header_authorization" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { Authorization = "Bearer 0123456789abcdef" }
  } } }
}

# refuses: headers must not hold a credential
module "http_header_key" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { x-api-key = "0123456789abcdef" }
  } } }
}

# refuses: headers must not hold a credential
module "http_header_bearer" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Forwarded = "Bearer 0123456789abcdef" }
  } } }
}

# refuses: headers must not hold a credential
module "http_header_half" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { Authorization = "0123456789-{secret.rest}" }
  } } }
}

# refuses: basic_auth names fields of the secret
module "http_basic_auth" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    basic_auth = { username = "{secret.user}", password = "0123456789" }
  } } }
}

# refuses: must be a JSON object
module "http_body_text" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode(["{number}", "{text}"])
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: one placeholder and nothing else
module "http_body_pasted" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "Code: {code}", t = "{code}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: {number}, {number_digits}, {country}
module "http_body_unknown" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{phone}", a = "{number}", t = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: where the number goes
module "http_body_without_number" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: where the message goes
module "http_body_without_text" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: body must not hold a credential
module "http_body_credential" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { apiKey = "0123456789" } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: min_seconds not more than max_seconds
module "http_lifetime" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", ttl = "{lifetime_seconds}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    lifetime   = { min_seconds = 60, max_seconds = 30 }
  } } }
}

# refuses: http.lifetime has no effect
module "http_lifetime_unused" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    lifetime   = { min_seconds = 60 }
  } } }
}

# refuses: for example "data.id"
module "http_message_id" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    message_id = "data/id"
  } } }
}

# refuses: outcome must be one of SENT, BLOCKED_BY_PROVIDER
module "http_rule_outcome" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }, { outcome = "DELIVERED", status = ["201"] }]
  } } }
}

# refuses: must have one with outcome SENT
module "http_rule_never_sent" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "OPTED_OUT", status = ["400"] }]
  } } }
}

# refuses: one with outcome SENT needs status
module "http_rule_sent_by_anything" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", fields = { id = ["*"] } }]
  } } }
}

# refuses: of the 200s
module "http_rule_sent_by_failure" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200", "500"] }]
  } } }
}

# refuses: such as ["429"] or ["4xx"]
module "http_rule_status" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }, { outcome = "OPTED_OUT", status = ["4"] }]
  } } }
}

# refuses: are paths into the answer
module "http_rule_path" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"], fields = { "a b" = ["1"] } }]
  } } }
}

# refuses: a list of 1 to 100 values
module "http_rule_values" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"], fields = { a = [] } }]
  } } }
}

# refuses: where the message goes
module "http_body_name_twice" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = "{\"to\":\"{number}\",\"text\":\"{text}\",\"text\":\"hello\"}"
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: one placeholder and nothing else
module "http_body_escaped_text" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = "{\"to\":\"{number}\",\"text\":\"{text}\",\"x\":\"\\u007bphone\\u007d\"}"
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: only values can be placeholders
module "http_body_escaped_name" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = "{\"to\":\"{number}\",\"text\":\"{text}\",\"\\u007bcountry\\u007d\":\"x\"}"
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: body must not hold a credential
module "http_body_escaped_credential" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = "{\"to\":\"{number}\",\"text\":\"{text}\",\"\\u0070assword\" : \"0123456789\"}"
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: more than 16 levels deep
module "http_body_too_deep" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", flat = "]]]", text = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = "{text}" } } } } } } } } } } } } } } } } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: "POST" or "PUT"
module "http_method_empty" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    method     = ""
  } } }
}

# refuses: "json" or "form"
module "http_format_empty" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    format     = ""
  } } }
}

# refuses: are paths into the answer
module "http_message_id_empty" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    message_id = ""
  } } }
}

# refuses: not one that the function sets itself
module "http_header_encoding" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { Accept-Encoding = "gzip" }
  } } }
}

# refuses: basic_auth makes the Authorization header
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

# refuses: Leave out what is not needed
module "http_rule_null" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }, null]
  } } }
}

# refuses: Leave out what is not needed
module "http_rule_values_null" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }, { outcome = "OPTED_OUT", fields = { a = null } }]
  } } }
}

# refuses: can never decide
module "http_rule_never_reached" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "PROVIDER_DOWN", status = ["2xx", "500"] }, { outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: Write the host's name.
module "http_url_metadata" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://169.254.169.254:80/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: Write the host's name.
module "http_url_private" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://10.0.0.7/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: Write the host's name.
module "http_url_decimal" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://2130706433/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: Write the host's name.
module "http_url_octal" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://93.184.0215.14/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: http.url must not hold a credential
module "http_url_credential_pass" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example/?user=acme&pass=0123456789"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: http.url must not hold a credential
module "http_url_credential_Client-Secret" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example/?user=acme&Client-Secret=0123456789"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: body must not hold a credential
module "http_body_credential_0" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { pass = "0123456789" } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: body must not hold a credential
module "http_body_credential_1" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { key = "0123456789" } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: body must not hold a credential
module "http_body_credential_2" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { apikey = 123456789 } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: body must not hold a credential
module "http_body_credential_3" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { pin = -1234 } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: body must not hold a credential
module "http_body_credential_4" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { token = ["{secret.a}", "0123456789"] } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: body must not hold a credential
module "http_body_credential_5" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { key = { key = "a", value = "b" }, secret = 1 } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: body must not hold a credential
module "http_body_credential_6" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", login = { key = "a", password = "0123456789", value = "b" } })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: Check: own X-AppKey.
module "http_header_x_appkey" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-AppKey = "0123456789" }
  } } }
}

# refuses: Check: own X-Channel.
module "http_header_x_channel" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Channel = "Bearer 0123456789 {idempotency_key}" }
  } } }
}

# refuses: Check: own X-Source.
module "http_header_x_source" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Source = "ApiKey 0123456789" }
  } } }
}

# refuses: Check: own X-Origin.
module "http_header_x_origin" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Origin = "Token {idempotency_key}" }
  } } }
}

# refuses: Keep one of them
module "http_header_twice" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    headers    = { X-Channel = "login", x-channel = "login" }
  } } }
}

# refuses: only values can be placeholders
module "http_body_name" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}", "{country}" = "x" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: Take the object apart
module "http_form_with_object" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = { number = "{number}" }, text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    format     = "form"
  } } }
}

# refuses: must be an https:// address
module "http_port" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://x.example:65536/"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
  } } }
}

# refuses: are paths into the answer
module "http_path_too_long" {
  senders = { own = { http = {
    secret_arn = local.secret
    url        = "https://api.provider.example/sms"
    body       = jsonencode({ to = "{number}", text = "{text}" })
    rules      = [{ outcome = "SENT", status = ["200"] }]
    message_id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  } } }
}
