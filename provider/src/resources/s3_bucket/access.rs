//! Who can still get at a bucket after the next change: a policy that would shut Probity out or
//! that S3 would not take is refused, and whom the old ACL lets in is said. Calls nobody.

use super::mapping;
use crate::cloud::aws::Identity;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::policy::Document;
use crate::policy::lockout::{Caller, Lockout, lockouts};
use crate::value::Value;

/// The bytes that S3 takes of a policy.
const MOST_BYTES: usize = 20_480;

/// Actions that are spelt out in a message.
const SPELT_OUT: usize = 4;

/// A policy that is too long.
pub(super) fn refuse_oversize(document: &Document) -> Option<Diagnostic> {
    let size = document.render().len();
    (size > MOST_BYTES).then(|| {
        let detail = format!(
            "the policy of the bucket would have at least {size} bytes, of which Probity's own \
             statements are about a thousand; S3 takes {MOST_BYTES}. Join statements, or name a role in place of \
             many principals."
        );
        Diagnostic::error("the bucket policy is too long", detail).at("policy_statements")
    })
}

/// Statements that would shut out the one who writes them.
pub(super) fn refuse_lockout(planned: &Value, arn: &str, identity: &Identity) -> Diagnostics {
    let document = Document::new(mapping::statements(planned).unwrap_or_default());
    let caller =
        Caller { arn: &identity.arn, account: &identity.account, user_id: &identity.user_id };
    lockouts(&document, arn, caller).iter().map(|lockout| refusal(lockout, caller)).collect()
}

fn refusal(lockout: &Lockout, caller: Caller<'_>) -> Diagnostic {
    let principal = caller.principal();
    let which = match &lockout.sid {
        Some(sid) => format!("statement {} (`{sid}`)", lockout.statement),
        None => format!("statement {}", lockout.statement),
    };
    let spelt: Vec<&str> = lockout.actions.iter().copied().take(SPELT_OUT).collect();
    let more = match lockout.actions.len() - spelt.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let keys: Vec<String> = lockout.hangs_on.iter().map(|key| format!("`{key}`")).collect();
    let verb = if keys.is_empty() { "denies" } else { "may deny" };
    let perhaps = match keys.as_slice() {
        [] => String::new(),
        keys => format!(
            " Whether it does hangs on {}, which nobody can know here and which may be another \
             from where the next plan runs.",
            keys.join(" and ")
        ),
    };
    let detail = format!(
        "{which} of `policy_statements` {verb} `{principal}`, who runs this, {}{more}. Plan, \
         refresh and the repair of this very policy need them; only the account's root could undo \
         it.{perhaps}\n\n  fix       deny actions on data only (`s3:GetObject`, `s3:PutObject`, \
         …)\n  or        leave the caller out: `\"ArnNotLike\": {{\"aws:PrincipalArn\": \
         \"{principal}\"}}` in its `Condition`",
        spelt.join(", "),
    );
    Diagnostic::error("the policy would lock its own author out", detail).at("policy_statements")
}

/// What an ACL grants, before it is switched off.
pub(super) fn say_grants(name: &str, grants: &[String]) -> Option<Diagnostic> {
    (!grants.is_empty()).then(|| {
        let detail = format!(
            "beside its owner it lets in\n\n  {}\n\nThey lose that with `object_ownership = \
             \"BucketOwnerEnforced\"`, the default here, which S3 takes only when the ACL is \
             private. Give whoever needs it a statement in `policy_statements`, then:\n\n  aws \
             s3api put-bucket-acl --bucket {name} --acl private",
            grants.join("\n  ")
        );
        Diagnostic::warning(format!("the ACL of bucket {name} lets others in"), detail)
    })
}
