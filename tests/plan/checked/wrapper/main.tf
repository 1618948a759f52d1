# A module of somebody's own around the module.
variable "secret_arn" {
  type = string
}

module "sender" {
  source = "@module"
  count  = 2

  name       = "wrapped-${count.index}"
  sms        = { allowed_countries = ["DE"] }
  senders    = { vonage = { vonage = { secret_arn = var.secret_arn, from = "Acme", entity = "1101" } } }
  monitoring = { alarms = { enabled = false } }
}
