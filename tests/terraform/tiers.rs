//! Lifecycle rules that move objects to cheaper classes.

use aws_sdk_s3::types as s3;
use harness::recorder::{Answer, Recorder};
use harness::terraform::Workspace;

use crate::fixture::{Stack, apply, aws, changed, plan, plan_is_empty, run, stack};

const RULES: &str = r#"  lifecycle_rules = [{
    id                                 = "tiers"
    abort_incomplete_upload_days       = 7
    expiration_days                    = 3650
    noncurrent_version_expiration_days = 3650
    transitions = [
      { days = 90, storage_class = "GLACIER" },
      { days = 30, storage_class = "STANDARD_IA" },
    ]
    noncurrent_version_transitions = [
      { days = 30, storage_class = "ONEZONE_IA", newer_versions = 3 },
    ]
  }]
"#;

const ADDRESS: &str = "probity_s3_bucket.ledger";

#[tokio::test]
async fn objects_move_to_cheaper_classes_and_a_move_that_was_changed_is_found() {
    let names = Stack::new();
    let recorder = Recorder::start(&stack().endpoint()).await;
    let environment = recorder.in_front(stack().environment());
    let workspace = Workspace::overriding(&names.main(RULES), environment);
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
    let sent = last_put(&recorder, &names.ledger);
    for part in [
        "<Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition>",
        "<Transition><Days>90</Days><StorageClass>GLACIER</StorageClass></Transition>",
        "<NewerNoncurrentVersions>3</NewerNoncurrentVersions>",
        "<Filter>",
    ] {
        assert!(sent.0.contains(part), "{part}: {}", sent.0);
    }
    assert_eq!(sent.1.as_deref(), Some("all_storage_classes_128K"));

    // Somebody moves the archive forward.
    let s3 = aws().s3;
    let found = s3.get_bucket_lifecycle_configuration().bucket(&names.ledger).send().await.unwrap();
    let mut rule = found.rules.unwrap().remove(0);
    let archive =
        s3::Transition::builder().days(60).storage_class(s3::TransitionStorageClass::Glacier);
    rule.transitions = Some(vec![rule.transitions.unwrap().remove(0), archive.build()]);
    let rules = s3::BucketLifecycleConfiguration::builder().rules(rule).build().unwrap();
    let put = s3.put_bucket_lifecycle_configuration().bucket(&names.ledger);
    put.lifecycle_configuration(rules).send().await.unwrap();
    assert_eq!(changed(&plan(&workspace).await, ADDRESS), ["lifecycle_rules"]);
    apply(&workspace).await;
    plan_is_empty(&workspace).await;

    run(&workspace, &["state", "rm", ADDRESS], 0).await;
    run(&workspace, &["import", "-no-color", ADDRESS, &names.ledger], 0).await;
    // What AWS does not store is said again.
    assert_eq!(changed(&plan(&workspace).await, ADDRESS), ["record_type"]);
}

#[tokio::test]
async fn an_older_document_keeps_the_size_from_which_objects_move() {
    let names = Stack::new();
    let recorder = Recorder::start(&stack().endpoint()).await;
    let environment = recorder.in_front(stack().environment());
    let workspace = Workspace::overriding(&names.main(RULES), environment);
    apply(&workspace).await;
    recorder.answer(Answer {
        operation: "s3:GetBucketLifecycleConfiguration",
        resource: names.ledger.clone(),
        header: Some(("x-amz-transition-default-minimum-object-size", "varies_by_storage_class")),
        body: "<LifecycleConfiguration><Rule><ID>old</ID><Status>Enabled</Status><Filter/>\
               <Expiration><Days>3000</Days></Expiration></Rule></LifecycleConfiguration>"
            .to_owned(),
        ..Answer::default()
    });
    recorder.forget();
    apply(&workspace).await;
    assert_eq!(last_put(&recorder, &names.ledger).1.as_deref(), Some("varies_by_storage_class"));
}

#[tokio::test]
async fn moves_that_s3_does_not_make_are_refused_at_validate() {
    let names = Stack::new();
    for (from, to, said) in [
        ("days = 90", "days = 45", "give 60 or more"),
        (
            "days = 30, storage_class = \"STANDARD_IA\"",
            "days = 10, storage_class = \"STANDARD_IA\"",
            "from day 30",
        ),
        ("\"GLACIER\"", "\"GLASSIER\"", "is `GLASSIER`, must"),
        ("newer_versions = 3", "newer_versions = 101", "from 1 to 100"),
    ] {
        let rules = RULES.replace(from, to);
        assert_ne!(rules, RULES);
        let workspace = crate::fixture::workspace(&names.main(&rules));
        let refused = run(&workspace, &["validate", "-no-color"], 1).await;
        assert!(refused.contains(said), "{said}: {refused}");
    }
}

/// Body and minimum size of the last lifecycle that was written.
fn last_put(recorder: &Recorder, bucket: &str) -> (String, Option<String>) {
    let calls = recorder.calls();
    let mut puts = calls
        .iter()
        .filter(|c| c.operation == "s3:PutBucketLifecycleConfiguration" && c.resource == bucket);
    let put = puts.next_back().expect("a lifecycle was written");
    let size = put.header("x-amz-transition-default-minimum-object-size");
    (put.body.clone(), size.map(str::to_owned))
}
