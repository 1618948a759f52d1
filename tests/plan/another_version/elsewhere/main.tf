variable "name" {
  type = string
}

module "sender" {
  source = "../module"

  senders = [var.name]
}
