# refuses: Leave it out for SQS's own
module "failure_queue_key_alias" {
  retries = {
    failure_queue = { kms_key_arn = "alias/failures" }
  }
}

# refuses: max_event_age_seconds must be 300
module "event_age" {
  retries = {
    max_event_age_seconds = 60
  }
}

# refuses: retries.max must be 0, 1 or 2
module "retries" {
  retries = {
    max = 3
  }
}

# refuses: retention_seconds must be 60
module "retention_of_failures" {
  retries = {
    failure_queue = { retention_seconds = 5 }
  }
}
