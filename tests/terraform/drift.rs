//! Whatever AWS returns and somebody changes behind Terraform's back shows in the next plan.

use std::collections::BTreeSet;

use aws_sdk_s3::types as s3;
use harness::aws::Aws;
use harness::ministack::ACCOUNT;
use harness::terraform::Workspace;

use crate::fixture::{Stack, apply, aws, changed, plan, plan_is_empty, run, workspace};

/// What AWS does not return, what cannot change, and what only repeats other attributes.
const NOT_TAMPERED: [(&str, &[&str]); 2] = [
    (
        "probity_s3_bucket",
        &[
            "name",
            "region",
            "id",
            "arn",
            "classification",
            "purpose",
            "record_type",
            "force_destroy",
            "allow_replacement",
        ],
    ),
    (
        "probity_kms_key",
        &[
            "id",
            "arn",
            "classification",
            "key_spec",
            "key_usage",
            "multi_region",
            "deletion_window_days",
            "allow_replacement",
            "region",
            // Nobody can write it; `access` has a share in AWS's place.
            "ram_policy",
        ],
    ),
];

#[tokio::test]
async fn every_governed_attribute_of_a_bucket_that_was_tampered_with_is_found_and_repaired() {
    let names = Stack::new();
    let configuration = names.main("  tags = { Team = \"books\" }\n");
    let workspace = workspace(&configuration);
    apply(&workspace).await;
    let aws = aws();
    let bucket = names.ledger.as_str();

    tamper_with_bucket(&aws, bucket).await;
    let mut found: BTreeSet<String> = names_of(&plan(&workspace).await, "probity_s3_bucket.ledger");
    apply(&workspace).await;
    plan_is_empty(&workspace).await;

    // What cannot be tampered with at the same time.
    tamper_again(&aws, bucket).await;
    found.extend(names_of(&plan(&workspace).await, "probity_s3_bucket.ledger"));
    apply(&workspace).await;
    plan_is_empty(&workspace).await;

    let log = names.logs.as_str();
    aws.s3
        .put_bucket_versioning()
        .bucket(log)
        .versioning_configuration(suspended())
        .send()
        .await
        .unwrap();
    let policy = aws.s3.get_bucket_policy().bucket(log).send().await.unwrap().policy.unwrap();
    let narrowed = policy.replace("arn:aws:s3:::*", "arn:aws:s3:::somebody");
    assert_ne!(narrowed, policy);
    aws.s3.put_bucket_policy().bucket(log).policy(narrowed).send().await.unwrap();
    found.extend(names_of(&plan(&workspace).await, "probity_s3_bucket.logs"));
    apply(&workspace).await;
    plan_is_empty(&workspace).await;

    assert_eq!(missing(&workspace, "probity_s3_bucket", &found).await, Vec::<String>::new());
}

/// A stack that was applied: its workspace, the cloud, the alias of its key and the key's id.
async fn with_key() -> (Workspace, Aws, String, String) {
    let names = Stack::new();
    let workspace = workspace(&names.main(""));
    apply(&workspace).await;
    let aws = aws();
    let alias = format!("alias/{}", names.alias);
    let key = aws.kms.describe_key().key_id(&alias).send().await.unwrap();
    let id = key.key_metadata.unwrap().key_id;
    (workspace, aws, alias, id)
}

#[tokio::test]
async fn every_governed_attribute_of_a_key_that_was_tampered_with_is_found_and_repaired() {
    let (workspace, aws, alias, id) = with_key().await;

    // The policy as we would write it for others: all of its parts must show.
    let policy = aws.kms.get_key_policy().key_id(&id).policy_name("default").send().await.unwrap();
    let role = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let stranger = policy.policy.unwrap().replace(&role("ledger"), &role("stranger"));
    let admin = format!("\"arn:aws:iam::{ACCOUNT}:root\"");
    let stranger = stranger.replace(&admin, &format!("[{admin},\"{}\"]", role("mallory")));
    let service = format!(
        r#",{{"Sid":"ProbityUseByServices","Effect":"Allow","Principal":{{"Service":"s3.amazonaws.com"}},
        "Action":["kms:Decrypt","kms:DescribeKey","kms:Encrypt","kms:GenerateDataKey*","kms:ReEncrypt*"],
        "Resource":"*","Condition":{{"StringEquals":{{"aws:SourceAccount":"{ACCOUNT}"}}}}}}]"#
    );
    // `Statement` may stand before or after `Version`.
    let (before, after) = stranger.rsplit_once(']').unwrap();
    let stranger = format!("{before}{service}{after}");
    aws.kms
        .put_key_policy()
        .key_id(&id)
        .policy_name("default")
        .policy(stranger)
        .send()
        .await
        .unwrap();
    aws.kms.enable_key_rotation().key_id(&id).rotation_period_in_days(2560).send().await.unwrap();
    aws.kms.update_key_description().key_id(&id).description("mine").send().await.unwrap();
    let tag =
        aws_sdk_kms::types::Tag::builder().tag_key("Owner").tag_value("mallory").build().unwrap();
    aws.kms.tag_resource().key_id(&id).tags(tag).send().await.unwrap();
    let mut found = names_of(&plan(&workspace).await, "probity_kms_key.ledger");
    apply(&workspace).await;
    plan_is_empty(&workspace).await;

    aws.kms.disable_key_rotation().key_id(&id).send().await.unwrap();
    aws.kms.delete_alias().alias_name(&alias).send().await.unwrap();
    found.extend(names_of(&plan(&workspace).await, "probity_kms_key.ledger"));
    apply(&workspace).await;
    plan_is_empty(&workspace).await;

    // A key has no tags of its own here; `tags_all` shows them all.
    found.insert("tags".to_owned());
    assert_eq!(missing(&workspace, "probity_kms_key", &found).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_key_that_waits_for_its_deletion_is_an_error_with_the_way_out() {
    let (workspace, aws, _, id) = with_key().await;
    aws.kms.schedule_key_deletion().key_id(&id).send().await.unwrap();
    let refused = run(&workspace, &["plan", "-no-color"], 1).await;
    assert!(refused.contains("the key will be deleted"), "{refused}");
    assert!(refused.contains(&format!("aws kms cancel-key-deletion --key-id {id}")), "{refused}");
}

#[tokio::test]
async fn a_bucket_that_is_gone_is_planned_anew() {
    let names = Stack::new();
    let workspace = workspace(&names.main(""));
    apply(&workspace).await;
    aws().s3.delete_bucket().bucket(&names.ledger).send().await.unwrap();
    let plan = plan(&workspace).await;
    let actions = crate::fixture::actions(&plan, "probity_s3_bucket.ledger");
    assert_eq!(actions, serde_json::json!(["create"]));
}

fn names_of(plan: &serde_json::Value, address: &str) -> BTreeSet<String> {
    changed(plan, address).into_iter().collect()
}

/// The attributes of the schema that no plan has shown.
async fn missing(
    workspace: &harness::terraform::Workspace,
    type_name: &str,
    found: &BTreeSet<String>,
) -> Vec<String> {
    let printed = run(workspace, &["providers", "schema", "-json"], 0).await;
    let json = printed.lines().find(|line| line.starts_with('{')).unwrap();
    let schemas: serde_json::Value = serde_json::from_str(json).unwrap();
    let providers = schemas["provider_schemas"].as_object().unwrap();
    let schema = &providers.values().next().unwrap()["resource_schemas"][type_name]["block"];
    let names = schema["attributes"].as_object().unwrap().keys();
    let (_, exempt) = NOT_TAMPERED.iter().find(|(name, _)| *name == type_name).unwrap();
    names
        .filter(|name| !exempt.contains(&name.as_str()) && !found.contains(*name))
        .cloned()
        .collect()
}

async fn tamper_with_bucket(aws: &Aws, bucket: &str) {
    let aws = &aws.s3;
    let default = s3::ServerSideEncryptionByDefault::builder()
        .sse_algorithm(s3::ServerSideEncryption::Aes256)
        .build()
        .unwrap();
    let rule = s3::ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .bucket_key_enabled(false)
        .build();
    let encryption = s3::ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    aws.put_bucket_encryption()
        .bucket(bucket)
        .server_side_encryption_configuration(encryption)
        .send()
        .await
        .unwrap();
    let retention = s3::DefaultRetention::builder()
        .mode(s3::ObjectLockRetentionMode::Governance)
        .days(1)
        .build();
    let lock = s3::ObjectLockConfiguration::builder()
        .object_lock_enabled(s3::ObjectLockEnabled::Enabled)
        .rule(s3::ObjectLockRule::builder().default_retention(retention).build())
        .build();
    aws.put_object_lock_configuration()
        .bucket(bucket)
        .object_lock_configuration(lock)
        .send()
        .await
        .unwrap();
    aws.delete_public_access_block().bucket(bucket).send().await.unwrap();
    aws.delete_bucket_policy().bucket(bucket).send().await.unwrap();
    aws.delete_bucket_lifecycle().bucket(bucket).send().await.unwrap();
    aws.put_bucket_logging()
        .bucket(bucket)
        .bucket_logging_status(s3::BucketLoggingStatus::builder().build())
        .send()
        .await
        .unwrap();
    aws.delete_bucket_tagging().bucket(bucket).send().await.unwrap();
    let rule = s3::OwnershipControlsRule::builder()
        .object_ownership(s3::ObjectOwnership::ObjectWriter)
        .build()
        .unwrap();
    let controls = s3::OwnershipControls::builder().rules(rule).build().unwrap();
    aws.put_bucket_ownership_controls()
        .bucket(bucket)
        .ownership_controls(controls)
        .send()
        .await
        .unwrap();
}

async fn tamper_again(aws: &Aws, bucket: &str) {
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{bucket}/*")}]});
    aws.s3.put_bucket_policy().bucket(bucket).policy(policy.to_string()).send().await.unwrap();
    // A rule like ours, but for a filter that hides most objects from it.
    let filter = s3::LifecycleRuleFilter::builder().object_size_greater_than(1 << 30).build();
    let abort = s3::AbortIncompleteMultipartUpload::builder().days_after_initiation(7).build();
    let rule = s3::LifecycleRule::builder()
        .id("abort-unfinished-uploads")
        .status(s3::ExpirationStatus::Enabled)
        .filter(filter)
        .abort_incomplete_multipart_upload(abort)
        .build()
        .unwrap();
    let rules = s3::BucketLifecycleConfiguration::builder().rules(rule).build().unwrap();
    aws.s3
        .put_bucket_lifecycle_configuration()
        .bucket(bucket)
        .lifecycle_configuration(rules)
        .send()
        .await
        .unwrap();
}

fn suspended() -> s3::VersioningConfiguration {
    let suspended = s3::BucketVersioningStatus::Suspended;
    s3::VersioningConfiguration::builder().status(suspended).build()
}
