# A plan then knows neither Region nor partition: the rules about them wait for the apply.
module "region_unknown" {
  depends_on = [terraform_data.unknown]
  senders = {
    own     = { webhook = { url = "https://sms.example.com/send", secret_arn = local.secret } }
    testers = { slack = { secret_arn = local.secret, environment = "test" } }
  }
  sms        = { allowed_countries = ["DE"], routes = { default = ["own"] } }
  function   = { code_signing_config_arn = local.signing }
  iam        = { secret_kms_key_arns = [local.other_key] }
  kms_key    = { existing = { arn = local.key }, also_decrypt = { old = { arn = local.other_key } } }
  monitoring = { log_kms_key_arn = local.key, alarms = { topic_arns = [local.alarms] } }
  package    = { layers = [local.layer] }
  protection = { ledger = { kms_key_arn = local.key }, test_recipients = { numbers = ["+15550100*"], sender = "testers" } }
  retries    = { failure_queue = { kms_key_arn = local.key } }
  user_pool  = { triggers = { pre_sign_up = "${local.functions}:sign-up" } }
  user_pools = { main = { arn = local.pool } }
}
