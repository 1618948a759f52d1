# refuses: Lambda takes no snapshots of images
module "snap_start_image" {
  package  = { image_uri = local.image }
  function = { snap_start = true }
}

# refuses: at most one of filename, s3 and image_uri
module "package_twice" {
  package = { filename = "x.zip", image_uri = local.image }
}

# refuses: an image brings its libraries
module "image_with_layers" {
  package = { image_uri = local.image, layers = [] }
}

# refuses: at most five layers
module "layers" {
  package = { layers = [local.layer, local.layer, local.layer, local.layer, local.layer, local.layer] }
}

# refuses: No module named 'aws_encryption_sdk'
module "layers_none" {
  package = { layers = [] }
}

# refuses: never deploys a new upload
module "s3_without_version" {
  package = { s3 = { bucket = "artefacts", key = "sms.zip" } }
}

# refuses: must be the URI of an image
module "image_empty" {
  package = { image_uri = "" }
}

# refuses: package.filename must be the path of a zip
module "file_empty" {
  package = { filename = "" }
}

# refuses: package.filename (nope.zip) is not there
module "file_missing" {
  package = { filename = "nope.zip", layers = [] }
}
