variable "sms" {
  description = <<-EOT
    Text messages: allowed countries, routes, limits, texts. null: off.
    - `allowed_countries`: countries whose numbers get messages, as ISO 3166-1 alpha-2 codes (`["DE", "US"]`). The function
      refuses every other number before it decrypts or pays for anything. There is no default, because a pool that texts
      the whole world invites SMS pumping.
    - `allowed_ranges`: ranges of no country that get messages despite their price: "disaster_relief", "freephone",
      "inmarsat", "international_networks", "premium", "satellite", "shared_cost" or "universal_personal".
    - `blocked_prefixes`: beginnings of numbers that get nothing, in E.164: ["+4915550"].
    - `routes`: which senders to try, in order: { default = ["aws", "twilio"], US = ["twilio", "aws"] }. The country of the
      number chooses the route. A country without its own route takes `default`. A route has at most three senders that are
      not off, because a code gets at most three attempts while someone waits for it. If you set no route, the only sender
      is used. It must be the only one for text messages beside that of `protection.test_recipients`, and neither an sns_topic
      nor slack.
    - `limits`: how many messages in how many seconds. `mode`: "enforce" refuses more, "monitor" counts and sends them, "off".
      - `number`: { max = 10, per_seconds = 3600, mode = "enforce" }: to one number.
      - `prefix`: { max = 100, per_seconds = 3600, mode = "enforce", without_last_digits = 4 }: to numbers that differ only
        in the last digits (4: a block of 10,000). SMS pumping uses such numbers.
      - `country`: { max = 5000, per_seconds = 3600, mode = "monitor" }: to each country. Approximate.
      - `overall`: { max = 10000, per_seconds = 3600, mode = "monitor" }: in total. Approximate.
    - `templates`: locale → trigger → text. Triggers: SignUp, ResendCode, ForgotPassword, UpdateUserAttribute,
      VerifyUserAttribute, Authentication, AdminCreateUser, AccountTakeOverNotification, and "default" for triggers without
      their own text. Placeholders: $code, $brand, $minutes (lifetime of the code), $username, and those of
      `messages.attributes`. If you give no text, the function uses the built-in one.
    - `max_segments`: locale, language or "default" → how many segments a text may take, whatever its users' values are.
      Default: 1 for languages that GSM-7 can write, 2 for others.
    - `transliterate`: whether to replace typographic characters with plain ones, if that makes a text GSM-7.
    - `autofill`: the last line, from which a phone fills in the code: `web_otp` { `domain` } or `android` { `app_hash` }, or
      none. `clients`: the same by app client ID. The IDs are literals, of clients that exist already.
    - `country_locales`: country of the number → locale, for users without a locale.
    - `india`: `entity_id`, and `template_ids`: locale → trigger or "default" → ID of that text's registration.
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
  default = null
}
