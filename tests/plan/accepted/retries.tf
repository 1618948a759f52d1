module "delivery" {
  retries = {
    max_event_age_seconds = 300
    max                   = 0
    failure_queue         = { retention_seconds = 3600 }
  }
}

module "failure_queue_key" {
  retries = {
    failure_queue = { kms_key_arn = local.other_key }
  }
}

module "no_failure_queue" {
  retries = {
    failure_queue = { enabled = false }
  }
  monitoring = {}
}
