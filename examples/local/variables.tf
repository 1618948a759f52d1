variable "name" {
  description = "Name of the sender and its pool."
  type        = string
  default     = "sms-demo"
}

variable "mail" {
  description = "Sign-up by e-mail address too. `from`: the sender, such as \"Acme <login@acme.com>\"; `identity_arn`: a verified identity in SES."
  type        = object({ from = string, identity_arn = string })
  default     = null
}
