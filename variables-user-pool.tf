variable "user_pool" {
  description = <<-EOT
    A pool that the module makes, with the trigger in place.
    null: none (use `user_pools` and the output `lambda_config`). Everything is optional, and modules/user-pool has the
    meanings and defaults. `name` defaults to the sender's name. Also:
    - `custom_email_sender`: { lambda_arn, role_arn } of your function that sends the pool's e-mail while `email` is off. Its
      role gets the right to decrypt, because a pool has one key for both senders.
  EOT
  type = object({
    name = optional(string)
    sign_in = optional(object({
      phone_number = optional(bool)
      email        = optional(bool)
    }))
    self_sign_up     = optional(bool)
    verify           = optional(set(string))
    account_recovery = optional(list(string))
    mfa = optional(object({
      mode           = optional(string)
      software_token = optional(bool)
      email          = optional(bool)
    }))
    password_policy = optional(object({
      minimum_length                   = optional(number)
      require_lowercase                = optional(bool)
      require_uppercase                = optional(bool)
      require_numbers                  = optional(bool)
      require_symbols                  = optional(bool)
      history_size                     = optional(number)
      temporary_password_validity_days = optional(number)
    }))
    deletion_protection = optional(bool)
    email = optional(object({
      source_arn        = string
      from              = optional(string)
      reply_to          = optional(string)
      configuration_set = optional(string)
    }))
    triggers = optional(object({
      create_auth_challenge          = optional(string)
      custom_message                 = optional(string)
      define_auth_challenge          = optional(string)
      post_authentication            = optional(string)
      post_confirmation              = optional(string)
      pre_authentication             = optional(string)
      pre_sign_up                    = optional(string)
      pre_token_generation           = optional(object({ lambda_arn = string, lambda_version = optional(string) }))
      user_migration                 = optional(string)
      verify_auth_challenge_response = optional(string)
    }))
    custom_email_sender = optional(object({ lambda_arn = string, role_arn = string }))
  })
  default = null
}
