output "lambda_config" {
  description = "For the pool's state."
  value       = module.sender.lambda_config
}
