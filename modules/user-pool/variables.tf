variable "lambda_config" {
  description = "The sender: the output `lambda_config` of the sender module, as it is."
  type = object({
    kms_key_id = string
    custom_sms_sender = optional(object({
      lambda_arn     = string
      lambda_version = optional(string, "V1_0")
    }))
    custom_email_sender = optional(object({
      lambda_arn     = string
      lambda_version = optional(string, "V1_0")
    }))
  })
  nullable = false
}

variable "name" {
  description = "Name of the pool, and the start of its SMS role's name (<name>-sms-…)."
  type        = string
  nullable    = false
}

variable "account_recovery" {
  description = <<-EOT
    How a user without a password recovers, best first: "verified_phone_number", "verified_email" (of those in `verify`), or only
    "admin_only". Empty: all that the pool verifies. A user whose second factor is SMS cannot recover by SMS.
  EOT
  type        = list(string)
  default     = []
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the pool. Before you destroy the pool, turn it off and apply."
  type        = bool
  default     = true
  nullable    = false
}

variable "email" {
  description = <<-EOT
    The pool's e-mail through Amazon SES. If null, Cognito sends it, at most 50 messages a day. A custom e-mail sender sends
    instead of both. Cognito demands this of a pool with `mfa.email` all the same.
    - `source_arn`: ARN of a verified SES identity, in a Region that Cognito can use.
    - `from`: "Acme <login@example.com>", of that identity. Default: its address. `reply_to`, `configuration_set`.
  EOT
  type = object({
    source_arn        = string
    from              = optional(string)
    reply_to          = optional(string)
    configuration_set = optional(string)
  })
  default = null

  validation {
    # Cognito: "Email address is not verified": an identity that is a domain has no address of its own.
    condition     = try(strcontains(var.email.source_arn, "@") || var.email.from != null, true)
    error_message = "User pool ${var.name}: email.from: an address, if email.source_arn is a domain. Got: none. Fix: say which address sends."
  }
}

variable "iam" {
  description = "Path and permissions boundary of the SMS role."
  type        = object({ path = optional(string, "/"), permissions_boundary_arn = optional(string) })
  default     = {}
  nullable    = false
}

variable "mfa" {
  description = <<-EOT
    Second factors: `mode` is "OFF", "OPTIONAL" or "ON". SMS is one of them if the sender sends SMS. `software_token`:
    authenticator apps too. `email`: codes by e-mail too, which needs `email` and another way in `account_recovery`.
  EOT
  type = object({
    mode           = optional(string, "OFF")
    software_token = optional(bool, false)
    email          = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.mfa.mode != "OFF" || !(var.mfa.software_token || var.mfa.email)
    error_message = "User pool ${var.name}: mfa.software_token, mfa.email: false while mfa.mode is \"OFF\". Got: true. Fix: set mode to \"OPTIONAL\" or \"ON\"."
  }

  validation {
    # "InvalidParameterException": Cognito offers e-mail as a second factor only to pools that send through SES.
    condition     = !var.mfa.email || var.email != null
    error_message = "User pool ${var.name}: mfa.email: SES in `email`, although the custom sender sends. Got: none. Fix: set email.source_arn."
  }
}

variable "password_policy" {
  description = "Passwords. `history_size`: how many old passwords a user cannot reuse (Essentials and Plus plan only); null = none."
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
}

variable "self_sign_up" {
  description = "Whether users sign up by themselves. If false, only administrators create users."
  type        = bool
  default     = true
  nullable    = false
}

variable "sign_in" {
  description = <<-EOT
    What users sign in with. Default: the phone number if the sender sends SMS, or else the e-mail address. If neither is true,
    they use a user name. A later change needs a new pool.
  EOT
  type        = object({ phone_number = optional(bool), email = optional(bool) })
  default     = {}
  nullable    = false
}

variable "tags" {
  description = "Tags of the pool and its SMS role."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "triggers" {
  description = <<-EOT
    The pool's other triggers, by function ARN (each needs its own permission for cognito-idp.amazonaws.com):
    - `pre_token_generation`: { lambda_arn, lambda_version }; version "V1_0" (default), "V2_0" or "V3_0".
    - `custom_email_sender`: { lambda_arn } of your own function, if the sender's e-mail is off. Its role needs a grant on the
      key, which the sender module's `user_pools` makes.
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
    custom_email_sender = optional(object({ lambda_arn = string }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["V1_0", "V2_0", "V3_0"], try(var.triggers.pre_token_generation.lambda_version, "V1_0"))
    error_message = "User pool ${var.name}: triggers.pre_token_generation.lambda_version: \"V1_0\", \"V2_0\" or \"V3_0\". Got: something else. Fix: write one."
  }
}

variable "verify" {
  description = "Attributes that Cognito verifies with a code: \"phone_number\", \"email\". Null: what users sign in with, or else the number (without SMS, the address)."
  type        = set(string)
  default     = null
}
