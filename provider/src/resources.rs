//! All resource types, and what they share. Nothing else in the provider knows one by name.

mod kms_key;
mod s3_bucket;
mod support;
mod tags;

use crate::context::Context;
use crate::resource::Resource;

/// Every resource type.
pub fn all(context: &Context) -> Vec<Box<dyn Resource>> {
    vec![
        Box::new(s3_bucket::S3Bucket::new(context.clone())),
        Box::new(kms_key::KmsKey::new(context.clone())),
    ]
}

#[cfg(test)]
mod tests;
