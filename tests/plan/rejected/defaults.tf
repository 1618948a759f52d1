# refused: Set package.layers to a layer of your own
module "layer_in_region" {
  providers = { aws = aws.taipei }
}

# refused: no public Powertools layer for python3.13 on arm64 in ca-west-1
module "layer_on_arm" {
  providers = { aws = aws.canada_west }
}
