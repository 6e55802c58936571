//! The policy of a bucket: what every bucket refuses (plain text, old TLS), what a log target
//! allows, and what the user adds. Also the way back, from a policy found on a bucket to the
//! attributes that would have written it. Used by `probity_s3_bucket`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Document, Statement, condition, texts};

const PLAIN_TEXT: &str = "ProbityDenyPlainText";
const OLD_TLS: &str = "ProbityDenyOldTls";
const LOG_DELIVERY: &str = "ProbityAllowLogDelivery";

/// What the policy of a bucket is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketPolicy {
    /// The oldest TLS version that is let in, such as `1.2`.
    pub tls_minimum: Option<String>,
    /// The account whose buckets may deliver access logs here: only for log targets.
    pub log_source_account: Option<String>,
    /// What the user adds.
    pub statements: Vec<Statement>,
}

impl BucketPolicy {
    /// The document for a bucket of this ARN. Refusals come first: that is how people read them.
    pub fn document(&self, arn: &str) -> Document {
        let mut statements = vec![plain_text(arn)];
        statements.extend(self.tls_minimum.as_deref().map(|minimum| old_tls(arn, minimum)));
        statements
            .extend(self.log_source_account.as_deref().map(|account| log_delivery(arn, account)));
        statements.extend(self.statements.iter().cloned());
        Document::new(statements)
    }

    /// What a policy found on a bucket amounts to. Statements that are not ours count as the
    /// user's; ours, when they were changed, count as the user's too, so that the change shows.
    pub fn of(document: &Document, arn: &str) -> Self {
        let mut found = Self { tls_minimum: None, log_source_account: None, statements: vec![] };
        for statement in document.statements() {
            if statement.is_equivalent(&plain_text(arn)) {
                continue;
            }
            let tls = tls_version(statement).filter(|v| statement.is_equivalent(&old_tls(arn, v)));
            let account = source_account(statement)
                .filter(|a| statement.is_equivalent(&log_delivery(arn, a)));
            match (tls, account) {
                (Some(version), _) => found.tls_minimum = Some(version.to_owned()),
                (_, Some(account)) => found.log_source_account = Some(account.to_owned()),
                _ => found.statements.push(statement.clone()),
            }
        }
        found
    }
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

/// The source is any bucket of the account: a bucket may begin to log here without a change.
fn log_delivery(arn: &str, account: &str) -> Statement {
    let partition = arn.split(':').nth(1).unwrap_or("aws");
    Statement {
        sid: Some(LOG_DELIVERY.to_owned()),
        allows: true,
        principals: BTreeMap::from([("Service".to_owned(), texts(["logging.s3.amazonaws.com"]))]),
        actions: texts(["s3:PutObject"]),
        resources: texts([&format!("{arn}/*")]),
        conditions: BTreeMap::from([
            condition("StringEquals", "aws:SourceAccount", account),
            condition("ArnLike", "aws:SourceArn", &format!("arn:{partition}:s3:::*")),
        ]),
        ..Statement::default()
    }
}

fn tls_version(statement: &Statement) -> Option<&str> {
    let values = statement.conditions.get("NumericLessThan")?.get("s3:TlsVersion")?;
    values.first().map(String::as_str)
}

fn source_account(statement: &Statement) -> Option<&str> {
    let values = statement.conditions.get("StringEquals")?.get("aws:SourceAccount")?;
    values.first().map(String::as_str)
}
