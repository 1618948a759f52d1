# What a plan shows of a version of the module that refuses nothing. It needs no provider.
variable "format" {
  type    = number
  default = 2
}

variable "sms" {
  type    = any
  default = { allowed_countries = ["DE"], routes = { default = ["aws"] } }
}

variable "messages" {
  type    = any
  default = { brand = "Acme", default_locale = "en" }
}

variable "senders" {
  type    = any
  default = {}
}

resource "terraform_data" "configuration" {
  input = {
    module = "cognito-custom-sender"
    format = var.format
    settings = {
      name       = "other"
      sms        = var.sms
      messages   = var.messages
      protection = { code_lifetimes_seconds = {}, on_ledger_failure = "send", test_recipients = null }
      monitoring = { debug_sample_rate = 0, log_level = "INFO", metrics_namespace = "CognitoCustomSender" }
      senders    = { aws = { kind = "sns", enabled = true, sms_type = "Transactional" } }
    }
    references = {
      "kms_keys.0" = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    }
  }
}
