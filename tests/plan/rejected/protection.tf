# refuses: Leave it out for DynamoDB's own encryption
module "ledger_key_by_alias" {
  protection = {
    ledger = { kms_key_arn = "alias/ledger" }
  }
}

# refuses: must be "send"
module "ledger_failure" {
  protection = {
    on_ledger_failure = "open"
  }
}

# refuses: "monitor" or "off". Check: country.
module "limit_mode" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { country = { mode = "on" } }
  }
}

# refuses: set mode = "off"
module "limit_of_nothing" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { number = { max = 0 } }
  }
}

# refuses: whole numbers
module "limit_of_a_part" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { overall = { max = 0.5 } }
  }
}

# refuses: whole numbers
module "limit_without_time" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { prefix = { per_seconds = 0 } }
  }
}

# refuses: whole numbers
module "limit_of_parts_of_seconds" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { prefix = { per_seconds = 1.5 } }
  }
}

# refuses: 30 days
module "limit_for_too_long" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { prefix = { per_seconds = 2592001 } }
  }
}

# refuses: must be 1 to 6
module "prefix_of_no_digits" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { prefix = { without_last_digits = 0 } }
  }
}

# refuses: must be 1 to 6
module "prefix_of_too_many_digits" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { prefix = { without_last_digits = 7 } }
  }
}

# refuses: beginnings of numbers in E.164
module "blocked_prefix" {
  sms = {
    allowed_countries = ["DE"]
    blocked_prefixes  = ["0049155"]
  }
}

# refuses: beginnings of numbers in E.164
module "blocked_prefix_with_asterisk" {
  sms = {
    allowed_countries = ["DE"]
    blocked_prefixes  = ["+49155*"]
  }
}

# refuses: disaster_relief, freephone, inmarsat, international_networks, premium, satellite, shared_cost, universal_personal, and not: DE.
module "range_unknown" {
  sms = {
    allowed_countries = ["DE"]
    allowed_ranges    = ["DE", "satellite"]
  }
}

# refuses: because they have no country. Add default = [...].
module "range_without_route" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { DE = ["aws"] }
    allowed_ranges    = ["satellite"]
  }
}

# refuses: Leave test_recipients out
module "test_numbers_none" {
  senders = { aws = { sns = {} }, testers = { slack = { secret_arn = local.secret, environment = "test" } } }
  protection = {
    test_recipients = { numbers = [], sender = "testers" }
  }
}

# refuses: at least one number in E.164
module "test_number_short" {
  senders = { aws = { sns = {} }, testers = { slack = { secret_arn = local.secret, environment = "test" } } }
  protection = {
    test_recipients = { numbers = ["+123456"], sender = "testers" }
  }
}

# refuses: at least one number in E.164
module "test_number_of_everybody" {
  senders = { aws = { sns = {} }, testers = { slack = { secret_arn = local.secret, environment = "test" } } }
  protection = {
    test_recipients = { numbers = ["+15550*"], sender = "testers" }
  }
}

# refuses: there are: aws.
module "test_sender_unknown" {
  protection = {
    test_recipients = { numbers = ["+15550100*"], sender = "testers" }
  }
}

# refuses: not switched off
module "test_sender_off" {
  senders = { aws = { sns = {} }, testers = { enabled = false, slack = { secret_arn = local.secret, environment = "test" } } }
  protection = {
    test_recipients = { numbers = ["+15550100*"], sender = "testers" }
  }
}

# refuses: so that no message goes to a phone
module "test_sender_to_phones" {
  senders = { aws = { sns = {} }, testers = { sns = {} } }
  protection = {
    test_recipients = { numbers = ["+15550100*"], sender = "testers" }
  }
}

# refuses: The only sender is that of the test numbers
module "test_sender_alone" {
  sms = {
    allowed_countries = ["DE"]
    routes            = {}
  }
  senders = { testers = { slack = { secret_arn = local.secret, environment = "test" } } }
  protection = {
    test_recipients = { numbers = ["+15550100*"], sender = "testers" }
  }
}

# refuses: routes = { default = ["aws", "other"] }
module "test_sender_beside_several" {
  sms = {
    allowed_countries = ["DE"]
    routes            = {}
  }
  senders = { aws = { sns = {} }, other = { sns = {} }, testers = { slack = { secret_arn = local.secret, environment = "test" } } }
  protection = {
    test_recipients = { numbers = ["+15550100*"], sender = "testers" }
  }
}

# refuses: and knows no MFA.
module "life_of_an_unknown_trigger" {
  protection = {
    code_lifetimes_seconds = { MFA = 300 }
  }
}

# refuses: 60 to 31536000
module "life_too_short" {
  protection = {
    code_lifetimes_seconds = { SignUp = 59 }
  }
}

# refuses: 60 to 31536000
module "life_of_parts_of_seconds" {
  protection = {
    code_lifetimes_seconds = { SignUp = 60.5 }
  }
}
