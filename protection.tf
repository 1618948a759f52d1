# What variables.tf checks `protection` against, and what follows from it. The function has the same words and numbers
# (function/src/cognito_sms_sender/protection.py, destination.py and message.py); tests hold them together.
locals {
  # Calling codes of no country, by name.
  special_ranges = [
    "disaster_relief", "freephone", "inmarsat", "international_networks", "premium", "satellite", "shared_cost",
    "universal_personal",
  ]

  # How long Cognito accepts what it has sent, in seconds, unless the pool says otherwise.
  code_lifetimes = {
    AccountTakeOverNotification = 86400
    AdminCreateUser             = 604800
    Authentication              = 180
    ForgotPassword              = 3600
    ResendCode                  = 86400
    SignUp                      = 86400
    UpdateUserAttribute         = 86400
    VerifyUserAttribute         = 86400
  }
  longest_code_lifetime = max(values(merge(local.code_lifetimes, var.protection.code_lifetimes_seconds))...)

  # No longer than a code can be of use; no shorter than a new grant takes to be known everywhere. An hour is enough for a
  # jam at Lambda, and nobody waits for longer. Lambda tries again after one minute and after two more: with codes that are
  # dead by then, the second time would be for nothing.
  event_delivery = {
    max_event_age_seconds = coalesce(var.delivery.max_event_age_seconds, min(3600, max(300, local.longest_code_lifetime)))
    max_retries           = coalesce(var.delivery.max_retries, local.longest_code_lifetime <= 180 ? 1 : 2)
  }

  # The sender of the test numbers needs no route, and is in none that nobody has written.
  test_sender   = try(var.protection.test_numbers.sender, null)
  implied_route = [for name in keys(var.senders) : name if name != local.test_sender]
}
