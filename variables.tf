# Each channel and the senders have a file of their own. Required, then optional, each alphabetically. Objects group what
# belongs together; a part that is off is null. What may come from another resource of the same root (an ARN) is never asked
# whether it is null where Terraform must know the answer at plan: that is why a few ARNs have an object around them.

locals {
  # Forms of values that several variables take. The function asks for the same ones when it starts.
  key_arn  = "^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"
  role_arn = "^arn:[a-z0-9-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$"
  # One pool: what it is in (a permission's source, the key's policy) would take an asterisk for every pool.
  user_pool_arn = "^arn:[a-z0-9-]+:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[a-z0-9-]+_[0-9A-Za-z]+$"
}

variable "name" {
  description = <<-EOT
    Name of the function, and the start of every other name: alias/<name> (key), /aws/lambda/<name> (logs),
    <name>-failures (queue), <name>-… (role). 2 to 40 letters, digits, hyphens and underscores.
  EOT
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{1,39}$", var.name))
    error_message = "name must have 2 to 40 letters, digits, hyphens and underscores, and start with a letter or digit: other names add to it, and Lambda and IAM allow 64 characters."
  }
}

variable "function" {
  description = <<-EOT
    The Lambda function:
    - `architecture`: "arm64" or "x86_64".
    - `runtime`: "python3.11" or later.
    - `memory_size`: MB; also its share of CPU, so less is slower.
    - `timeout`: seconds.
    - `tracing`: X-Ray.
    - `reserved_concurrency`: null = none; 0 stops the function.
    - `vpc`: { subnet_ids, security_group_ids }; it then needs a way to AWS's interfaces and to the providers.
    - `snap_start`: start from a snapshot (python3.12 or later, no image).
    - `code_signing_config_arn`: for a package that you have signed.
  EOT
  type = object({
    architecture         = optional(string, "arm64")
    runtime              = optional(string, "python3.13")
    memory_size          = optional(number, 512)
    timeout              = optional(number, 30)
    tracing              = optional(bool, true)
    reserved_concurrency = optional(number)
    vpc = optional(object({
      subnet_ids         = list(string)
      security_group_ids = list(string)
    }))
    snap_start              = optional(bool, false)
    code_signing_config_arn = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.function.architecture)
    error_message = "function.architecture must be \"arm64\" or \"x86_64\"."
  }

  validation {
    condition     = can(regex("^python3\\.1[1-9]$", var.function.runtime))
    error_message = "function.runtime must be \"python3.11\" or a later Python of Lambda, for example \"python3.13\"."
  }

  validation {
    condition     = var.function.memory_size >= 128 && var.function.memory_size <= 10240
    error_message = "function.memory_size must be 128 to 10240 MB."
  }

  validation {
    condition     = var.function.timeout >= 3 && var.function.timeout <= 900
    error_message = "function.timeout must be 3 to 900 seconds: decrypting and one provider's answer take a few."
  }

  validation {
    condition     = var.function.reserved_concurrency == null ? true : var.function.reserved_concurrency >= 0
    error_message = "function.reserved_concurrency must be 0 or more. Leave it out to reserve nothing."
  }

  validation {
    condition     = !var.function.snap_start || can(regex("^python3\\.1[2-9]$", var.function.runtime))
    error_message = "function.snap_start needs function.runtime \"python3.12\" or later."
  }

  validation {
    condition     = var.function.vpc == null ? true : try(length(var.function.vpc.subnet_ids) > 0 && length(var.function.vpc.security_group_ids) > 0, false)
    error_message = "function.vpc needs at least one subnet and one security group. Leave vpc out to run outside a VPC."
  }
}

variable "iam" {
  description = <<-EOT
    The roles:
    - `path`: of every role that is made.
    - `permissions_boundary_arn`: of every role that is made.
    - `secret_kms_key_arns`: customer managed keys that the senders' secrets are encrypted with (decryption through Secrets
      Manager and Systems Manager only).
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
    error_message = "iam.path must start and end with a slash, for example \"/sms/\"."
  }

  validation {
    condition     = alltrue([for arn in var.iam.secret_kms_key_arns : can(regex(local.key_arn, arn))])
    error_message = "iam.secret_kms_key_arns must be ARNs of keys (…:kms:<region>:<account>:key/<id>): a policy takes no alias, and \"*\" would be every key."
  }
}

variable "kms_key" {
  description = <<-EOT
    The key that Cognito encrypts codes with:
    - `existing`: { arn } of your symmetric key in the function's Region. It keeps its policy, which needs the statements of
      the output `kms_key_policy_statements`.
    - `also_decrypt`: name of your choice → { arn }: keys that the function may decrypt with besides, while a pool changes
      from one key to another.
    - `deletion_window_in_days`: 7 to 30.
    - `multi_region`: a key that can be replicated.
    - `pool_manager_role_arns`: roles that create or update the pools, named in the key's policy. Only needed where the
      roles' own policies do not allow kms:CreateGrant. They must exist ("MalformedPolicyDocumentException").
      They may then make any grant for messages of these pools, also one for themselves: AWS does not say what Cognito's
      own grant looks like, so it cannot be narrowed further.
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

  validation {
    condition     = var.kms_key.deletion_window_in_days >= 7 && var.kms_key.deletion_window_in_days <= 30
    error_message = "kms_key.deletion_window_in_days must be 7 to 30."
  }

  validation {
    condition     = var.kms_key.existing == null ? true : can(regex(local.key_arn, var.kms_key.existing.arn))
    error_message = "kms_key.existing.arn must be the ARN of a key (…:kms:<region>:<account>:key/<id>): Cognito refuses ids, and nothing can be decrypted with an alias (\"Unable to decrypt any data key\")."
  }

  validation {
    condition     = alltrue([for key in values(var.kms_key.also_decrypt) : can(regex(local.key_arn, key.arn))])
    error_message = "kms_key.also_decrypt must name keys by their ARNs (…:kms:<region>:<account>:key/<id>)."
  }

  validation {
    condition     = alltrue([for arn in var.kms_key.pool_manager_role_arns : can(regex(local.role_arn, arn))])
    error_message = "kms_key.pool_manager_role_arns must be ARNs of roles (…:iam::<account>:role/<name>): these may make grants on the key, so \"*\" would be everybody."
  }
}

variable "messages" {
  description = <<-EOT
    What all messages share:
    - `brand`: replaces $brand; default: `name`.
    - `default_locale`: for users without a locale, or with one that has no texts.
    - `built_in_locales`: languages whose built-in texts are used; default: all that there are.
    - `attributes`: further placeholders, each with the user attribute that it stands for: { first_name = "given_name" }.
      A value, as a user name, is left out of a text that it would make longer than `sms.max_segments`, or when it looks
      like a link or has three digits in a row: no telephone number and no short code has fewer.
    - `client_metadata_locale`: key of Cognito's client metadata that may choose the language; default: none may.
  EOT
  type = object({
    brand                  = optional(string)
    default_locale         = optional(string, "en")
    built_in_locales       = optional(set(string))
    attributes             = optional(map(string), {})
    client_metadata_locale = optional(string)
  })
  default  = {}
  nullable = false

  # What a text may have, on one line: zero-width joiners spell Persian and make one emoji of several.
  validation {
    condition     = var.messages.brand == null ? true : can(regex("^([^\\p{C}\\p{Z}][^\\p{Cc}\\p{Co}\\p{Zl}\\p{Zp}]{0,63})?$", var.messages.brand))
    error_message = "messages.brand must have at most 64 characters, on one line, none of Unicode's private use, and begin with one that can be seen, not with a space: it is a part of every message."
  }

  validation {
    condition = alltrue([
      for locale in coalesce(var.messages.built_in_locales, []) : contains(local.built_in_locales, replace(lower(locale), "_", "-"))
    ])
    error_message = "messages.built_in_locales: there are built-in texts for ${join(", ", local.built_in_tags)}, and for nothing else."
  }

  validation {
    condition = alltrue([
      for name, attribute in var.messages.attributes :
      can(regex(local.placeholder, name)) && !contains(local.placeholders, name) && can(regex("^[A-Za-z0-9_:-]{1,39}$", attribute))
    ])
    error_message = "messages.attributes: a placeholder's name has small letters, digits and underscores and is not code, brand, minutes or username, so that no user attribute can take their place; its value is the name of a user attribute, such as \"given_name\" or \"custom:title\"."
  }

  validation {
    condition     = var.messages.client_metadata_locale == null ? true : can(regex("^[!-~]{1,64}$", var.messages.client_metadata_locale))
    error_message = "messages.client_metadata_locale must be a key of client metadata: 1 to 64 printable ASCII characters without spaces."
  }
}

variable "monitoring" {
  description = <<-EOT
    Logs, metrics, alarms and a dashboard:
    - `log_retention_days`: as CloudWatch Logs offers them; 0 = for ever.
    - `log_kms_key_arn`: customer managed key; its policy must let CloudWatch Logs use it.
    - `log_level`: "DEBUG", "INFO", "WARNING", "ERROR" or "CRITICAL". Codes and full numbers appear at none of them.
    - `debug_sample_rate`: share of the messages, 0 to 1, that log every step; without data, as at every level.
    - `metrics_namespace`: of the CloudWatch metrics.
    - `alarms`: each has `enabled` (true, but for silence) and a `threshold` that alarms when it is reached.
      - `enabled`: false = no alarm at all.
      - `topic_arns`: SNS topics that are told when an alarm begins and ends.
      - `errors`, `throttles`: of the function, in 5 minutes.
      - `dropped_events`: that Lambda gave up on, in 5 minutes.
      - `event_age`: longest wait, in seconds.
      - `failure_queue`: events on it.
      - `failed_share`: percent, in 15 minutes with `min_messages` or more.
      - `refused`: messages to countries, prefixes and numbers that get none or have had enough, in 15 minutes.
      - `over_limit`: messages over a limit whose mode is "monitor", in 15 minutes.
      - `segments`: parts of messages in an hour, which is what providers take money for.
      - `ledger`: messages that the ledger did not answer for, in 5 minutes.
      - `silence`: no message for so many `hours` (1 to 168); off, because a quiet pool would alarm.
    - `dashboard`:
      - `enabled`: false by default.
      - `price_per_segment`: US dollars that a part of a message costs you, for its estimate.
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
      failed_share = optional(object({
        enabled      = optional(bool, true)
        threshold    = optional(number, 20)
        min_messages = optional(number, 5)
      }), {})
      refused    = optional(object({ enabled = optional(bool, true), threshold = optional(number, 50) }), {})
      over_limit = optional(object({ enabled = optional(bool, true), threshold = optional(number, 1) }), {})
      segments   = optional(object({ enabled = optional(bool, true), threshold = optional(number, 2000) }), {})
      ledger     = optional(object({ enabled = optional(bool, true), threshold = optional(number, 5) }), {})
      silence    = optional(object({ enabled = optional(bool, false), hours = optional(number, 24) }), {})
    }), {})
    dashboard = optional(object({
      enabled           = optional(bool, false)
      price_per_segment = optional(number, 0.05)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.monitoring.log_retention_days,
    )
    error_message = "monitoring.log_retention_days must be one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, or 0 for ever."
  }

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], var.monitoring.log_level)
    error_message = "monitoring.log_level must be DEBUG, INFO, WARNING, ERROR or CRITICAL."
  }

  validation {
    condition     = var.monitoring.log_kms_key_arn == null ? true : can(regex("^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/.+$", var.monitoring.log_kms_key_arn))
    error_message = "monitoring.log_kms_key_arn must be the ARN of a customer managed key (…:kms:<region>:<account>:key/<id>), not its id or a name. Leave it out for CloudWatch Logs' own encryption."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9.\\-_/#]{1,255}$", var.monitoring.metrics_namespace)) && !startswith(var.monitoring.metrics_namespace, "AWS/")
    error_message = "monitoring.metrics_namespace must have 1 to 255 letters, digits and .-_/#, and not start with AWS/, which is reserved."
  }

  validation {
    condition     = var.monitoring.debug_sample_rate >= 0 && var.monitoring.debug_sample_rate <= 1
    error_message = "monitoring.debug_sample_rate is a share of the messages: 0 (none) to 1 (all), for example 0.01."
  }

  validation {
    condition = alltrue([
      for alarm in [
        var.monitoring.alarms.errors, var.monitoring.alarms.throttles, var.monitoring.alarms.dropped_events,
        var.monitoring.alarms.event_age, var.monitoring.alarms.failure_queue, var.monitoring.alarms.refused,
        var.monitoring.alarms.over_limit, var.monitoring.alarms.segments, var.monitoring.alarms.ledger,
      ] : alarm.threshold > 0
    ])
    error_message = "monitoring.alarms: a threshold must be more than 0: an alarm begins when it is reached, so one of 0 would never end. Set enabled = false for an alarm that you do not want."
  }

  validation {
    condition = (
      var.monitoring.alarms.failed_share.threshold > 0 && var.monitoring.alarms.failed_share.threshold <= 100
      && var.monitoring.alarms.failed_share.min_messages >= 1
    )
    error_message = "monitoring.alarms.failed_share: threshold is in percent, more than 0 and at most 100, and min_messages is 1 or more: fewer messages than that in 15 minutes raise no alarm."
  }

  validation {
    condition     = contains(range(1, 169), var.monitoring.alarms.silence.hours)
    error_message = "monitoring.alarms.silence.hours must be a whole number, 1 to 168: CloudWatch looks back seven days at most."
  }

  validation {
    condition = alltrue([
      for arn in var.monitoring.alarms.topic_arns : can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", arn))
    ])
    error_message = "monitoring.alarms.topic_arns takes ARNs of standard SNS topics (…:sns:<region>:<account>:<name>)."
  }

  validation {
    condition     = var.monitoring.dashboard.price_per_segment >= 0
    error_message = "monitoring.dashboard.price_per_segment is in US dollars for one part of a message, for example 0.05."
  }
}

variable "package" {
  description = <<-EOT
    Where the code comes from. Nothing set: the package that is part of this module, with the pinned public Powertools layer.
    At most one of:
    - `filename`: a zip on the machine that runs Terraform.
    - `s3`: { bucket, key, object_version }; without object_version only with `source_code_hash`.
    - `image_uri`: a container image.
    And:
    - `source_code_hash`: changes when the code does; computed for a file, needed for `s3` without `object_version`.
    - `layers`: layer ARNs instead of the Powertools layer; [] = none (a self-contained package, so only with `filename`
      or `s3`).
  EOT
  type = object({
    filename = optional(string)
    s3 = optional(object({
      bucket         = string
      key            = string
      object_version = optional(string)
    }))
    image_uri        = optional(string)
    source_code_hash = optional(string)
    layers           = optional(list(string))
  })
  default  = {}
  nullable = false

  validation {
    condition = length([
      for is_set in [var.package.filename != null, var.package.s3 != null, var.package.image_uri != null] : true if is_set
    ]) <= 1
    error_message = "package takes at most one of filename, s3 and image_uri. Leave all of them out for the module's own package."
  }

  validation {
    condition     = var.package.image_uri == null ? true : can(regex("^\\S+/\\S+$", var.package.image_uri))
    error_message = "package.image_uri must be the URI of an image in ECR (<account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:…). Leave it out for the module's own package."
  }

  validation {
    condition     = var.package.filename == null ? true : can(regex("\\S", var.package.filename))
    error_message = "package.filename must be the path of a zip. Leave it out for the module's own package."
  }

  validation {
    condition     = var.package.s3 == null ? true : var.package.s3.object_version != null || var.package.source_code_hash != null
    error_message = "package.s3 needs object_version, or source_code_hash beside it: without either, Terraform cannot see that the object has changed and never deploys a new upload."
  }

  validation {
    condition = (
      var.package.filename != null || var.package.s3 != null || var.package.image_uri != null
      || (var.package.layers == null ? true : length(var.package.layers) > 0)
    )
    error_message = "package.layers = [] leaves the module's own package without its libraries (\"No module named 'aws_encryption_sdk'\"). Leave layers out for the public Powertools layer, name a layer of your own with the same libraries, or set package.filename to the self-contained package (function/build.py self-contained)."
  }

  validation {
    condition     = var.package.image_uri == null || var.package.layers == null
    error_message = "package.layers cannot be used with package.image_uri: an image brings its libraries."
  }

  validation {
    condition     = var.package.image_uri == null || !var.function.snap_start
    error_message = "function.snap_start cannot be used with package.image_uri: Lambda takes no snapshots of images."
  }

  validation {
    condition     = var.package.layers == null ? true : length(var.package.layers) <= 5
    error_message = "package.layers takes at most five layers: that is Lambda's limit."
  }
}

variable "protection" {
  description = <<-EOT
    Against messages that are sent twice, come too late, or go astray:
    - `ledger`: a DynamoDB table of what was sent, by hashes; no numbers and no codes.
      - `enabled`: without it, a message may be sent again by Lambda's retries, and there are no limits.
      - `point_in_time_recovery`, `deletion_protection`: of the table.
      - `kms_key_arn`: customer managed key; default: DynamoDB's own.
    - `on_ledger_failure`: "send" (without limits, and perhaps twice) or "refuse" (Lambda tries again) when the table does
      not answer.
    - `test_recipients`: { numbers = ["+15550100*", "+4915550001"], sender = "testers" }: numbers, or beginnings of some,
      whose messages go to that sender (an sns_topic, slack or webhook) and to nobody else; without limits. null: none.
    - `code_lifetimes_seconds`: how long your pools accept what was sent, by trigger, where it is not Cognito's default:
      { Authentication = 300 } for an AuthSessionValidity of five minutes. Later than that it is not sent.
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
      numbers = set(string)
      sender  = string
    }))
    code_lifetimes_seconds = optional(map(number), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.protection.ledger.kms_key_arn == null ? true : can(regex(local.key_arn, var.protection.ledger.kms_key_arn))
    error_message = "protection.ledger.kms_key_arn must be the ARN of a customer managed key (…:kms:<region>:<account>:key/<id>). Leave it out for DynamoDB's own encryption."
  }

  validation {
    condition     = contains(["send", "refuse"], var.protection.on_ledger_failure)
    error_message = "protection.on_ledger_failure must be \"send\" (without limits, and perhaps twice) or \"refuse\" (left to Lambda's retry)."
  }

  validation {
    condition = var.protection.test_recipients == null ? true : try(
      length(var.protection.test_recipients.numbers) > 0 && alltrue([
        for number in var.protection.test_recipients.numbers : can(regex("^\\+[1-9](?:[0-9]{6,14}|[0-9]{5,14}\\*)$", number))
      ]),
      false,
    )
    error_message = "protection.test_recipients.numbers needs at least one number in E.164 (\"+15550100123\"), or a beginning of at least six digits with an asterisk (\"+15550100*\"): everybody whose number begins so gets no message. Leave test_recipients out where there are none."
  }

  validation {
    condition = var.protection.test_recipients == null ? true : try(
      var.senders[var.protection.test_recipients.sender].enabled && anytrue([
        for kind in ["sns_topic", "slack", "webhook"] : var.senders[var.protection.test_recipients.sender][kind] != null
      ]),
      false,
    )
    error_message = "protection.test_recipients.sender must be the name of one of senders that is not switched off, and of the kind sns_topic, slack or webhook, so that no message goes to a phone. Add it, for example testers = { slack = { … } }; there are: ${join(", ", keys(var.senders))}."
  }

  validation {
    condition     = length(setsubtract(keys(var.protection.code_lifetimes_seconds), keys(local.default_code_lifetimes))) == 0
    error_message = "protection.code_lifetimes_seconds is by trigger (${join(", ", keys(local.default_code_lifetimes))}, written so), and knows no ${join(", ", setsubtract(keys(var.protection.code_lifetimes_seconds), keys(local.default_code_lifetimes)))}."
  }

  validation {
    condition = alltrue([
      for seconds in values(var.protection.code_lifetimes_seconds) :
      seconds == null ? false : seconds >= 60 && seconds <= 31536000 && floor(seconds) == seconds
    ])
    error_message = "protection.code_lifetimes_seconds: a life is a whole number of seconds, 60 to 31536000 (365 days). Leave a trigger out for Cognito's default."
  }
}

variable "retries" {
  description = <<-EOT
    Lambda's retries of an event that could not be handled (Cognito calls asynchronously, so the user hears nothing):
    - `max_event_age_seconds`: how long Lambda keeps trying; 300 to 21600. At least five minutes, because a new grant on the
      key takes that long to be known everywhere. Default: as long as the longest-lived code
      (`protection.code_lifetimes_seconds`), but at most an hour, so 3600 unless every life is shorter. What is too old for
      its own life is not sent (outcome EXPIRED).
    - `max`: 0 to 2; after one minute, and after two more. Default: 2, or 1 if no code lives longer than three
      minutes: the second try would be too late for all of them.
    - `failure_queue`: SQS queue for what failed for good.
      - `enabled`.
      - `retention_seconds`: 60 to 1209600. The events hold phone numbers: keep them short.
      - `kms_key_arn`: customer managed key; default: SQS's own encryption.
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
    condition = var.retries.max_event_age_seconds == null ? true : (
      var.retries.max_event_age_seconds >= 300 && var.retries.max_event_age_seconds <= 21600
    )
    error_message = "retries.max_event_age_seconds must be 300 to 21600: below five minutes the first messages of a new pool are lost while its grant spreads, and Lambda keeps no event longer than six hours. Leave it out to have it follow from the lives of the codes."
  }

  validation {
    condition     = var.retries.max == null ? true : contains([0, 1, 2], var.retries.max)
    error_message = "retries.max must be 0, 1 or 2. Leave it out to have it follow from the lives of the codes."
  }

  validation {
    condition     = var.retries.failure_queue.retention_seconds >= 60 && var.retries.failure_queue.retention_seconds <= 1209600
    error_message = "retries.failure_queue.retention_seconds must be 60 to 1209600 (14 days)."
  }

  validation {
    condition     = var.retries.failure_queue.kms_key_arn == null ? true : can(regex(local.key_arn, var.retries.failure_queue.kms_key_arn))
    error_message = "retries.failure_queue.kms_key_arn must be the ARN of a customer managed key (…:kms:<region>:<account>:key/<id>): the function's role gets rights on it. Leave it out for SQS's own encryption."
  }
}

variable "tags" {
  description = "Tags for all taggable resources."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "user_pools" {
  description = <<-EOT
    Pools that may call the function and whose messages it may decrypt, by a name of your choice (literal: Terraform must
    know it at plan):
    - `arn`: of the pool; may come from a resource in the same root.
    - `custom_email_sender`: { role_arn } of the function that already sends the pool's e-mail: a pool has one key for both
      senders, so its role gets the right to decrypt.
  EOT
  type = map(object({
    arn                 = string
    custom_email_sender = optional(object({ role_arn = string }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.user_pools) : can(regex("^[A-Za-z0-9_-]{1,64}$", name))])
    error_message = "A name in user_pools must have 1 to 64 letters, digits, hyphens and underscores: it becomes part of a statement id."
  }

  validation {
    condition     = !contains(keys(var.user_pools), "user_pool")
    error_message = "The name \"user_pool\" in user_pools is taken by the pool that the variable user_pool makes. Choose another."
  }

  validation {
    condition = alltrue([
      for pool in values(var.user_pools) : can(regex(local.user_pool_arn, pool.arn))
    ])
    error_message = "user_pools: arn must be the ARN of one user pool (…:cognito-idp:<region>:<account>:userpool/<id>), not its id, without blanks or asterisks."
  }

  validation {
    condition = alltrue([
      for pool in values(var.user_pools) :
      try(pool.custom_email_sender == null, true) ? true : can(regex(local.role_arn, pool.custom_email_sender.role_arn))
    ])
    error_message = "user_pools: custom_email_sender.role_arn must be the ARN of the role of the function that sends the pool's e-mail (…:iam::<account>:role/<name>)."
  }
}
