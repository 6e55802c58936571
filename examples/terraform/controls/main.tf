# Applies: the controls that SOX asks for on buckets, as data.
terraform {
  required_providers {
    probity = { source = "probity/probity" }
  }
}

data "probity_controls" "sox" {
  target = "s3"
  regime = "sox"
}

output "controls" {
  value = { for control in data.probity_controls.sox.controls : control.id => control.title }
}
