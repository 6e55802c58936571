//! What exists is taken over by import, never in silence.

use crate::fixture::{
    PROVIDER, Stack, actions, apply, aws, changed, plan, plan_is_empty, run, unique, workspace,
};

#[tokio::test]
async fn a_plain_bucket_is_imported_and_the_plan_shows_what_hardening_changes() {
    let names = Stack::new();
    let aws = aws();
    let place = aws_sdk_s3::types::CreateBucketConfiguration::builder()
        .location_constraint(aws_sdk_s3::types::BucketLocationConstraint::EuCentral1)
        .build();
    let create = aws.s3.create_bucket().bucket(&names.ledger).create_bucket_configuration(place);
    create.send().await.unwrap();

    let workspace = workspace(&names.main(""));
    // It is not ours: an apply must not touch it.
    let refused = run(&workspace, &["apply", "-auto-approve", "-no-color"], 1).await;
    assert!(refused.contains("the bucket exists already"), "{refused}");
    let command = format!("terraform import probity_s3_bucket.NAME {}", names.ledger);
    assert!(refused.contains(&command), "{refused}");
    assert!(aws.s3.get_bucket_policy().bucket(&names.ledger).send().await.is_err());

    let import = ["import", "-no-color", "probity_s3_bucket.ledger", &names.ledger];
    run(&workspace, &import, 0).await;
    let plan = plan(&workspace).await;
    let address = "probity_s3_bucket.ledger";
    assert_eq!(actions(&plan, address), serde_json::json!(["update"]));
    let changed = changed(&plan, address);
    for hardened in [
        "access_log",
        "block_sse_c",
        "kms_key_arn",
        "object_lock",
        "policy",
        "public_access_block",
        "sse_algorithm",
        "tags_all",
        "tls_minimum",
        "versioning",
    ] {
        assert!(changed.iter().any(|name| name == hardened), "{hardened} not in {changed:?}");
    }
    for kept in ["name", "region", "arn", "id", "object_ownership", "force_destroy"] {
        assert!(!changed.iter().any(|name| name == kept), "{kept} in {changed:?}");
    }
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
}

#[tokio::test]
async fn what_we_made_is_imported_without_a_change() {
    let names = Stack::new();
    let workspace = workspace(&names.main(""));
    apply(&workspace).await;
    let alias = format!("alias/{}", names.alias);
    let key = aws().kms.describe_key().key_id(&alias).send().await.unwrap().key_metadata.unwrap();
    let bucket_arn = format!("arn:aws:s3:::{}", names.ledger);
    for (address, id) in [
        ("probity_s3_bucket.ledger", names.ledger.as_str()),
        ("probity_s3_bucket.ledger", bucket_arn.as_str()),
        ("probity_s3_bucket.logs", names.logs.as_str()),
        ("probity_kms_key.ledger", alias.as_str()),
        ("probity_kms_key.ledger", key.key_id.as_str()),
        ("probity_kms_key.ledger", key.arn.as_deref().unwrap()),
    ] {
        run(&workspace, &["state", "rm", address], 0).await;
        run(&workspace, &["import", "-no-color", address, id], 0).await;
        let plan = plan(&workspace).await;
        let changed = changed(&plan, address);
        // What AWS does not store is said again, and nothing else.
        let only = ["record_type", "deletion_window_days"];
        assert!(changed.iter().all(|name| only.contains(&name.as_str())), "{id}: {changed:?}");
    }
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
}

#[tokio::test]
async fn an_alias_that_is_taken_is_not_taken_over() {
    let aws = aws();
    let alias = unique("taken");
    let key = aws.kms.create_key().send().await.unwrap().key_metadata.unwrap();
    let name = format!("alias/{alias}");
    aws.kms.create_alias().alias_name(&name).target_key_id(&key.key_id).send().await.unwrap();
    let main = format!(
        "{PROVIDER}\nresource \"probity_kms_key\" \"k\" {{\n  alias = \"{alias}\"\n  \
         classification = \"confidential\"\n  services = [\"s3\"]\n}}\n"
    );
    let workspace = workspace(&main);
    let refused = run(&workspace, &["apply", "-auto-approve", "-no-color"], 1).await;
    assert!(refused.contains("the alias exists already"), "{refused}");
    run(&workspace, &["import", "-no-color", "probity_kms_key.k", &name], 0).await;
    let plan = plan(&workspace).await;
    assert_eq!(actions(&plan, "probity_kms_key.k"), serde_json::json!(["update"]));
    assert!(changed(&plan, "probity_kms_key.k").contains(&"policy".to_owned()));
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
}

#[tokio::test]
async fn an_id_of_something_else_is_refused_with_the_form_that_is_right() {
    let names = Stack::new();
    let workspace = workspace(&names.main(""));
    for (address, id, form) in [
        ("probity_s3_bucket.ledger", "Not_A_Bucket", "arn:aws:s3:::ledger"),
        ("probity_kms_key.ledger", "arn:aws:s3:::ledger", "alias/ledger"),
    ] {
        let refused = run(&workspace, &["import", "-no-color", address, id], 1).await;
        assert!(refused.contains(form), "{refused}");
    }
    let gone = unique("gone");
    let refused =
        run(&workspace, &["import", "-no-color", "probity_s3_bucket.ledger", &gone], 1).await;
    assert!(refused.contains("Cannot import non-existent remote object"), "{refused}");
}
