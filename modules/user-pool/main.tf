data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  # `id`: the provider's version 6 deprecates `name`, and 5.100 has no `region` yet.
  region = data.aws_region.current.id

  is_sms_on = var.lambda_config.custom_sms_sender != null
  # Ours, or the user's own function beside our SMS.
  email_senders = concat(var.lambda_config.custom_email_sender[*], [
    for own in var.triggers.custom_email_sender[*] : { lambda_arn = own.lambda_arn, lambda_version = "V1_0" }
  ])

  # Without SMS nobody can confirm a number.
  sign_in_attributes = compact([
    coalesce(var.sign_in.phone_number, local.is_sms_on) ? "phone_number" : "",
    coalesce(var.sign_in.email, !local.is_sms_on) ? "email" : "",
  ])
  verified_attributes = (
    var.verify != null ? compact(var.verify)
    : length(local.sign_in_attributes) > 0 ? local.sign_in_attributes
    : [local.is_sms_on ? "phone_number" : "email"]
  )
  verified         = [for attribute in local.verified_attributes : "verified_${attribute}"]
  account_recovery = compact(var.account_recovery)
  # Cognito demands one.
  recovery_mechanisms = coalescelist(local.account_recovery, local.verified, ["admin_only"])

  # Attributes by which nobody can recover.
  unverified = setsubtract(local.account_recovery, concat(local.verified, ["admin_only"]))
  wrong_triggers = [
    for name, trigger in var.triggers : name
    if trigger != null && !can(regex(
      "^arn:[a-z0-9-]+:lambda:${local.region}:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9$_-]+)?$", try(trigger.lambda_arn, trigger),
    ))
  ]

  tags = { for name, value in var.tags : name => value if value != null }
}

resource "aws_cognito_user_pool" "this" {
  name                     = var.name
  username_attributes      = length(local.sign_in_attributes) > 0 ? local.sign_in_attributes : null
  auto_verified_attributes = local.verified_attributes
  mfa_configuration        = var.mfa.mode
  deletion_protection      = var.deletion_protection ? "ACTIVE" : "INACTIVE"
  tags                     = local.tags

  username_configuration {
    # "Ann" and "ann" are one user. Cannot be changed later.
    case_sensitive = false
  }

  admin_create_user_config {
    allow_admin_create_user_only = !var.self_sign_up
  }

  account_recovery_setting {
    dynamic "recovery_mechanism" {
      for_each = local.recovery_mechanisms

      content {
        name     = recovery_mechanism.value
        priority = recovery_mechanism.key + 1
      }
    }
  }

  dynamic "email_configuration" {
    for_each = var.email == null ? [] : [var.email]

    content {
      email_sending_account  = "DEVELOPER"
      source_arn             = email_configuration.value.source_arn
      from_email_address     = email_configuration.value.from
      reply_to_email_address = email_configuration.value.reply_to
      configuration_set      = email_configuration.value.configuration_set
    }
  }

  password_policy {
    minimum_length                   = var.password_policy.minimum_length
    require_lowercase                = var.password_policy.require_lowercase
    require_uppercase                = var.password_policy.require_uppercase
    require_numbers                  = var.password_policy.require_numbers
    require_symbols                  = var.password_policy.require_symbols
    password_history_size            = var.password_policy.history_size
    temporary_password_validity_days = var.password_policy.temporary_password_validity_days
  }

  dynamic "software_token_mfa_configuration" {
    for_each = var.mfa.mode == "OFF" ? [] : [var.mfa.software_token]

    content {
      enabled = software_token_mfa_configuration.value
    }
  }

  # Cognito demands the texts, which the trigger's take the place of.
  dynamic "email_mfa_configuration" {
    for_each = var.mfa.email ? [true] : []

    content {
      message = "{####}"
      subject = var.name
    }
  }

  # A new number replaces the old one only when its owner has entered the code.
  user_attribute_update_settings {
    attributes_require_verification_before_update = local.verified_attributes
  }

  lambda_config {
    kms_key_id = var.lambda_config.kms_key_id

    dynamic "custom_sms_sender" {
      for_each = var.lambda_config.custom_sms_sender[*]

      content {
        lambda_arn     = custom_sms_sender.value.lambda_arn
        lambda_version = custom_sms_sender.value.lambda_version
      }
    }

    # UpdateUserPool resets what it is not told: the pool's owner has to name every trigger.
    create_auth_challenge          = var.triggers.create_auth_challenge
    custom_message                 = var.triggers.custom_message
    define_auth_challenge          = var.triggers.define_auth_challenge
    post_authentication            = var.triggers.post_authentication
    post_confirmation              = var.triggers.post_confirmation
    pre_authentication             = var.triggers.pre_authentication
    pre_sign_up                    = var.triggers.pre_sign_up
    user_migration                 = var.triggers.user_migration
    verify_auth_challenge_response = var.triggers.verify_auth_challenge_response

    dynamic "custom_email_sender" {
      for_each = local.email_senders

      content {
        lambda_arn     = custom_email_sender.value.lambda_arn
        lambda_version = custom_email_sender.value.lambda_version
      }
    }

    dynamic "pre_token_generation_config" {
      for_each = var.triggers.pre_token_generation == null ? [] : [var.triggers.pre_token_generation]

      content {
        lambda_arn     = pre_token_generation_config.value.lambda_arn
        lambda_version = pre_token_generation_config.value.lambda_version
      }
    }
  }

  # Cognito demands a role that can publish to SNS before it offers SMS at all, and checks it, although the trigger takes
  # every message.
  dynamic "sms_configuration" {
    for_each = aws_iam_role.sms

    content {
      external_id    = var.name
      sns_caller_arn = sms_configuration.value.arn
    }
  }

  lifecycle {
    # Cognito cannot change these. Terraform would take the sender's permission and grant from the pool, then delete it
    # with its users. Deletion protection would stop that, and leave the pool without them.
    ignore_changes = [name, username_attributes]

    precondition {
      condition = contains(local.account_recovery, "admin_only") ? length(local.account_recovery) == 1 : length(local.unverified) == 0
      error_message = join(" ", [
        "User pool ${var.name}: account_recovery: attributes that verify has, or \"admin_only\" alone. Got:",
        "${join(", ", local.account_recovery)}. Fix: verify the attribute too, or take it out. \"admin_only\" means that users cannot",
        "recover by themselves, so it stands alone.",
      ])
    }

    precondition {
      # "InvalidParameterException": what a password is forgotten for must not be the second factor too.
      condition = !var.mfa.email || join("", local.recovery_mechanisms) != "verified_email"
      error_message = join(" ", [
        "User pool ${var.name}: account_recovery: another way than e-mail where mfa.email is on. Got: verified_email alone.",
        "Fix: add \"verified_phone_number\", or set [\"admin_only\"].",
      ])
    }

    precondition {
      condition = length(local.email_senders) < 2
      error_message = join(" ", [
        "User pool ${var.name}: one custom e-mail sender. Got: lambda_config.custom_email_sender and triggers.custom_email_sender.",
        "Fix: take yours out, or set the sender's email = null.",
      ])
    }

    precondition {
      condition = length(local.wrong_triggers) == 0
      error_message = join(" ", [
        "User pool ${var.name}: triggers[${nonsensitive(join(", ", local.wrong_triggers))}]: the ARN of a function in ${local.region}, or of its",
        "alias or version. Got: something else. Fix: write …:lambda:<region>:<account>:function:<name>, not a name.",
      ])
    }

    postcondition {
      condition = (
        self.name == var.name
        && toset(coalesce(self.username_attributes, [])) == toset(local.sign_in_attributes)
      )
      error_message = join(" ", [
        "User pool ${self.name}: Cognito cannot change a pool's name or sign_in. Got: name = \"${var.name}\", sign-in by",
        "${join(", ", coalescelist(local.sign_in_attributes, ["user name"]))}. Fix: set both as they were, or make another pool,",
        "without this one's users.",
      ])
    }

    postcondition {
      # The provider cannot take it off, and Cognito refuses every later change of a pool whose SMS role is gone.
      condition = local.is_sms_on || length(self.sms_configuration) == 0
      error_message = join(" ", [
        "User pool ${self.name}: no SMS configuration while the sender's SMS is off. Got: one. Fix: take it off in Cognito, or",
        "leave SMS on.",
      ])
    }
  }

  # "InvalidSmsRoleAccessPolicyException: Role does not have permission to publish with SNS"
  depends_on = [aws_iam_role_policy.sms]
}
