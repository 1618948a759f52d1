output "lambda_config" {
  description = "For the pool's state."
  value       = module.sms_sender.lambda_config
}
