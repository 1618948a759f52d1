variable "package" {
  description = "Where the function's code comes from, as the module's `package`; default: its own."
  type = object({
    filename = optional(string)
    layers   = optional(list(string))
  })
  default = {}
}
