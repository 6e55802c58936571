provider "probity" {
  regimes      = ["sox"]
  default_tags = { BusinessUnit = "payments", Owner = "ledger-team", CostCenter = "4711", Application = "ledger" }
}

resource "probity_kms_key" "ledger" {
  alias          = "ledger"
  classification = "confidential"
  services       = ["s3"]
}

resource "probity_s3_bucket" "logs" {
  name           = "example-bank-access-logs"
  classification = "internal"
  purpose        = "access-logs"
}

resource "probity_s3_bucket" "ledger" {
  name           = "example-bank-ledger"
  classification = "confidential"
  record_type    = "ledger"
  kms_key_arn    = probity_kms_key.ledger.arn
  access_log     = { bucket = probity_s3_bucket.logs.id }
}
