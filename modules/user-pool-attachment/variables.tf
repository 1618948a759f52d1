variable "access" {
  description = "Pool and sender: `module.<sender>.user_pool_access[\"<pool>\"]`, known when the pool's permission and grants are in place."
  type = object({
    user_pool_arn = string
    lambda_config = object({
      kms_key_id = string
      custom_sms_sender = object({
        lambda_arn     = string
        lambda_version = string
      })
    })
    authorized_by = list(string)
  })
  nullable = false
}

variable "name" {
  description = "Start of the names of the attachment's function (<name>-attachment) and role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9-]{1,29}$", var.name))
    error_message = "name must have 2 to 30 letters, digits and hyphens, and start with a letter or digit: IAM allows 64 characters, and the role's name adds to it."
  }
}

variable "sms_role_arn" {
  description = "The pool's own SMS role (SmsConfiguration): an update of a pool hands it over again, and that needs iam:PassRole for it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z0-9-]+:iam::[0-9]{12}:role/.+$", var.sms_role_arn))
    error_message = "sms_role_arn must be the ARN of an IAM role: the SnsCallerArn (or EumsSms.CallerArn) of the pool's SmsConfiguration (aws cognito-idp describe-user-pool)."
  }
}

variable "custom_email_sender" {
  description = "Your function that becomes the pool's custom e-mail sender ({ lambda_arn }). Name its role in the sender's user_pools."
  type = object({
    lambda_arn     = string
    lambda_version = optional(string, "V1_0")
  })
  default = null
}

variable "function" {
  description = "The function: `architecture`, `runtime` (its boto3 must know every setting of the pool), `code_signing_config_arn`."
  type = object({
    architecture            = optional(string, "arm64")
    runtime                 = optional(string, "python3.13")
    code_signing_config_arn = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.function.architecture)
    error_message = "function.architecture must be \"arm64\" or \"x86_64\"."
  }
}

variable "iam" {
  description = "Path and permissions boundary of the attachment's role."
  type = object({
    path                     = optional(string, "/")
    permissions_boundary_arn = optional(string)
  })
  default  = {}
  nullable = false
}

variable "monitoring" {
  description = "The attachment's logs: `log_retention_days`, `log_kms_key_arn`."
  type = object({
    log_retention_days = optional(number, 365)
    log_kms_key_arn    = optional(string)
  })
  default  = {}
  nullable = false
}

variable "package" {
  description = <<-EOT
    Where the function's code comes from; nothing: the committed package. As in the sender module:
    - `filename`, or `s3` { bucket, key, object_version }, or `image_uri`; `source_code_hash`.
    A self-contained package (function/build.py self-contained) brings the newest boto3.
  EOT
  type = object({
    filename = optional(string)
    s3 = optional(object({
      bucket         = string
      key            = string
      object_version = optional(string)
    }))
    image_uri        = optional(string)
    source_code_hash = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = length([for way in [var.package.filename != null, var.package.s3 != null, var.package.image_uri != null] : way if way]) <= 1
    error_message = "package takes one of filename, s3 and image_uri."
  }
}

variable "replace" {
  description = "Whether to replace a custom sender or key that the pool has, and put it back on destroy; else such a pool is refused."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of everything that takes some."
  type        = map(string)
  default     = {}
  nullable    = false
}
