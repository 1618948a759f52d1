# refuses: allowed_countries is empty
module "no_country" {
  sms = {
    allowed_countries = [for country in ["DE"] : country if !var.yes]
  }
}

# refuses: ISO 3166-1 alpha-2
module "country_name" {
  sms = {
    allowed_countries = ["Germany"]
  }
}

# refuses: two capital letters
module "country_lower_case" {
  sms = {
    allowed_countries = ["de"]
  }
}

# refuses: no telephone number belongs to XX
module "country_unknown" {
  sms = {
    allowed_countries = ["DE", "XX"]
  }
}

# refuses: the United Kingdom's code is "GB"
module "country_uk" {
  sms = {
    allowed_countries = ["UK"]
  }
}

# refuses: routes has a null
module "route_null" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = null }
  }
}

# refuses: routes has a null
module "route_name_null" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws", null] }
  }
}

# refuses: Add the country there, or remove the route: FR.
module "route_name" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"], FR = ["aws"] }
  }
}

# refuses: or remove the route: de.
module "route_in_lower_case" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"], de = ["aws"] }
  }
}

# refuses: routes has none for DE, US. Add one for each, or default
module "route_of_a_country_missing" {
  sms = {
    allowed_countries = ["AT", "DE", "US"]
    routes            = { AT = ["aws"] }
  }
}

# refuses: : twilio.
module "route_to_nobody" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws", "twilio"] }
  }
}

# refuses: each only once
module "route_twice" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws", "aws"] }
  }
}

# refuses: at least one sender
module "route_empty" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = [] }
  }
}
