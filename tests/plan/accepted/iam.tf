module "webhook" {
  senders = { own = { webhook = { url = "https://sms.example.com/send", secret_arn = local.parameter } } }
  iam     = { secret_kms_key_arns = [local.other_key] }
  kms_key = { existing = { arn = local.key } }
}
