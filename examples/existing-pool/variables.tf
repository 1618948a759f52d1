variable "sms_role_arn" {
  description = "The pool's own SMS role: SmsConfiguration.SnsCallerArn of `aws cognito-idp describe-user-pool`."
  type        = string
}

variable "user_pool_arn" {
  description = "ARN of the pool."
  type        = string
}

variable "replace" {
  description = "Whether to take the place of a custom sender that the pool has already."
  type        = bool
  default     = false
}
