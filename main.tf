# What depends on what:
#
#   key, function ──► lambda_config ──► pool ──► permission, grants, key policy
#
# The function knows no pool, so a pool in the same root can use lambda_config, and everything that needs the pool's ARN
# comes after it: no cycle, one apply.

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  # `id`: the provider's version 6 deprecates `name`, and 5.100 has no `region` yet.
  region = data.aws_region.current.id

  # What an ARN must begin with, and a key's be, in the Region that the function is in.
  here     = "^arn:${local.partition}:%s:${local.region}:[0-9]{12}:"
  key_here = "${format(local.here, "kms")}key/[A-Za-z0-9-]+$"

  tags = { for name, value in var.tags : name => value if value != null }

  log_group_name     = "/aws/lambda/${var.name}"
  failure_queue_name = "${var.name}-failures"
  ledger_name        = "${var.name}-ledger"

  # What a pool takes: a sender for each channel that is on.
  lambda_config = merge({ kms_key_id = local.kms_key_arn }, {
    for channel, is_on in local.is_on : "custom_${channel}_sender" => is_on ? {
      lambda_arn     = aws_lambda_alias.live.arn
      lambda_version = "V1_0" # the only version there is
    } : null
  })
}
