# Tested: Terraform 1.9 and 1.15 by plans.
terraform {
  required_version = ">= 1.9"
}
