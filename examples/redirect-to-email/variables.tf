variable "email" {
  description = "Mailbox that gets every message."
  type        = string
}

variable "allowed_countries" {
  description = "Countries of the testers' numbers."
  type        = set(string)
  default     = ["DE", "GB", "US"]
}

variable "name" {
  description = "Name of the sender, its topic and its pool."
  type        = string
  default     = "test-login"
}

variable "user_pool_arn" {
  description = "ARN of a test pool that is there already, written out; null: a new pool."
  type        = string
  default     = null
}
