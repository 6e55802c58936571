//! Meaning and spelling of policy documents, and the way from attributes to documents and back.

use proptest::prelude::*;
use serde_json::json;

use super::bucket::{BucketPolicy, LogDelivery, UploadEncryption};
use super::key::{KeyPlace, KeyPolicy};
use super::*;

const ARN: &str = "arn:aws:s3:::ledger";
const PLACE: KeyPlace<'_> =
    KeyPlace { partition: "aws", account: "111122223333", region: "eu-central-1" };

fn document(value: &Value) -> Document {
    Document::parse(&value.to_string()).unwrap()
}

#[test]
fn spelling_does_not_count() {
    let ours = document(&json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject",
         "Resource": [format!("{ARN}/*"), ARN], "Condition": {"Bool": {"aws:SecureTransport": true}}},
        {"Effect": "Deny", "Principal": "*", "Action": ["s3:Put*"], "Resource": ARN},
    ]}));
    let stored = document(&json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": "s3:put*", "Resource": [ARN]},
        {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:root"]},
         "Action": ["S3:GetObject"], "Resource": [ARN, format!("{ARN}/*")],
         "Condition": {"Bool": {"aws:securetransport": ["true"]}}},
    ]}));
    assert_eq!(ours, stored);
}

#[test]
fn meaning_counts() {
    let base = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/a"},
                      "Action": "s3:GetObject", "Resource": ARN});
    let policy = |statement: &Value| document(&json!({"Statement": statement}));
    for (field, value) in [
        ("Effect", json!("Deny")),
        ("Principal", json!({"AWS": "AROAEXAMPLE"})),
        ("Principal", json!({"Service": "arn:aws:iam::111122223333:role/a"})),
        ("Action", json!(["s3:GetObject", "s3:PutObject"])),
        ("Resource", json!("*")),
        ("Sid", json!("x")),
        ("Condition", json!({"Bool": {"aws:SecureTransport": "true"}})),
        ("NotAction", json!("s3:GetObject")),
    ] {
        let mut other = base.clone();
        other[field] = value;
        assert_ne!(policy(&base), policy(&other), "{field}");
    }
    // The same statement twice is not the same as once.
    assert_ne!(policy(&base), document(&json!({"Statement": [base, base]})));
}

#[test]
fn mistakes_are_named() {
    let error = |text: &str| Document::parse_statements(text).unwrap_err().to_string();
    assert_eq!(
        error(r#"[{"Effect":"Allow"},{"Effect":"Perhaps"}]"#),
        "statement 2: `Effect` must be `Allow` or `Deny`"
    );
    assert_eq!(
        error(r#"{"Effect":"Allow","Actions":"s3:*"}"#),
        "statement 1: `Actions` is not a field of a statement"
    );
    assert!(error("[{").starts_with("not valid JSON"));
    assert_eq!(error("3"), "statements are a JSON object or a list of objects");
}

#[test]
fn bucket_policy_comes_back_as_what_made_it() {
    let extra = Document::parse_statements(
        &json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"},
                "Action": "s3:GetObject", "Resource": format!("{ARN}/*")})
        .to_string(),
    )
    .unwrap();
    let account = "111122223333".to_owned();
    let deliveries = [
        None,
        Some(LogDelivery { account: account.clone(), sources: BTreeSet::new() }),
        Some(LogDelivery { account, sources: texts(["arn:aws:s3:::books", ARN]) }),
    ];
    for encryption in [encryption("AES256", None), encryption("aws:kms", None), under_key()] {
        for delivery in &deliveries {
            for held in [None, Some(encryption.clone())] {
                let policy = BucketPolicy {
                    tls_minimum: Some("1.2".into()),
                    encryption: held,
                    log_delivery: delivery.clone(),
                    statements: extra.clone(),
                };
                let text = policy.document(ARN).render();
                let found = BucketPolicy::of(&Document::parse(&text).unwrap(), ARN, &encryption);
                assert_eq!(found, policy);
            }
        }
    }
}

fn encryption(algorithm: &str, key: Option<&str>) -> UploadEncryption {
    UploadEncryption { algorithm: algorithm.into(), key: key.map(str::to_owned) }
}

fn under_key() -> UploadEncryption {
    encryption("aws:kms", Some("arn:aws:kms:eu-central-1:111122223333:key/1234abcd"))
}

#[test]
fn bucket_policy_that_was_softened_shows_its_change() {
    let policy = BucketPolicy {
        tls_minimum: Some("1.2".into()),
        encryption: Some(under_key()),
        ..BucketPolicy::default()
    };
    let text = policy.document(ARN).render();
    let of = |text: &str| BucketPolicy::of(&Document::parse(text).unwrap(), ARN, &under_key());
    let found = of(&text.replace("\"s3:*\"", "\"s3:GetObject\""));
    assert_eq!(found.tls_minimum, None);
    assert_eq!(found.statements.len(), 2);
    // One of three statements is no protection, and another key is another one.
    let found = of(&text.replace("key-id\":\"true\"", "key-id\":\"false\""));
    assert_eq!((found.encryption, found.statements.len()), (None, 3));
    let found = of(&text.replace("key/1234abcd", "key/5678"));
    assert_eq!((found.encryption, found.statements.len()), (None, 3));
}

/// Uploads as S3 sees them: what `s3:x-amz-server-side-encryption` and the key's header say.
#[test]
fn uploads_are_held_to_the_encryption_of_the_bucket() {
    let own = under_key();
    let key = own.key.clone().unwrap();
    let allowed = |only: &UploadEncryption, algorithm: Option<&str>, key: Option<&str>| {
        let policy = BucketPolicy { encryption: Some(only.clone()), ..BucketPolicy::default() };
        let document = policy.document(ARN);
        let said = |name: &str| match name {
            "s3:x-amz-server-side-encryption" => algorithm,
            "s3:x-amz-server-side-encryption-aws-kms-key-id" => key,
            _ => None,
        };
        // As AWS evaluates it: a missing key makes `StringNotEquals` true.
        let hits = |statement: &Statement| {
            statement.conditions.iter().all(|(operator, keys)| {
                keys.iter().all(|(key, values)| match (operator.as_str(), said(key)) {
                    ("Null", found) => values.contains(&found.is_none().to_string()),
                    ("StringNotEquals", found) => found.is_none_or(|text| !values.contains(text)),
                    ("Bool", _) => false,
                    other => panic!("{other:?}"),
                })
            })
        };
        !document.statements().iter().any(hits)
    };
    for (only, algorithm, named, expected) in [
        (&own, None, None, true),
        (&own, Some("aws:kms"), Some(key.as_str()), true),
        (&own, Some("aws:kms:dsse"), Some(key.as_str()), true),
        (&own, None, Some(key.as_str()), true),
        (&own, Some("AES256"), None, false),
        (&own, Some("aws:kms"), None, false),
        (&own, Some("aws:kms"), Some("arn:aws:kms:eu-central-1:444455556666:key/x"), false),
        (&own, Some("aws:kms"), Some("alias/ledger"), false),
        (&encryption("AES256", None), None, None, true),
        (&encryption("AES256", None), Some("AES256"), None, true),
        (&encryption("AES256", None), Some("aws:kms"), None, false),
        (&encryption("aws:kms", None), Some("aws:kms"), None, true),
        (&encryption("aws:kms", None), Some("aws:kms"), Some(key.as_str()), false),
        (&encryption("aws:kms:dsse", Some(&key)), Some("aws:kms"), Some(key.as_str()), false),
    ] {
        assert_eq!(allowed(only, algorithm, named), expected, "{only:?} {algorithm:?} {named:?}");
    }
}

#[test]
fn key_policy_keeps_administration_and_use_apart() {
    let policy = KeyPolicy {
        admins: texts(["arn:aws:iam::111122223333:role/keepers"]),
        users: texts(["arn:aws:iam::111122223333:role/ledger"]),
        services: texts(["logs", "s3"]),
    };
    let document = policy.document(PLACE, "ENCRYPT_DECRYPT");
    for statement in document.statements() {
        let uses = statement.actions.iter().any(|action| action.contains("Decrypt"));
        let looks_after = statement.actions.contains("kms:PutKeyPolicy");
        assert!(!(uses && looks_after), "{statement:?}");
        assert!(!statement.actions.contains("kms:*"));
    }
    let text = document.render();
    assert!(text.contains("logs.eu-central-1.amazonaws.com"));
    let parsed = Document::parse(&text).unwrap();
    assert_eq!(KeyPolicy::of(&parsed, PLACE, "ENCRYPT_DECRYPT"), Some(policy));
}

#[test]
fn foreign_key_policy_is_not_taken_for_ours() {
    let open = document(&json!({"Statement": {"Sid": "Enable IAM User Permissions",
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*", "Resource": "*"}}));
    assert_eq!(KeyPolicy::of(&open, PLACE, "ENCRYPT_DECRYPT"), None);
}

fn statement_strategy() -> impl Strategy<Value = Statement> {
    let set = || prop::collection::btree_set("[a-zA-Z:*/]{1,8}", 1..4);
    (prop::option::of("[a-z]{1,5}"), any::<bool>(), set(), set(), set()).prop_map(
        |(sid, allows, principals, actions, resources)| Statement {
            sid,
            allows,
            principals: BTreeMap::from([("AWS".to_owned(), principals)]),
            actions,
            resources,
            conditions: BTreeMap::from([condition("Bool", "aws:SecureTransport", "false")]),
            ..Statement::default()
        },
    )
}

proptest! {
    #[test]
    fn rendering_and_reading_keep_the_meaning(
        statements in prop::collection::vec(statement_strategy(), 0..5),
    ) {
        let document = Document::new(statements.clone());
        prop_assert_eq!(&Document::parse(&document.render()).unwrap(), &document);
        let mut turned = statements;
        turned.reverse();
        prop_assert_eq!(Document::new(turned), document);
    }

    #[test]
    fn any_text_is_read_without_panic(text in ".{0,200}") {
        let _ = Document::parse(&text);
        let _ = Document::parse_statements(&text);
    }
}
