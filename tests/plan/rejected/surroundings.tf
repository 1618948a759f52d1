# Calls stand behind it: Terraform looks at what is wrong with literals before it plans, and then does not plan at all.
variable "yes" {
  type    = bool
  default = true
}

resource "aws_secretsmanager_secret" "unknown" {}
