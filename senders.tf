# What a sender is, and in which order senders are asked.
locals {
  sender_kinds = {
    for name, sender in var.senders :
    name => one([for kind, attributes in sender : kind if kind != "enabled" && attributes != null])
  }

  # Attributes that may come from another resource of the same root, so that a plan may not know them yet.
  reference_attributes = [
    "configuration_set_name", "notify_configuration_id", "origination_identity", "origination_number",
    "protect_configuration_id", "secret_arn", "topic_arn", "url",
  ]
  # These the function need not know, or are references by country.
  other_attributes = ["kms_key_arn", "origination_by_country"]

  # The sender of the test numbers needs no route, and is in none that nobody has written.
  test_sender   = try(var.protection.test_recipients.sender, null)
  implied_route = [for name in keys(var.senders) : name if name != local.test_sender]
  # One sender is the route; the order of several is the user's to say.
  routes = length(var.sms.routes) > 0 ? var.sms.routes : { default = local.implied_route }

  # Kinds whose provider writes the text itself: all that they carry is a code.
  codes_only_kinds = ["notify", "twilio_verify", "whatsapp"]
  routes_for_codes_only = [
    for route, names in local.routes : route if alltrue([
      for name in names : anytrue(concat(
        [for kind in local.codes_only_kinds : try(var.senders[name][kind] != null, false)],
        [try(var.senders[name].http.body != null && !can(regex("\"\\{text\\}\"", var.senders[name].http.body)), false)],
      ))
      if try(var.senders[name].enabled, true)
    ])
  ]
}

# A warning and no error: a pool whose administrator never invites anybody, or only by e-mail, needs no other sender.
check "temporary_passwords" {
  assert {
    condition     = length(local.routes_for_codes_only) == 0
    error_message = <<-EOT
      ${var.name}: no sender of the route ${join(", ", local.routes_for_codes_only)} can carry a temporary password: notify,
      twilio_verify, whatsapp and an http description without {text} carry only codes. Invitations (AdminCreateUser) with
      such a number are not sent: put another sender into the route, or invite by e-mail only.
    EOT
  }
}

# What the variable `senders` is checked against: forms, the presets, which are the files that the function reads too, and
# the words of the sender `http`.
locals {
  secret_arn = join("", [
    "^arn:aws[a-z-]*:(?:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+",
    "|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+)$",
  ])

  # Printable ASCII without "#" and "\\", and no "@" before the path: readers of URLs disagree about the host there.
  webhook_url = "^https://[A-Za-z0-9._-]+${local.url_port}(?:[/?][!\"$-\\[\\]-~]*)?$"

  http_preset_files = "${path.module}/function/src/custom_sender/senders/presets"
  http_presets = {
    for name in fileset(local.http_preset_files, "*.json") :
    trimsuffix(name, ".json") => jsondecode(file("${local.http_preset_files}/${name}"))
  }

  http_outcomes = [
    "SENT", "BLOCKED_BY_PROVIDER", "REJECTED_NUMBER", "OPTED_OUT", "PROVIDER_CONFIG", "PROVIDER_QUOTA",
    "PROVIDER_THROTTLED", "PROVIDER_DOWN", "AMBIGUOUS",
  ]

  # Placeholders: all of them; those that a header may end in; those that may be a part of the URL.
  http_secret = "secret\\.[a-z][a-z0-9_]{0,40}"
  http_call   = "idempotency_key|idempotency_uuid|lifetime_seconds|lifetime_milliseconds|lifetime_minutes|expires_at"
  http_placeholders = {
    body = join("", [
      "\\{(?:${local.http_secret}|${local.http_call}|number|number_digits|country|locale|india_entity_id|india_template_id",
      "|text|code)\\}",
    ])
    header = "\\{(?:${local.http_secret}|${local.http_call})\\}"
    url    = "\\{(?:${local.http_secret}|number|number_digits)\\}"
  }

  # 0 to 65535, as the function reads it.
  url_port = "(?::(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"

  # A host whose last part is a number is an address, however it is written (WHATWG URL, "ends in a number"); only four
  # parts of 0 to 255 are one that everybody reads alike. Which may be used: addresses.py of the function.
  url_octet   = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
  url_number  = "^https://(?:[A-Za-z0-9._-]*\\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)\\.?(?:[:/?]|$)"
  url_address = "^https://${local.url_octet}(?:\\.${local.url_octet}){3}(?:[:/?]|$)"
  url_private = "^https://(?:10|100\\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])|172\\.(?:1[6-9]|2[0-9]|3[01])|192\\.168)\\."
  url_never = join("", [
    "^https://(?:0|127|169\\.254|192\\.(?:0\\.[02]|88\\.99)|198\\.(?:1[89]|51\\.100)|203\\.0\\.113",
    "|2(?:2[4-9]|[34][0-9]|5[0-5]))\\.",
  ])

  http_url = join("", [
    "^https://[A-Za-z0-9.-]+${local.url_port}",
    "(?:/(?:[^/?#{}\\\\]*|${local.http_placeholders.url}))*",
    "(?:\\?[^&=#{}\\\\]*(?:=(?:[^&#{}\\\\]*|${local.http_placeholders.url}))?",
    "(?:&[^&=#{}\\\\]*(?:=(?:[^&#{}\\\\]*|${local.http_placeholders.url}))?)*)?$",
  ])
  http_step = "(?:\\[(?:[0-9]{1,2}|\\*)\\]|\\.[A-Za-z0-9_-]+)" # a name has at most 64 characters
  http_path = "^(?:(?:\\$\\.)?[A-Za-z0-9_-]+${local.http_step}{0,16}|\\$?\\[(?:[0-9]{1,2}|\\*)\\]${local.http_step}{0,15})$"

  # Names under which a credential travels, and what one looks like. The state and the plan are no place for it.
  http_credential_header = join("|", [
    "(?i)auth", "token", "secret", "password", "passwd", "passphrase", "(?:^|-)(?:pass|pwd|pin)(?:-|$)", "credential", "cookie",
    "session", "signature", "key(?:-|$)",
  ])
  http_idempotency = "(?i)(?:^|-)idempotency-?key$" # which is a key, and no credential
  http_credential_field = join("", [
    "(?:access|account|api|app|auth|client|consumer|license|master|partner|private|secret|service|session|signing|subscription|user)?",
    "[_-]?(?:key|token|secret|pass|password|passwd|passphrase|passcode|pwd)|pin|credentials?|authorization|bearer",
  ])
  http_scheme = "(?i)^(?:basic|bearer|digest|hmac|token|access-?key|api-?key|app)\\s"

  # Of a body as Terraform writes it, which is without blanks and escapes nothing that these look for.
  http_text = "\"(?:[^\"\\\\]|\\\\.)*\""
  # {"key": …, "value": …} is how templates name their parameters: that key is none.
  http_pair   = "(?i)\"key\":${local.http_text}((?:,${local.http_text}:(?:${local.http_text}|[^\"\\[\\]{},]+))*,\"value\":)"
  http_filled = "\\[(?:\"\\{[^\"]*\\}\"(?:,\"\\{[^\"]*\\}\")*)?\\]"
  # Objects and lists in each other, as deep as the function reads them. A regular expression cannot count, so each level
  # is written out.
  http_depth = join("", concat(
    ["^"],
    [for level in range(16) : "[^\\[\\]{}]*(?:[\\[{]"],
    ["[^\\[\\]{}]*"],
    [for level in range(16) : "[\\]}][^\\[\\]{}]*)*"],
    ["$"],
  ))
}
