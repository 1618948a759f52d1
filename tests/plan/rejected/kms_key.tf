# refuses: kms_key.also_decrypt must name keys by their ARNs
module "also_decrypt_alias" {
  kms_key = { also_decrypt = { old = { arn = "arn:aws:kms:eu-central-1:123456789012:alias/old" } } }
}

# refuses: "*" would be everybody
module "pool_managed_by_everybody" {
  kms_key = { pool_manager_role_arns = [local.manager, "*"] }
}

# refuses: nothing can be decrypted with an alias
module "key_alias" {
  kms_key = { existing = { arn = "arn:aws:kms:eu-central-1:123456789012:alias/x" } }
}

# refuses: deletion_window_in_days must be 7 to 30
module "key_window" {
  kms_key = { deletion_window_in_days = 3 }
}

# refuses: must be the ARN of a key
module "key_with_space" {
  kms_key = { existing = { arn = "arn:aws:kms:eu-central-1:123456789012:key/a b" } }
}

# refuses: of a multi-Region key, the ARN of its replica there
module "key_in_another_region" {
  kms_key = { existing = { arn = "arn:aws:kms:us-east-1:123456789012:key/mrk-1" } }
}
