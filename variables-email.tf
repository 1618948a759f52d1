variable "email" {
  description = <<-EOT
    E-mail: sender address, routes, limits, texts, layout. null: off.
    - `from`: "Acme <login@acme.com>" or an address alone. Your provider must let you send from it.
    - `reply_to`: address that answers go to. Default: none.
    - `routes`: which senders to try, in order: { default = ["ses", "postmark"], "qq.com" = ["other"] }. The address's domain,
      in lower case, chooses the route. A domain without its own route takes `default`. Else as in `sms.routes`.
    - `limits`: how many messages in how many seconds. `mode`: "enforce" refuses more, "monitor" counts and sends them, "off".
      Invented addresses bounce, and Amazon SES pauses an account whose mails bounce.
      - `address`: { max = 10, per_seconds = 3600, mode = "enforce" }: to one address.
      - `domain`: { max = 100, per_seconds = 3600, mode = "enforce", exempt = [] }: to one domain. `exempt`: your users' own
        domains, without this limit. Large public providers are exempt already.
      - `overall`: { max = 2000, per_seconds = 3600, mode = "enforce" }: in total.
    - `allowed_domains`: the only domains that get messages. Default: all. `blocked_domains`: domains that get none.
    - `templates`: locale → trigger or "default" → { subject, text }: plain text in paragraphs, with the triggers and
      placeholders of `sms.templates`. A paragraph that is nothing but $code is the code's line. The layout makes the HTML of it.
      If you give no text, the function uses the built-in one.
    - `code_in_subject`: whether a subject holds the code. Subjects appear in your provider's logs and on lock screens.
    - `layout`: of the HTML: `accent_color` ("#0077aa"), `footer` (text), `logo_url` (https), or `file`: name of a layout of
      your own in a Lambda layer.
  EOT
  type = object({
    from     = string
    reply_to = optional(string)
    routes   = optional(map(list(string)), {})
    limits = optional(object({
      address = optional(object({
        max         = optional(number, 10)
        per_seconds = optional(number, 3600)
        mode        = optional(string, "enforce")
      }), {})
      domain = optional(object({
        max         = optional(number, 100)
        per_seconds = optional(number, 3600)
        mode        = optional(string, "enforce")
        exempt      = optional(set(string), [])
      }), {})
      overall = optional(object({
        max         = optional(number, 2000)
        per_seconds = optional(number, 3600)
        mode        = optional(string, "enforce")
      }), {})
    }), {})
    allowed_domains = optional(set(string), [])
    blocked_domains = optional(set(string), [])
    templates       = optional(map(map(object({ subject = string, text = string }))), {})
    code_in_subject = optional(bool, false)
    layout = optional(object({
      accent_color = optional(string)
      footer       = optional(string)
      logo_url     = optional(string)
      file         = optional(string)
    }), {})
  })
  default = null

  validation {
    condition     = var.sms != null || var.email != null
    error_message = "sms, email: one channel at least is on. Got: neither. Fix: set one, such as sms = { allowed_countries = [\"DE\"] }."
  }
}
