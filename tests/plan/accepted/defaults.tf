module "defaults" {
  monitoring = {}
}
