module "protection" {
  sms = {
    allowed_countries = ["DE"]
    limits = {
      number  = { max = 5, per_seconds = 600 }
      prefix  = { max = 40, mode = "monitor", without_last_digits = 3 }
      country = { max = 2000, per_seconds = 86400, mode = "enforce" }
      overall = { mode = "off" }
    }
    blocked_prefixes = ["+49155", "+4915"]
    allowed_ranges   = ["satellite", "inmarsat"]
  }
  senders = { aws = { sns = {} }, testers = { slack = { secret_arn = local.secret, environment = "test" } } }
  protection = {
    ledger                 = { point_in_time_recovery = true, deletion_protection = true }
    on_ledger_failure      = "refuse"
    test_recipients        = { numbers = ["+4915550001", "+15550100*"], sender = "testers" }
    code_lifetimes_seconds = { Authentication = 300 }
  }
  kms_key = { existing = { arn = local.key } }
}

module "protection_edges" {
  sms = {
    allowed_countries = ["DE"]
    routes            = { default = ["aws", "own"] }
    limits = {
      number  = { max = 1, per_seconds = 1 }
      prefix  = { max = 1000000000, per_seconds = 2592000, without_last_digits = 6 }
      country = { max = 1, mode = "enforce" }
      overall = { max = 1, mode = "enforce" }
    }
    blocked_prefixes = ["+1", "+123456789012345"]
    allowed_ranges = [
      "disaster_relief", "freephone", "inmarsat", "international_networks", "premium", "satellite",
      "shared_cost", "universal_personal",
    ]
  }
  senders = {
    aws = { sns = {} }
    own = { webhook = { url = "https://sms.example.com/send", secret_arn = local.parameter } }
  }
  protection = {
    test_recipients = {
      numbers = ["+123456*", "+1234567", "+123456789012345*", "+123456789012345"], sender = "own"
    }
    code_lifetimes_seconds = { Authentication = 60, AdminCreateUser = 31536000 }
  }
  kms_key = { existing = { arn = local.key } }
}

module "limits_off" {
  sms = {
    allowed_countries = ["DE"]
    limits = {
      number  = { mode = "off" }
      prefix  = { mode = "off" }
      country = { mode = "off" }
      overall = { mode = "off" }
    }
  }
  kms_key    = { existing = { arn = local.key } }
  monitoring = {}
}

module "ledger_key" {
  protection = {
    ledger = { kms_key_arn = local.other_key }
  }
}

module "ledger_off" {
  protection = {
    ledger = { enabled = false }
  }
  kms_key    = { existing = { arn = local.key } }
  monitoring = {}
}

module "delivery_of_short_lives" {
  protection = {
    code_lifetimes_seconds = { AccountTakeOverNotification = 180, AdminCreateUser = 180, Authentication = 180, ForgotPassword = 180, ResendCode = 180, SignUp = 180, UpdateUserAttribute = 180, VerifyUserAttribute = 180 }
  }
}

module "delivery_of_lives_of_half_an_hour" {
  protection = {
    code_lifetimes_seconds = { AccountTakeOverNotification = 600, AdminCreateUser = 600, Authentication = 600, ForgotPassword = 1800, ResendCode = 600, SignUp = 600, UpdateUserAttribute = 600, VerifyUserAttribute = 600 }
  }
}

module "unknown" {
  sms = {
    allowed_countries = ["AT", "DE", "US"]
    routes = {
      default = ["eum", "mailbox", "twilio", "own"], DE = ["codes", "verify", "vonage"], AT = ["chat", "aws"]
    }
  }
  senders = {
    aws = { sns = { origination_number = aws_pinpointsmsvoicev2_phone_number.unknown.phone_number } }
    eum = { end_user_messaging = {
      origination_identity   = aws_pinpointsmsvoicev2_phone_number.unknown.arn
      origination_by_country = { DE = aws_pinpointsmsvoicev2_phone_number.unknown.arn }
      configuration_set_name = aws_pinpointsmsvoicev2_configuration_set.unknown.id
    } }
    mailbox = {
      enabled   = false
      sns_topic = { topic_arn = aws_sns_topic.unknown.arn, environment = "test" }
    }
    own = { webhook = {
      url        = aws_lambda_function_url.unknown.function_url
      secret_arn = aws_ssm_parameter.unknown.arn
    } }
    twilio = { twilio = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100" } }
    codes = { notify = {
      notify_configuration_id = terraform_data.unknown.id
      configuration_set_name  = aws_pinpointsmsvoicev2_configuration_set.unknown.id
    } }
    verify = { twilio_verify = {
      service_sid = local.verify_sid, secret_arn = aws_secretsmanager_secret.unknown.arn
    } }
    vonage = { vonage = { secret_arn = aws_secretsmanager_secret.unknown.arn, from = "+15550100123" } }
    chat = { whatsapp = {
      phone_number_id = "106540352242922", template = "login", secret_arn = aws_ssm_parameter.unknown.arn
    } }
    channel = { enabled = false, slack = {
      secret_arn = aws_ssm_parameter.unknown.arn, environment = "test"
    } }
  }
  user_pool = {
    custom_email_sender = {
      lambda_arn = aws_lambda_function.unknown.arn
      role_arn   = aws_iam_role.unknown.arn
    }
    triggers = { pre_sign_up = aws_lambda_function.unknown.arn }
  }
  user_pools = {
    main = {
      arn                 = aws_cognito_user_pool.unknown.arn
      custom_email_sender = { role_arn = aws_iam_role.unknown.arn }
    }
  }
  protection = {
    ledger = { kms_key_arn = aws_kms_key.unknown.arn }
  }
  retries = {
    failure_queue = { kms_key_arn = aws_kms_key.unknown.arn }
  }
  package = { layers = [aws_lambda_layer_version.unknown.arn] }
  function = {
    vpc = {
      subnet_ids         = [aws_subnet.unknown.id]
      security_group_ids = [aws_security_group.unknown.id]
    }
    code_signing_config_arn = aws_lambda_code_signing_config.unknown.arn
  }
  iam = {
    permissions_boundary_arn = aws_iam_policy.unknown.arn
    secret_kms_key_arns      = [aws_kms_key.unknown.arn]
  }
  kms_key = {
    existing               = { arn = aws_kms_key.unknown.arn }
    also_decrypt           = { old = { arn = aws_kms_key.unknown.arn } }
    pool_manager_role_arns = [aws_iam_role.unknown.arn]
  }
  monitoring = {
    log_kms_key_arn = aws_kms_key.unknown.arn
    alarms          = { topic_arns = [aws_sns_topic.unknown.arn] }
    dashboard       = { enabled = true }
  }
}

# Every ARN from a resource of the same root, and sensitive besides.
module "sensitive" {
  sms = {
    allowed_countries = ["AT", "DE", "US"]
    routes = {
      default = ["eum", "mailbox", "twilio", "own"], DE = ["codes", "verify", "vonage"], AT = ["chat", "aws"]
    }
  }
  senders = {
    aws = { sns = { origination_number = sensitive(aws_pinpointsmsvoicev2_phone_number.unknown.phone_number) } }
    eum = { end_user_messaging = {
      origination_identity   = sensitive(aws_pinpointsmsvoicev2_phone_number.unknown.arn)
      origination_by_country = { DE = sensitive(aws_pinpointsmsvoicev2_phone_number.unknown.arn) }
      configuration_set_name = sensitive(aws_pinpointsmsvoicev2_configuration_set.unknown.id)
    } }
    mailbox = {
      enabled   = false
      sns_topic = { topic_arn = sensitive(aws_sns_topic.unknown.arn), environment = "test" }
    }
    own = { webhook = {
      url        = sensitive(aws_lambda_function_url.unknown.function_url)
      secret_arn = sensitive(aws_ssm_parameter.unknown.arn)
    } }
    twilio = { twilio = { secret_arn = sensitive(aws_secretsmanager_secret.unknown.arn), from = "+15550100" } }
    codes = { notify = {
      notify_configuration_id = sensitive(terraform_data.unknown.id)
      configuration_set_name  = sensitive(aws_pinpointsmsvoicev2_configuration_set.unknown.id)
    } }
    verify = { twilio_verify = {
      service_sid = local.verify_sid, secret_arn = sensitive(aws_secretsmanager_secret.unknown.arn)
    } }
    vonage = { vonage = { secret_arn = sensitive(aws_secretsmanager_secret.unknown.arn), from = "+15550100123" } }
    chat = { whatsapp = {
      phone_number_id = "106540352242922", template = "login", secret_arn = sensitive(aws_ssm_parameter.unknown.arn)
    } }
    channel = { enabled = false, slack = {
      secret_arn = sensitive(aws_ssm_parameter.unknown.arn), environment = "test"
    } }
  }
  user_pool = {
    custom_email_sender = {
      lambda_arn = sensitive(aws_lambda_function.unknown.arn)
      role_arn   = sensitive(aws_iam_role.unknown.arn)
    }
    triggers = { pre_sign_up = sensitive(aws_lambda_function.unknown.arn) }
  }
  user_pools = {
    main = {
      arn                 = sensitive(aws_cognito_user_pool.unknown.arn)
      custom_email_sender = { role_arn = sensitive(aws_iam_role.unknown.arn) }
    }
  }
  protection = {
    ledger = { kms_key_arn = sensitive(aws_kms_key.unknown.arn) }
  }
  retries = {
    failure_queue = { kms_key_arn = sensitive(aws_kms_key.unknown.arn) }
  }
  package = { layers = [sensitive(aws_lambda_layer_version.unknown.arn)] }
  function = {
    vpc = {
      subnet_ids         = [sensitive(aws_subnet.unknown.id)]
      security_group_ids = [sensitive(aws_security_group.unknown.id)]
    }
    code_signing_config_arn = sensitive(aws_lambda_code_signing_config.unknown.arn)
  }
  iam = {
    permissions_boundary_arn = sensitive(aws_iam_policy.unknown.arn)
    secret_kms_key_arns      = [sensitive(aws_kms_key.unknown.arn)]
  }
  kms_key = {
    existing               = { arn = sensitive(aws_kms_key.unknown.arn) }
    also_decrypt           = { old = { arn = sensitive(aws_kms_key.unknown.arn) } }
    pool_manager_role_arns = [sensitive(aws_iam_role.unknown.arn)]
  }
  monitoring = {
    log_kms_key_arn = sensitive(aws_kms_key.unknown.arn)
    alarms          = { topic_arns = [sensitive(aws_sns_topic.unknown.arn)] }
    dashboard       = { enabled = true }
  }
}
