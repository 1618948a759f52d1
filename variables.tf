# Each channel and the senders have a file of their own. Required, then optional, each alphabetically. Objects group what
# belongs together; a part that is off is null. An ARN may come from another resource of the same root. It is never
# asked whether it is null where Terraform must know the answer at plan: so a few ARNs have an object around them.
#
# A rule is about what nobody would notice, what costs money, or what two settings are to each other. About everything else
# the provider speaks at plan, or the function's own check. A wrong value is named by its place: it may be sensitive.

locals {
  # One pool: what it is in (a permission's source, the key's policy) would take an asterisk for every pool.
  user_pool_arn = "^arn:[a-z0-9-]+:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[a-z0-9-]+_[0-9A-Za-z]+$"
}

variable "name" {
  description = <<-EOT
    Name of the function, and the start of every other name. 2 to 40 letters, digits, hyphens and underscores.
    Others: alias/<name> (key), /aws/lambda/<name> (logs), <name>-failures (queue), <name>-… (role).
  EOT
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{1,39}$", var.name))
    error_message = "name: 2 to 40 letters, digits, hyphens and underscores, a letter or digit first. Got: something else. Fix: rename."
  }
}

variable "function" {
  description = <<-EOT
    The Lambda function: architecture, runtime, memory, timeout, VPC:
    - `architecture`: "arm64" or "x86_64".
    - `runtime`: "python3.11" or later.
    - `memory_size`: MB. It also sets the share of CPU. `timeout`: seconds, 3 or more.
    - `tracing`: whether X-Ray traces the function.
    - `reserved_concurrency`: null = none; 0 stops the function.
    - `vpc`: { subnet_ids, security_group_ids }. The VPC needs a route to AWS's APIs and to the providers.
    - `snap_start`: whether to start from a snapshot (python3.12 or later, no image).
    - `code_signing_config_arn`: for a package that you have signed.
  EOT
  type = object({
    architecture            = optional(string, "arm64")
    runtime                 = optional(string, "python3.13")
    memory_size             = optional(number, 1024)
    timeout                 = optional(number, 30)
    tracing                 = optional(bool, true)
    reserved_concurrency    = optional(number)
    vpc                     = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
    snap_start              = optional(bool, false)
    code_signing_config_arn = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.function.timeout >= 3
    error_message = "function.timeout: 3 seconds or more. Got: fewer. Fix: raise it."
  }

  validation {
    condition     = coalesce(var.function.reserved_concurrency, 0) >= 0
    error_message = "function.reserved_concurrency: 0 or more. Got: less. Fix: leave it out to reserve nothing."
  }

  validation {
    condition     = !var.function.snap_start || can(regex("1[2-9]$", var.function.runtime))
    error_message = "function.snap_start: only with runtime \"python3.12\" or later. Got: an earlier one. Fix: change one of them."
  }

  validation {
    # Without a subnet, Lambda would run it outside of any VPC.
    condition = var.function.vpc == null || try(
      min(length(compact(var.function.vpc.subnet_ids)), length(compact(var.function.vpc.security_group_ids))) > 0, false
    )
    error_message = "function.vpc: at least one subnet and one security group. Got: fewer. Fix: add them, or leave vpc out to run outside a VPC."
  }
}

variable "iam" {
  description = <<-EOT
    Path and permissions boundary of the roles, and keys of the secrets:
    - `path`, `permissions_boundary_arn`: of every role that the module makes.
    - `secret_kms_key_arns`: customer managed keys of the senders' secrets. The function may decrypt with them only through
      Secrets Manager and Systems Manager.
  EOT
  type = object({
    path                     = optional(string, "/")
    permissions_boundary_arn = optional(string)
    secret_kms_key_arns      = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^/([!-~]+/)?$", var.iam.path))
    error_message = "iam.path: starts and ends with a slash. Got: something else. Fix: write it like \"/sms/\"."
  }
}

variable "kms_key" {
  description = <<-EOT
    The key that Cognito encrypts codes with: a new one, or yours:
    - `existing`: { arn } of your symmetric key in the function's Region. The key keeps its policy. Add the statements of the
      output `kms_key_policy_statements` to it.
    - `also_decrypt`: name of your choice → { arn }. While a pool changes from one key to another, the function may also
      decrypt with these keys.
    - `deletion_window_in_days`: 7 to 30. `multi_region`: whether the key can be replicated.
    - `pool_manager_role_arns`: roles that create or update the pools, if their own policies do not allow kms:CreateGrant.
      They must exist ("MalformedPolicyDocumentException"). They may then make any grant for messages of these pools,
      because AWS does not document Cognito's own grant.
  EOT
  type = object({
    existing                = optional(object({ arn = string }))
    also_decrypt            = optional(map(object({ arn = string })), {})
    deletion_window_in_days = optional(number, 30)
    multi_region            = optional(bool, false)
    pool_manager_role_arns  = optional(list(string), [])
  })
  default  = {}
  nullable = false
}

variable "messages" {
  description = <<-EOT
    What all messages share: brand, languages, placeholders:
    - `brand`: replaces $brand; default: `name`.
    - `default_locale`: for users who have no locale, or one without texts.
    - `built_in_locales`: languages whose built-in texts the function uses. Default: all.
    - `attributes`: further placeholders, each with its user attribute: { first_name = "given_name" }. A text omits such a
      value, or a user name, if it would make the text longer than `sms.max_segments`. The text also omits it if it looks
      like a link or has three digits in a row. No telephone number and no short code has fewer.
    - `client_metadata_locale`: key of Cognito's client metadata that may choose the language. Default: none.
    - `clients`: app client ID → `brand`, and for e-mail `from` and `layout` (name of a layout file), instead of those of all.
      The IDs are literals, of clients that exist already.
  EOT
  type = object({
    brand                  = optional(string)
    default_locale         = optional(string, "en")
    built_in_locales       = optional(set(string))
    attributes             = optional(map(string), {})
    client_metadata_locale = optional(string)
    clients = optional(map(object({
      brand  = optional(string)
      from   = optional(string)
      layout = optional(string)
    })), {})
  })
  default  = {}
  nullable = false
}

variable "monitoring" {
  description = <<-EOT
    Logs, metrics, alarms and a dashboard:
    - `log_retention_days`: a period that CloudWatch Logs offers; 0 = forever.
    - `log_kms_key_arn`: customer managed key. Its policy must let CloudWatch Logs use it.
    - `log_level`: "DEBUG", "INFO", "WARNING", "ERROR" or "CRITICAL". Codes, full numbers and addresses appear at no level.
    - `debug_sample_rate`: share of the messages, 0 to 1, that log every step. As at every level, they hold no message data.
    - `metrics_namespace`: of the CloudWatch metrics.
    - `alarms`: `enabled` = false turns all off. `topic_arns`: SNS topics that hear when an alarm begins and ends. Each
      alarm has `enabled` and a `threshold` at which it begins:
      - `errors`, `throttles`, `dropped_events` (that Lambda gave up on): of the function, in 5 minutes.
      - `event_age`: longest wait, in seconds. `failure_queue`: events on the queue.
      - `channel_off`: messages of a channel that is off although the pool asks for it, in 5 minutes.
      - `no_address`: notices of account takeover, for which Cognito names no address, in 5 minutes.
      - `bounces`, `complaints`: share of the account's mails (0.05 is 5 %), with an ses sender. Amazon SES reports it in the
        Region of the identity. Turn them off if that is another one than the function's, and alarm there.
      - `failed_share`: percent of messages that fail, in 15 minutes with `min_messages` or more.
      - `refused`: messages to a country, prefix, domain or recipient that gets none or has reached its limit, in 15 minutes.
      - `over_limit`: messages over a limit whose mode is "monitor", in 15 minutes.
      - `segments`: segments in an hour. Providers charge by the segment.
      - `ledger`: messages for which the ledger did not answer, in 5 minutes.
      - `silence`: no message for this many `hours` (1 to 168). Off by default, because a quiet pool would alarm.
    - `dashboard`: `enabled`; `price_per_segment`: what a segment costs you in US dollars, for the dashboard's estimate.
  EOT
  type = object({
    log_retention_days = optional(number, 365)
    log_kms_key_arn    = optional(string)
    log_level          = optional(string, "INFO")
    debug_sample_rate  = optional(number, 0)
    metrics_namespace  = optional(string, "CognitoCustomSender")
    alarms = optional(object({
      enabled        = optional(bool, true)
      topic_arns     = optional(list(string), [])
      errors         = optional(object({ enabled = optional(bool, true), threshold = optional(number, 3) }), {})
      throttles      = optional(object({ enabled = optional(bool, true), threshold = optional(number, 10) }), {})
      dropped_events = optional(object({ enabled = optional(bool, true), threshold = optional(number, 1) }), {})
      event_age      = optional(object({ enabled = optional(bool, true), threshold = optional(number, 150) }), {})
      failure_queue  = optional(object({ enabled = optional(bool, true), threshold = optional(number, 1) }), {})
      channel_off    = optional(object({ enabled = optional(bool, true), threshold = optional(number, 1) }), {})
      no_address     = optional(object({ enabled = optional(bool, true), threshold = optional(number, 1) }), {})
      bounces        = optional(object({ enabled = optional(bool, true), threshold = optional(number, 0.05) }), {})
      complaints     = optional(object({ enabled = optional(bool, true), threshold = optional(number, 0.001) }), {})
      failed_share = optional(object({
        enabled = optional(bool, true), threshold = optional(number, 20), min_messages = optional(number, 5)
      }), {})
      refused    = optional(object({ enabled = optional(bool, true), threshold = optional(number, 50) }), {})
      over_limit = optional(object({ enabled = optional(bool, true), threshold = optional(number, 1) }), {})
      segments   = optional(object({ enabled = optional(bool, true), threshold = optional(number, 2000) }), {})
      ledger     = optional(object({ enabled = optional(bool, true), threshold = optional(number, 5) }), {})
      silence    = optional(object({ enabled = optional(bool, false), hours = optional(number, 24) }), {})
    }), {})
    dashboard = optional(object({ enabled = optional(bool, false), price_per_segment = optional(number, 0.05) }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.monitoring.alarms.failed_share.threshold <= 100
    error_message = "monitoring.alarms.failed_share.threshold: a percentage. Got: more than 100. Fix: lower it."
  }

  validation {
    condition     = var.monitoring.alarms.failed_share.min_messages >= 1
    error_message = "monitoring.alarms.failed_share.min_messages: 1 or more. Got: fewer. Fix: raise it."
  }

  validation {
    # CloudWatch looks back seven days.
    condition     = contains(range(1, 169), var.monitoring.alarms.silence.hours)
    error_message = "monitoring.alarms.silence.hours: a whole number, 1 to 168. Got: something else. Fix: write such a number."
  }

  validation {
    condition     = var.monitoring.dashboard.price_per_segment >= 0
    error_message = "monitoring.dashboard.price_per_segment: US dollars, 0 or more. Got: less. Fix: write your provider's price."
  }

  validation {
    condition     = !startswith(var.monitoring.metrics_namespace, "AWS/")
    error_message = "monitoring.metrics_namespace: without \"AWS/\" at the start, which is for AWS's own. Got: with it. Fix: rename."
  }
}

variable "package" {
  description = <<-EOT
    Where the code comes from; default: the package in this module, with the pinned public Powertools layer.
    Set at most one of:
    - `filename`: a zip on the machine that runs Terraform.
    - `s3`: { bucket, key, object_version }. If you leave out object_version, set `source_code_hash` and change it with the
      code. For a file, Terraform computes the hash.
    - `image_uri`: a container image.
    Also `layers`: layer ARNs instead of the Powertools layer; [] = none (for a self-contained package). `more_layers`: ARNs
    of layers besides, such as one with your layouts and texts.
  EOT
  type = object({
    filename         = optional(string)
    s3               = optional(object({ bucket = string, key = string, object_version = optional(string) }))
    image_uri        = optional(string)
    source_code_hash = optional(string)
    layers           = optional(list(string))
    more_layers      = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.package.image_uri == null ? true : can(regex("^\\S+/\\S+$", var.package.image_uri))
    error_message = "package.image_uri: the URI of an image in ECR. Got: something else. Fix: write <registry>/<repository>:<tag>."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+$", try(var.package.s3.bucket, "-")))
    error_message = "package.s3.bucket: a bucket's name. Got: something else. Fix: write it without s3:// and without the key."
  }

  validation {
    condition     = var.package.source_code_hash != null || try(var.package.s3.object_version != null, true)
    error_message = "package.s3: object_version, or package.source_code_hash. Got: neither, which never deploys a new upload. Fix: set one."
  }

  validation {
    condition     = var.package.image_uri == null ? true : var.package.layers == null && !var.function.snap_start
    error_message = <<-EOT
      package.image_uri: an image brings its libraries, and Lambda takes no snapshots of images. Got: package.layers or
      function.snap_start beside it. Fix: leave them out.
    EOT
  }

  validation {
    condition = anytrue([
      var.package.image_uri != null, var.package.filename != null, var.package.s3 != null,
      try(length(compact(var.package.layers)) > 0, true),
    ])
    error_message = <<-EOT
      package.layers: the libraries of the module's own package. Got: none ("No module named 'aws_encryption_sdk'"). Fix: leave
      layers out, or set filename to the self-contained package (function/build.py self-contained).
    EOT
  }
}

variable "protection" {
  description = <<-EOT
    Ledger, test recipients and lifetimes, against messages that are sent twice, come too late, or go astray:
    - `ledger`: a DynamoDB table that records sent messages by hashes. It holds no numbers, addresses or codes.
      - `enabled`: if false, Lambda's retries may send a message again, and there are no limits.
      - `point_in_time_recovery`, `deletion_protection`: of the table.
      - `kms_key_arn`: customer managed key. Default: DynamoDB's own.
    - `on_ledger_failure`: if the table does not answer, "send" (without limits, perhaps twice) or "refuse" (Lambda
      retries).
    - `test_recipients`: { numbers = ["+15550100*"], addresses = ["qa@acme.com", "*@test.acme.com"], sender = "testers" }.
      Messages to these recipients (a number that begins so, any address of the domain) go to that sender (an sns_topic, slack
      or webhook) only. They have no limits. null: none.
    - `code_lifetimes_seconds`: trigger → how long your pools accept the code, if that is not Cognito's default. Example:
      { Authentication = 300 } for an AuthSessionValidity of five minutes. A later message is not sent.
  EOT
  type = object({
    ledger = optional(object({
      enabled                = optional(bool, true)
      point_in_time_recovery = optional(bool, false)
      kms_key_arn            = optional(string)
      deletion_protection    = optional(bool, false)
    }), {})
    on_ledger_failure = optional(string, "send")
    test_recipients = optional(object({
      numbers   = optional(set(string))
      addresses = optional(set(string))
      sender    = string
    }))
    code_lifetimes_seconds = optional(map(number), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.protection.ledger.enabled || var.protection.on_ledger_failure != "refuse"
    error_message = "protection.on_ledger_failure: \"send\" without a ledger. Got: \"refuse\". Fix: set ledger.enabled = true, or \"send\"."
  }

  validation {
    condition     = try(contains(local.testers, var.protection.test_recipients.sender), var.protection.test_recipients == null)
    error_message = <<-EOT
      protection.test_recipients.sender: a sender that is on, of the kind sns_topic, slack or webhook, so that no message goes to a
      user. Got: something else. Fix: name one of these: ${join(", ", coalescelist(local.testers, ["none"]))}.
    EOT
  }
}

variable "retries" {
  description = <<-EOT
    Lambda's retries of events that could not be handled, and the failure queue:
    - `max_event_age_seconds`: how long Lambda retries. At least 300, because a new grant on the key can take five minutes
      to work everywhere; at most 21600. Default: the longest lifetime of a code (`protection.code_lifetimes_seconds`), but
      at most an hour. A code past its own lifetime is not sent (outcome EXPIRED).
    - `max`: 0 to 2 retries, after one minute and after two more. Default: 2, or 1 if no lifetime exceeds three minutes.
    - `failure_queue`: SQS queue for events that failed for good. `enabled`; `retention_seconds`, 60 to 1209600. The events
      hold numbers and addresses, so keep them briefly. `kms_key_arn`: customer managed key. Default: SQS's own encryption.
  EOT
  type = object({
    max_event_age_seconds = optional(number)
    max                   = optional(number)
    failure_queue = optional(object({
      enabled           = optional(bool, true)
      retention_seconds = optional(number, 86400)
      kms_key_arn       = optional(string)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = coalesce(var.retries.max_event_age_seconds, 300) >= 300
    error_message = "retries.max_event_age_seconds: 300 or more, or a new pool's first messages are lost. Got: fewer. Fix: raise it."
  }
}

variable "tags" {
  description = "Tags for all taggable resources."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = !anytrue([for name in keys(var.tags) : startswith(lower(name), "aws:")])
    error_message = <<-EOT
      tags: AWS keeps the names for itself that begin with "aws:". Got:
      ${issensitive(var.tags) ? "a sensitive value" : join(", ", [for name in keys(var.tags) : name if startswith(lower(name), "aws:")])}.
      Fix: rename.
    EOT
  }
}

variable "user_pools" {
  description = <<-EOT
    Pools that may call the function and whose messages it may decrypt, by a name of your choice.
    Write the name as a literal, because Terraform must know it at plan:
    - `arn`: of the pool. It may come from a resource in the same root.
    - `custom_email_sender`: { role_arn } of the function that already sends the pool's e-mail. A pool has one key for both
      senders, so this role gets the right to decrypt.
  EOT
  type = map(object({
    arn                 = string
    custom_email_sender = optional(object({ role_arn = string }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = var.user_pool == null || !contains(keys(var.user_pools), "user_pool")
    error_message = "user_pools: \"user_pool\" names the pool that the variable user_pool makes. Got: another of that name. Fix: rename it."
  }

  validation {
    condition = alltrue([for pool in values(var.user_pools) : pool == null || can(regex(local.user_pool_arn, pool.arn))])
    error_message = <<-EOT
      user_pools: arn is the ARN of one user pool (…:cognito-idp:<region>:<account>:userpool/<id>). Got: something else in
      ${nonsensitive(join(", ", [
    for name, pool in var.user_pools : name if pool != null && !can(regex(local.user_pool_arn, pool.arn))
]))}. Fix: write the ARN, not the id, without blanks or asterisks.
    EOT
}
}
