# refuses: "*" would be every key
module "secret_key_of_every_name" {
  iam = { secret_kms_key_arns = ["*"] }
}

# refuses: takes no alias
module "secret_key_alias" {
  iam = { secret_kms_key_arns = ["alias/secrets"] }
}

# refuses: start and end with a slash
module "path" {
  iam = { path = "sms" }
}

# refuses: policies of the function's role
module "too_many_rights" {
  senders = { one = { twilio = { from = "+15550100", secret_arn = local.secret } } }
  iam     = { secret_kms_key_arns = [for key in range(60) : "${substr(local.key, 0, length(local.key) - 12)}${key + 100000000000}"] }
}
