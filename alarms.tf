# What somebody should be woken for. AWS takes money for each metric that an alarm looks at, so most look at one.
#
# Cognito calls the alias, so Lambda's metrics of an invocation are those of the alias (`Resource`). An event that waits is
# not an invocation yet: its metrics are asked for by the function alone, which has those of all versions and aliases.
#
# A metric that has no value has nothing to report: nothing was invoked, nothing failed, the queue was idle. So what is
# missing is good everywhere but in `silence`, whose very question it is.
locals {
  alias_dimensions    = { FunctionName = var.name, Resource = "${var.name}:${aws_lambda_alias.live.name}" }
  function_dimensions = { FunctionName = var.name }
  service_dimensions  = { service = var.name }

  watches_limits = var.protection.ledger.enabled && anytrue([
    for limit in concat(values(local.sms.limits), values(local.email.limits)) : limit.mode == "monitor"
  ])

  has_ses = contains([for name in local.enabled_senders : local.sender_kinds[name]], "ses")

  alarms = {
    errors = {
      description = join(" ", [
        "The function raised errors: messages wait for their next try, or were lost.",
        "Look at the outcomes in the log group ${local.log_group_name}.",
      ])
      metric     = "Errors"
      dimensions = local.alias_dimensions
    }
    throttles = {
      description = join(" ", [
        "Lambda has no concurrency left for the function, so codes come late.",
        "Look at function.reserved_concurrency and at the account's quota.",
      ])
      metric     = "Throttles"
      dimensions = local.alias_dimensions
    }
    dropped_events = {
      description = join(" ", [
        "Lambda gave up on events: as many users got no code. They are on the failure queue ${local.failure_queue_name}, if",
        "there is one; do not send them to the function again.",
      ])
      metric     = "AsyncEventsDropped"
      dimensions = local.function_dimensions
    }
    event_age = {
      description = "Events have waited for long: retries or throttling. Sign-in codes live for minutes only."
      threshold   = var.monitoring.alarms.event_age.threshold * 1000 # Lambda counts milliseconds
      metric      = "AsyncEventAge"
      statistic   = "Maximum"
      dimensions  = local.function_dimensions
    }
    failure_queue = {
      applies = var.retries.failure_queue.enabled
      description = join(" ", [
        "Events that failed for good are on ${local.failure_queue_name}.",
        "Look at them before they expire; do not send them to the function again.",
      ])
      namespace  = "AWS/SQS"
      metric     = "ApproximateNumberOfMessagesVisible"
      statistic  = "Maximum"
      dimensions = { QueueName = local.failure_queue_name }
    }
    channel_off = {
      description = join(" ", [
        "The pool asks this function for messages of a channel that is switched off: codes were lost. Take that trigger out of the",
        "pool's lambda_config, or name a function there that sends such messages.",
      ])
      namespace  = var.monitoring.metrics_namespace
      metric     = "CHANNEL_OFF"
      dimensions = local.service_dimensions
    }
    no_address = {
      applies = local.is_on.email
      description = join(" ", [
        "Notices of account takeover were not sent: Cognito names no address in them, and the pool asks this function for its mail.",
        "Look at the events on ${local.failure_queue_name}, if there is one, and tell these users in another way.",
      ])
      namespace  = var.monitoring.metrics_namespace
      metric     = "NO_ADDRESS"
      dimensions = local.service_dimensions
    }
    bounces = {
      applies     = local.has_ses
      description = "Many of the account's mails bounce. Amazon SES reviews an account at 5 % and pauses it at 10 %: look at the limits."
      namespace   = "AWS/SES"
      metric      = "Reputation.BounceRate"
      statistic   = "Average"
      period      = 3600
      missing     = "ignore" # the rate stands until SES reports another
    }
    complaints = {
      applies     = local.has_ses
      description = "Recipients report the account's mails as spam. Amazon SES reviews an account at 0.1 % and pauses it at 0.5 %."
      namespace   = "AWS/SES"
      metric      = "Reputation.ComplaintRate"
      statistic   = "Average"
      period      = 3600
      missing     = "ignore"
    }
    refused = {
      description = join(" ", [
        "Many messages were refused by country, domain, prefix or limit: probably SMS pumping, or invented addresses.",
        "Look at countries, domains and recipient_id in the log, and protect the sign-up.",
      ])
      period     = 900
      namespace  = var.monitoring.metrics_namespace
      metric     = "Refused"
      dimensions = local.service_dimensions
    }
    over_limit = {
      applies = local.watches_limits
      description = join(" ", [
        "More messages than a limit whose mode is monitor. They are sent all the same:",
        "is it an attack (set the mode to enforce), or growth (raise the limit)?",
      ])
      period     = 900
      namespace  = var.monitoring.metrics_namespace
      metric     = "OverLimit"
      dimensions = local.service_dimensions
    }
    segments = {
      applies = local.is_on.sms
      description = join(" ", [
        "More segments were sent in an hour than expected: this is what providers take money for.",
        "An attack, a longer text, or success.",
      ])
      period     = 3600
      namespace  = var.monitoring.metrics_namespace
      metric     = "Segments"
      dimensions = local.service_dimensions
    }
    ledger = {
      applies = var.protection.ledger.enabled
      description = join(" ", [
        "The ledger ${local.ledger_name} could not be used: messages go out without limits and perhaps twice, or not at all",
        "(protection.on_ledger_failure). ledger_reason in the log says why.",
      ])
      namespace  = var.monitoring.metrics_namespace
      metric     = "LedgerUnavailable"
      dimensions = local.service_dimensions
    }
    failed_share = {
      description = join(" ", [
        "A large share of the messages that should have been sent was not. The outcomes on the dashboard and in the log say",
        "whose fault it is: a provider's, KMS's, or a setting's.",
      ])
      # Failed is 0 for what was sent, 1 for what failed, and not there for what was refused: otherwise an attack would look
      # like good health. So its average is the share, and how many values it has is how many messages there were.
      expression = "IF(messages >= ${var.monitoring.alarms.failed_share.min_messages}, 100 * share, 0)"
      queries = {
        for query, statistic in { messages = "SampleCount", share = "Average" } : query => {
          namespace                        = var.monitoring.metrics_namespace
          metric                           = "Failed"
          dimensions                       = local.service_dimensions
          statistic                        = statistic
          period                           = 900
        }
      }
    }
    silence = {
      description = join(" ", [
        "No message for ${var.monitoring.alarms.silence.hours} hours. If people sign in all the same:",
        "is lambda_config still on the pool, is the pool still in user_pools, is the KMS key enabled?",
      ])
      threshold  = 1
      comparison = "LessThanThreshold"
      # Hour by hour, and filled up: of missing values alone CloudWatch would look further back than it was asked to before
      # it alarms.
      periods    = var.monitoring.alarms.silence.hours
      missing    = "breaching"
      expression = "FILL(invocations, 0)"
      queries = {
        invocations = {
          namespace  = "AWS/Lambda"
          metric     = "Invocations"
          statistic  = "Sum"
          period     = 3600
          dimensions = local.alias_dimensions
        }
      }
    }
  }

  alarm_defaults = {
    applies    = true
    comparison = "GreaterThanOrEqualToThreshold"
    periods    = 1
    missing    = "notBreaching"
    # One metric, or a calculation with several.
    namespace  = "AWS/Lambda"
    metric     = null
    statistic  = "Sum"
    period     = 300
    dimensions = null
    expression = null
    queries    = {}
  }
  # What is no topic's ARN never gets to the provider, which would show it, for each alarm.
  topic        = "${format(local.here, "sns")}[A-Za-z0-9_-]{1,256}$"
  topics       = [for arn in var.monitoring.alarms.topic_arns : arn if can(regex("^arn:[a-z0-9-]+:sns:[^:]+:[0-9]{12}:", arn))]
  wrong_topics = [for index, arn in var.monitoring.alarms.topic_arns : index if arn != null && !can(regex(local.topic, arn))]

  wanted_alarms = {
    for name, alarm in local.alarms :
    name => merge(local.alarm_defaults, { threshold = try(var.monitoring.alarms[name].threshold, null) }, alarm)
    if var.monitoring.alarms.enabled && var.monitoring.alarms[name].enabled && try(alarm.applies, true)
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.wanted_alarms

  alarm_name          = "${var.name}-${replace(each.key, "_", "-")}"
  alarm_description   = each.value.description
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  namespace           = each.value.metric == null ? null : each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.metric == null ? null : each.value.statistic
  period              = each.value.metric == null ? null : each.value.period
  dimensions          = each.value.dimensions
  alarm_actions       = local.topics
  ok_actions          = local.topics
  tags                = local.tags

  dynamic "metric_query" {
    for_each = each.value.queries

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.statistic
        period      = metric_query.value.period
      }
    }
  }

  dynamic "metric_query" {
    for_each = each.value.expression[*]

    content {
      id          = "result"
      expression  = metric_query.value
      label       = each.key
      return_data = true
    }
  }

  lifecycle {
    precondition {
      # It begins when its threshold is reached, so one of 0 would never end.
      condition = each.value.threshold > 0
      error_message = join(" ", [
        "${var.name}: monitoring.alarms.${each.key}.threshold: more than 0. Got: 0 or less. Fix: raise it, or set enabled = false for",
        "an alarm that you do not want.",
      ])
    }
  }
}
