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

  http_url = join("", [
    "^https://[A-Za-z0-9.-]+${local.url_port}",
    "(?:/(?:[^/?#{}\\\\]*|${local.http_placeholders.url}))*",
    "(?:\\?[^&=#{}\\\\]*(?:=(?:[^&#{}\\\\]*|${local.http_placeholders.url}))?",
    "(?:&[^&=#{}\\\\]*(?:=(?:[^&#{}\\\\]*|${local.http_placeholders.url}))?)*)?$",
  ])
  http_step = "(?:\\[(?:[0-9]{1,2}|\\*)\\]|\\.[A-Za-z0-9_-]+)" # a name has at most 64 characters
  http_path = "^(?:(?:\\$\\.)?[A-Za-z0-9_-]+${local.http_step}{0,16}|\\$?\\[(?:[0-9]{1,2}|\\*)\\]${local.http_step}{0,15})$"

  # Names under which a credential travels, and what one looks like. The state and the plan are no place for it.
  http_credential_header = "(?i)auth|token|secret|password|credential|cookie|session|signature|(?:^|-|api|access)key(?:-|$)"
  http_credential_field  = "(?:api|access|auth|account|private|secret)[_-]?(?:key|token|secret)|token|secret|password|passwd|pwd|credentials?"
  http_credential_value  = "(?i)^(?:basic|bearer|digest|token|accesskey|app)\\s"
}
