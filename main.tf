# The root only composes: what AWS needs is in modules/*. What depends on what:
#
#   key, function ──► lambda_config ──► pool ──► permission, grant, key policy
#
# The function knows no pool, so a pool in the same root can use lambda_config, and everything that needs the pool's ARN
# comes after it: no cycle, one apply.

locals {
  # One sender is the route; the order of several is the user's to say (checked in variables.tf).
  routes = length(var.routes) > 0 ? var.routes : { default = local.implied_route }

  # Kinds whose provider writes the text itself: all that they carry is a code.
  codes_only_kinds = ["notify", "twilio_verify", "whatsapp"]
  routes_for_codes_only = [
    for route, names in local.routes : route if alltrue([
      for name in names : anytrue(concat(
        [for kind in local.codes_only_kinds : try(var.senders[name][kind] != null, false)],
        [try(var.senders[name].http.body != null && !can(regex("\"\\{text\\}\"", var.senders[name].http.body)), false)],
      ))
      if try(var.senders[name].enabled, true)
    ])
  ]

  # The pools that this module is given, and the one that it makes. That there is one is no secret, whatever is in it: after a
  # sensitive condition the map would be sensitive, and no for_each takes that.
  user_pools = merge(
    var.user_pools,
    nonsensitive(var.user_pool == null) ? {} : {
      user_pool = { arn = module.user_pool[0].arn, custom_email_sender = var.user_pool.custom_email_sender }
    },
  )

  lambda_config = {
    kms_key_id = module.encryption_key.key_arn
    custom_sms_sender = {
      lambda_arn     = module.sender_function.alias_arn
      lambda_version = "V1_0" # the only version there is
    }
  }
}

# A warning and no error: a pool whose administrator never invites anybody, or only by e-mail, needs no other sender.
check "temporary_passwords" {
  assert {
    condition     = length(local.routes_for_codes_only) == 0
    error_message = "${var.name}: no sender of the route ${join(", ", local.routes_for_codes_only)} can carry a temporary password: notify, twilio_verify, whatsapp and an http description without {text} carry only codes. Invitations (AdminCreateUser) with such a number are not sent: put another sender into the route, or invite by e-mail only."
  }
}

module "encryption_key" {
  source = "./modules/encryption-key"

  deletion_window_in_days = var.kms_key.deletion_window_in_days
  existing                = var.kms_key.existing
  multi_region            = var.kms_key.multi_region
  name                    = var.name
  pool_manager_role_arns  = var.kms_key.pool_manager_role_arns
  tags                    = var.tags
  user_pool_arns          = [for pool in local.user_pools : pool.arn]
}

module "messages" {
  source = "./modules/messages"

  code_lifetimes_seconds = merge(local.code_lifetimes, var.protection.code_lifetimes_seconds)
  messages               = merge(var.messages, { brand = coalesce(var.messages.brand, var.name) })
  name                   = var.name
}

# Nothing in here may refer to a pool: that would be a cycle for everyone whose pool uses lambda_config.
module "sender_function" {
  source = "./modules/sender-function"

  allowed_countries = var.allowed_countries
  delivery          = merge(var.delivery, local.event_delivery)
  function          = var.function
  iam               = var.iam
  kms_key_arns      = concat([module.encryption_key.key_arn], [for key in values(var.kms_key.also_decrypt) : key.arn])
  messages          = module.messages.content
  monitoring        = var.monitoring
  name              = var.name
  package           = var.package
  protection        = var.protection
  routes            = local.routes
  senders           = var.senders
  tags              = var.tags
}

module "user_pool" {
  source = "./modules/user-pool"
  count  = var.user_pool == null ? 0 : 1

  account_recovery    = var.user_pool.account_recovery
  deletion_protection = var.user_pool.deletion_protection
  email               = var.user_pool.email
  iam = {
    path                     = var.iam.path
    permissions_boundary_arn = var.iam.permissions_boundary_arn
  }
  lambda_config   = local.lambda_config
  mfa             = var.user_pool.mfa
  name            = coalesce(var.user_pool.name, var.name)
  password_policy = var.user_pool.password_policy
  self_sign_up    = var.user_pool.self_sign_up
  sign_in         = var.user_pool.sign_in
  tags            = var.tags
  triggers        = merge(var.user_pool.triggers, { custom_email_sender = var.user_pool.custom_email_sender })
  verify          = var.user_pool.verify
}

module "user_pool_access" {
  source   = "./modules/user-pool-access"
  for_each = local.user_pools

  alias_name          = module.sender_function.alias_name
  also_decrypt        = var.kms_key.also_decrypt
  custom_email_sender = each.value.custom_email_sender
  function_arn        = module.sender_function.function_arn
  kms_key_arn         = module.encryption_key.key_arn
  name                = each.key
  role_arn            = module.sender_function.role_arn
  user_pool_arn       = each.value.arn
}
