locals {
  kms_key_arn = one(concat(aws_kms_key.this[*].arn, var.kms_key.existing[*].arn))

  wrong_old_keys = [
    for name, key in var.kms_key.also_decrypt : name if key != null && !can(regex(local.key_here, key.arn))
  ]
  # These may make grants on the key.
  wrong_managers = [
    for index, arn in var.kms_key.pool_manager_role_arns : index
    if arn != null && !can(regex("^arn:[a-z0-9-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$", arn))
  ]

  user_pool_arns = [for pool in local.user_pools : pool.arn]

  # What the key must allow besides its account. A key that the user brings keeps its own policy: there these statements
  # are an output, to be put into it.
  #
  # When a pool gets its trigger, a grant is made that lets Cognito encrypt codes. AWS's guide has named the principal
  # that makes it in two ways, so both are here. One is Cognito itself, called on behalf of a pool: then and only then
  # aws:SourceArn is present. The other is the role that calls CreateUserPool or UpdateUserPool, with the pool's id in
  # the encryption context.
  #
  # Those roles could make such a grant for themselves too. It is not narrowed by kms:GranteePrincipal or
  # kms:GrantOperations, because AWS does not document what Cognito's grant names: a guess would break the pool's
  # creation. The pool's id in the encryption context is what keeps such a grant to this pool.
  kms_key_policy_statements = concat(
    length(local.user_pool_arns) == 0 ? [] : [
      {
        Sid       = "CognitoMakesItsGrant"
        Effect    = "Allow"
        Principal = { Service = "cognito-idp.amazonaws.com" }
        Action    = "kms:CreateGrant"
        Resource  = "*" # in a key policy: this key
        Condition = {
          StringEquals = { "aws:SourceAccount" = distinct([for arn in local.user_pool_arns : try(split(":", arn)[4], "")]) }
          ArnEquals    = { "aws:SourceArn" = local.user_pool_arns }
        }
      },
    ],
    length(local.user_pool_arns) == 0 || nonsensitive(length(compact(var.kms_key.pool_manager_role_arns)) == 0) ? [] : [
      {
        Sid       = "PoolManagersMakeCognitosGrant"
        Effect    = "Allow"
        Principal = { AWS = compact(var.kms_key.pool_manager_role_arns) }
        Action    = "kms:CreateGrant"
        Resource  = "*"
        Condition = {
          StringEquals = { "kms:EncryptionContext:userpool-id" = [for arn in local.user_pool_arns : try(split("/", arn)[1], "")] }
        }
      },
    ],
  )
}

resource "aws_kms_key" "this" {
  #checkov:skip=CKV2_AWS_64:The policy is in aws_kms_key_policy, which can wait for a pool that needs this key's ARN.
  count = var.kms_key.existing == null ? 1 : 0

  description             = "Cognito encrypts the codes for ${var.name} with it."
  deletion_window_in_days = var.kms_key.deletion_window_in_days
  enable_key_rotation     = true
  multi_region            = var.kms_key.multi_region
  tags                    = local.tags

  lifecycle {
    # Pools change over to a new key before the old one is scheduled for deletion.
    create_before_destroy = true
  }
}

resource "aws_kms_alias" "this" {
  count = var.kms_key.existing == null ? 1 : 0

  # For people: Cognito and the function use the ARN ("Unable to decrypt any data key" is what an alias would give).
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this[0].key_id
}

# Not inline in the key: the policy names pools, and a pool in the same root needs the key first ("Cycle: …"). Until it is
# in place the key has the default policy, which delegates to the account, so the pool's creation works.
resource "aws_kms_key_policy" "this" {
  count = var.kms_key.existing == null ? 1 : 0

  key_id = aws_kms_key.this[0].key_id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          # Never optional: without it nobody could change this policy again ("The new key policy will not allow you to
          # update the key policy in the future."). Grants, too, are made by rights from IAM.
          Sid       = "AccountDelegatesToIam"
          Effect    = "Allow"
          Principal = { AWS = "arn:${local.partition}:iam::${split(":", aws_kms_key.this[0].arn)[4]}:root" }
          Action    = "kms:*"
          Resource  = "*"
        },
      ],
      local.kms_key_policy_statements,
    )
  })

  lifecycle {
    # The provider would update this in place against the id of the key that is gone. The id only: the whole key would
    # replace the policy whenever a tag changes.
    replace_triggered_by = [aws_kms_key.this[count.index].id]
  }
}
