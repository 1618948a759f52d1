output "arn" {
  description = "ARN of the pool."
  value       = aws_cognito_user_pool.this.arn
}

output "endpoint" {
  description = "Host and path of the pool's issuer."
  value       = aws_cognito_user_pool.this.endpoint
}

output "id" {
  description = "Id of the pool."
  value       = aws_cognito_user_pool.this.id
}

output "name" {
  description = "Name of the pool."
  value       = aws_cognito_user_pool.this.name
}

output "sms_role_arn" {
  description = "ARN of the role that Cognito demands for SMS; null without it."
  value       = one(aws_iam_role.sms[*].arn)
}
