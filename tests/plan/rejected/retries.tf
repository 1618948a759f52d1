# refused by what it makes: leave it out for SQS's own
module "failure_queue_key_alias" {
  retries = {
    failure_queue = { kms_key_arn = "alias/failures" }
  }
}

# refused: max_event_age_seconds: 300 or more
module "event_age" {
  retries = {
    max_event_age_seconds = 60
  }
}

# refused by what it makes: expected maximum_retry_attempts to be in the range (0 - 2), got 3
module "retries" {
  retries = {
    max = 3
  }
}

# refused by what it makes: expected message_retention_seconds to be in the range (60 - 1209600), got 5
module "retention_of_failures" {
  retries = {
    failure_queue = { retention_seconds = 5 }
  }
}

# refused by what it makes: expected maximum_event_age_in_seconds to be in the range (60 - 21600), got 21601
module "event_age_of_more_than_six_hours" {
  retries = {
    max_event_age_seconds = 21601
  }
}

# refused by what it makes: in eu-central-1, where the queue is
module "failure_queue_key_in_another_region" {
  protection = { ledger = { kms_key_arn = aws_kms_key.unknown.arn } }
  retries = {
    failure_queue = { kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/1" }
  }
}
