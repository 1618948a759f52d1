module "known" {
  kms_key    = { existing = { arn = local.key } }
  monitoring = {}
}

module "key_options" {
  kms_key = { multi_region = true, deletion_window_in_days = 14 }
}

module "keys_known" {
  kms_key = {
    existing     = { arn = local.key }
    also_decrypt = { old = { arn = local.other_key } }
  }
}
