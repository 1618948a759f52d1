# refused by what it makes: set it to your own layer with the same libraries
module "layer_in_region" {
  providers = { aws = aws.taipei }
}

# refused by what it makes: package.layers: the public Powertools layer, by default. Got: none for python3.13 on arm64 in ca-west-1
module "layer_on_arm" {
  providers = { aws = aws.canada_west }
}
