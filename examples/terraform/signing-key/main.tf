# Applies: a key that signs; AWS rotates no such key, so nothing asks it to.
terraform {
  required_providers {
    probity = { source = "probity/probity" }
  }
}

provider "probity" {
  default_tags = { BusinessUnit = "payments", Owner = "release", CostCenter = "4711", Application = "releases" }
}

resource "probity_kms_key" "releases" {
  alias          = "example-bank-releases"
  description    = "Signs what we ship."
  classification = "internal"
  key_spec       = "ECC_NIST_P256"
  key_usage      = "SIGN_VERIFY"
}
