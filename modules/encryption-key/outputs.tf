output "cognito_statements" {
  description = "What the key's policy must allow besides its account."
  value       = local.cognito_statements
}

output "key_arn" {
  description = "ARN of the key, made or brought."
  value       = local.key_arn
}
