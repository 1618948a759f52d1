# refused by what it makes: kms_key.also_decrypt[old]: the ARN of a key (…:key/<id>) in eu-central-1, where the function and its pools are. Got: something else.
module "also_decrypt_alias" {
  kms_key = { also_decrypt = { new = { arn = local.key }, old = { arn = "arn:aws:kms:eu-central-1:123456789012:alias/old" } } }
}

# refused by what it makes: kms_key.pool_manager_role_arns[1]: the ARN of a role (…:iam::<account>:role/<name>), which may make grants on the key. Got: something else. Fix: name each role; "*" would be everybody
module "pool_managed_by_everybody" {
  kms_key = { pool_manager_role_arns = [local.manager, "*"] }
}

# refused by what it makes: nothing can be decrypted with an alias
module "key_alias" {
  kms_key = { existing = { arn = "arn:aws:kms:eu-central-1:123456789012:alias/x" } }
}

# refused by what it makes: expected deletion_window_in_days to be in the range (7 - 30), got 3
module "key_window" {
  kms_key = { deletion_window_in_days = 3 }
}

# refused by what it makes: kms_key.existing.arn: the ARN of a key
module "key_with_space" {
  kms_key = { existing = { arn = "arn:aws:kms:eu-central-1:123456789012:key/a b" } }
}

# refused by what it makes: of a multi-Region key the ARN of its replica there
module "key_in_another_region" {
  kms_key = { existing = { arn = "arn:aws:kms:us-east-1:123456789012:key/mrk-1" } }
}

# refused by what it makes: kms_key.also_decrypt[old]: the ARN of a key (…:key/<id>) in eu-central-1, where the function and its pools are.
module "also_decrypt_in_another_region" {
  kms_key = { also_decrypt = { new = { arn = local.key }, old = { arn = "arn:aws:kms:eu-west-1:123456789012:key/1" } } }
}

# refused by what it makes: kms_key.also_decrypt[old]: 
module "also_decrypt_beside_an_unknown_key" {
  kms_key = {
    existing     = { arn = aws_kms_key.unknown.arn }
    also_decrypt = { old = { arn = "arn:aws:kms:eu-west-1:123456789012:key/1" } }
  }
}

# refused by what it makes: the ARN of a key (…:key/<id>) in eu-central-1
module "key_of_another_partition" {
  kms_key = { existing = { arn = "arn:aws-cn:kms:eu-central-1:123456789012:key/1" } }
}

# refused by what it makes: the ARN of a key (…:key/<id>) in eu-central-1
module "key_that_is_sensitive" {
  kms_key = { existing = { arn = sensitive("arn:aws:kms:eu-west-1:123456789012:key/1") }, also_decrypt = { old = { arn = aws_kms_key.unknown.arn } } }
}

# refused by what it makes: kms_key.also_decrypt[old]: 
module "also_decrypt_that_is_sensitive" {
  kms_key = { also_decrypt = { old = { arn = sensitive("arn:aws:kms:eu-west-1:123456789012:key/1") } } }
}
