variable "account_id" {
  description = "Your account's number."
  type        = string
}

variable "custom_email_sender" {
  description = "The function that sends the pool's e-mail, and its role."
  type        = object({ lambda_arn = string, role_arn = string })
}

variable "origination_identity" {
  description = "ARN of the number, sender id or pool of End User Messaging that messages come from."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "Boundary of the roles; null: none."
  type        = string
  default     = null
}

variable "pool_manager_role_arns" {
  description = "Roles that create and update the pool."
  type        = list(string)
  default     = []
}

variable "reserved_concurrency" {
  description = "Calls at a time that are kept for the function, for example 50. Lambda leaves at least 100 of an account's quota unreserved; null: nothing is reserved."
  type        = number
  default     = null
}

variable "self_contained_package" {
  description = "Path of a release's zip with all libraries, which starts fastest; null: the module's own package and the public layer."
  type        = string
  default     = null
}

variable "twilio_credentials" {
  description = "Account and API key. Never in a plan or a state."
  type        = object({ account_sid = string, api_key_sid = string, api_key_secret = string })
  ephemeral   = true
}

variable "twilio_messaging_service_sid" {
  description = "\"MG…\"."
  type        = string
}

variable "vpc" {
  description = "Subnets and security groups that can reach the providers; null: no VPC."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
  default     = null
}

variable "webhook_signing_key" {
  description = "\"whsec_…\". Never in a plan or a state."
  type        = string
  ephemeral   = true
}

variable "webhook_url" {
  description = "Your service that sends when both others are down."
  type        = string
}
