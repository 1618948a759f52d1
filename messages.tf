# What variables.tf checks `messages` against. The rules are the function's (function/src/cognito_sms_sender/templates.py).
locals {
  built_in_tags = [
    for file in fileset("${path.module}/function/src/cognito_sms_sender/built_in_texts", "*.json") : trimsuffix(file, ".json")
  ]
  built_in_locales = [for tag in local.built_in_tags : lower(tag)]

  text_keys = [
    "default", "SignUp", "ResendCode", "ForgotPassword", "UpdateUserAttribute", "VerifyUserAttribute", "Authentication",
    "AdminCreateUser", "AccountTakeOverNotification",
  ]

  placeholders = ["code", "brand", "minutes", "username"]
  placeholder  = "^[a-z][a-z0-9_]{0,30}$"

  domain = "^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$"
}
