module "package_file" {
  package = { filename = "${path.root}/own.zip", layers = [] }
}

module "package_file_hash" {
  package = { filename = "later.zip", source_code_hash = "release-7", layers = [] }
}

module "package_s3" {
  package = { s3 = { bucket = "artifacts", key = "sms.zip", object_version = "v3" }, source_code_hash = "release-7" }
}

module "package_image" {
  package = { image_uri = local.image }
}

module "layers_own" {
  package = { layers = [local.layer] }
}

module "layers_more" {
  package = { more_layers = [local.layer, null] }
}

module "layers_none_in_s3" {
  package = { s3 = { bucket = "artifacts", key = "sms.zip", object_version = "v3" }, layers = [] }
}

module "region_without_layer" {
  providers = { aws = aws.taipei }
  package   = { layers = [replace(local.layer, "eu-central-1", "ap-east-2")] }
}

module "unknown_s3" {
  package = { s3 = {
    bucket         = aws_s3_object.unknown.bucket
    key            = aws_s3_object.unknown.key
    object_version = aws_s3_object.unknown.version_id
  } }
}
