# Forms of values that several variables take, for variables.tf. The function applies the same rules when it starts
# (function/src/cognito_sms_sender/settings.py and senders/attributes.py): what it would refuse must not pass a plan.
locals {
  key_arn  = "^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"
  role_arn = "^arn:[a-z0-9-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$"

  # One pool: what it is in (a permission's source, the key's policy) would take an asterisk for every pool.
  user_pool_arn = "^arn:[a-z0-9-]+:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[a-z0-9-]+_[0-9A-Za-z]+$"

  secret_arn = join("", [
    "^arn:aws[a-z-]*:(?:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+",
    "|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+)$",
  ])

  # Printable ASCII without "#" and "\\", and no "@" before the path: readers of URLs disagree about the host there.
  webhook_url = "^https://[A-Za-z0-9._-]+${local.url_port}(?:[/?][!\"$-\\[\\]-~]*)?$"
}
