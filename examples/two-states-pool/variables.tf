variable "sender" {
  description = "The output `lambda_config` of the sender's state; null before there is one."
  type = object({
    kms_key_id          = string
    custom_sms_sender   = optional(object({ lambda_arn = string, lambda_version = string }))
    custom_email_sender = optional(object({ lambda_arn = string, lambda_version = string }))
  })
  default = null
}
