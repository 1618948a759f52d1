# The channel of e-mail as it is set, without what is null: such an element is as if it were not there.
locals {
  set_email = concat(var.email[*], [{
    from            = null, reply_to = null, routes = {}, limits = {}, allowed_domains = [], blocked_domains = [], templates = {},
    code_in_subject = false, layout = {}
  }])[0]
  email = merge(local.set_email, {
    allowed_domains = [for domain in local.set_email.allowed_domains : domain if domain != null]
    blocked_domains = [for domain in local.set_email.blocked_domains : domain if domain != null]
    layout          = { for name, value in local.set_email.layout : name => value if value != null }
    routes = {
      for route, names in local.set_email.routes : route => [for name in names : name if name != null] if names != null
    }
    templates = {
      for locale, texts in local.set_email.templates :
      locale => { for trigger, text in texts : trigger => text if text != null } if texts != null
    }
  })

  clients = {
    for client, own in var.messages.clients : client => { for name, value in own : name => value if value != null } if own != null
  }
}
