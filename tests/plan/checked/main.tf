# Calls as people get them wrong. Terraform plans every one without a word. @module: where the module is.
locals {
  key     = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  protect = "arn:aws:sms-voice:us-east-1:123456789012:protect-configuration/protect-1"
  senders = { aws = { sns = {} } }
}

resource "terraform_data" "new" {}

# Constant: the plan has all of it.
module "misspelled" {
  source = "@module"

  name       = "misspelled"
  sms        = { allowed_countries = ["DE"], limits = { number = { max_per_hour = 3 } } }
  senders    = { aws = { sns = { max_prise = "0.50" } } }
  protection = { blocked_prefix = ["+4915550"] }
  iam        = { permissions_boundary = "arn:aws:iam::123456789012:policy/boundary" }
  function   = { subnet_ids = ["subnet-1"] }
  monitoring = { alarms = { enabled = false }, retention_in_days = 7 }
  kms_key    = { arn = "x", "+4915550001234" = "y" }
}

# One value that is not known yet, and the plan has only references of the whole argument.
module "reference" {
  source = "@module"

  name = "reference"
  sms  = { allowed_countries = ["DE"], routes = { default = ["twilio", "own"] } }
  senders = {
    twilio = { twilio = { secret_arn = terraform_data.new.id, from = "Acme", message_privat = true } }
    (local.key == "" ? "other" : "own") = {
      "http" : {
        secret_arn = terraform_data.new.id
        url        = "https://provider.example/send"
        body       = jsonencode({ to = "{number}", text = "{text}" })
        rules      = [({ outcome = "SENT", status = ["200"], state = ["sent"] })] # in parentheses
      }
    }
  }
  messages   = { brand = substr("Acme and others", 0, 4) }
  tags       = { new = terraform_data.new.id, any_name = "is right" }
  monitoring = { alarms = { enabled = false } }
}

# Not looked into, and said so.
module "no_literal" {
  source = "@module"

  name       = "no-literal"
  sms        = merge({ allowed_countries = ["DE"] }, {})
  senders    = local.senders
  iam        = { for name in ["path"] : name => "/sms/" }
  protection = { ledger = local.key == "" ? { enabled = false } : { enabled = true } }
  monitoring = { alarms = { enabled = false } }
}

# Right, several times, with a key that looks like an address.
module "right" {
  source   = "@module"
  for_each = toset(["a", "module.b[\"c\"]"])

  name       = "right-${length(each.key)}"
  sms        = { allowed_countries = ["DE", "IN"], country_locales = { DE = "de" }, limits = { number = { max = 3 } } }
  protection = { ledger = { kms_key_arn = local.key, deletion_protection = true } }
  senders    = { aws = { sns = {} } }
  kms_key    = { existing = { arn = local.key } }
  user_pool  = {}
  monitoring = { alarms = { topic_arns = [], silence = { enabled = false } } }
}

module "without_effect" {
  source = "@module"

  name = "without-effect"
  sms = {
    allowed_countries = ["DE"]
    country_locales   = { AT = "de", CH = "de", DE = "de" }
    india             = { entity_id = "1101", template_ids = { en = { default = "1107" } } }
    limits            = { number = { max = 3 } }
  }
  protection = {
    ledger = { enabled = false, kms_key_arn = local.key, deletion_protection = true, point_in_time_recovery = true }
  }
  retries    = { failure_queue = { enabled = false, kms_key_arn = local.key, retention_seconds = 3600 } }
  senders    = { aws = { sns = {} } }
  kms_key    = { existing = { arn = local.key }, deletion_window_in_days = 7, multi_region = true }
  monitoring = { alarms = { enabled = false, topic_arns = [terraform_data.new.id] } }
  package    = { source_code_hash = "x" }
}

# Nothing of it is known to have no effect.
module "perhaps_with_effect" {
  source = "@module"

  name    = "perhaps-with-effect"
  sms     = { allowed_countries = ["DE", "IN"], india = { entity_id = "1101", template_ids = { en = { default = "1107" } } } }
  senders = { aws = { sns = {} } }
  kms_key = { existing = null, deletion_window_in_days = 7, multi_region = true }
  monitoring = { alarms = {
    enabled = false, topic_arns = []
  } }
  package    = { source_code_hash = "x", filename = "${path.root}/own.zip" }
  protection = { ledger = { enabled = false, kms_key_arn = null, deletion_protection = false } }
  retries    = { failure_queue = { kms_key_arn = local.key, retention_seconds = 3600 } }
}

# An identity of another Region, beside a key that a first plan does not know.
module "other_region" {
  source = "@module"

  name       = "other-region"
  sms        = { allowed_countries = ["DE"] }
  senders    = { aws = { end_user_messaging = { protect_configuration_id = local.protect } } }
  monitoring = { alarms = { enabled = false } }
}

# A pool and an attachment that the root calls by themselves.
module "pool" {
  source = "@module/modules/user-pool"

  name          = "pool"
  lambda_config = module.right["a"].lambda_config
  mfa           = { mod = "ON" }
  triggers      = { pre_token_generatoin = { lambda_arn = terraform_data.new.id } }
}

module "attachment" {
  source = "@module/modules/user-pool-attachment"

  name         = "attachment"
  sms_role_arn = "arn:aws:iam::123456789012:role/sms"
  monitoring   = { retention_days = 7 }
  access = {
    user_pool_arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Abc"
    authorized_by = ["a"]
    lambda_config = {
      kms_key_id        = local.key
      custom_sms_sender = { lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:a", lambda_version = "V1_0" }
    }
  }
}

# Somebody's own, which is like ours.
module "own_pool" {
  source = "./own_pool"

  name          = "own"
  lambda_config = {}
  mfa           = { any = "thing" }
}

module "waits" {
  source     = "@module"
  depends_on = [terraform_data.new]

  name       = "waits"
  sms        = { allowed_countries = ["DE"] }
  senders    = { aws = { sns = {} } }
  monitoring = { alarms = { enabled = false } }
}

module "wrapper" {
  source     = "./wrapper"
  depends_on = [terraform_data.new]

  secret_arn = terraform_data.new.id
}

module "overridden" {
  source = "@module"

  name       = "overridden"
  sms        = { allowed_countries = ["DE"] }
  senders    = { aws = { sns = { sender_id = local.key, origin = "x" } } }
  monitoring = { alarms = { enabled = false } }
}
