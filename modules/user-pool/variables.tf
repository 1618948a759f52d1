variable "lambda_config" {
  description = "The sender: the output `lambda_config` of the sender module, as it is."
  type = object({
    kms_key_id = string
    custom_sms_sender = object({
      lambda_arn     = string
      lambda_version = optional(string, "V1_0")
    })
  })
  nullable = false
}

variable "name" {
  description = "Name of the pool, and the start of its SMS role's name (<name>-sms-…)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{1,39}$", var.name))
    error_message = "The pool's name must have 2 to 40 letters, digits, hyphens and underscores, and start with a letter or digit: the SMS role's name adds to it, and IAM allows 64 characters."
  }
}

variable "account_recovery" {
  description = <<-EOT
    How a user without a password gets back, best first: "verified_phone_number", "verified_email", or only "admin_only".
    Empty: what is verified (`verify`), or "admin_only" if nothing is. (A user whose second factor is SMS cannot recover by SMS.)
  EOT
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(var.account_recovery, ["verified_phone_number", "verified_email", "admin_only"])) == 0
    error_message = "User pool ${var.name}: account_recovery takes \"verified_phone_number\", \"verified_email\" and \"admin_only\"."
  }

  validation {
    condition     = !contains(var.account_recovery, "admin_only") || length(var.account_recovery) == 1
    error_message = "User pool ${var.name}: account_recovery: \"admin_only\" means that users cannot recover by themselves, so it stands alone."
  }
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the pool. Turn it off and apply before you destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "email" {
  description = <<-EOT
    The pool's e-mail through Amazon SES; null: Cognito's own sending, at most 50 messages a day.
    - `source_arn`: ARN of a verified SES identity, in a Region that Cognito can use.
    - `from`: "Acme <login@example.com>", of that identity; default: the identity's address.
    - `reply_to`, `configuration_set`.
  EOT
  type = object({
    source_arn        = string
    from              = optional(string)
    reply_to          = optional(string)
    configuration_set = optional(string)
  })
  default = null

  validation {
    condition     = var.email == null ? true : can(regex("^arn:[a-z0-9-]+:ses:[a-z0-9-]+:[0-9]{12}:identity/.+$", var.email.source_arn))
    error_message = "User pool ${var.name}: email.source_arn must be the ARN of an SES identity (arn:…:ses:<region>:<account>:identity/<domain or address>)."
  }

  validation {
    # Cognito: "Email address is not verified": an identity that is a domain has no address of its own.
    condition     = var.email == null ? true : try(can(regex("@", var.email.source_arn)) || var.email.from != null, true)
    error_message = "User pool ${var.name}: email.source_arn is a domain, so email.from must say which address of it sends."
  }
}

variable "iam" {
  description = "Path and permissions boundary of the SMS role."
  type = object({
    path                     = optional(string, "/")
    permissions_boundary_arn = optional(string)
  })
  default  = {}
  nullable = false
}

variable "mfa" {
  description = <<-EOT
    Second factor:
    - `mode`: "OFF", "OPTIONAL" or "ON". SMS is always one of the factors.
    - `software_token`: authenticator apps as well; not with "OFF".
  EOT
  type = object({
    mode           = optional(string, "OFF")
    software_token = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["OFF", "OPTIONAL", "ON"], var.mfa.mode)
    error_message = "User pool ${var.name}: mfa.mode must be \"OFF\", \"OPTIONAL\" or \"ON\"."
  }

  validation {
    condition     = var.mfa.mode != "OFF" || !var.mfa.software_token
    error_message = "User pool ${var.name}: mfa.software_token has no effect while mfa.mode is \"OFF\". Set mode to \"OPTIONAL\" or \"ON\", or remove software_token."
  }
}

variable "password_policy" {
  description = <<-EOT
    Passwords:
    - `minimum_length`: 6 to 99.
    - `require_lowercase`, `require_uppercase`, `require_numbers`, `require_symbols`.
    - `history_size`: how many old passwords cannot come back (Essentials and Plus plan only); null = none.
    - `temporary_password_validity_days`: 1 to 365.
  EOT
  type = object({
    minimum_length                   = optional(number, 12)
    require_lowercase                = optional(bool, true)
    require_uppercase                = optional(bool, true)
    require_numbers                  = optional(bool, true)
    require_symbols                  = optional(bool, false)
    history_size                     = optional(number)
    temporary_password_validity_days = optional(number, 7)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.password_policy.minimum_length >= 6 && var.password_policy.minimum_length <= 99
    error_message = "User pool ${var.name}: password_policy.minimum_length must be 6 to 99."
  }

  validation {
    condition     = var.password_policy.temporary_password_validity_days >= 1 && var.password_policy.temporary_password_validity_days <= 365
    error_message = "User pool ${var.name}: password_policy.temporary_password_validity_days must be 1 to 365."
  }
}

variable "self_sign_up" {
  description = "Whether users sign up by themselves; otherwise only administrators create users."
  type        = bool
  default     = true
  nullable    = false
}

variable "sign_in" {
  description = <<-EOT
    What users sign in with (cannot be changed later without a new pool). Neither: a user name.
    - `phone_number`, `email`.
  EOT
  type = object({
    phone_number = optional(bool, true)
    email        = optional(bool, false)
  })
  default  = {}
  nullable = false
}

variable "tags" {
  description = "Tags of the pool and its SMS role."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "triggers" {
  description = <<-EOT
    The pool's other triggers, by function ARN (each needs a permission of its own for cognito-idp.amazonaws.com):
    - `create_auth_challenge`, `custom_message`, `define_auth_challenge`, `post_authentication`, `post_confirmation`,
      `pre_authentication`, `pre_sign_up`, `user_migration`, `verify_auth_challenge_response`.
    - `pre_token_generation`: { lambda_arn, lambda_version }; version "V1_0" (default), "V2_0" or "V3_0".
    - `custom_email_sender`: { lambda_arn }; it decrypts with the same key, so its role needs a grant (`user_pools` or
      `user_pool` of the sender module make it).
  EOT
  type = object({
    create_auth_challenge          = optional(string)
    custom_message                 = optional(string)
    define_auth_challenge          = optional(string)
    post_authentication            = optional(string)
    post_confirmation              = optional(string)
    pre_authentication             = optional(string)
    pre_sign_up                    = optional(string)
    user_migration                 = optional(string)
    verify_auth_challenge_response = optional(string)
    pre_token_generation = optional(object({
      lambda_arn     = string
      lambda_version = optional(string, "V1_0")
    }))
    custom_email_sender = optional(object({
      lambda_arn = string
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for arn in concat(
        [for trigger in var.triggers : try(tostring(trigger), null)],
        [try(var.triggers.pre_token_generation.lambda_arn, null), try(var.triggers.custom_email_sender.lambda_arn, null)],
      ) :
      arn == null ? true : can(regex("^arn:[a-z0-9-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9$_-]+)?$", arn))
    ])
    error_message = "User pool ${var.name}: triggers must be ARNs of functions, or of their aliases or versions (…:lambda:<region>:<account>:function:<name>), not their names."
  }

  validation {
    condition = (
      try(var.triggers.pre_token_generation == null, true) ? true
      : contains(["V1_0", "V2_0", "V3_0"], var.triggers.pre_token_generation.lambda_version)
    )
    error_message = "User pool ${var.name}: triggers.pre_token_generation.lambda_version must be \"V1_0\", \"V2_0\" or \"V3_0\"."
  }
}

variable "verify" {
  description = "Attributes that Cognito verifies with a code: \"phone_number\", \"email\". Null: what users sign in with, else the number."
  type        = set(string)
  default     = null

  validation {
    condition     = var.verify == null ? true : length(setsubtract(var.verify, ["phone_number", "email"])) == 0
    error_message = "User pool ${var.name}: verify takes \"phone_number\" and \"email\"."
  }
}
