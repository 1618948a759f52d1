variable "name" {
  description = "Name of the sender and its pool."
  type        = string
  default     = "sms-demo"
}
