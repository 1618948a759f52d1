# Tested: Terraform 1.11 and 1.15 by plans; the provider 5.100 by plans, 6.66 by its schema.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
