# Senders, and the order in which they are asked.
locals {
  # Which senders there are, and of which kind, is no secret, whatever is in them: what follows from it must be shown.
  senders = { for name in nonsensitive(keys(var.senders)) : name => var.senders[name] if nonsensitive(var.senders[name] != null) }

  sender_kinds = {
    for name, sender in local.senders :
    name => one([for kind in keys(local.schema.kinds) : kind if nonsensitive(sender[kind] != null)])
  }

  test_sender = try(var.protection.test_recipients.sender, null)
  # No message to a test number goes to a phone.
  testers = [
    for name, kind in local.sender_kinds : name
    if local.senders[name].enabled && (kind == "webhook" || try(local.schema.kinds[kind].testers, false))
  ]
  origination_by_country = {
    for name, kind in local.sender_kinds : name => {
      for country, identity in local.senders[name][kind].origination_by_country : country => identity if nonsensitive(identity != null)
    } if contains(keys(local.schema.kinds[kind].attributes), "origination_by_country")
  }

  # What each sender carries: any text, nothing but a code (the provider writes the text), mail. A description says it by its body.
  bodies = {
    for name in keys(local.senders) : name => try(
      jsonencode(local.presets[local.senders[name].http.preset].body), coalesce(local.senders[name].http.body, "\"{text}\""), "",
    )
  }
  described = [for name, kind in local.sender_kinds : name if kind == "http" && nonsensitive(try(local.senders[name].http.preset, "") == null)]
  carries = {
    for name, kind in local.sender_kinds : name => try(local.schema.kinds[kind].carries, [
      nonsensitive(strcontains(local.bodies[name], "\"{email}\"")) ? "mail"
      : nonsensitive(strcontains(local.bodies[name], "\"{text}\"")) ? "text" : "code"
    ])
  }
  routes_without_text = [
    for route, names in lookup(local.on_route, "sms", {}) : route
    if length(names) > 0 && alltrue([for name in names : !contains(local.carries[name], "text")])
  ]
}

# A warning and no error: a pool whose administrator never invites anybody, or only by e-mail, needs no other sender.
check "temporary_passwords" {
  assert {
    condition     = length(local.routes_without_text) == 0
    error_message = <<-EOT
      ${var.name}: sms.routes[${join(", ", local.routes_without_text)}]: a sender that can carry a temporary password. Got: only
      senders whose providers write the text, so that invitations (AdminCreateUser) with such a number are not sent.
      Fix: put another sender into the route, or invite by e-mail only.
    EOT
  }
}

# The schema of all kinds, which the function reads too, as the variable's rules need it.
locals {
  sender_files = "${path.module}/function/src/custom_sender/senders"
  schema       = jsondecode(file("${local.sender_files}/kinds.json"))
  presets = {
    for file in fileset("${local.sender_files}/presets", "*.json") :
    trimsuffix(file, ".json") => jsondecode(file("${local.sender_files}/presets/${file}"))
  }

  keys = { country = "^[A-Z]{2}$", locale = "^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$" }
  # Attributes whose form is one of texts; of numbers and of a description's parts the function says what they may be.
  attributes = {
    for kind, schema in local.schema.kinds : kind => {
      for attribute, rule in schema.attributes : attribute => {
        words = try(rule.form, join(", or ", [for name in rule.is : local.schema.forms[name].form]))
        forms = [
          for form in concat([for name in try(rule.is, []) : local.schema.forms[name]], [for own in [rule] : own if can(own.pattern)]) :
          { pattern = "^(?:${form.pattern})$", longest = try(form.max_length, 4096) }
        ]
        key         = try(local.keys[rule.by], "")
        required    = try(rule.required, false)
        is_known    = !try(rule.reference, false)
        is_secret   = attribute == "secret_arn"
        is_for_role = try(rule.for == "terraform", false)
      } if can(rule.is) || can(rule.pattern)
    }
  }
  plain_attributes = {
    for kind, rules in local.attributes : kind => { for attribute, rule in rules : attribute => rule if rule.is_known }
  }
  secret_attributes = {
    for kind, rules in local.attributes : kind => { for attribute, rule in rules : attribute => rule if rule.is_secret }
  }
  # What may come from another resource of the same root, so that a plan may not know it yet.
  reference_attributes = {
    for kind, rules in local.attributes : kind => {
      for attribute, rule in rules : attribute => rule if !rule.is_known && !rule.is_secret
    }
  }

  # Each list is silent while any value that it looks at is unknown: a new secret's ARN must not hide a wrong number.
  sender_flaws = {
    for part, kinds in {
      plain = local.plain_attributes, secret = local.secret_attributes, reference = local.reference_attributes
      } : part => flatten([
        for name, sender in local.senders : [
          for kind, rules in kinds : [
            for attribute, rule in rules : [
              for key, value in try(
                { for key in keys(sender[kind][attribute]) : key => sender[kind][attribute][key] },
                { "" = sender[kind][attribute] },
                ) : join("", [
                  "senders.${name}.${kind}.${attribute}${key == "" ? "" : ".${key}"}: ${rule.words}. ",
                  nonsensitive(value == null) ? "Got: nothing. Fix: set it." : "Got: something else. Fix: write it so.",
                  ]) if nonsensitive(value == null ? key == "" && rule.required : anytrue([
                    key != "" && !can(regex(rule.key, key)),
                    !anytrue([for form in rule.forms : can(regex(form.pattern, value)) && length(value) <= form.longest]),
              ]))
            ]
          ] if nonsensitive(sender[kind] != null)
        ]
    ])
  }
  sender_groups = flatten([
    for name, kind in local.sender_kinds : concat(
      [
        for names in try(local.schema.kinds[kind].together, []) : join("", [
          "senders.${name}.${kind}: ${join(" and ", names)} go together. Got: one. Fix: set both or neither.",
          ]) if !contains([0, length(names)], length([
            for attribute in names : attribute if nonsensitive(local.senders[name][kind][attribute] != null)
        ]))
      ],
      [
        for names in try(local.schema.kinds[kind].exactly_one_of, []) : join("", [
          "senders.${name}.${kind}: exactly one of ${join(" and ", names)}. Got: both or none. Fix: leave one.",
          ]) if 1 != length([
          for attribute in names : attribute if nonsensitive(local.senders[name][kind][attribute] != null)
        ])
      ],
    )
  ])

  # Names under which a credential travels, and what one looks like.
  credential_header = join("|", [
    "(?i)auth", "token", "secret", "password", "passwd", "passphrase", "(?:^|-)(?:pass|pwd|pin)(?:-|$)", "credential", "cookie",
    "session", "signature", "key(?:-|$)",
  ])
  credential_value   = "(?i)^(?:basic|bearer|digest|hmac|token|access-?key|api-?key|app)\\s"
  idempotency_header = "(?i)(?:^|-)idempotency-?key$" # which is a key, and no credential
  credential_field = join("", [
    "(?:access|account|api|app|auth|client|consumer|license|master|partner|private|secret|service|session|signing|subscription|user)?",
    "[_-]?(?:key|token|secret|pass|password|passwd|passphrase|passcode|pwd)|pin|credentials?|authorization|bearer",
  ])
  # Of a body as Terraform writes it. {"key": …, "value": …} is how templates name their parameters: that key is none.
  json_text         = "\"(?:[^\"\\\\]|\\\\.)*\""
  parameter         = "(?i)\"key\":${local.json_text}((?:,${local.json_text}:(?:${local.json_text}|[^\"\\[\\]{},]+))*,\"value\":)"
  placeholders_only = "\\[(?:\"\\{[^\"]*\\}\"(?:,\"\\{[^\"]*\\}\")*)?\\]"

  # What would put a credential into the state and into every plan. All other rules of the http language are the function's,
  # whose self-check says them before the alias moves.
  http_senders = { for name, sender in local.senders : name => sender.http if nonsensitive(sender.http != null) }
  credential_flaws = {
    url = [
      for name, http in local.http_senders : join("", [
        "senders.${name}.http.url: no credential. Got: one. Fix: put it into the secret, and write \"?key={secret.api_key}\".",
      ]) if nonsensitive(can(regex("(?i)[?&](?:${local.credential_field})=[^{&]", http.url)))
    ]
    headers = nonsensitive(flatten([
      for name, http in local.http_senders : [
        for header, value in coalesce(http.headers, {}) : join("", [
          "senders.${name}.http.headers${issensitive(http.headers) ? "" : ".${header}"}: no credential. Got: one. ",
          "Fix: put it into the secret, and write { Authorization = \"Bearer {secret.api_key}\" }.",
          ]) if anytrue([
          for is_credential in [can(regex(local.credential_header, header)) && !can(regex(local.idempotency_header, header))] :
          is_credential ? !can(regex("^(?:[A-Za-z][A-Za-z-]{0,19} )?(?:[A-Za-z_]{1,20}=)?\\{[^{}]*\\}$", value)) : alltrue([
            can(regex(local.credential_value, value)),
            !can(regex("^[A-Za-z-]+ (?:[A-Za-z_]{1,20}=)?\\{secret\\.[^{}]*\\}$", value)),
          ])
        ])
      ]
    ]))
    basic_auth = nonsensitive([
      for name, http in local.http_senders : join("", [
        "senders.${name}.http.basic_auth: fields of the secret. Got: something else. ",
        "Fix: write { username = \"{secret.user}\", password = \"{secret.password}\" }.",
        ]) if http.basic_auth == null ? false : !alltrue([
        for value in values(http.basic_auth) : can(regex("^\\{secret\\.[a-z0-9_]+\\}$", value))
      ])
    ])
    # The body is looked at as Terraform writes it: one that was not made by jsonencode may have a name twice, blanks, and
    # characters written as \u007b.
    body = nonsensitive([
      for name, http in local.http_senders : join("", [
        "senders.${name}.http.body: no credential. Got: one. Fix: put it into the secret, and write \"{secret.api_key}\".",
        ]) if anytrue([
        for body in [try(jsonencode(jsondecode(http.body)), "{}")] : anytrue([
          can(regex("(?i)\"(?:${local.credential_field})\":(?:\"[^{\"]|[-0-9])", replace(body, "/${local.parameter}/", "\"\":0$1"))),
          length(regexall("(?i)\"(?:${local.credential_field})\":\\[", body))
          != length(regexall("(?i)\"(?:${local.credential_field})\":${local.placeholders_only}", body)),
        ])
      ])
    ])
  }
}
