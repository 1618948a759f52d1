output "function_name" {
  description = "Name of the function."
  value       = module.sender.function_name
}

output "replaced" {
  description = "What the pool had before, and gets back on destroy."
  value       = module.attachment.replaced
}
