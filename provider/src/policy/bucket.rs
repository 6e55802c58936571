//! The policy of a bucket: what every bucket refuses (plain text, old TLS), which encryption uploads
//! may name, what a log target allows, and what the user adds. Also the way back, from a policy found on a bucket to the
//! attributes that would have written it. Used by `probity_s3_bucket`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Document, Statement, condition, texts};

const PLAIN_TEXT: &str = "ProbityDenyPlainText";
const OLD_TLS: &str = "ProbityDenyOldTls";
const OTHER_ALGORITHM: &str = "ProbityDenyOtherAlgorithm";
const OTHER_KEY: &str = "ProbityDenyOtherKey";
const AWS_KEY: &str = "ProbityDenyAwsManagedKey";
const LOG_DELIVERY: &str = "ProbityAllowLogDelivery";

const ALGORITHM: &str = "s3:x-amz-server-side-encryption";
const KEY_ID: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";

/// What the policy of a bucket is made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BucketPolicy {
    /// The oldest TLS version that is let in, such as `1.2`.
    pub tls_minimum: Option<String>,
    /// What uploads may say about their encryption; none where they may say anything.
    pub encryption: Option<UploadEncryption>,
    /// Whose access logs are delivered here: only for log targets.
    pub log_delivery: Option<LogDelivery>,
    /// What the user adds.
    pub statements: Vec<Statement>,
}

/// The one encryption that an upload may ask for; without asking it gets it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadEncryption {
    /// The bucket's default: `AES256`, `aws:kms`, `aws:kms:dsse`.
    pub algorithm: String,
    /// The ARN of the bucket's key; none where it has none of its own.
    pub key: Option<String>,
}

/// Whose access logs a bucket takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDelivery {
    /// The account whose buckets they are.
    pub account: String,
    /// ARNs of these buckets; empty for all: one may begin to log here without a change.
    pub sources: BTreeSet<String>,
}

impl BucketPolicy {
    /// The document for a bucket of this ARN. Refusals come first: that is how people read them.
    pub fn document(&self, arn: &str) -> Document {
        let mut statements = vec![plain_text(arn)];
        statements.extend(self.tls_minimum.as_deref().map(|minimum| old_tls(arn, minimum)));
        statements.extend(self.encryption.iter().flat_map(|only| only.statements(arn)));
        statements.extend(self.log_delivery.as_ref().map(|delivery| delivery.statement(arn)));
        statements.extend(self.statements.iter().cloned());
        Document::new(statements)
    }

    /// What a policy found on a bucket with this default encryption amounts to. Statements that
    /// are not ours count as the user's; ours, when they were changed, count as the user's too, so
    /// that the change shows.
    pub fn of(document: &Document, arn: &str, default: &UploadEncryption) -> Self {
        let mut found = Self::default();
        let ours = default.statements(arn);
        let is_there = |own: &Statement| document.statements().iter().any(|s| s.is_equivalent(own));
        if ours.iter().all(is_there) {
            found.encryption = Some(default.clone());
        }
        for statement in document.statements() {
            let is_of_encryption = || ours.iter().any(|own| own.is_equivalent(statement));
            if statement.is_equivalent(&plain_text(arn))
                || (found.encryption.is_some() && is_of_encryption())
            {
                continue;
            }
            let tls = tls_version(statement).filter(|v| statement.is_equivalent(&old_tls(arn, v)));
            let delivery = LogDelivery::of(statement, arn)
                .filter(|d| statement.is_equivalent(&d.statement(arn)));
            match (tls, delivery) {
                (Some(version), _) => found.tls_minimum = Some(version.to_owned()),
                (_, Some(delivery)) => found.log_delivery = Some(delivery),
                _ => found.statements.push(statement.clone()),
            }
        }
        found
    }
}

impl UploadEncryption {
    /// Each begins with what the upload says at all: a negated condition alone would also hit the
    /// uploads that say nothing and get the default.
    fn statements(&self, arn: &str) -> Vec<Statement> {
        let names = |header: &str| condition("Null", header, "false");
        let allowed = match self.algorithm.as_str() {
            // Twice under the same key is no less.
            "aws:kms" => texts(["aws:kms", "aws:kms:dsse"]),
            only => texts([only]),
        };
        let other = |header: &str, allowed| {
            let keys = BTreeMap::from([(header.to_owned(), allowed)]);
            ("StringNotEquals".to_owned(), keys)
        };
        let deny =
            |sid: &str, conditions: Vec<(String, BTreeMap<String, BTreeSet<String>>)>| Statement {
                sid: Some(sid.to_owned()),
                actions: texts(["s3:PutObject"]),
                resources: texts([&format!("{arn}/*")]),
                conditions: conditions.into_iter().collect(),
                ..plain_text(arn)
            };
        let mut all =
            vec![deny(OTHER_ALGORITHM, vec![names(ALGORITHM), other(ALGORITHM, allowed)])];
        match &self.key {
            Some(key) => {
                all.push(deny(OTHER_KEY, vec![names(KEY_ID), other(KEY_ID, texts([key]))]));
                // Named without a key, the algorithm means AWS's key, not the bucket's.
                let mut alone = names(ALGORITHM);
                alone.1.insert(KEY_ID.to_owned(), texts(["true"]));
                all.push(deny(AWS_KEY, vec![alone]));
            }
            None => all.push(deny(OTHER_KEY, vec![names(KEY_ID)])),
        }
        all
    }
}

impl LogDelivery {
    fn statement(&self, arn: &str) -> Statement {
        let sources = if self.sources.is_empty() {
            BTreeSet::from([every_bucket(arn)])
        } else {
            self.sources.clone()
        };
        let sources = BTreeMap::from([("aws:SourceArn".to_owned(), sources)]);
        Statement {
            sid: Some(LOG_DELIVERY.to_owned()),
            allows: true,
            principals: BTreeMap::from([(
                "Service".to_owned(),
                texts(["logging.s3.amazonaws.com"]),
            )]),
            actions: texts(["s3:PutObject"]),
            resources: texts([&format!("{arn}/*")]),
            conditions: BTreeMap::from([
                condition("StringEquals", "aws:SourceAccount", &self.account),
                ("ArnLike".to_owned(), sources),
            ]),
            ..Statement::default()
        }
    }

    fn of(statement: &Statement, arn: &str) -> Option<Self> {
        let accounts = statement.conditions.get("StringEquals")?.get("aws:SourceAccount")?;
        let mut sources = statement.conditions.get("ArnLike")?.get("aws:SourceArn")?.clone();
        sources.remove(&every_bucket(arn));
        Some(Self { account: accounts.first()?.clone(), sources })
    }
}

/// The pattern for all buckets of the partition.
fn every_bucket(arn: &str) -> String {
    format!("arn:{}:s3:::*", arn.split(':').nth(1).unwrap_or("aws"))
}

/// A bucket and everything in it.
fn whole(arn: &str) -> BTreeSet<String> {
    texts([arn, &format!("{arn}/*")])
}

fn everybody() -> BTreeMap<String, BTreeSet<String>> {
    BTreeMap::from([("AWS".to_owned(), texts(["*"]))])
}

fn plain_text(arn: &str) -> Statement {
    Statement {
        sid: Some(PLAIN_TEXT.to_owned()),
        allows: false,
        principals: everybody(),
        actions: texts(["s3:*"]),
        resources: whole(arn),
        conditions: BTreeMap::from([condition("Bool", "aws:SecureTransport", "false")]),
        ..Statement::default()
    }
}

fn old_tls(arn: &str, minimum: &str) -> Statement {
    Statement {
        sid: Some(OLD_TLS.to_owned()),
        conditions: BTreeMap::from([condition("NumericLessThan", "s3:TlsVersion", minimum)]),
        ..plain_text(arn)
    }
}

fn tls_version(statement: &Statement) -> Option<&str> {
    let values = statement.conditions.get("NumericLessThan")?.get("s3:TlsVersion")?;
    values.first().map(String::as_str)
}
