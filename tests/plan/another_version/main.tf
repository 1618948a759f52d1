resource "terraform_data" "new" {}

module "refused" {
  source = "./module"

  sms = { allowed_countries = ["de"], routes = { default = ["aws"] } }
}

module "secret" {
  source = "./module"

  sms = { allowed_countries = ["DE"], routes = { default = ["aws", sensitive("geheim")] } }
}

module "secret_without_effect" {
  source = "./module"

  sms = { allowed_countries = ["DE"], country_locales = sensitive({ AT = "de" }), routes = { default = ["aws"] } }
}

module "not_known" {
  source = "./module"

  messages = { brand = terraform_data.new.id, default_locale = "en" }
}

module "countries_not_known" {
  source = "./module"

  sms = { allowed_countries = [terraform_data.new.id], country_locales = { AT = "de" }, routes = { default = ["aws"] } }
}

module "none_known" {
  source = "./module"

  messages = jsondecode(terraform_data.new.id)
}

module "format" {
  source = "./module"

  format = 3
  sms    = { allowed_countries = ["de"] }
}

module "from_elsewhere" {
  source = "@here//elsewhere"

  name = terraform_data.new.id
}
