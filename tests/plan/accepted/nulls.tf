# A null element is as if it were not there.
module "nulls" {
  sms = {
    allowed_countries = ["DE", "IN", null]
    allowed_ranges    = ["satellite", null]
    blocked_prefixes  = ["+49155", null]
    routes            = { default = ["own", null], DE = null }
    limits            = { number = null, prefix = { max = null } }
    templates         = { en = null, de = { SignUp = null, default = "$code" } }
    max_segments      = { de = null, default = 3 }
    autofill = {
      web_otp = { domain = null }
      android = null
      clients = { none = null, web = { web_otp = { domain = "login.example.com" }, android = { app_hash = null } } }
    }
    country_locales = { AT = null, DE = "de" }
    india           = { entity_id = "1101", template_ids = { en = null, de = { SignUp = null, default = "1107" } } }
  }
  messages = {
    attributes       = { given = null, first_name = "given_name" }
    built_in_locales = ["de", null]
  }
  senders = {
    none = null
    eum  = { enabled = false, end_user_messaging = { origination_by_country = { DE = null } } }
    own = { http = {
      secret_arn = local.secret
      url        = "https://api.provider.example/sms"
      headers    = { X-None = null }
      body       = jsonencode({ to = "{number}", text = "{text}" })
      rules      = [null, { outcome = "SENT", status = ["200", null] }]
    } }
  }
  kms_key = { existing = { arn = local.key } }
}

module "nulls_around_the_function" {
  senders = {
    own     = { webhook = { url = "https://sms.example.com/send", secret_arn = local.secret } }
    testers = { slack = { secret_arn = local.secret, environment = "test" } }
  }
  sms        = { allowed_countries = ["DE"], routes = { default = ["own"] } }
  function   = { vpc = { subnet_ids = ["subnet-1", null], security_group_ids = [null, "sg-1"] } }
  iam        = { secret_kms_key_arns = [null] }
  kms_key    = { existing = { arn = local.key }, also_decrypt = { old = null }, pool_manager_role_arns = [null, local.manager] }
  monitoring = { alarms = { topic_arns = [null, local.alarms] } }
  package    = { layers = [local.layer, null] }
  protection = {
    code_lifetimes_seconds = { SignUp = null, Authentication = 300 }
    test_recipients        = { numbers = ["+15550100*", null], sender = "testers" }
  }
  tags = { team = null, stage = "test" }
  user_pool = {
    account_recovery = [null, "verified_email"]
    triggers         = { pre_sign_up = null }
    verify           = [null, "email"]
  }
  user_pools = { main = { arn = local.pool }, none = null }
}

module "attachment_tags_of_null" {
  source       = "../../../modules/user-pool-attachment"
  access       = module.nulls_around_the_function.user_pool_access["main"]
  sms_role_arn = "arn:aws:iam::123456789012:role/sms"
  name         = "nulls"
  tags         = { team = null, stage = "test" }
}
