module "overridden" {
  senders = { twilio = { twilio = { secret_arn = terraform_data.new.id, form = "Acme", from = "Acme" } } }
}
