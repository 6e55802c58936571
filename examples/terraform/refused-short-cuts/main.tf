# Refused: RET-003, NET-001, ENC-001, KEY-002
terraform {
  required_providers {
    probity = { source = "probity/probity" }
  }
}

provider "probity" {
  regimes      = ["sox", "pci-dss"]
  default_tags = { BusinessUnit = "payments", Owner = "ledger-team", CostCenter = "4711", Application = "ledger" }
  defaults {
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
    log_bucket  = "example-bank-access-logs"
  }
}

# Each line below `record_type` switches off something that a control asks for.
resource "probity_s3_bucket" "ledger" {
  name                = "example-bank-short-cuts"
  classification      = "confidential"
  record_type         = "none"
  versioning          = false
  block_sse_c         = false
  public_access_block = { block_public_policy = false }
}

resource "probity_kms_key" "ledger" {
  alias                = "short-cuts"
  classification       = "confidential"
  services             = ["s3"]
  deletion_window_days = 7
}
