# refused by what it makes: iam.secret_kms_key_arns[0]: the ARN of a key
module "secret_key_of_every_name" {
  iam = { secret_kms_key_arns = ["*"] }
}

# refused by what it makes: iam.secret_kms_key_arns[1]: the ARN of a key. Got: something else. Fix: write …:kms:<region>:<account>:key/<id>; a policy takes no alias
module "secret_key_alias" {
  iam = { secret_kms_key_arns = [local.key, "alias/secrets"] }
}

# refused: starts and ends with a slash
module "path" {
  iam = { path = "sms" }
}

# refused by what it makes: policies of the function's role
module "too_many_rights" {
  senders = { one = { twilio = { from = "+15550100", secret_arn = local.secret } } }
  iam     = { secret_kms_key_arns = [for key in range(60) : "${substr(local.key, 0, length(local.key) - 12)}${key + 100000000000}"] }
}
