# Tested: Terraform 1.9 and 1.15 by plans; the provider 5.100 by plans, 6.66 by its schema.
terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
