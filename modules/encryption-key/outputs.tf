output "cognito_statements" {
  description = "What the key's policy must allow besides its account."
  value       = local.cognito_statements
}

output "key_arn" {
  description = "ARN of the key, made or brought."
  value       = local.key_arn

  precondition {
    condition     = var.existing == null ? true : split(":", var.existing.arn)[3] == local.region
    error_message = "${var.name}: kms_key.existing.arn is a key in ${try(split(":", var.existing.arn)[3], "")}, and the function and its pools are in ${local.region}. Give a key of that Region; of a multi-Region key, the ARN of its replica there."
  }
}
