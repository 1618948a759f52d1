# An internal module: the root checks what users write and sets every default, so nothing is optional here.

variable "code_lifetimes_seconds" {
  description = "Trigger → how long Cognito accepts what was sent: all triggers."
  type        = map(number)
}

variable "messages" {
  description = "Brand, texts, and how they are chosen, completed and measured."
  type = object({
    brand          = string
    default_locale = string
    templates      = map(map(string))
    attributes     = map(string)
    autofill = object({
      web_otp = object({ domain = string })
      android = object({ app_hash = string })
      clients = map(object({
        web_otp = object({ domain = string })
        android = object({ app_hash = string })
      }))
    })
    built_in_locales       = set(string)
    client_metadata_locale = string
    country_locales        = map(string)
    india = object({
      entity_id    = string
      template_ids = map(map(string))
    })
    max_segments  = map(number)
    transliterate = bool
  })
}

variable "name" {
  description = "Name of the function, for what is said about it."
  type        = string
}
