"""`make demo` and `make local`: the module, unchanged, from `terraform apply` to a code on a phone, on this machine."""
