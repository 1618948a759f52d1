# What variables.tf checks the sender `http` against: the presets, which are the files that the function reads too, and the
# words of its language (function/src/cognito_sms_sender/senders/description.py, where the same rules are applied again).
locals {
  http_preset_files = "${path.module}/function/src/cognito_sms_sender/senders/presets"
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
    body   = "\\{(?:${local.http_secret}|${local.http_call}|number|number_digits|country|locale|india_entity_id|india_template_id|text|code)\\}"
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
  url_never   = "^https://(?:0|127|169\\.254|192\\.(?:0\\.[02]|88\\.99)|198\\.(?:1[89]|51\\.100)|203\\.0\\.113|2(?:2[4-9]|[34][0-9]|5[0-5]))\\."

  http_url = join("", [
    "^https://[A-Za-z0-9.-]+${local.url_port}",
    "(?:/(?:[^/?#{}\\\\]*|${local.http_placeholders.url}))*",
    "(?:\\?[^&=#{}\\\\]*(?:=(?:[^&#{}\\\\]*|${local.http_placeholders.url}))?",
    "(?:&[^&=#{}\\\\]*(?:=(?:[^&#{}\\\\]*|${local.http_placeholders.url}))?)*)?$",
  ])
  http_step = "(?:\\[(?:[0-9]{1,2}|\\*)\\]|\\.[A-Za-z0-9_-]+)" # a name has at most 64 characters
  http_path = "^(?:(?:\\$\\.)?[A-Za-z0-9_-]+${local.http_step}{0,16}|\\$?\\[(?:[0-9]{1,2}|\\*)\\]${local.http_step}{0,15})$"

  # Names under which a credential travels, and what one looks like. The state and the plan are no place for it.
  http_credential_header = "(?i)auth|token|secret|password|passwd|passphrase|(?:^|-)(?:pass|pwd|pin)(?:-|$)|credential|cookie|session|signature|key(?:-|$)"
  http_idempotency       = "(?i)(?:^|-)idempotency-?key$" # which is a key, and no credential
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
