# The channel of text messages as it is set, and what is wrong with it.
locals {
  # var.sms without what is null: such an element is as if it were not there.
  sms = merge(var.sms, {
    allowed_countries = [for country in coalesce(var.sms.allowed_countries, []) : country if country != null]
    allowed_ranges    = [for range in var.sms.allowed_ranges : range if range != null]
    blocked_prefixes  = [for prefix in var.sms.blocked_prefixes : prefix if prefix != null]
    routes            = { for route, names in var.sms.routes : route => [for name in names : name if name != null] if names != null }
    max_segments      = { for locale, parts in var.sms.max_segments : locale => parts if parts != null }
    country_locales   = { for country, locale in var.sms.country_locales : country => locale if locale != null }
    templates = {
      for locale, texts in var.sms.templates :
      locale => { for trigger, text in texts : trigger => text if text != null } if texts != null
    }
    autofill = merge(var.sms.autofill, {
      clients = { for client, choice in var.sms.autofill.clients : client => choice if choice != null }
    })
    india = var.sms.india == null ? null : merge(var.sms.india, {
      template_ids = {
        for locale, ids in coalesce(var.sms.india.template_ids, {}) :
        locale => { for trigger, id in ids : trigger => id if id != null } if ids != null
      }
    })
  })

  # The senders' values do not matter here: some are not known yet in a first plan.
  enabled_senders = [for name, sender in local.senders : name if sender.enabled]
  on_route        = { for route, names in local.routes : route => [for name in names : name if contains(local.enabled_senders, name)] }
  has_routes      = length(local.sms.routes) > 0

  # Of a wrong country. It may be a telephone number.
  shown = "^[A-Za-z]{1,20}$"

  # What is silent at run time, costs money, or is about two variables. All else the function says of its settings.
  sms_flaws = concat(
    [
      for wrong in [setsubtract(local.sms.allowed_countries, local.countries)] : join("", [
        "sms.allowed_countries: your users' countries, as ISO 3166-1 alpha-2 codes that telephone numbers belong to. Got: ",
        length(wrong) == 0 ? "none" : join(", ", [for country in wrong : can(regex(local.shown, country)) ? country : "something else"]),
        ". Fix: write [\"DE\", \"GB\"], in capitals; the United Kingdom is GB, and of the EU name the members.",
      ]) if length(wrong) > 0 || length(local.sms.allowed_countries) == 0
    ],
    flatten([
      for route, names in local.sms.routes : [
        for name in setsubtract(names, keys(local.senders)) : join("", [
          "sms.routes.${route}: names of senders (${join(", ", keys(local.senders))}). Got: ${name}. ",
          "Fix: configure it in senders, or take it out.",
        ])
      ]
    ]),
    [
      for route, names in local.has_routes || length(local.implied_route) > 0 ? local.routes : {} : join("", [
        "sms.routes.${route}: a sender at least that is not switched off. Got: ${join(", ", coalescelist(names, ["none"]))}. ",
        "Fix: set enabled = true for one, or add another.",
      ]) if length(local.on_route[route]) == 0 && length(setsubtract(names, keys(local.senders))) == 0
    ],
    [
      for route, names in local.on_route : join("", [
        "sms.routes.${route}: at most three senders that are not switched off, one for each attempt. ",
        "Got: ${join(", ", names)}. Fix: shorten it.",
      ]) if length(names) > 3 && local.has_routes
    ],
    [
      for name in setsubtract(local.enabled_senders, concat(flatten(values(local.sms.routes)), local.test_sender[*])) :
      "senders.${name}: a sender that is on is in a route. Got: none. Fix: add it to one of sms.routes, or set enabled = false."
      if local.has_routes
    ],
    [
      for names in [local.implied_route] : join("", [
        "sms.routes: the order of several senders. Got: none. ",
        "Fix: set sms.routes = { default = ${jsonencode(names)} }, in the order in which they are tried.",
      ]) if !local.has_routes && length(names) > 1
    ],
    [
      for names in [local.implied_route] : join("", [
        "sms.routes: a sender for all but the test numbers. Got: the testers' one alone. ",
        "Fix: add another, or set sms.routes = { default = ${jsonencode(keys(local.senders))} } if it is for everybody.",
      ]) if !local.has_routes && length(names) == 0 && length(local.senders) > 0
    ],
    [
      for name in local.has_routes ? [] : local.implied_route : join("", [
        "sms.routes: a sender that takes codes away from phones is never used unasked. Got: ${name} alone. ",
        "Fix: set sms.routes = { default = [\"${name}\"] } if you want that, or add a sender.",
      ]) if length(local.implied_route) == 1 && try(local.schema.kinds[local.sender_kinds[name]].testers, false)
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
