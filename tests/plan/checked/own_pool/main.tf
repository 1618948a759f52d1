variable "name" {
  type = string
}

variable "lambda_config" {
  type = any
}

variable "mfa" {
  type = any
}

resource "aws_cognito_user_pool" "this" {
  name = var.name
}
