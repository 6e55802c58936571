//! What can be said of a bucket without AWS: form, defaults, comparisons.

use super::*;
use crate::cloud::aws::s3::{Configuration, LifecycleRule};
use crate::policy::bucket::{BucketPolicy, UploadEncryption};

fn lock(mode: &str, days: i64) -> Value {
    Value::object([("mode", Value::from(mode)), ("retention_days", days.into())])
}

#[test]
fn names_follow_the_rules_of_s3() {
    for name in ["abc", "example-bank.ledger", "1st-ledger", &"a".repeat(63)] {
        assert_eq!(schema::is_bucket_name(&name.into()), Ok(()), "{name}");
    }
    for name in [
        "ab",
        &"a".repeat(64),
        "Ledger",
        "ledger_2",
        "-ledger",
        "ledger.",
        "led..ger",
        "192.168.5.4",
        "xn--ledger",
        "ledger-s3alias",
        "ledger--ol-s3",
    ] {
        assert!(schema::is_bucket_name(&name.into()).is_err(), "{name}");
    }
}

#[test]
fn forms_that_cannot_be_are_refused_where_they_stand() {
    let bucket = schema::schema().empty().with("name", "ledger");
    let refused = |config: &Value| {
        let found = schema::validate(config);
        found.iter().map(|d| d.path.to_string()).collect::<Vec<_>>()
    };
    let locked = bucket.clone().with("object_lock", lock("GOVERNANCE", 1));
    assert_eq!(refused(&bucket), Vec::<String>::new());
    assert_eq!(refused(&locked), Vec::<String>::new());
    assert_eq!(refused(&locked.clone().with("purpose", "access-logs")), ["object_lock"]);
    assert_eq!(refused(&locked.with("versioning", false)), ["versioning"]);
    let aes = bucket.clone().with("sse_algorithm", "AES256");
    assert_eq!(refused(&aes.with("kms_key_arn", "arn:…")), ["kms_key_arn"]);
    let idle = Value::object([("id", Value::from("idle"))]);
    assert_eq!(
        refused(&bucket.with("lifecycle_rules", Value::List(vec![idle]))),
        ["lifecycle_rules"]
    );
}

#[test]
fn a_default_never_weakens_the_lock_that_there_is() {
    let config = schema::schema().empty();
    let folder = tempfile::tempdir().unwrap();
    let in_force = Context::new(folder.path()).get().unwrap();
    let planned = |prior: Value, default: Value| {
        let prior = schema::schema().empty().with("object_lock", prior);
        let mut planned = schema::schema().empty().with("object_lock", default);
        let request = PlanRequest { config: &config, prior: Some(&prior) };
        mapping::settle_defaults(&in_force, &request, &mut planned);
        planned.get("object_lock").clone()
    };
    let governance = lock("GOVERNANCE", 2555);
    assert_eq!(planned(lock("COMPLIANCE", 10), governance.clone()), lock("COMPLIANCE", 2555));
    assert_eq!(planned(lock("GOVERNANCE", 3650), governance.clone()), lock("GOVERNANCE", 3650));
    assert_eq!(planned(lock("GOVERNANCE", 1), governance.clone()), governance);
    assert_eq!(planned(Value::Null, governance.clone()), governance);
    assert_eq!(planned(governance.clone(), Value::Null), governance);
    assert_eq!(planned(Value::Null, Value::Null), Value::Null);
}

#[test]
fn half_a_lock_is_refused() {
    let with = |lock: Value| schema::schema().empty().with("object_lock", lock);
    assert!(mapping::refuse_half_a_lock(&with(Value::Null)).is_none());
    assert!(mapping::refuse_half_a_lock(&with(lock("GOVERNANCE", 1))).is_none());
    let half =
        Value::object([("mode", Value::from("GOVERNANCE")), ("retention_days", Value::Null)]);
    assert!(mapping::refuse_half_a_lock(&with(half)).unwrap().detail.contains("`retention_days`"));
}

#[test]
fn what_is_wanted_is_what_is_found() {
    let rule = |days: i32| LifecycleRule {
        id: None,
        enabled: true,
        expiration_days: Some(days),
        ..LifecycleRule::default()
    };
    let named = |name: &str, days: i32| LifecycleRule { id: Some(name.into()), ..rule(days) };
    let same = |wanted: &[LifecycleRule], found: &[LifecycleRule]| {
        crate::cloud::aws::s3::same_lifecycle(wanted, found)
    };
    // AWS gives rules names and an order of its own.
    assert!(same(&[rule(1), rule(2)], &[named("x", 2), named("y", 1)]));
    assert!(!same(&[named("a", 1)], &[named("b", 1)]));
    assert!(!same(&[rule(1)], &[rule(1), rule(1)]));
    assert!(!same(&[rule(1)], &[LifecycleRule { has_foreign_parts: true, ..rule(1) }]));
}

#[test]
fn the_words_of_the_state_stay_where_they_mean_the_same() {
    let written = r#"[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["s3:GetObject"],"Resource":"*"}]"#;
    let before = r#"[{"Resource":["*"],"Principal":{"AWS":"111122223333"},"Effect":"Allow","Action":"s3:getobject"}]"#;
    let with = |text: &str| schema::schema().empty().with("policy_statements", text);
    let mut planned = with(written);
    mapping::keep_spelling(&with(written), &with(before), &mut planned);
    assert_eq!(planned.get("policy_statements").as_str(), Some(before));
    let other = before.replace("Allow", "Deny");
    let mut planned = with(written);
    mapping::keep_spelling(&with(written), &with(&other), &mut planned);
    assert_eq!(planned.get("policy_statements").as_str(), Some(written));
}

#[test]
fn a_newborn_bucket_gets_everything_that_is_not_there_by_birth() {
    let wanted = Configuration { versioning: true, ..Configuration::default() };
    assert!(mapping::newborn(&wanted, true).versioning);
    assert!(!mapping::newborn(&wanted, false).versioning);
    assert_eq!(mapping::newborn(&wanted, false).encryption, None);
}

#[test]
fn the_policy_waits_for_what_it_is_made_from() {
    let bucket = schema::schema().empty().with("tls_minimum", "1.2");
    let arn = "arn:aws:s3:::ledger";
    let document = mapping::policy(&bucket, arn, None).unwrap();
    let default = UploadEncryption { algorithm: "AES256".into(), key: None };
    let found = BucketPolicy::of(&document, arn, &default);
    assert_eq!(found.tls_minimum.as_deref(), Some("1.2"));
    for name in ["tls_minimum", "policy_statements", "purpose", "refuse_other_keys"] {
        assert!(mapping::policy(&bucket.clone().with(name, Value::Unknown), arn, None).is_none());
    } // The key counts only where uploads are held to it.
    let held = bucket.clone().with("refuse_other_keys", true).with("sse_algorithm", "aws:kms");
    assert!(mapping::policy(&held, arn, None).is_some());
    let waiting = held.with("kms_key_arn", Value::Unknown);
    assert!(mapping::policy(&waiting, arn, None).is_none());
    let free = waiting.with("refuse_other_keys", false);
    assert!(mapping::policy(&free, arn, None).is_some());
}

fn identity() -> crate::cloud::aws::Identity {
    crate::cloud::aws::Identity {
        account: "111122223333".into(),
        partition: "aws".into(),
        arn: "arn:aws:sts::111122223333:assumed-role/ci/run-7".into(),
        user_id: "AROAEXAMPLEID:run-7".into(),
    }
}

#[test]
fn a_policy_that_locks_its_author_out_is_refused_with_the_statement_and_the_way_out() {
    let refused = |condition: &str| {
        let statements = format!(
            r#"[{{"Effect": "Allow", "Principal": {{"AWS": "111122223333"}},
                "Action": "s3:GetObject", "Resource": "arn:aws:s3:::ledger/*"}},
                {{"Sid": "OnlyHere", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
                "Resource": "arn:aws:s3:::ledger"{condition}}}]"#
        );
        let planned = schema::schema().empty().with("policy_statements", statements);
        let found = access::refuse_lockout(&planned, "arn:aws:s3:::ledger", &identity());
        found.iter().map(|d| (d.path.to_string(), d.detail.clone())).collect::<Vec<_>>()
    };
    let certain = refused("");
    assert_eq!(certain.len(), 1);
    assert_eq!(certain[0].0, "policy_statements");
    let role = "`arn:aws:iam::111122223333:role/ci`";
    for part in [
        format!("statement 2 (`OnlyHere`) of `policy_statements` denies {role}"),
        "s3:GetBucketAcl".to_owned(),
        "and 17 more".to_owned(),
        r#"`"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/ci"}`"#.to_owned(),
    ] {
        assert!(certain[0].1.contains(&part), "{part}: {}", certain[0].1);
    }
    let network = r#", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}"#;
    let perhaps = refused(network);
    assert!(perhaps[0].1.contains("may deny"), "{}", perhaps[0].1);
    assert!(perhaps[0].1.contains("hangs on `aws:SourceVpce`"), "{}", perhaps[0].1);
    let exempt = network.replace(
        "}}",
        r#"}, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/ci"}}"#,
    );
    assert_eq!(refused(&exempt), []);
}

#[test]
fn a_policy_that_s3_would_not_take_is_refused_with_both_sizes() {
    let policy = |bytes: usize| {
        let statement = format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"s3:GetObject","Resource":"{}"}}"#,
            "x".repeat(bytes)
        );
        Document::new(Document::parse_statements(&statement).unwrap())
    };
    let frame = policy(0).render().len();
    assert!(access::refuse_oversize(&policy(20_480 - frame)).is_none());
    let refused = access::refuse_oversize(&policy(20_481 - frame)).unwrap();
    assert_eq!(refused.path.to_string(), "policy_statements");
    assert!(refused.detail.contains("20481") && refused.detail.contains("20480"), "{refused:?}");
}

#[test]
fn whom_an_acl_lets_in_is_said_with_the_way_out() {
    assert!(access::say_grants("ledger", &[]).is_none());
    let said =
        access::say_grants("ledger", &["the group `global/AllUsers` (READ)".into()]).unwrap();
    assert!(!said.is_error());
    assert!(said.detail.contains("`global/AllUsers` (READ)"), "{}", said.detail);
    assert!(said.detail.contains("--bucket ledger --acl private"), "{}", said.detail);
}
