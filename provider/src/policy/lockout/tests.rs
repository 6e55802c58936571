//! Who is shut out by which statement, and by which nobody can tell.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::policy::bucket::BucketPolicy;

const BUCKET: &str = "arn:aws:s3:::ledger";
const ROLE: Caller<'_> = Caller {
    arn: "arn:aws:sts::111122223333:assumed-role/ci/run-7",
    account: "111122223333",
    user_id: "AROAEXAMPLEID:run-7",
};
const USER: Caller<'_> = Caller {
    arn: "arn:aws:iam::111122223333:user/admins/ann",
    account: "111122223333",
    user_id: "AIDAEXAMPLEID",
};
const ROOT: Caller<'_> = Caller {
    arn: "arn:aws:iam::111122223333:root",
    account: "111122223333",
    user_id: "111122223333",
};

/// `None`: in; `Some("")`: out; `Some("key …")`: out if these keys say so.
fn said(statement: &Value, caller: Caller<'_>) -> Option<String> {
    let document = Document::new(Document::parse_statements(&statement.to_string()).unwrap());
    let found = lockouts(&document, BUCKET, caller);
    assert!(found.len() <= 1);
    let keys = |lockout: &Lockout| lockout.hangs_on.iter().cloned().collect::<Vec<_>>().join(" ");
    found.first().map(keys)
}

fn deny(changes: &Value) -> Value {
    let mut statement = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [BUCKET, format!("{BUCKET}/*")]});
    for (field, value) in changes.as_object().unwrap() {
        statement[field] = value.clone();
    }
    statement
}

#[test]
fn principals() {
    let arn = |rest: &str| format!("arn:aws:iam::111122223333:{rest}");
    let out = |principal: Value, caller| {
        let mut statement = deny(&json!({}));
        statement["Principal"] = principal;
        said(&statement, caller)
    };
    for (name, role, user) in [
        ("*".to_owned(), true, true),
        ("111122223333".to_owned(), true, true),
        (arn("root"), true, true),
        (arn("role/ci"), true, false),
        (arn("role/path/ci"), true, false),
        (arn("role/other"), false, false),
        (arn("user/admins/ann"), false, true),
        ("arn:aws:sts::111122223333:assumed-role/ci/run-7".to_owned(), true, false),
        ("arn:aws:sts::111122223333:assumed-role/ci/run-8".to_owned(), false, false),
        ("AROAEXAMPLEID".to_owned(), true, false),
        ("444455556666".to_owned(), false, false),
        ("arn:aws:iam::444455556666:role/ci".to_owned(), false, false),
    ] {
        let all = json!({"AWS": [name, "arn:aws:iam::999900001111:root"]});
        assert_eq!(out(all.clone(), ROLE), role.then(String::new), "{name}");
        assert_eq!(out(all, USER), user.then(String::new), "{name}");
    }
    assert_eq!(out(json!({"Service": "s3.amazonaws.com"}), ROLE), None);
    assert_eq!(out(json!({"CanonicalUser": "79a5"}), ROLE).unwrap(), "CanonicalUser");
}

#[test]
fn negations() {
    let with = |field: &str, value: Value, without: &str| {
        let mut statement = deny(&json!({}));
        statement.as_object_mut().unwrap().remove(without);
        statement[field] = value;
        said(&statement, ROLE)
    };
    let role = "arn:aws:iam::111122223333:role/ci";
    let others = json!({"AWS": "arn:aws:iam::111122223333:role/other"});
    assert_eq!(with("NotPrincipal", others, "Principal").unwrap(), "");
    let half = json!({"AWS": role});
    assert_eq!(with("NotPrincipal", half, "Principal").unwrap(), "NotPrincipal");
    let whole = json!({"AWS": [role, "111122223333"]});
    assert_eq!(with("NotPrincipal", whole, "Principal"), None);
    assert_eq!(with("NotAction", json!("s3:GetObject"), "Action").unwrap(), "");
    assert_eq!(with("NotAction", json!(["S3:*"]), "Action"), None);
    assert_eq!(with("NotResource", json!(format!("{BUCKET}/*")), "Resource").unwrap(), "");
    assert_eq!(with("NotResource", json!(BUCKET), "Resource"), None);
}

#[test]
fn actions_and_resources() {
    let actions = |action: Value, caller| {
        let statement = deny(&json!({"Action": action}));
        let text = statement.to_string();
        let document = Document::new(Document::parse_statements(&text).unwrap());
        let found = lockouts(&document, BUCKET, caller);
        found.into_iter().flat_map(|lockout| lockout.actions).collect::<Vec<_>>()
    };
    assert_eq!(actions(json!("s3:*"), ROLE), NEEDED);
    assert_eq!(actions(json!("s3:getbucketP?licy"), ROLE), ["s3:GetBucketPolicy"]);
    assert_eq!(actions(json!(["s3:GetObject*", "s3:PutObject", "s3:DeleteBucket"]), ROLE), [""; 0]);
    // No policy takes its own repair away from the root.
    assert_eq!(actions(json!("s3:*BucketPolicy"), ROOT), [""; 0]);
    assert_eq!(actions(json!("s3:*"), ROOT).len(), NEEDED.len() - LEFT_TO_ROOT.len());

    let resource = |resource: Value| said(&deny(&json!({"Resource": resource})), ROLE);
    assert_eq!(resource(json!(format!("{BUCKET}/*"))), None);
    assert_eq!(resource(json!("arn:aws:s3:::other")), None);
    assert_eq!(resource(json!("*")).unwrap(), "");
    assert_eq!(resource(json!("arn:aws:s3:::led*")).unwrap(), "");
    assert_eq!(resource(json!("arn:aws:s3:::${aws:PrincipalTag/bucket}")).unwrap(), "Resource");
    let allow = json!({"Effect": "Allow"});
    assert_eq!(said(&deny(&allow), ROLE), None);
}

#[test]
fn conditions() {
    let out = |operator: &str, key: &str, value: Value, caller| {
        said(&deny(&json!({"Condition": {operator: {key: value}}})), caller)
    };
    let (yes, no) = (Some(String::new()), None::<String>);
    let perhaps = |key: &str| Some(key.to_owned());
    let arn = |rest: &str| json!(format!("arn:aws:iam::111122223333:{rest}"));
    for (operator, key, value, expected) in [
        // The way out that is offered.
        ("ArnNotLike", "aws:PrincipalArn", arn("role/ci"), no.clone()),
        ("ArnNotLike", "aws:PrincipalArn", arn("role/team/ci"), no.clone()),
        ("ArnNotLike", "aws:PrincipalArn", json!("arn:aws:iam::*:role/c?"), no.clone()),
        ("StringNotLike", "aws:PrincipalArn", arn("role/c*"), no.clone()),
        ("ArnNotEquals", "aws:PrincipalArn", arn("role/other"), yes.clone()),
        ("ArnNotLike", "aws:PrincipalArn", arn("role/team/c*"), perhaps("aws:PrincipalArn")),
        ("ArnNotLike", "aws:PrincipalArn", json!("*:ci"), yes.clone()),
        ("ArnLike", "aws:PrincipalArn", arn("role/ci"), yes.clone()),
        ("StringNotLike", "aws:userid", json!(["AROAEXAMPLEID:*", "111122223333"]), no.clone()),
        ("StringNotLike", "aws:userId", json!("AROAOTHER:*"), yes.clone()),
        ("StringNotEquals", "aws:PrincipalAccount", json!("111122223333"), no.clone()),
        ("StringNotEquals", "aws:PrincipalAccount", json!(["444455556666"]), yes.clone()),
        ("StringEqualsIgnoreCase", "aws:PrincipalAccount", json!("111122223333"), yes.clone()),
        (
            "StringNotEquals",
            "aws:PrincipalAccount",
            json!("${aws:ResourceAccount}"),
            perhaps("aws:PrincipalAccount"),
        ),
        ("Bool", "aws:SecureTransport", json!(false), no.clone()),
        ("Bool", "aws:securetransport", json!("TRUE"), yes.clone()),
        ("BoolIfExists", "aws:PrincipalIsAWSService", json!(false), yes.clone()),
        ("NumericLessThan", "s3:TlsVersion", json!(1.2), no.clone()),
        ("NumericLessThan", "s3:TlsVersion", json!("1.3"), no.clone()),
        ("NumericGreaterThanEquals", "s3:TlsVersion", json!("1.3"), yes.clone()),
        ("NumericLessThan", "s3:TlsVersion", json!("new"), perhaps("s3:TlsVersion")),
        // Where a call comes from is not known here.
        ("StringNotEquals", "aws:SourceVpce", json!("vpce-1"), perhaps("aws:SourceVpce")),
        ("NotIpAddress", "aws:SourceIp", json!("10.0.0.0/8"), perhaps("aws:SourceIp")),
        (
            "StringNotEqualsIfExists",
            "aws:PrincipalOrgID",
            json!("o-1"),
            perhaps("aws:PrincipalOrgID"),
        ),
        ("Null", "aws:SourceVpce", json!(true), perhaps("aws:SourceVpce")),
        // What our calls never bring.
        ("StringNotEquals", "s3:x-amz-server-side-encryption", json!("aws:kms"), yes.clone()),
        ("StringEquals", "s3:x-amz-server-side-encryption", json!("AES256"), no.clone()),
        ("Null", "s3:x-amz-server-side-encryption", json!(false), no.clone()),
        ("Null", "s3:x-amz-server-side-encryption", json!(true), yes.clone()),
        ("StringEqualsIfExists", "s3:x-amz-acl", json!("private"), yes.clone()),
        ("ForAnyValue:StringNotEquals", "aws:CalledVia", json!("x"), no.clone()),
        ("ForAllValues:StringEquals", "aws:CalledVia", json!("x"), yes.clone()),
    ] {
        assert_eq!(out(operator, key, value.clone(), ROLE), expected, "{operator} {key} {value}");
    }
    let own = arn("user/admins/*");
    assert_eq!(out("ArnNotLike", "aws:PrincipalArn", own, USER), no);
}

#[test]
fn all_conditions_must_hold_and_what_is_certain_wins() {
    let both = |value: &str| {
        said(
            &deny(&json!({"Condition": {
                "StringNotEquals": {"aws:SourceVpce": "vpce-1"},
                "ArnNotLike": {"aws:PrincipalArn": value},
            }})),
            ROLE,
        )
    };
    assert_eq!(both("arn:aws:iam::111122223333:role/ci"), None);
    assert_eq!(both("arn:aws:iam::111122223333:role/other").unwrap(), "aws:SourceVpce");
}

#[test]
fn what_we_write_ourselves_shuts_nobody_out() {
    let policy = BucketPolicy { tls_minimum: Some("1.3".into()), ..BucketPolicy::default() };
    for caller in [ROLE, USER, ROOT] {
        assert_eq!(lockouts(&policy.document(BUCKET), BUCKET, caller), []);
    }
}

#[test]
fn patterns() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("*", "", true),
        ("a*c", "abbc", true),
        ("a*bc", "abbbc", true),
        ("a*b*c", "axbxbxc", true),
        ("a?c", "ac", false),
        ("a*c", "abcd", false),
        ("?", "", false),
        ("**", "x", true),
    ] {
        assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
    }
}

proptest! {
    /// The pattern made from a text by hiding parts of it matches the text.
    #[test]
    fn a_text_matches_its_own_patterns(parts in prop::collection::vec("[a-c:/]{0,3}", 1..5)) {
        prop_assert!(glob(&parts.join("*"), &parts.concat()));
        prop_assert!(glob(&parts.join("*"), &parts.join("xyz")));
    }
}
