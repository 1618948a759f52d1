# The channel of text messages as it is set, and what is wrong with it.
locals {
  set_sms = concat(var.sms[*], [{
    allowed_countries = [], allowed_ranges = [], blocked_prefixes = [], routes = {}, limits = {}, templates = {}, max_segments = {},
    transliterate     = false, autofill = { clients = {} }, country_locales = {}, india = null
  }])[0]
  # Without what is null: such an element is as if it were not there.
  sms = merge(local.set_sms, {
    allowed_countries = [for country in coalesce(local.set_sms.allowed_countries, []) : country if country != null]
    allowed_ranges    = [for range in local.set_sms.allowed_ranges : range if range != null]
    blocked_prefixes  = [for prefix in local.set_sms.blocked_prefixes : prefix if prefix != null]
    routes            = { for route, names in local.set_sms.routes : route => [for name in names : name if name != null] if names != null }
    max_segments      = { for locale, parts in local.set_sms.max_segments : locale => parts if parts != null }
    country_locales   = { for country, locale in local.set_sms.country_locales : country => locale if locale != null }
    templates = {
      for locale, texts in local.set_sms.templates :
      locale => { for trigger, text in texts : trigger => text if text != null } if texts != null
    }
    autofill = merge(local.set_sms.autofill, {
      clients = { for client, choice in local.set_sms.autofill.clients : client => choice if choice != null }
    })
    india = local.set_sms.india == null ? null : merge(local.set_sms.india, {
      template_ids = {
        for locale, ids in coalesce(local.set_sms.india.template_ids, {}) :
        locale => { for trigger, id in ids : trigger => id if id != null } if ids != null
      }
    })
  })

  # Of a wrong country. It may be a telephone number.
  shown = "^[A-Za-z]{1,20}$"

  # What is silent at run time, costs money, or is about two variables. All else the function says of its settings.
  sms_flaws = concat(
    [
      for wrong in [setsubtract(local.sms.allowed_countries, local.countries)] : join("", [
        "sms.allowed_countries: your users' countries, as ISO 3166-1 alpha-2 codes that telephone numbers belong to. Got: ",
        length(wrong) == 0 ? "none" : join(", ", [for country in wrong : can(regex(local.shown, country)) ? country : "something else"]),
        ". Fix: write [\"DE\", \"GB\"], in capitals; the United Kingdom is GB, and of the EU name the members.",
      ]) if local.is_on.sms && (length(wrong) > 0 || length(local.sms.allowed_countries) == 0)
    ],
    flatten([
      for name, identities in local.origination_by_country : [
        for country in setsubtract(keys(identities), local.sms.allowed_countries) : join("", [
          "senders.${name}.${local.sender_kinds[name]}.origination_by_country: countries of sms.allowed_countries. ",
          "Got: ${can(regex(local.shown, country)) ? country : "something else"}. Fix: add it there, or remove it here.",
        ])
      ]
    ]),
  )
}
