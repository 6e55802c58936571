output "ledger" {
  description = "What the short configuration came to."
  value = {
    arn         = probity_s3_bucket.ledger.arn
    versioning  = probity_s3_bucket.ledger.versioning
    object_lock = probity_s3_bucket.ledger.object_lock
    encryption  = probity_s3_bucket.ledger.sse_algorithm
    tags        = probity_s3_bucket.ledger.tags_all
  }
}
