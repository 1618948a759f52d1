# refused: 2 to 40 letters
module "name_too_long" {
  name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
}

# refused: 2 to 40 letters
module "name_with_space" {
  name = "acme login"
}
