//! Whether a bucket policy would shut out the one who writes it. S3 takes such a policy, and then
//! nobody but the account's root can take it back. Judges the refusals of a document against the
//! caller for what Probity itself does to a bucket; what a refusal hangs on and cannot be known
//! here (the network of the call, tags of the session) counts as perhaps, never as no.
//! Makes no calls. Used by `probity_s3_bucket`.

use std::collections::BTreeSet;

use super::{Document, Statement};

/// What plan, refresh, import and repair of a bucket do. Deleting the bucket is not among them: to
/// refuse that is a protection.
const NEEDED: [&str; 21] = [
    "s3:DeleteBucketPolicy",
    "s3:GetBucketAcl",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucket",
    "s3:PutBucketLogging",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
];

/// What no policy takes away from the account's root.
const LEFT_TO_ROOT: [&str; 3] =
    ["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"];

/// Who makes the calls.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// As STS says it: a user, a role's session, or the account's root.
    pub arn: &'a str,
    /// The twelve digits of its account.
    pub account: &'a str,
    /// Its unique id, that of a session with the session's name.
    pub user_id: &'a str,
}

/// A statement that would shut the caller out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// The statement's place, counted from one.
    pub statement: usize,
    /// Its id.
    pub sid: Option<String>,
    /// What it takes away.
    pub actions: Vec<&'static str>,
    /// The condition keys on which it hangs whether it does; none when it does for certain.
    pub hangs_on: BTreeSet<String>,
}

/// The statements of a document that take something away that Probity needs of the bucket.
pub fn lockouts(document: &Document, bucket: &str, caller: Caller<'_>) -> Vec<Lockout> {
    let refusals = document.statements().iter().enumerate().filter(|(_, s)| !s.allows);
    refusals.filter_map(|(index, statement)| lockout(index, statement, bucket, caller)).collect()
}

fn lockout(
    index: usize,
    statement: &Statement,
    bucket: &str,
    caller: Caller<'_>,
) -> Option<Lockout> {
    let mut hangs_on = BTreeSet::new();
    let applies = [
        is_about_caller(statement, caller, &mut hangs_on),
        is_about_bucket(statement, bucket, &mut hangs_on),
        meets_conditions(statement, caller, &mut hangs_on),
    ];
    if applies.contains(&Some(false)) {
        return None;
    }
    if applies.iter().all(Option::is_some) {
        hangs_on.clear();
    }
    let actions: Vec<_> = NEEDED
        .into_iter()
        .filter(|action| covers(statement, action))
        .filter(|action| !(caller.is_root() && LEFT_TO_ROOT.contains(action)))
        .collect();
    (!actions.is_empty()).then(|| Lockout {
        statement: index + 1,
        sid: statement.sid.clone(),
        actions,
        hangs_on,
    })
}

impl Caller<'_> {
    fn is_root(self) -> bool {
        self.arn.ends_with(":root")
    }

    /// What `aws:PrincipalArn` says: the role, not its session. A role's path is not known here.
    pub fn principal(self) -> String {
        match self.session_role() {
            Some((partition, role)) => {
                format!("arn:{partition}:iam::{}:role/{role}", self.account)
            }
            None => self.arn.to_owned(),
        }
    }

    /// Partition and name of the role whose session this is.
    fn session_role(self) -> Option<(String, String)> {
        let (head, session) = self.arn.split_once(":assumed-role/")?;
        let partition = head.split(':').nth(1)?;
        let (role, _) = session.split_once('/')?;
        Some((partition.to_owned(), role.to_owned()))
    }

    /// Whether a pattern for `aws:PrincipalArn` means this caller; none when that hangs on the
    /// path of a role.
    fn is_meant_by(self, pattern: &str) -> Option<bool> {
        let own = self.principal();
        if arn_matches(pattern, &own) {
            return Some(true);
        }
        let Some((_, role)) = self.session_role() else { return Some(false) };
        let (Some((head, tail)), Some((own_head, _))) =
            (pattern.rsplit_once(":role/"), own.rsplit_once(":role/"))
        else {
            return Some(false);
        };
        let last = tail.rsplit('/').next().unwrap_or(tail);
        if !glob(head, own_head) || !glob(last, &role) {
            return Some(false);
        }
        // The name of a role is unique in its account, whatever its path.
        if last.contains(['*', '?']) { None } else { Some(true) }
    }
}

fn is_about_caller(
    statement: &Statement,
    caller: Caller<'_>,
    hangs_on: &mut BTreeSet<String>,
) -> Option<bool> {
    let named = |kinds: &std::collections::BTreeMap<String, BTreeSet<String>>| {
        let of = |kind: &str| kinds.get(kind).cloned().unwrap_or_default();
        let aws = of("AWS");
        let account = aws.iter().any(|name| {
            name == "*"
                || name == caller.account
                || super::root_account(name).is_some_and(|account| account == caller.account)
        });
        let itself = aws.iter().any(|name| {
            name == caller.arn
                || caller.is_meant_by(name) == Some(true)
                || caller.user_id.split(':').next() == Some(name.as_str())
        });
        (account, itself, !of("CanonicalUser").is_empty())
    };
    if let Some(kinds) = statement.negated.get("NotPrincipal") {
        // AWS exempts somebody only together with the account.
        return match named(kinds) {
            (true, true, _) => Some(false),
            (false, false, false) => Some(true),
            _ => {
                hangs_on.insert("NotPrincipal".to_owned());
                None
            }
        };
    }
    match named(&statement.principals) {
        (false, false, true) => {
            hangs_on.insert("CanonicalUser".to_owned());
            None
        }
        (account, itself, _) => Some(account || itself || statement.principals.is_empty()),
    }
}

fn is_about_bucket(
    statement: &Statement,
    bucket: &str,
    hangs_on: &mut BTreeSet<String>,
) -> Option<bool> {
    let negated = statement.negated.get("NotResource").and_then(|map| map.get(""));
    let patterns = negated.unwrap_or(&statement.resources);
    if patterns.iter().any(|pattern| glob(pattern, bucket)) {
        return Some(negated.is_none());
    }
    if patterns.iter().any(|pattern| pattern.contains("${")) {
        hangs_on.insert("Resource".to_owned());
        return None;
    }
    Some(negated.is_some())
}

fn covers(statement: &Statement, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let within = |patterns: &BTreeSet<String>| {
        patterns.iter().any(|pattern| glob(&pattern.to_ascii_lowercase(), &action))
    };
    match statement.negated.get("NotAction").and_then(|map| map.get("")) {
        Some(negated) => !within(negated),
        None => within(&statement.actions),
    }
}

/// All conditions of a statement must hold.
fn meets_conditions(
    statement: &Statement,
    caller: Caller<'_>,
    hangs_on: &mut BTreeSet<String>,
) -> Option<bool> {
    let mut all = Some(true);
    for (operator, keys) in &statement.conditions {
        for (key, values) in keys {
            match holds(operator, key, values, caller) {
                Some(false) => return Some(false),
                Some(true) => {}
                None => {
                    hangs_on.insert(key.clone());
                    all = None;
                }
            }
        }
    }
    all
}

/// What a call of ours brings for a condition key.
enum Brought {
    /// This.
    Text(String),
    /// The principal's ARN, which patterns may name with a path.
    Principal,
    /// Nothing: the key is for others' calls, or for uploads.
    Nothing,
    /// Nobody here can say.
    Perhaps,
}

fn brought(key: &str, caller: Caller<'_>) -> Brought {
    let text = |text: &str| Brought::Text(text.to_owned());
    match key {
        "aws:principalarn" => Brought::Principal,
        "aws:principalaccount" | "aws:resourceaccount" | "s3:resourceaccount" => {
            text(caller.account)
        }
        "aws:userid" => text(caller.user_id),
        "aws:securetransport" => text("true"),
        "aws:principalisawsservice" | "aws:viaawsservice" => text("false"),
        "s3:tlsversion" => text("1.3"),
        "s3:authtype" => text("REST-HEADER"),
        "s3:signatureversion" => text("AWS4-HMAC-SHA256"),
        "aws:calledvia"
        | "aws:calledviafirst"
        | "aws:calledvialast"
        | "aws:sourceaccount"
        | "aws:sourcearn"
        | "aws:sourceorgid"
        | "aws:principalservicename"
        | "s3:prefix"
        | "s3:delimiter"
        | "s3:max-keys"
        | "s3:versionid" => Brought::Nothing,
        key if ["s3:x-amz-", "s3:object", "s3:existingobjecttag/", "s3:requestobjecttag"]
            .iter()
            .any(|start| key.starts_with(start)) =>
        {
            Brought::Nothing
        }
        _ => Brought::Perhaps,
    }
}

fn holds(operator: &str, key: &str, values: &BTreeSet<String>, caller: Caller<'_>) -> Option<bool> {
    let brought = brought(&key.to_ascii_lowercase(), caller);
    let (each, operator) = match operator.split_once(':') {
        Some((each, operator)) => (Some(each), operator),
        None => (None, operator),
    };
    let lenient = operator.strip_suffix("IfExists");
    let operator = lenient.unwrap_or(operator);
    if operator == "Null" {
        let absent = match brought {
            Brought::Nothing => true,
            Brought::Perhaps => return None,
            Brought::Text(_) | Brought::Principal => false,
        };
        return Some(values.contains(if absent { "true" } else { "false" }));
    }
    let negated = operator.contains("Not");
    match brought {
        Brought::Perhaps => None,
        // No value is in no list, and in every one.
        Brought::Nothing => {
            Some(lenient.is_some() || (negated && each.is_none()) || each == Some("ForAllValues"))
        }
        Brought::Text(own) => any(values, |value| matches(operator, value, &own), negated),
        Brought::Principal => any(values, |value| caller.is_meant_by(value), negated),
    }
}

/// Whether one of the values matches, or none does.
fn any(
    values: &BTreeSet<String>,
    matches: impl Fn(&str) -> Option<bool>,
    negated: bool,
) -> Option<bool> {
    let mut found = Some(false);
    for value in values {
        match if value.contains("${") { None } else { matches(value) } {
            Some(true) => return Some(!negated),
            Some(false) => {}
            None => found = None,
        }
    }
    found.map(|found| found != negated)
}

/// Whether a value of a condition matches what the call brings, its negation left aside.
fn matches(operator: &str, value: &str, own: &str) -> Option<bool> {
    match operator {
        "StringEquals" | "StringNotEquals" => Some(value == own),
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" | "Bool" => {
            Some(value.eq_ignore_ascii_case(own))
        }
        "StringLike" | "StringNotLike" => Some(glob(value, own)),
        "ArnEquals" | "ArnNotEquals" | "ArnLike" | "ArnNotLike" => Some(arn_matches(value, own)),
        _ => {
            let (value, own): (f64, f64) = (value.parse().ok()?, own.parse().ok()?);
            let order = own.partial_cmp(&value)?;
            Some(match operator {
                "NumericEquals" | "NumericNotEquals" => order.is_eq(),
                "NumericLessThan" => order.is_lt(),
                "NumericLessThanEquals" => order.is_le(),
                "NumericGreaterThan" => order.is_gt(),
                "NumericGreaterThanEquals" => order.is_ge(),
                _ => return None,
            })
        }
    }
}

/// The six parts of an ARN match one by one: a `*` does not reach over a colon before the last.
fn arn_matches(pattern: &str, arn: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (mut patterns, mut parts) = (pattern.splitn(6, ':'), arn.splitn(6, ':'));
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if glob(pattern, part) => {}
            _ => return false,
        }
    }
}

/// `*` stands for any text, `?` for one character.
fn glob(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where the last star was, and what of the text it has swallowed so far.
    let mut star: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let left = text.clone();
        match (pattern.next(), text.next()) {
            (Some('*'), _) => {
                text = left.clone();
                star = Some((pattern.clone(), left));
            }
            (Some('?'), Some(_)) => {}
            (Some(expected), Some(found)) if expected == found => {}
            (None, None) => return true,
            _ => {
                let Some((after, mut swallowed)) = star.take() else { return false };
                if swallowed.next().is_none() {
                    return false;
                }
                pattern = after.clone();
                text = swallowed.clone();
                star = Some((after, swallowed));
            }
        }
    }
}

#[cfg(test)]
mod tests;
