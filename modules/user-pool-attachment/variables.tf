variable "access" {
  description = "Pool and sender: `module.<sender>.user_pool_access[\"<pool>\"]`. It is known once the pool's permission and grants exist."
  type = object({
    user_pool_arn = string
    lambda_config = object({
      kms_key_id          = string
      custom_sms_sender   = optional(object({ lambda_arn = string, lambda_version = string }))
      custom_email_sender = optional(object({ lambda_arn = string, lambda_version = string }))
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
    error_message = "name: 2 to 30 letters, digits and hyphens, a letter or digit first. Got: something else. Fix: rename."
  }
}

variable "sms_role_arn" {
  description = <<-EOT
    The pool's own SMS role (SmsConfiguration). An update of the pool sends it again, which needs iam:PassRole for it. null: the
    pool has none, and the sender's SMS is off.
  EOT
  type        = string
  default     = null

  validation {
    condition = var.sms_role_arn == null ? true : can(regex("^arn:[a-z0-9-]+:iam::[0-9]{12}:role/.+$", var.sms_role_arn))
    error_message = join(" ", [
      "sms_role_arn: the ARN of an IAM role. Got: something else. Fix: write SnsCallerArn (or EumsSms.CallerArn) of the pool's",
      "SmsConfiguration.",
    ])
  }
}

variable "custom_email_sender" {
  description = <<-EOT
    Your function that becomes the pool's custom e-mail sender ({ lambda_arn }), if the sender's e-mail is off. Name its role in
    the sender's user_pools.
  EOT
  type        = object({ lambda_arn = string, lambda_version = optional(string, "V1_0") })
  default     = null

  validation {
    condition     = var.custom_email_sender == null || var.access.lambda_config.custom_email_sender == null
    error_message = "custom_email_sender: one for the pool. Got: yours and the sender's. Fix: take yours out, or set the sender's email = null."
  }
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
}

variable "iam" {
  description = "Path and permissions boundary of the attachment's role."
  type        = object({ path = optional(string, "/"), permissions_boundary_arn = optional(string) })
  default     = {}
  nullable    = false
}

variable "monitoring" {
  description = "The attachment's logs: `log_retention_days`, `log_kms_key_arn`."
  type        = object({ log_retention_days = optional(number, 365), log_kms_key_arn = optional(string) })
  default     = {}
  nullable    = false
}

variable "package" {
  description = "The function's code, as in the sender module. A self-contained package brings the newest boto3."
  type = object({
    filename         = optional(string)
    s3               = optional(object({ bucket = string, key = string, object_version = optional(string) }))
    image_uri        = optional(string)
    source_code_hash = optional(string)
  })
  default  = {}
  nullable = false
}

variable "replace" {
  description = "Whether to replace the pool's custom sender or key, and put it back on destroy. If false, such a pool is refused."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags for all taggable resources."
  type        = map(string)
  default     = {}
  nullable    = false
}
