# Three senders in order, and one for testers; limits, alarms and a dashboard; a pool with an e-mail sender of its own beside
# ours; customer managed keys throughout, optional VPC. Secrets are written without ever being in the state (write-only arguments: Terraform 1.11).

module "sender" {
  source = "../.."

  name = "complete-login"

  sms = {
    allowed_countries = ["AT", "CA", "CH", "DE", "IN", "US"]
    routes            = { default = ["aws", "twilio", "own"] }
    templates = {
      en = {
        default                     = "$code is your $brand code. It is valid for $minutes minutes. We never ask for it."
        AdminCreateUser             = "Your $brand account is ready. Sign in with this phone number and the password $code"
        AccountTakeOverNotification = "Someone signed in to your $brand account in an unusual way. Was it not you? Change your password."
      }
      de = {
        default                     = "$code ist Ihr Code für $brand. Er gilt $minutes Minuten. Wir fragen nie danach."
        AdminCreateUser             = "Ihr Konto bei $brand ist bereit. Melden Sie sich mit dieser Telefonnummer an. Ihr Passwort ist $code"
        AccountTakeOverNotification = "Jemand hat sich ungewöhnlich bei $brand angemeldet. Waren Sie das nicht? Ändern Sie Ihr Passwort."
      }
    }
    limits = {
      number  = { max = 5 }
      prefix  = { max = 50 }
      country = { max = 2000, mode = "enforce" }
      overall = { max = 3000, mode = "enforce" }
    }
  }

  senders = {
    aws = {
      end_user_messaging = {
        origination_identity   = var.origination_identity
        configuration_set_name = aws_pinpointsmsvoicev2_configuration_set.codes.name
        max_price              = "0.25"
      }
    }
    twilio = {
      twilio = {
        messaging_service_sid = var.twilio_messaging_service_sid
        secret_arn            = aws_secretsmanager_secret.twilio.arn
      }
    }
    own = {
      webhook = {
        url        = var.webhook_url
        secret_arn = aws_ssm_parameter.webhook.arn
      }
    }
    testers = {
      sns_topic = {
        topic_arn   = aws_sns_topic.testers.arn
        kms_key_arn = aws_kms_key.data.arn
        environment = "test"
      }
    }
  }

  user_pool = {
    name         = "complete-login"
    sign_in      = { phone_number = true, email = true }
    self_sign_up = true
    mfa          = { mode = "OPTIONAL", software_token = true }
    password_policy = {
      minimum_length  = 14
      require_symbols = true
    }
    account_recovery    = ["verified_email", "verified_phone_number"]
    custom_email_sender = var.custom_email_sender
  }

  messages = {
    brand          = "Acme"
    default_locale = "en"
  }

  function = {
    memory_size = 1769 # one vCPU
    # A new account's quota may be too small to reserve anything of it.
    reserved_concurrency = var.reserved_concurrency
    vpc                  = var.vpc
  }

  package = {
    filename = var.self_contained_package
    layers   = var.self_contained_package == null ? null : []
  }

  protection = {
    ledger = { point_in_time_recovery = true, kms_key_arn = aws_kms_key.data.arn }
    # Numbers in the range that North America keeps for fiction: nobody has them.
    test_recipients        = { numbers = ["+15550100*"], sender = "testers" }
    code_lifetimes_seconds = { AdminCreateUser = 604800 } # the pool's temporary_password_validity_days
  }

  retries = {
    max_event_age_seconds = 600
    max                   = 2
    failure_queue         = { retention_seconds = 14400, kms_key_arn = aws_kms_key.data.arn }
  }

  monitoring = {
    log_retention_days = 400
    log_kms_key_arn    = aws_kms_key.data.arn
    debug_sample_rate  = 0.01
    alarms = {
      topic_arns = [aws_sns_topic.on_call.arn]
      segments   = { threshold = 500 }
      silence    = { enabled = true, hours = 12 }
    }
    dashboard = { enabled = true, price_per_segment = 0.08 }
  }

  iam = {
    path                     = "/sms/"
    permissions_boundary_arn = var.permissions_boundary_arn
    secret_kms_key_arns      = [aws_kms_key.data.arn]
  }

  kms_key = {
    multi_region           = true
    pool_manager_role_arns = var.pool_manager_role_arns
  }

  tags = local.tags
}

locals {
  tags = { application = "login", owner = "platform" }
}

# Messages that use it can be counted, filtered and sent on (event destinations, protect configuration).
resource "aws_pinpointsmsvoicev2_configuration_set" "codes" {
  name                 = "complete-login"
  default_message_type = "TRANSACTIONAL"
  tags                 = local.tags
}
