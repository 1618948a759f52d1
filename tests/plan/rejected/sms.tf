# refused: sms.allowed_countries: your users' countries, as ISO 3166-1 alpha-2 codes that telephone numbers belong to. Got: none.
module "no_country" {
  sms = {
    allowed_countries = [for country in ["DE"] : country if !var.yes]
  }
}

# refused: Got: Germany.
module "country_name" {
  sms = {
    allowed_countries = ["Germany"]
  }
}

# refused: Got: de. Fix: write ["DE", "GB"], in capitals
module "country_lower_case" {
  sms = {
    allowed_countries = ["de"]
  }
}

# refused: Got: XX.
module "country_unknown" {
  senders = { t = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } } }
  sms = {
    allowed_countries = ["DE", "XX"]
  }
}

# refused: Got: UK. Fix: write ["DE", "GB"], in capitals; the United Kingdom is GB
module "country_uk" {
  sms = {
    allowed_countries = ["UK"]
  }
}

# judged: sms.routes: "default", or a country of sms.allowed_countries. Got: FR. Fix: add it there, or remove
module "route_name" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"], FR = ["aws"] }
  }
}

# judged: sms.routes: "default", or a country of sms.allowed_countries. Got: de.
module "route_in_lower_case" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws"], de = ["aws"] }
  }
}

# judged: sms.routes: a route for each allowed country. Got: none for DE, US.
module "route_of_a_country_missing" {
  sms = {
    allowed_countries = ["AT", "DE", "US"]
    routes            = { AT = ["aws"] }
  }
}

# refused: sms.routes.default: names of senders (aws). Got: twilio.
module "route_to_nobody" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws", "twilio"] }
  }
  senders = { aws = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } } }
}

# judged: sms.routes.default: an order, in which each sender stands once. Got: aws.
module "route_twice" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws", "aws"] }
  }
}

# refused: sms.routes.default: a sender at least that is not switched off. Got: none.
module "route_empty" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = [] }
  }
}

# judged: sms.max_segments: each locale once: pt-BR, pt_BR and pt-br are the same
module "segments_twice" {
  sms = {
    allowed_countries = ["DE"]
    max_segments      = { pt-BR = 1, pt_BR = 2 }
    templates         = { pt = { default = "$code" } }
  }
}

# refused: Got: something else, XX.
module "country_that_is_a_number" {
  sms = { allowed_countries = ["DE", "XX", "+4915123456789"] }
}

# refused: a rule about sms. Got: a sensitive value.
module "countries_that_are_sensitive" {
  sms = { allowed_countries = sensitive(["XX"]) }
}
