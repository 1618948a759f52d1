variable "user_pool_arn" {
  description = "ARN of the pool: the output `user_pool_arn` of the pool's state."
  type        = string
}
