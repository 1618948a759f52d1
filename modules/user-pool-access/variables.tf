variable "alias_name" {
  description = "Alias of the function that the pool calls."
  type        = string
}

variable "also_decrypt" {
  description = "Other keys that this pool's codes may be encrypted with: name → { arn }."
  type        = map(object({ arn = string }))
}

variable "custom_email_sender" {
  description = "The function that already sends this pool's e-mail, by its role ({ role_arn }); null: none."
  type        = object({ role_arn = string })
}

variable "function_arn" {
  description = "ARN of the function, without a version."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that Cognito encrypts this pool's codes with."
  type        = string
}

variable "name" {
  description = "Name of the pool among the sender's pools; goes into the permission's statement id."
  type        = string
}

variable "role_arn" {
  description = "Role of the function."
  type        = string
}

variable "user_pool_arn" {
  description = "The pool."
  type        = string
}
