# Terraform reads this name; python-hcl2 does not.
locals {
  größe = "large"
}

module "unreadable" {
  source = "@module"

  name       = "unreadable"
  sms        = { allowed_countries = ["DE"], blocked = [] }
  senders    = { twilio = { twilio = { secret_arn = terraform_data.new.id, from = "Acme", form = local.größe } } }
  tags       = { new = terraform_data.new.id }
  monitoring = { alarms = { enabled = false } }
}
