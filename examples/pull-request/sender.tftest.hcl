# What the codes of this root must keep to. `terraform test` plans it with a mock of AWS, without an account.
mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }
}

run "sends_only_where_we_have_users" {
  command = plan

  assert {
    condition     = length(setsubtract(module.sender.channels.sms.allowed_countries, ["DE", "US"])) == 0
    error_message = "A country that we have no users in: ${jsonencode(module.sender.channels.sms.allowed_countries)}."
  }

  assert {
    condition     = module.sender.channels.sms.routes.default == ["aws"]
    error_message = "Codes take another way: ${jsonencode(module.sender.channels.sms.routes)}."
  }

  assert {
    condition     = alltrue([for limit in ["number", "prefix"] : module.sender.channels.sms.limits[limit].mode == "enforce"])
    error_message = "A limit against SMS pumping is not enforced: ${jsonencode(module.sender.channels.sms.limits)}."
  }

  assert {
    condition     = module.sender.channels.sms.limits.number.max <= 10
    error_message = "More than ten codes an hour to one number: ${jsonencode(module.sender.channels.sms.limits.number)}."
  }
}
