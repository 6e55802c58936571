terraform {
  required_providers {
    probity = { source = "probity/probity" }
  }
}
