//! From nothing to a compliant bucket and back.

use aws_sdk_kms::types::KeyState;
use aws_sdk_s3::types::{
    BucketVersioningStatus, EncryptionType, ObjectLockRetentionMode, ObjectOwnership,
    ServerSideEncryption,
};
use harness::aws::Aws;
use serde_json::Value;

use crate::fixture::{Stack, apply, aws, destroy, plan_is_empty, run, workspace};

#[tokio::test]
async fn the_short_configuration_becomes_a_compliant_bucket_and_leaves_nothing_behind() {
    let names = Stack::new();
    let workspace = workspace(&names.main(""));
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
    let aws = aws();
    is_hardened(&aws, &names).await;
    is_a_log_target(&aws, &names.logs).await;
    let id = key_is_hardened(&aws, &names.alias).await;

    destroy(&workspace).await;
    for bucket in [&names.logs, &names.ledger] {
        assert!(aws.s3.head_bucket().bucket(bucket).send().await.is_err(), "{bucket} is there");
    }
    let key = aws.kms.describe_key().key_id(&id).send().await.unwrap().key_metadata.unwrap();
    assert_eq!(key.key_state, Some(KeyState::PendingDeletion));
    let aliases = aws.kms.list_aliases().key_id(&id).send().await.unwrap();
    assert!(aliases.aliases().is_empty());
}

async fn is_hardened(aws: &Aws, names: &Stack) {
    let bucket = &names.ledger;
    let encryption = aws.s3.get_bucket_encryption().bucket(bucket).send().await.unwrap();
    let rules = encryption.server_side_encryption_configuration.unwrap().rules;
    let default = rules[0].apply_server_side_encryption_by_default.as_ref().unwrap();
    assert_eq!(default.sse_algorithm, ServerSideEncryption::AwsKms);
    assert!(default.kms_master_key_id.as_ref().unwrap().starts_with("arn:aws:kms:"));
    assert_eq!(rules[0].bucket_key_enabled, Some(true));
    let blocked = rules[0].blocked_encryption_types.as_ref().unwrap();
    assert_eq!(blocked.encryption_type(), [EncryptionType::SseC]);

    let versioning = aws.s3.get_bucket_versioning().bucket(bucket).send().await.unwrap();
    assert_eq!(versioning.status, Some(BucketVersioningStatus::Enabled));

    let lock = aws.s3.get_object_lock_configuration().bucket(bucket).send().await.unwrap();
    let rule = lock.object_lock_configuration.unwrap().rule.unwrap().default_retention.unwrap();
    assert_eq!((rule.mode, rule.days), (Some(ObjectLockRetentionMode::Governance), Some(2555)));

    let access = aws.s3.get_public_access_block().bucket(bucket).send().await.unwrap();
    let block = access.public_access_block_configuration.unwrap();
    assert_eq!(
        [
            block.block_public_acls,
            block.ignore_public_acls,
            block.block_public_policy,
            block.restrict_public_buckets
        ],
        [Some(true); 4]
    );

    let owner = aws.s3.get_bucket_ownership_controls().bucket(bucket).send().await.unwrap();
    let owner = &owner.ownership_controls.unwrap().rules[0].object_ownership;
    assert_eq!(*owner, ObjectOwnership::BucketOwnerEnforced);

    let policy = aws.s3.get_bucket_policy().bucket(bucket).send().await.unwrap().policy.unwrap();
    let policy: Value = serde_json::from_str(&policy).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    // Plain text, old TLS, another algorithm, another key, AWS's key.
    assert_eq!(statements.len(), 5);
    assert!(statements.iter().all(|s| s["Effect"] == "Deny" && s["Principal"] == "*"));

    let log = aws.s3.get_bucket_logging().bucket(bucket).send().await.unwrap();
    let log = log.logging_enabled.unwrap();
    assert_eq!(log.target_bucket, names.logs);
    assert_eq!(log.target_prefix, format!("{bucket}/"));

    let tags = aws.s3.get_bucket_tagging().bucket(bucket).send().await.unwrap().tag_set;
    let tag = |key: &str| tags.iter().find(|tag| tag.key == key).map(|tag| tag.value.as_str());
    assert_eq!(tag("DataClassification"), Some("confidential"));
    assert_eq!(tag("ComplianceRegime"), Some("sox"));
    assert_eq!(tag("Environment"), Some("production"));
    assert_eq!(tag("Owner"), Some("ledger-team"));
}

/// What S3 demands of a log target is the opposite of what we demand of other buckets.
async fn is_a_log_target(aws: &Aws, bucket: &str) {
    let encryption = aws.s3.get_bucket_encryption().bucket(bucket).send().await.unwrap();
    let rules = encryption.server_side_encryption_configuration.unwrap().rules;
    let default = rules[0].apply_server_side_encryption_by_default.as_ref().unwrap();
    assert_eq!(default.sse_algorithm, ServerSideEncryption::Aes256);
    assert!(aws.s3.get_object_lock_configuration().bucket(bucket).send().await.is_err());
    let versioning = aws.s3.get_bucket_versioning().bucket(bucket).send().await.unwrap();
    assert_eq!(versioning.status, Some(BucketVersioningStatus::Enabled));
    let policy = aws.s3.get_bucket_policy().bucket(bucket).send().await.unwrap().policy.unwrap();
    let policy: Value = serde_json::from_str(&policy).unwrap();
    let allowed = policy["Statement"].as_array().unwrap().iter().find(|s| s["Effect"] == "Allow");
    let allowed = allowed.unwrap();
    assert_eq!(allowed["Principal"]["Service"], "logging.s3.amazonaws.com");
    assert_eq!(allowed["Condition"]["StringEquals"]["aws:SourceAccount"], "000000000000");
    assert_eq!(allowed["Condition"]["ArnLike"]["aws:SourceArn"], "arn:aws:s3:::*");
    let log = aws.s3.get_bucket_logging().bucket(bucket).send().await.unwrap();
    assert!(log.logging_enabled.is_none());
}

async fn key_is_hardened(aws: &Aws, alias: &str) -> String {
    let reference = format!("alias/{alias}");
    let key = aws.kms.describe_key().key_id(reference).send().await.unwrap();
    let id = key.key_metadata.unwrap().key_id;
    let rotation = aws.kms.get_key_rotation_status().key_id(&id).send().await.unwrap();
    assert!(rotation.key_rotation_enabled);
    assert_eq!(rotation.rotation_period_in_days, Some(365));
    let policy = aws.kms.get_key_policy().key_id(&id).policy_name("default").send().await.unwrap();
    let policy: Value = serde_json::from_str(&policy.policy.unwrap()).unwrap();
    for statement in policy["Statement"].as_array().unwrap() {
        assert_ne!(statement["Action"], "kms:*");
        assert_ne!(statement["Principal"], "*");
    }
    id
}

/// Where stores may be destroyed with what they hold.
fn in_dev(main: &str) -> String {
    let changed =
        main.replace("regimes = [\"sox\"]", "regimes = [\"sox\"]\n  environment = \"dev\"");
    assert_ne!(changed, main);
    changed
}

#[tokio::test]
async fn a_bucket_that_is_not_empty_is_destroyed_only_by_the_users_word() {
    let names = Stack::new();
    let open = in_dev(&names.main(""));
    let open = open.replace("record_type    = \"ledger\"", "record_type = \"none\"");
    let workspace = workspace(&open);
    apply(&workspace).await;
    let aws = aws();
    let put =
        || aws.s3.put_object().bucket(&names.ledger).key("book").body(b"entry".to_vec().into());
    put().send().await.unwrap();
    put().send().await.unwrap();

    let refused = run(&workspace, &["destroy", "-auto-approve", "-no-color"], 1).await;
    assert!(refused.contains("is not empty"), "{refused}");
    assert!(refused.contains("force_destroy"), "{refused}");
    assert!(aws.s3.head_bucket().bucket(&names.ledger).send().await.is_ok());

    let forced = open.replace("access_log     = {", "force_destroy  = true\n  access_log     = {");
    workspace.write("main.tf", &forced);
    apply(&workspace).await;
    destroy(&workspace).await;
    assert!(aws.s3.head_bucket().bucket(&names.ledger).send().await.is_err());
}

#[tokio::test]
async fn locked_records_outlive_even_a_forced_destroy() {
    let names = Stack::new();
    let workspace = workspace(&in_dev(&names.main("  force_destroy = true")));
    apply(&workspace).await;
    let aws = aws();
    let put = aws.s3.put_object().bucket(&names.ledger).key("book").body(b"entry".to_vec().into());
    put.send().await.unwrap();
    let refused = run(&workspace, &["destroy", "-auto-approve", "-no-color"], 1).await;
    assert!(refused.contains("holds locked objects"), "{refused}");
    assert!(refused.contains("`book` is locked (GOVERNANCE) until"), "{refused}");
}

#[tokio::test]
async fn changes_are_made_in_place_and_settle() {
    let names = Stack::new();
    let workspace = workspace(&names.main(""));
    apply(&workspace).await;
    let extra = format!(
        r#"
  tags          = {{ Team = "books" }}
  object_lock   = {{ mode = "COMPLIANCE", retention_days = 3650 }}
  tls_minimum   = "1.3"
  lifecycle_rules = [
    {{ id = "old", prefix = "tmp/", noncurrent_version_expiration_days = 4000 }},
    {{ abort_incomplete_upload_days = 3 }},
  ]
  policy_statements = jsonencode([{{
    Sid       = "Readers"
    Effect    = "Allow"
    Principal = {{ AWS = "arn:aws:iam::000000000000:root" }}
    Action    = ["s3:GetObject"]
    Resource  = ["arn:aws:s3:::{}/*"]
  }}])
"#,
        names.ledger
    );
    workspace.write("main.tf", &names.main(&extra));
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
    // Back to the short form: what was set goes back to the defaults, but a lock never weakens.
    workspace.write("main.tf", &names.main(""));
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
    let aws = aws();
    let lock = aws.s3.get_object_lock_configuration().bucket(&names.ledger).send().await.unwrap();
    let rule = lock.object_lock_configuration.unwrap().rule.unwrap().default_retention.unwrap();
    assert_eq!((rule.mode, rule.days), (Some(ObjectLockRetentionMode::Compliance), Some(3650)));
    let policy = aws.s3.get_bucket_policy().bucket(&names.ledger).send().await.unwrap();
    assert!(!policy.policy.unwrap().contains("Readers"));
}

#[tokio::test]
async fn what_is_under_legal_hold_is_neither_destroyed_nor_shortened() {
    let names = Stack::new();
    let held = |more: &str| names.main(&format!("  tags = {{ LegalHold = \"true\" }}\n{more}"));
    let workspace =
        workspace(&held("  object_lock = { mode = \"GOVERNANCE\", retention_days = 3650 }"));
    apply(&workspace).await;
    let refused = run(&workspace, &["destroy", "-auto-approve", "-no-color"], 1).await;
    assert!(refused.contains("RET-006: Retention can only be lengthened"), "{refused}");
    assert!(refused.contains("delete under legal hold"), "{refused}");
    assert!(aws().s3.head_bucket().bucket(&names.ledger).send().await.is_ok());

    workspace.write(
        "main.tf",
        &held("  object_lock = { mode = \"GOVERNANCE\", retention_days = 2555 }"),
    );
    let refused = run(&workspace, &["plan", "-no-color"], 1).await;
    assert!(refused.contains("RET-006"), "{refused}");
    assert!(refused.contains("3650 or more, as before"), "{refused}");

    // The hold is lifted first; then the bucket may go.
    workspace.write("main.tf", &names.main(""));
    apply(&workspace).await;
    destroy(&workspace).await;
}

#[tokio::test]
async fn uploads_that_name_another_key_are_refused_and_the_default_needs_no_header() {
    let names = Stack::new();
    let workspace = workspace(&names.main(""));
    apply(&workspace).await;
    let policy = aws().s3.get_bucket_policy().bucket(&names.ledger).send().await.unwrap();
    let policy: Value = serde_json::from_str(&policy.policy.unwrap()).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let conditions = |sid: &str| {
        let found = statements.iter().find(|statement| statement["Sid"] == sid).unwrap();
        assert_eq!((&found["Effect"], &found["Action"]), (&"Deny".into(), &"s3:PutObject".into()));
        found["Condition"].clone()
    };
    let key = aws().kms.describe_key().key_id(format!("alias/{}", names.alias)).send().await;
    let key = key.unwrap().key_metadata.unwrap().arn.unwrap();
    let header = "s3:x-amz-server-side-encryption";
    let key_header = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    assert_eq!(
        conditions("ProbityDenyOtherAlgorithm"),
        serde_json::json!({"Null": {header: "false"},
            "StringNotEquals": {header: ["aws:kms", "aws:kms:dsse"]}})
    );
    assert_eq!(
        conditions("ProbityDenyOtherKey"),
        serde_json::json!({"Null": {key_header: "false"}, "StringNotEquals": {key_header: key}})
    );
    assert_eq!(
        conditions("ProbityDenyAwsManagedKey"),
        serde_json::json!({"Null": {header: "false", key_header: "true"}})
    );

    // Off by the user's word, where the controls let it, and on again.
    let open = names.main("  refuse_other_keys = false").replace("confidential", "internal");
    let open = open.replace("record_type    = \"ledger\"", "record_type    = \"none\"");
    let workspace = crate::fixture::workspace(&open);
    run(&workspace, &["validate", "-no-color"], 0).await;
    let refused = names.main("  refuse_other_keys = false");
    workspace.write("main.tf", &refused);
    let refused = run(&workspace, &["validate", "-no-color"], 1).await;
    assert!(refused.contains("ENC-003: Writes with the wrong or no key are refused"), "{refused}");
}
