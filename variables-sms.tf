variable "sms" {
  description = <<-EOT
    Text messages: allowed countries, routes, limits, texts:
    - `allowed_countries`: countries whose numbers get messages, as ISO 3166-1 alpha-2 codes (`["DE", "US"]`). Every other
      number is refused before anything is decrypted or paid for. There is no default: a pool that texts the whole world
      invites SMS pumping.
    - `allowed_ranges`: ranges of no country that get messages in spite of their price: "disaster_relief", "freephone",
      "inmarsat", "international_networks", "premium", "satellite", "shared_cost" or "universal_personal".
    - `blocked_prefixes`: beginnings of numbers that get nothing, in E.164: ["+4915550"].
    - `routes`: which senders are tried, in order: { default = ["aws", "twilio"], US = ["twilio", "aws"] }. The country of
      the number picks the route; countries without one of their own take `default`. At most three senders that are not
      switched off: a code is tried three times at most, while somebody waits for it. Nothing set: the only sender, if
      there is exactly one (beside that of `protection.test_recipients`) and it is neither an sns_topic nor slack.
    - `limits`: how many messages in how many seconds; `mode` "enforce" refuses more, "monitor" counts and sends them, "off".
      - `number`: { max = 10, per_seconds = 3600, mode = "enforce" }: to one number.
      - `prefix`: { max = 100, per_seconds = 3600, mode = "enforce", without_last_digits = 4 }: to the numbers that differ in
        the last digits only (4: a block of 10,000), which is how SMS pumping goes.
      - `country`: { max = 5000, per_seconds = 3600, mode = "monitor" }: to each country. Approximate.
      - `overall`: { max = 10000, per_seconds = 3600, mode = "monitor" }: altogether. Approximate.
    - `templates`: locale → trigger → text. Triggers: SignUp, ResendCode, ForgotPassword, UpdateUserAttribute,
      VerifyUserAttribute, Authentication, AdminCreateUser, AccountTakeOverNotification, and "default" for those without a
      text of their own. Placeholders: $code, $brand, $minutes (life of the code), $username, and those of
      `messages.attributes`. Built-in texts are used where there is none.
    - `max_segments`: locale, language or "default" → how many segments a text may take, whatever users write; default: 1
      for languages that can be written in the GSM-7 alphabet, 2 for others.
    - `transliterate`: plain characters for typographic ones, where that makes a text GSM-7.
    - `autofill`: the last line, from which a phone fills the code in: `web_otp` { `domain` } or `android` { `app_hash` }, or
      none; `clients`: the same by app client id, literal ids of clients that exist already.
    - `country_locales`: country of the number → locale, for users without one of their own.
    - `india`: `entity_id`, and `template_ids`: locale → trigger or "default" → id of that text's registration.
  EOT
  type = object({
    allowed_countries = set(string)
    allowed_ranges    = optional(set(string), [])
    blocked_prefixes  = optional(set(string), [])
    routes            = optional(map(list(string)), {})
    limits = optional(object({
      number = optional(object({
        max         = optional(number, 10)
        per_seconds = optional(number, 3600)
        mode        = optional(string, "enforce")
      }), {})
      prefix = optional(object({
        max                 = optional(number, 100)
        per_seconds         = optional(number, 3600)
        mode                = optional(string, "enforce")
        without_last_digits = optional(number, 4)
      }), {})
      country = optional(object({
        max         = optional(number, 5000)
        per_seconds = optional(number, 3600)
        mode        = optional(string, "monitor")
      }), {})
      overall = optional(object({
        max         = optional(number, 10000)
        per_seconds = optional(number, 3600)
        mode        = optional(string, "monitor")
      }), {})
    }), {})
    templates     = optional(map(map(string)), {})
    max_segments  = optional(map(number), {})
    transliterate = optional(bool, false)
    autofill = optional(object({
      web_otp = optional(object({ domain = string }))
      android = optional(object({ app_hash = string }))
      clients = optional(map(object({
        web_otp = optional(object({ domain = string }))
        android = optional(object({ app_hash = string }))
      })), {})
    }), {})
    country_locales = optional(map(string), {})
    india = optional(object({
      entity_id    = string
      template_ids = map(map(string))
    }))
  })
  nullable = false
}
