# For the person on call, three graphs a row: what users get, why they do not, who is kept out, how long it takes, what Lambda
# and the ledger do, what it costs.
locals {
  # Of the module's own metrics, those with no more than the service's name.
  service_metrics = {
    for metric in [
      "SENT", "Failed", "Refused", "DUPLICATE", "EXPIRED", "BAD_CONFIGURATION", "BLOCKED_COUNTRY", "BLOCKED_DOMAIN", "BLOCKED_VELOCITY",
      "BLOCKED_BY_PROVIDER", "OverLimit", "Failovers", "AmbiguousAttempts", "OpenCircuits", "LedgerUnavailable", "DecryptMilliseconds",
      "LedgerMilliseconds", "SendMilliseconds", "AgeSeconds", "Segments",
    ] : metric => [var.monitoring.metrics_namespace, metric, "service", var.name]
  }

  # By sender one after the other, for they are known; by country or domain what a search finds: a country has no metric before
  # it has had a message. In a search, what is not only letters and digits must be quoted.
  sender_metrics = {
    for metric in ["Sent", "NotSent"] : metric => [
      for sender in keys(local.senders) : [var.monitoring.metrics_namespace, metric, "service", var.name, "sender", sender]
    ]
  }
  groups = [for channel, group in { email = "domain", sms = "country" } : group if local.is_on[channel]]
  group_graphs = {
    for metric, period in { Sent = 300, Failed = 300, Refused = 300, Segments = 3600 } : metric => [
      for group in metric == "Segments" ? ["country"] : local.groups : {
        title   = "${metric == "Segments" ? "Parts of messages an hour" : metric}, by ${group}"
        period  = period
        stacked = true
        metrics = [[{
          id = "groups"
          expression = join(" ", [
            "SEARCH('{\"${var.monitoring.metrics_namespace}\",service,${group}} MetricName=\"${metric}\" service=\"${var.name}\"',",
            "'Sum', ${period})",
          ])
          label = "$${PROP('Dim.${group}')}"
        }]]
      }
    ]
  }

  graphs = flatten([
    {
      title   = "How messages ended"
      stacked = true
      metrics = [for metric in ["SENT", "Failed", "Refused", "DUPLICATE"] : local.service_metrics[metric]]
    },
    {
      title   = "Sent, by sender"
      stacked = true
      metrics = local.sender_metrics["Sent"]
    },
    local.group_graphs["Sent"],

    {
      title   = "Not sent, by sender: the next one is asked, or Lambda tries again"
      metrics = local.sender_metrics["NotSent"]
    },
    {
      title   = "Failovers, lost answers, senders put last"
      metrics = [for metric in ["Failovers", "AmbiguousAttempts", "OpenCircuits"] : local.service_metrics[metric]]
    },
    local.group_graphs["Failed"],

    {
      title = "Refused, and over a limit that is only watched"
      metrics = [
        for metric in concat(
          [for group in local.groups : "BLOCKED_${upper(group)}"], ["BLOCKED_VELOCITY", "BLOCKED_BY_PROVIDER", "OverLimit"]
        ) : local.service_metrics[metric]
      ]
    },
    local.group_graphs["Refused"],
    {
      title   = "Too late, with wrong settings, without the ledger"
      metrics = [for metric in ["EXPIRED", "BAD_CONFIGURATION", "LedgerUnavailable"] : local.service_metrics[metric]]
    },

    {
      title = "Milliseconds a step takes: half of the time, and all but 5 %"
      metrics = concat([
        for step in ["Decrypt", "Ledger", "Send"] : [
          for statistic in ["p50", "p95"] :
          concat(local.service_metrics["${step}Milliseconds"], [{ stat = statistic, label = "${step} ${statistic}" }])
        ]
      ]...)
    },
    {
      title = "Seconds from Cognito's call until it was sent"
      metrics = [
        for statistic in ["p50", "p95", "Maximum"] :
        concat(local.service_metrics["AgeSeconds"], [{ stat = statistic, label = statistic }])
      ]
    },
    {
      title = "Longest wait of an event, in seconds"
      metrics = [
        [{ id = "seconds", expression = "age / 1000", label = "AsyncEventAge" }],
        ["AWS/Lambda", "AsyncEventAge", "FunctionName", var.name, { id = "age", stat = "Maximum", visible = false }],
      ]
      annotations = { horizontal = [{ label = "alarm", value = var.monitoring.alarms.event_age.threshold }] }
    },

    {
      title = "Lambda"
      metrics = [
        for metric in ["Invocations", "Errors", "Throttles"] :
        ["AWS/Lambda", metric, "FunctionName", var.name, "Resource", local.alias_dimensions.Resource]
      ]
    },
    {
      title = "Given up"
      metrics = [
        ["AWS/Lambda", "AsyncEventsDropped", "FunctionName", var.name],
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.failure_queue_name, { stat = "Maximum" }],
      ]
    },
    {
      title = "Ledger"
      metrics = [
        for metric in ["ConsumedWriteCapacityUnits", "WriteThrottleEvents"] : ["AWS/DynamoDB", metric, "TableName", local.ledger_name]
      ]
    },

    [for row in [[
      {
        title       = "Parts of messages an hour"
        period      = 3600
        metrics     = [local.service_metrics["Segments"]]
        annotations = { horizontal = [{ label = "alarm", value = var.monitoring.alarms.segments.threshold }] }
      },
      local.group_graphs["Segments"],
      {
        title  = "US dollars an hour, at ${var.monitoring.dashboard.price_per_segment} a part"
        period = 3600
        metrics = [
          [{ id = "dollars", expression = "parts * ${var.monitoring.dashboard.price_per_segment}", label = "estimate" }],
          concat(local.service_metrics["Segments"], [{ id = "parts", visible = false }]),
        ]
      }
    ]] : row if local.is_on.sms],
  ])
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.monitoring.dashboard.enabled ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type   = "text"
        x      = 0
        y      = 0
        width  = 24
        height = 2
        properties = {
          markdown = join(" ", [
            "# ${var.name}\nUsers see no error when a message fails. One line for each is in the log group",
            "`${local.log_group_name}`: search it for `outcome`, `request_id` or `recipient_id`.",
          ])
        }
      }],
      [
        for index, graph in local.graphs : {
          type       = "metric"
          x          = index % 3 * 8
          y          = 2 + floor(index / 3) * 6
          width      = 8
          height     = 6
          properties = merge({ region = local.region, view = "timeSeries", stat = "Sum", period = 300, stacked = false }, graph)
        }
      ],
    )
  })
}
