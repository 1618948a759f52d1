variable "from" {
  description = "Address of the identity that sends: \"Acme <login@acme.com>\"."
  type        = string
}

variable "identity_arn" {
  description = "ARN of a verified SES identity, which is a domain or an address."
  type        = string
}
