# Which channels are on, which senders each asks in which order, and what is wrong with that. A rule is the same for all channels.
locals {
  is_on    = { sms = nonsensitive(var.sms != null), email = nonsensitive(var.email != null) }
  contents = { sms = ["text", "code"], email = ["mail"] }
  words    = { sms = "text messages", email = "e-mail" }

  # The senders' values do not matter here: some are not known yet in a first plan.
  enabled_senders = [for name, sender in local.senders : name if sender.enabled]
  # A description may not be known yet. Where one channel is on there is no choice, so that its route is known all the same.
  carriers = {
    for channel, contents in local.contents : channel => [
      for name, carries in local.carries : name
      if contains(local.described, name) && length(local.own_routes) == 1 ? true : length(setintersection(carries, contents)) > 0
    ]
  }

  own_routes = {
    for channel, routes in { sms = local.sms.routes, email = local.email.routes } : channel => routes if local.is_on[channel]
  }
  # One sender is the route; the order of several is the user's to say. That of the test recipients is in none that nobody has
  # written, and needs none.
  implied_routes = {
    for channel, routes in local.own_routes : channel => [for name in local.carriers[channel] : name if name != local.test_sender]
    if length(routes) == 0
  }
  routes = merge(local.own_routes, { for channel, names in local.implied_routes : channel => { default = names } })
  on_route = {
    for channel, routes in local.routes : channel => {
      for route, names in routes : route => [for name in names : name if contains(local.enabled_senders, name)]
    }
  }

  route_flaws = concat(flatten([
    for channel, routes in local.routes : [
      for route, names in routes : [
        [
          for name in setsubtract(names, keys(local.senders)) : join("", [
            "${channel}.routes.${route}: names of senders (${join(", ", keys(local.senders))}). Got: ${name}. ",
            "Fix: configure it in senders, or take it out.",
          ])
        ],
        [
          for name in setsubtract(setintersection(names, keys(local.senders)), local.carriers[channel]) : join("", [
            "${channel}.routes.${route}: senders that carry ${local.words[channel]}. ",
            "Got: ${name}, of the kind ${local.sender_kinds[name]}. Fix: take it out.",
          ])
        ],
        [
          for on in [local.on_route[channel][route]] : join("", [
            "${channel}.routes.${route}: a sender at least that is not switched off. Got: ${join(", ", coalescelist(names, ["none"]))}. ",
            "Fix: set enabled = true for one, or add another.",
            ]) if alltrue([
            length(on) == 0, length(setsubtract(names, keys(local.senders))) == 0,
            length(lookup(local.implied_routes, channel, ["written"])) > 0,
          ])
        ],
        [
          for on in [local.on_route[channel][route]] : join("", [
            "${channel}.routes.${route}: at most three senders that are not switched off, one for each attempt. ",
            "Got: ${join(", ", on)}. Fix: shorten it.",
          ]) if length(on) > 3 && !contains(keys(local.implied_routes), channel)
        ],
      ]
    ]]),
    [
      for name in setsubtract(local.enabled_senders, concat(flatten([for routes in local.routes : values(routes)]), local.test_sender[*])) :
      join("", [
        "senders.${name}: a sender that is on is in a route. Got: none. ",
        "Fix: add it to one of ${join(" or ", [for channel in keys(local.routes) : "${channel}.routes"])}, or set enabled = false.",
      ])
    ],
    [
      for channel, names in local.implied_routes : join("", [
        "${channel}.routes: the order of several senders. Got: none. ",
        "Fix: set ${channel}.routes = { default = ${jsonencode(names)} }, in the order in which they are tried.",
      ]) if length(names) > 1
    ],
    [
      for channel, names in local.implied_routes : join("", [
        "${channel}.routes: a sender that carries ${local.words[channel]}, for all but the test recipients. Got: none. Fix: add one",
        length(local.carriers[channel]) == 0 ? "." : join("", [
          ", or set ${channel}.routes = { default = ${jsonencode(local.carriers[channel])} } if it is for everybody.",
        ])
      ]) if length(names) == 0 && length(local.senders) > 0
    ],
    [
      for channel, names in local.implied_routes : join("", [
        "${channel}.routes: a sender that takes codes away from users is never used unasked. Got: ${names[0]} alone. ",
        "Fix: set ${channel}.routes = { default = ${jsonencode(names)} } if you want that, or add a sender.",
      ]) if length(names) == 1 && anytrue([for name in names : try(local.schema.kinds[local.sender_kinds[name]].testers, false)])
    ],
  )
}
