# Who has claimed which message, and how many messages each recipient, prefix, country and domain has got: what keeps a message from
# being sent twice, and a fraudster from being paid. Ids are hashes, so no item holds a number, a name or a code.
resource "aws_dynamodb_table" "ledger" {
  #checkov:skip=CKV_AWS_28:Items live for a day at most, so little is lost; an option (protection.ledger.point_in_time_recovery).
  #checkov:skip=CKV_AWS_119:Encrypted with a key that DynamoDB owns unless protection.ledger.kms_key_arn is set; the items hold hashes only.
  count = var.protection.ledger.enabled ? 1 : 0

  name                        = local.ledger_name
  billing_mode                = "PAY_PER_REQUEST" # sign-ups come in bursts, and an idle table costs nothing
  hash_key                    = "id"
  deletion_protection_enabled = var.protection.ledger.deletion_protection
  tags                        = local.tags

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = var.protection.ledger.point_in_time_recovery
  }

  # Not enabled means DynamoDB's own key, which costs nothing. A table is never unencrypted.
  server_side_encryption {
    enabled     = var.protection.ledger.kms_key_arn != null
    kms_key_arn = var.protection.ledger.kms_key_arn
  }

  # Epoch seconds. In milliseconds, every item would live for fifty thousand years.
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  lifecycle {
    # Where the ledger is turned off, the version behind the alias uses it until the alias moves.
    create_before_destroy = true

    precondition {
      condition = var.protection.ledger.kms_key_arn == null ? true : can(regex(local.key_here, var.protection.ledger.kms_key_arn))
      error_message = join(" ", [
        "${var.name}: protection.ledger.kms_key_arn: the ARN of a key (…:key/<id>) in ${local.region}, where the table is. Got: something",
        "else. Fix: write such an ARN, or leave it out for DynamoDB's own encryption.",
      ])
    }
  }

  # Nor does the table change to another key before the role may use that.
  depends_on = [aws_iam_role_policy.this]
}

