module "replica" {
  providers  = { aws = aws.canada_west }
  user_pools = { main = { arn = local.replica } }
  function   = { architecture = "x86_64" }
}

module "x86_python312" {
  function = { architecture = "x86_64", runtime = "python3.12" }
}

module "size" {
  function = { memory_size = 2048, timeout = 60, reserved_concurrency = 0, tracing = false }
}

module "vpc" {
  function = { vpc = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] } }
}

module "snap_start" {
  function = { snap_start = true }
}

module "code_signing" {
  function = { code_signing_config_arn = local.signing }
}

module "canada_west" {
  providers = { aws = aws.canada_west }
  function  = { architecture = "x86_64" }
}
