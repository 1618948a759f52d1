# What variables.tf checks `messages` against. The rules are the function's (function/src/cognito_sms_sender/templates.py).
locals {
  built_in_tags = [
    for file in fileset("${path.module}/function/src/cognito_sms_sender/built_in_texts", "*.json") : trimsuffix(file, ".json")
  ]
  built_in_locales = [for tag in local.built_in_tags : lower(tag)]

  # What a locale that has no texts of its own is looked for as (locales.py).
  unsaid = {
    in    = "id"
    pt-ao = "pt-pt"
    pt-ch = "pt-pt"
    pt-cv = "pt-pt"
    pt-fr = "pt-pt"
    pt-gq = "pt-pt"
    pt-gw = "pt-pt"
    pt-lu = "pt-pt"
    pt-mo = "pt-pt"
    pt-mz = "pt-pt"
    pt-st = "pt-pt"
    pt-tl = "pt-pt"
    zh-cn = "zh-hans"
    zh-hk = "zh-hant"
    zh-mo = "zh-hant"
    zh-sg = "zh-hans"
    zh-tw = "zh-hant"
  }

  text_keys = [
    "default", "SignUp", "ResendCode", "ForgotPassword", "UpdateUserAttribute", "VerifyUserAttribute", "Authentication",
    "AdminCreateUser", "AccountTakeOverNotification",
  ]

  placeholders = ["code", "brand", "minutes", "username"]
  placeholder  = "^[a-z][a-z0-9_]{0,30}$"

  domain = "^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$"
}
