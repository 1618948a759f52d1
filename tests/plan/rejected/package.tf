# refused: Lambda takes no snapshots of images
module "snap_start_image" {
  package  = { image_uri = local.image }
  function = { snap_start = true }
}

# refused by what it makes: only one of `filename,image_uri,s3_bucket` can be specified
module "package_twice" {
  package = { filename = "x.zip", image_uri = local.image, source_code_hash = "x" }
}

# refused: an image brings its libraries
module "image_with_layers" {
  package = { image_uri = local.image, layers = [] }
}

# refused by what it makes: Attribute layers supports 5 item maximum, but config has 6 declared
module "layers" {
  package = { layers = [local.layer, local.layer, local.layer, local.layer, local.layer, local.layer] }
}

# refused: No module named 'aws_encryption_sdk'
module "layers_none" {
  package = { layers = [] }
}

# refused: never deploys a new upload
module "s3_without_version" {
  package = { s3 = { bucket = "artifacts", key = "sms.zip" } }
}

# refused: package.image_uri: the URI of an image
module "image_empty" {
  package = { image_uri = "" }
}

# refused by what it makes: package.filename: a file. Got: -, which is not there
module "file_empty" {
  package = { filename = "" }
}

# refused by what it makes: package.filename: a file. Got: nope.zip, which is not there
module "file_missing" {
  package = { filename = "nope.zip", layers = [] }
}

# refused: package.s3.bucket: a bucket's name. Got: something else. Fix: write it without s3://
module "bucket_as_url" {
  package = { s3 = { bucket = "s3://artifacts", key = "sms.zip", object_version = aws_s3_object.unknown.version_id } }
}

# refused by what it makes: package.layers[1]: the ARN of a layer in eu-central-1, with its version
module "layer_without_version" {
  package = { layers = [local.layer, "arn:aws:lambda:eu-central-1:123456789012:layer:libraries"] }
}

# refused by what it makes: package.layers[0]: the ARN of a layer in eu-central-1
module "layer_in_another_region" {
  package  = { layers = ["arn:aws:lambda:us-east-1:123456789012:layer:libraries:7"] }
  function = { code_signing_config_arn = aws_lambda_code_signing_config.unknown.arn }
}

# refused: No module named 'aws_encryption_sdk'
module "layers_of_nulls" {
  package = { layers = [null] }
}
