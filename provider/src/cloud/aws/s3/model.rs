//! The configuration of a bucket as we speak of it: the same type for what is wanted and what was
//! found, so that the difference between the two is what has to be written.

use std::collections::BTreeMap;

/// Everything about a bucket that we govern.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configuration {
    /// Default encryption.
    pub encryption: Option<Encryption>,
    /// Whether overwritten objects are kept.
    pub versioning: bool,
    /// Object lock; it can be switched on, never off.
    pub lock: Lock,
    /// What is blocked of public access.
    pub public_access: PublicAccessBlock,
    /// Who owns what others write: `BucketOwnerEnforced` means no ACLs.
    pub ownership: Option<String>,
    /// The policy document as text.
    pub policy: Option<String>,
    /// Lifecycle rules.
    pub lifecycle: Vec<LifecycleRule>,
    /// From which size on S3 moves objects to another class, as found: what an older document
    /// says must be sent again, or the next edit changes it. None where S3 does not say.
    pub minimum_transition_size: Option<String>,
    /// Where access logs go.
    pub logging: Option<AccessLog>,
    /// All tags but those of AWS itself.
    pub tags: BTreeMap<String, String>,
}

/// Default encryption of new objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encryption {
    /// `AES256`, `aws:kms`, `aws:kms:dsse`.
    pub algorithm: String,
    /// The key's ARN; none means AWS's own.
    pub key: Option<String>,
    /// One data key per bucket and hour instead of one per object.
    pub bucket_key: bool,
    /// Whether objects under keys that only the client knows are refused.
    pub block_sse_c: bool,
}

/// Object lock of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Whether versions can be locked at all.
    pub enabled: bool,
    /// What new versions get.
    pub retention: Option<Retention>,
}

/// Default retention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// `GOVERNANCE` or `COMPLIANCE`.
    pub mode: String,
    /// Length in days; AWS's years are 365 days each.
    pub days: i64,
}

/// The four switches against public access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "these are the four switches that S3 has")]
pub struct PublicAccessBlock {
    /// New public ACLs are refused.
    pub block_public_acls: bool,
    /// Existing public ACLs have no effect.
    pub ignore_public_acls: bool,
    /// Public policies are refused.
    pub block_public_policy: bool,
    /// A public policy lets only the account in.
    pub restrict_public_buckets: bool,
}

/// Where access logs go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLog {
    /// The target bucket.
    pub bucket: String,
    /// What the names of the log objects begin with.
    pub prefix: String,
}

/// One lifecycle rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LifecycleRule {
    /// Its name; AWS makes one up where there is none.
    pub id: Option<String>,
    /// Whether it acts.
    pub enabled: bool,
    /// Objects whose names begin so.
    pub prefix: String,
    /// Days until unfinished uploads go.
    pub abort_incomplete_upload_days: Option<i32>,
    /// Days until the current version expires.
    pub expiration_days: Option<i32>,
    /// When the current version goes to which storage class, in order.
    pub transitions: Vec<Transition>,
    /// Days until a version that was overwritten or deleted goes.
    pub noncurrent_expiration_days: Option<i32>,
    /// When such a version goes to which storage class, in order.
    pub noncurrent_transitions: Vec<NoncurrentTransition>,
    /// Whether the rule has parts that we do not speak of (tags, sizes, dates). Such a rule is never equal to one of ours.
    pub has_foreign_parts: bool,
}

/// A move of current versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transition {
    /// Days after the object was made.
    pub days: i32,
    /// Where to, such as `STANDARD_IA`.
    pub storage_class: String,
}

/// A move of versions that were overwritten or deleted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoncurrentTransition {
    /// Days after that happened.
    pub days: i32,
    /// Where to.
    pub storage_class: String,
    /// How many of the newest stay where they are.
    pub newer_versions: Option<i32>,
}

impl LifecycleRule {
    /// Whether two rules do the same: an id that AWS made up does not count.
    pub fn is_equivalent(&self, found: &Self) -> bool {
        let ids = self.id.is_none() || self.id == found.id;
        ids && Self { id: None, ..self.clone() } == Self { id: None, ..found.clone() }
    }
}

/// Whether two lists of rules do the same, in whatever order they stand.
pub fn same_lifecycle(wanted: &[LifecycleRule], found: &[LifecycleRule]) -> bool {
    let mut left: Vec<&LifecycleRule> = found.iter().collect();
    wanted.len() == found.len()
        && wanted.iter().all(|rule| {
            match left.iter().position(|candidate| rule.is_equivalent(candidate)) {
                Some(position) => {
                    left.swap_remove(position);
                    true
                }
                None => false,
            }
        })
}
