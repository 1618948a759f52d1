# refuses: at least one subnet
module "vpc_null" {
  function = { vpc = { subnet_ids = null, security_group_ids = [] } }
}

# refuses: "arm64" or "x86_64"
module "architecture" {
  function = { architecture = "arm" }
}

# refuses: "python3.11" or a later Python
module "runtime" {
  function = { runtime = "nodejs22.x" }
}

# refuses: memory_size must be 128 to 10240
module "memory" {
  function = { memory_size = 64 }
}

# refuses: timeout must be 3 to 900
module "timeout" {
  function = { timeout = 1000 }
}

# refuses: reserved_concurrency must be 0 or more
module "concurrency" {
  function = { reserved_concurrency = -1 }
}

# refuses: "python3.12" or later
module "snap_start_runtime" {
  function = { snap_start = true, runtime = "python3.11" }
}

# refuses: at least one subnet
module "vpc_without_subnets" {
  function = { vpc = { subnet_ids = [], security_group_ids = ["sg-1"] } }
}
