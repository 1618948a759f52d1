# refused by what it makes: protection.ledger.kms_key_arn: the ARN of a key (…:key/<id>) in eu-central-1, where the table is
module "ledger_key_by_alias" {
  protection = {
    ledger = { kms_key_arn = "alias/ledger" }
  }
}

# judged: protection.on_ledger_failure: one of "send", "refuse"
module "ledger_failure" {
  protection = {
    on_ledger_failure = "open"
  }
}

# judged: sms.limits.country.mode: one of "enforce", "monitor", "off"
module "limit_mode" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { country = { mode = "on" } }
  }
}

# judged: sms.limits.number.max: a whole number from 1
module "limit_of_nothing" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { number = { max = 0 } }
  }
}

# judged: sms.limits.overall.max: a whole number from 1
module "limit_of_a_part" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { overall = { max = 0.5 } }
  }
}

# judged: sms.limits.prefix.per_seconds: a whole number from 1
module "limit_without_time" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { prefix = { per_seconds = 0 } }
  }
}

# judged: sms.limits.prefix.per_seconds: a whole number from 1
module "limit_of_parts_of_seconds" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { prefix = { per_seconds = 1.5 } }
  }
}

# judged: sms.limits.prefix.per_seconds: a whole number from 1 to 2592000
module "limit_for_too_long" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { prefix = { per_seconds = 2592001 } }
  }
}

# judged: sms.limits.prefix.without_last_digits: a whole number from 1 to 6
module "prefix_of_no_digits" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { prefix = { without_last_digits = 0 } }
  }
}

# judged: sms.limits.prefix.without_last_digits: a whole number from 1 to 6
module "prefix_of_too_many_digits" {
  sms = {
    allowed_countries = ["DE"]
    limits            = { prefix = { without_last_digits = 7 } }
  }
}

# judged: sms.blocked_prefixes: the beginning of numbers: "+4915". Got: a text of 7 characters.
module "blocked_prefix" {
  sms = {
    allowed_countries = ["DE"]
    blocked_prefixes  = ["0049155"]
  }
}

# judged: sms.blocked_prefixes: the beginning of numbers: "+4915". Got: a text of 7 characters.
module "blocked_prefix_with_asterisk" {
  sms = {
    allowed_countries = ["DE"]
    blocked_prefixes  = ["+49155*"]
  }
}

# judged: sms.allowed_ranges: one of disaster_relief
module "range_unknown" {
  sms = {
    allowed_countries = ["DE"]
    allowed_ranges    = ["DE", "satellite"]
  }
}

# judged: sms.routes: "default", which the ranges of sms.allowed_ranges take. Got: none.
module "range_without_route" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { DE = ["aws"] }
    allowed_ranges    = ["satellite"]
  }
}

# judged: protection.test_recipients: numbers or addresses of testers. Got: none.
module "test_numbers_none" {
  senders = { aws = { sns = {} }, testers = { slack = { secret_arn = local.secret, environment = "test" } } }
  protection = {
    test_recipients = { numbers = [], sender = "testers" }
  }
}

# judged: a number in E.164
module "test_number_short" {
  senders = { aws = { sns = {} }, testers = { slack = { secret_arn = local.secret, environment = "test" } } }
  protection = {
    test_recipients = { numbers = ["+123456"], sender = "testers" }
  }
}

# judged: six digits or more of its beginning and an asterisk
module "test_number_of_everybody" {
  senders = { aws = { sns = {} }, testers = { slack = { secret_arn = local.secret, environment = "test" } } }
  protection = {
    test_recipients = { numbers = ["+15550*"], sender = "testers" }
  }
}

# refused: or webhook, so that no message goes to a user. Got: something else. Fix: name one of these: other.
module "test_sender_unknown" {
  sms     = { allowed_countries = ["DE"], routes = { default = ["aws"] } }
  senders = { aws = { sns = {} }, other = { slack = { secret_arn = aws_secretsmanager_secret.unknown.arn, environment = "test" } } }
  protection = {
    test_recipients = { numbers = ["+15550100*"], sender = "testers" }
  }
}

# refused: protection.test_recipients.sender: a sender that is on
module "test_sender_off" {
  senders = { aws = { sns = {} }, testers = { enabled = false, slack = { secret_arn = local.secret, environment = "test" } } }
  protection = {
    test_recipients = { numbers = ["+15550100*"], sender = "testers" }
  }
}

# refused: so that no message goes to a user
module "test_sender_to_phones" {
  senders = { aws = { sns = {} }, testers = { sns = {} } }
  protection = {
    test_recipients = { numbers = ["+15550100*"], sender = "testers" }
  }
}

# refused: sms.routes: a sender that carries text messages, for all but the test recipients. Got: none.
module "test_sender_alone" {
  sms = {
    allowed_countries = ["DE"]
    routes            = {}
  }
  senders = { testers = { slack = { secret_arn = aws_secretsmanager_secret.unknown.arn, environment = "test" } } }
  protection = {
    test_recipients = { numbers = ["+15550100*"], sender = "testers" }
  }
}

# refused: Fix: set sms.routes = { default = ["aws","other"] }, in the order
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

# judged: protection.code_lifetimes_seconds: each name is a trigger
module "life_of_an_unknown_trigger" {
  protection = {
    code_lifetimes_seconds = { MFA = 300 }
  }
}

# judged: protection.code_lifetimes_seconds.SignUp: a whole number from 60 to 31536000
module "life_too_short" {
  protection = {
    code_lifetimes_seconds = { SignUp = 59 }
  }
}

# judged: protection.code_lifetimes_seconds.SignUp: a whole number from 60 to 31536000
module "life_of_parts_of_seconds" {
  protection = {
    code_lifetimes_seconds = { SignUp = 60.5 }
  }
}

# refused: protection.on_ledger_failure: "send" without a ledger. Got: "refuse".
module "ledger_failure_without_ledger" {
  protection = {
    ledger            = { enabled = false, kms_key_arn = aws_kms_key.unknown.arn }
    on_ledger_failure = "refuse"
  }
}

# refused by what it makes: in eu-central-1, where the table is
module "ledger_key_in_another_region" {
  retries = { failure_queue = { kms_key_arn = aws_kms_key.unknown.arn } }
  protection = {
    ledger = { kms_key_arn = sensitive("arn:aws:kms:us-east-1:123456789012:key/1") }
  }
}
