# refused: at least one subnet
module "vpc_null" {
  function = { vpc = { subnet_ids = null, security_group_ids = [] } }
}

# refused by what it makes: expected architectures to be one of ["x86_64" "arm64"], got arm
module "architecture" {
  function = { architecture = "arm" }
}

# refused by what it makes: package.layers: the public Powertools layer, by default. Got: none for nodejs22.x
module "runtime" {
  function = { runtime = "nodejs22.x" }
}

# refused by what it makes: expected memory_size to be in the range (128 - 10240), got 64
module "memory" {
  function = { memory_size = 64 }
}

# refused by what it makes: expected timeout to be in the range (1 - 900), got 1000
module "timeout" {
  function = { timeout = 1000 }
}

# refused: function.reserved_concurrency: 0 or more. Got: less.
module "concurrency" {
  function = { reserved_concurrency = -1 }
}

# refused: "python3.12" or later
module "snap_start_runtime" {
  function = { snap_start = true, runtime = "python3.11" }
}

# refused: at least one subnet
module "vpc_without_subnets" {
  function = { vpc = { subnet_ids = [], security_group_ids = ["sg-1"] } }
}

# refused: function.timeout: 3 seconds or more. Got: fewer.
module "timeout_of_two_seconds" {
  function = { timeout = 2 }
}

# refused: at least one subnet
module "vpc_of_null_subnets" {
  function = { vpc = { subnet_ids = [null], security_group_ids = ["sg-1"] } }
}

# refused by what it makes: not of a signing profile
module "code_signing_by_profile" {
  function = { code_signing_config_arn = "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/acme/AbCdEf1234" }
}
