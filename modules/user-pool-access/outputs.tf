output "authorised_by" {
  description = "The permission and the grants of the pool, by their ids: known when they are there."
  value = concat(
    [aws_lambda_permission.cognito.statement_id, aws_kms_grant.function.grant_id],
    aws_kms_grant.custom_email_sender[*].grant_id,
    [for grant in aws_kms_grant.also_decrypt : grant.grant_id],
    [for grant in aws_kms_grant.custom_email_sender_also_decrypts : grant.grant_id],
  )
}
