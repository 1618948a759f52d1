# Everything that the role may do. As JSON and not as data sources, so that a plan shows it and scanners can read it.
#
# The account of the function's own log group, queue and table is "*": it is not known at plan without asking STS, which
# would hide both policies from every plan. Nothing is lost by it. Another account's log group cannot be written to.
# Another account's queue or table of the same name would first have to let this role in.
#
# There is nothing about the key that Cognito encrypts with: that right is one grant per pool (pools.tf).
locals {
  function_statements = concat(
    [
      {
        # Not AWSLambdaBasicExecutionRole: it may create any log group.
        Sid      = "WriteOwnLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:${local.partition}:logs:${local.region}:*:log-group:${local.log_group_name}:*"]
      },
    ],
    var.function.tracing ? [
      {
        Sid      = "SendTraces"
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = ["*"] # X-Ray knows no resources for these
      },
    ] : [],
    var.function.vpc == null ? [] : [
      {
        # Lambda needs these rights, the code does not. A call of the code carries lambda:SourceFunctionArn, a call of
        # Lambda does not (AWS's guide, "Giving Lambda functions access to resources in an Amazon VPC"). The ARN is put
        # together because the function itself waits for this policy.
        Sid    = "CodeLeavesTheVpcAlone"
        Effect = "Deny"
        Action = [
          "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
          "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DetachNetworkInterface",
          "ec2:UnassignPrivateIpAddresses",
        ]
        Resource = ["*"]
        Condition = {
          ArnEquals = { "lambda:SourceFunctionArn" = ["arn:${local.partition}:lambda:${local.region}:*:function:${var.name}"] }
        }
      },
    ],
    var.function.vpc == null ? [] : [
      {
        # "The provided execution role does not have permissions to call CreateNetworkInterface on EC2"
        Sid    = "AttachToVpc"
        Effect = "Allow"
        Action = [
          "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
          "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
        ]
        Resource = ["*"] # Lambda checks for exactly this before it makes the function
      },
    ],
    var.protection.ledger.enabled ? [
      {
        # One action for all of it: a transaction needs no right of its own. Each of its parts is checked as what it is:
        # an update (AWS's guide, "Using IAM with DynamoDB transactions").
        Sid      = "KeepLedger"
        Effect   = "Allow"
        Action   = ["dynamodb:UpdateItem"]
        Resource = ["arn:${local.partition}:dynamodb:${local.region}:*:table/${local.ledger_name}"]
      },
    ] : [],
    var.protection.ledger.enabled && var.protection.ledger.kms_key_arn != null ? [
      {
        # DynamoDB decrypts the table's key with the rights of the role that uses the table. Everything else it does by the grants
        # that it got when the table was made (AWS's guide, "DynamoDB encryption at rest: usage notes").
        Sid      = "UseLedgerKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [var.protection.ledger.kms_key_arn]
        Condition = {
          StringEquals = { "kms:EncryptionContext:aws:dynamodb:tableName" = local.ledger_name }
          StringLike   = { "kms:ViaService" = local.via_service["dynamodb"] }
        }
      },
    ] : [],
    var.retries.failure_queue.enabled ? [
      {
        # Lambda checks it when the event invoke config is made: "The function's execution role does not have permissions
        # to call SendMessage on …"
        Sid      = "KeepFailedEvents"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = ["arn:${local.partition}:sqs:${local.region}:*:${local.failure_queue_name}"]
      },
    ] : [],
    var.retries.failure_queue.enabled && var.retries.failure_queue.kms_key_arn != null ? [
      {
        # "… is not authorized to perform: kms:GenerateDataKey": a queue's key is used by the role that sends to the queue.
        Sid       = "EncryptFailedEvents"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [var.retries.failure_queue.kms_key_arn]
        Condition = { StringLike = { "kms:ViaService" = local.via_service["sqs"] } }
      },
    ] : [],
  )

  sender_statements = concat(
    contains(values(local.sender_kinds), "sns") ? [
      {
        # A message to a phone has no resource that could be named; one to a topic has the topic's ARN. So: everything
        # that is not a topic.
        Sid         = "SendSmsThroughSns"
        Effect      = "Allow"
        Action      = ["sns:Publish"]
        NotResource = ["arn:${local.partition}:sns:*:*:*"]
      },
    ] : [],
    contains(values(local.sender_kinds), "sns_topic") ? [
      {
        Sid      = "PublishToTopics"
        Effect   = "Allow"
        Action   = ["sns:Publish"]
        Resource = [for name, kind in local.sender_kinds : local.senders[name].sns_topic.topic_arn if kind == "sns_topic"]
      },
    ] : [],
    length(local.topic_keys) == 0 ? [] : [
      {
        # "… is not authorized to perform: kms:GenerateDataKey": a topic's key is used by the role that publishes to the topic.
        Sid       = "EncryptTopicMessages"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = local.topic_keys
        Condition = { StringLike = { "kms:ViaService" = local.via_service["sns"] } }
      },
    ],
    contains(values(local.sender_kinds), "end_user_messaging") ? [
      {
        Sid      = "SendSmsThroughEndUserMessaging"
        Effect   = "Allow"
        Action   = ["sms-voice:SendTextMessage"]
        Resource = concat(local.origination_identities, local.end_user_messaging_configurations)
      },
    ] : [],
    contains(values(local.sender_kinds), "notify") ? [
      {
        Sid      = "SendCodesThroughNotify"
        Effect   = "Allow"
        Action   = ["sms-voice:SendNotifyTextMessage"]
        Resource = local.notify_resources
      },
    ] : [],
    length(local.ses_resources) == 0 ? [] : [
      {
        # An identity may send from any address of its domain: these are the ones that are set.
        Sid       = "SendMailThroughSes"
        Effect    = "Allow"
        Action    = ["ses:SendEmail"]
        Resource  = local.ses_resources
        Condition = { StringEquals = { "ses:FromAddress" = local.from_addresses } }
      },
    ],
    [
      for service, action in { secretsmanager = "secretsmanager:GetSecretValue", ssm = "ssm:GetParameter" } : {
        Sid                                   = service == "ssm" ? "ReadParameters" : "ReadSecrets"
        Effect                                = "Allow"
        Action                                = [action]
        Resource                              = [for arn in local.secret_arns : arn if strcontains(arn, ":${service}:")]
      } if anytrue([for arn in local.secret_arns : strcontains(arn, ":${service}:")])
    ],
    length(local.secret_arns) == 0 || nonsensitive(length(compact(var.iam.secret_kms_key_arns)) == 0) ? [] : [
      {
        Sid      = "DecryptSecrets"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = compact(var.iam.secret_kms_key_arns)
        Condition = {
          StringLike = { "kms:ViaService" = concat(local.via_service["secretsmanager"], local.via_service["ssm"]) }
        }
      },
    ],
  )

  wrong_secret_keys = [
    for index, arn in var.iam.secret_kms_key_arns : index
    if arn != null && !can(regex("^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))
  ]

  secret_arns = [
    for name, kind in local.sender_kinds : coalesce(local.senders[name][kind].secret_arn, "none")
    if contains(keys(local.senders[name][kind]), "secret_arn")
  ]

  topic_keys = distinct([
    for name, kind in local.sender_kinds : local.senders[name].sns_topic.kms_key_arn
    if kind == "sns_topic" && try(local.senders[name].sns_topic.kms_key_arn != null, false)
  ])

  # What a message may be sent from: what a country has of its own, and what is set for the others, if there are others
  # ("any" when nothing is set: then AWS picks one).
  originations = {
    for name, kind in local.sender_kinds : name => concat(
      values(local.origination_by_country[name]),
      length(setsubtract(local.sms.allowed_countries, keys(local.origination_by_country[name]))) == 0 ? [] : [
        coalesce(local.senders[name].end_user_messaging.origination_identity, "any")
      ],
    ) if kind == "end_user_messaging"
  }

  # Named exactly when all of them are given as ARNs. Otherwise (an id, a number, a sender id, or nothing) every identity of
  # that Region: AWS resolves an identity to an ARN before it checks the right. The account is not known here, nor is
  # the id of a number or of what AWS picks. RCS agents are among them because SendTextMessage takes one as its
  # origination identity (and may have one in a pool); a type that AWS does not check gives no right to anything.
  origination_identities = distinct(flatten([
    for name, identities in local.originations :
    alltrue([for identity in identities : startswith(identity, "arn:")]) ? identities : [
      for type in ["phone-number", "pool", "sender-id", "rcs-agent"] :
      "arn:${local.partition}:sms-voice:${coalesce(local.senders[name].end_user_messaging.region, local.region)}:*:${type}/*"
    ]
  ]))

  # SendTextMessage may also be checked against the configuration set and the protect configuration that it names.
  end_user_messaging_configurations = distinct(flatten([
    for name, kind in local.sender_kinds : [
      for settings in [local.senders[name].end_user_messaging] : [
        for type, id in { configuration-set = settings.configuration_set_name, protect-configuration = settings.protect_configuration_id } :
        startswith(id, "arn:") ? id : "arn:${local.partition}:sms-voice:${coalesce(settings.region, local.region)}:*:${type}/${id}"
        if id != null
      ]
    ] if kind == "end_user_messaging"
  ]))

  # The Notify configurations, and the configuration sets that are named: AWS checks the right for both. Given as ids, in
  # the Region that is sent from; the account is not known here.
  notify_resources = distinct(flatten([
    for name, kind in local.sender_kinds : [
      for notify in [local.senders[name].notify] : [
        for type, id in { notify-configuration = notify.notify_configuration_id, configuration-set = notify.configuration_set_name } :
        startswith(id, "arn:") ? id : "arn:${local.partition}:sms-voice:${coalesce(notify.region, local.region)}:*:${type}/${id}"
        if id != null
      ]
    ] if kind == "notify"
  ]))

  # AWS checks the right for all that a mail names. The identity may be another account's; the others are of this one, which is
  # not known here, in the identity's Region.
  ses_resources = distinct(flatten([
    for name, kind in local.sender_kinds : [
      for ses in [local.senders[name].ses] : concat([ses.identity_arn], [
        for type, id in { configuration-set = ses.configuration_set, tenant = try("${ses.tenant}/*", null) } :
        "arn:${local.partition}:ses:${try(split(":", ses.identity_arn)[3], local.region)}:*:${type}/${id}" if id != null
      ])
    ] if kind == "ses"
  ]))
  from_addresses = distinct([
    for from in concat([local.email.from], [for client in values(local.clients) : try(client.from, null)]) :
    try(regex("<([^<>]+)>\\s*$", from)[0], from) if from != null
  ])

  # Values of kms:ViaService, any Region (a secret may live in another one than the function). Services in China are known
  # under both suffixes.
  via_service = {
    for service in ["dynamodb", "secretsmanager", "sns", "sqs", "ssm"] : service => [
      for suffix in distinct(["amazonaws.com", data.aws_partition.current.dns_suffix]) : "${service}.*.${suffix}"
    ]
  }
}

resource "aws_iam_role" "this" {
  # A prefix, because a role that moves to another path is made before the old one goes. A name exists only once in an
  # account, whatever its path and Region. Nor may it come from a data source: where the module's call has a depends_on,
  # its data sources are read during apply, and a name that is unknown at plan replaces the role. IAM takes 38
  # characters.
  name_prefix          = "${substr(var.name, 0, 37)}-"
  description          = "What the sender ${var.name} may do."
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary_arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LambdaRunsIt"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })

  lifecycle {
    precondition {
      condition = length(local.wrong_secret_keys) == 0
      error_message = join(" ", [
        "${var.name}: iam.secret_kms_key_arns[${nonsensitive(join(", ", local.wrong_secret_keys))}]: the ARN of a key. Got: something",
        "else. Fix: write …:kms:<region>:<account>:key/<id>; a policy takes no alias, and \"*\" would be every key.",
      ])
    }

    # The function is never without a role: it changes over to the new one before the old one goes.
    create_before_destroy = true

    precondition {
      condition = local.policies_length <= 5120
      error_message = join(" ", [
        "${var.name}: senders: policies of the function's role with at most 5120 characters, because the old and the new ones must fit",
        "into the 10240 that IAM allows a role. Got: ${local.policies_length}. Fix: use fewer senders, or fewer ARNs for each.",
      ])
    }
  }
}

# A new version's rights are there before it. The old version's rights go when the alias has left it: meanwhile both
# copies of a policy exist. A name is never made from the content. Content that is unknown at plan and turns out equal
# would be written and then deleted under one name. The role would be left without it.
locals {
  policies = {
    function = jsonencode({ Version = "2012-10-17", Statement = local.function_statements })
    senders  = jsonencode({ Version = "2012-10-17", Statement = local.sender_statements })
  }
  policies_length = sum([for policy in local.policies : nonsensitive(length(policy))])
}

resource "terraform_data" "policy" {
  for_each = local.policies

  input = each.value
}

resource "aws_iam_role_policy" "this" {
  for_each = local.policies

  name_prefix = "${each.key}-"
  role        = aws_iam_role.this.name
  policy      = each.value

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.policy[each.key]]
  }
}
