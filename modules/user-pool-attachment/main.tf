data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  # `id`: the provider's version 6 deprecates `name`, and 5.100 has no `region` yet.
  region = data.aws_region.current.id

  # arn:<partition>:cognito-idp:<region>:<account>:userpool/<id>
  user_pool_arn = var.access.user_pool_arn
  user_pool_id  = split("/", local.user_pool_arn)[1]

  trigger = {
    kms_key_id          = var.access.lambda_config.kms_key_id
    custom_sms_sender   = var.access.lambda_config.custom_sms_sender
    custom_email_sender = one(concat(var.custom_email_sender[*], var.access.lambda_config.custom_email_sender[*]))
  }
  senders = [
    for name in ["custom_sms_sender", "custom_email_sender"] : name if nonsensitive(local.trigger[name] != null)
  ]

  tags = { for name, value in var.tags : name => value if value != null }

  # What somebody else had there: refused, or with `replace` put back when the attachment is destroyed.
  before = jsondecode(aws_lambda_invocation.before.result)

  request = {
    user_pool_id = local.user_pool_id
    trigger      = local.trigger
    replace      = var.replace
  }
}

# Another pool is another attachment: taken off here, put on there.
resource "terraform_data" "user_pool" {
  input = local.user_pool_arn
}

# Read once, before the trigger is put on: refused when somebody else's sender is there, unless `replace`, so that what
# is kept is what the trigger takes the place of. A result is known to nobody but the state: when the trigger is taken
# off, Lambda gets the input only, so the result goes into the other invocations' input.
resource "aws_lambda_invocation" "before" {
  function_name   = aws_lambda_function.this.function_name
  lifecycle_scope = "CREATE_ONLY"
  input           = jsonencode(merge(local.request, { action = "read" }))

  lifecycle {
    # A new sender is no reason to read again: what is there now is ours.
    ignore_changes       = [input]
    replace_triggered_by = [terraform_data.user_pool]
  }

  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.read]
}

# Each holds a sender. If the sender is asked for later, this refuses to take another's place. If it is no longer asked for,
# this takes it off. The attachment does so too, in one step with all else; but Terraform forgets an update that failed,
# and keeps a resource whose destruction failed. They come before the attachment, so that they go after it: when
# everything is destroyed, the attachment puts back senders and key at once, and nothing is left here.
resource "aws_lambda_invocation" "held" {
  for_each = toset(local.senders)

  function_name   = aws_lambda_function.this.function_name
  lifecycle_scope = "CRUD"
  input           = jsonencode(merge(local.request, { only = each.key, before = local.before }))

  lifecycle {
    replace_triggered_by = [terraform_data.user_pool]
  }

  depends_on = [aws_iam_role_policy.write]
}

# Puts the trigger on, changes it, and takes it off. No `triggers`: they replace, and a replacement takes the trigger off
# and puts it on again, while people sign up.
resource "aws_lambda_invocation" "attachment" {
  function_name   = aws_lambda_function.this.function_name
  lifecycle_scope = "CRUD"
  input           = jsonencode(merge(local.request, { before = local.before }))

  lifecycle {
    replace_triggered_by = [terraform_data.user_pool]

    precondition {
      # Also what makes it wait for them: without the permission and the grant, every code would be lost from here on.
      condition = length(var.access.authorized_by) > 0
      error_message = join(" ", [
        "User pool ${local.user_pool_id}: access: with the pool's permission and grants. Got: none.",
        "Fix: give access = module.<sender>.user_pool_access[\"<pool>\"] as it is.",
      ])
    }

    precondition {
      condition = split(":", local.user_pool_arn)[3] == local.region
      error_message = join(" ", [
        "User pool ${local.user_pool_id}: a pool in the provider's Region, ${local.region}. Got: one in",
        "${split(":", local.user_pool_arn)[3]}. Fix: call this module, and the sender module, with a provider of the pool's Region.",
      ])
    }
  }

  depends_on = [aws_iam_role_policy.write, aws_lambda_invocation.held]
}

# The pool's present settings: as soon as the invocation above has nothing to do, at plan.
data "aws_cognito_user_pool" "this" {
  user_pool_id = local.user_pool_id

  depends_on = [aws_lambda_invocation.attachment]
}

locals {
  found = one(data.aws_cognito_user_pool.this.lambda_config)

  is_attached = try(
    local.found.kms_key_id == local.trigger.kms_key_id
    && alltrue([for name in local.senders : one(local.found[name]).lambda_arn == local.trigger[name].lambda_arn]),
    false,
  )
}

# Puts the trigger back when it is not there: after an apply that failed, and after somebody has changed the pool. The
# provider keeps the new input of a failed update, so the invocation above shows nothing to do. Destroying it does
# nothing, so being replaced is harmless.
#
# timestamp() is unknown at plan and known at apply: a pool that is not as it should be makes this value unknown, which
# plans a replacement, and what is kept is "attached" each time. So the plan after a repair is empty, which it would not
# be if what was observed were kept.
resource "aws_lambda_invocation" "repair" {
  function_name   = aws_lambda_function.this.function_name
  lifecycle_scope = "CREATE_ONLY"
  input           = jsonencode(merge(local.request, { action = "repair", before = local.before }))

  triggers = {
    state = local.is_attached ? "attached" : timestamp() == "" ? "" : "attached"
  }

  depends_on = [aws_lambda_invocation.attachment]
}

check "attached" {
  assert {
    condition = local.is_attached
    error_message = join(" ", [
      "User pool ${local.user_pool_id}: custom SMS sender, custom e-mail sender and KMS key are this attachment's. Got: others or",
      "none, when Terraform looked, so that Cognito does not hand it the messages. Fix: run terraform apply. If another Terraform",
      "state manages the pool, do not attach: set lambda_config there.",
    ])
  }
}
