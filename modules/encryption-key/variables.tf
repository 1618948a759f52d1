variable "deletion_window_in_days" {
  description = "Days between the key's deletion and the moment it is gone."
  type        = number
}

variable "existing" {
  description = "A key that the user brings ({ arn }); null: one is made. An object, because its ARN may be unknown at plan."
  type        = object({ arn = string })
}

variable "multi_region" {
  description = "Whether the key can be replicated to other Regions."
  type        = bool
}

variable "name" {
  description = "Name of the sender; the alias is alias/<name>."
  type        = string
}

variable "pool_manager_role_arns" {
  description = "Roles that create and update the user pools."
  type        = list(string)
}

variable "tags" {
  description = "Tags of the key."
  type        = map(string)
}

variable "user_pool_arns" {
  description = "ARNs of the pools that encrypt with the key."
  type        = list(string)
}
