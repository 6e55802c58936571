# Applies: the key and the log bucket are said once, in the provider block of everything else.
terraform {
  required_providers {
    probity = { source = "probity/probity" }
  }
}

locals {
  tags = { BusinessUnit = "payments", Owner = "platform", CostCenter = "4711", Application = "storage" }
}

provider "probity" {
  alias        = "foundation"
  default_tags = local.tags
}

resource "probity_kms_key" "data" {
  provider       = probity.foundation
  alias          = "example-bank-data"
  classification = "confidential"
  services       = ["s3"]
}

resource "probity_s3_bucket" "logs" {
  provider       = probity.foundation
  name           = "example-bank-all-access-logs"
  classification = "internal"
  purpose        = "access-logs"
}

provider "probity" {
  default_tags = local.tags
  defaults {
    kms_key_arn = probity_kms_key.data.arn
    log_bucket  = probity_s3_bucket.logs.id
  }
}

resource "probity_s3_bucket" "statements" {
  name           = "example-bank-statements"
  classification = "confidential"
}

resource "probity_s3_bucket" "brochures" {
  name           = "example-bank-brochures"
  classification = "public"
}
