//! What goes over the wire, and in which order: emulators accept what AWS refuses.

use std::process::Stdio;
use std::time::Duration;

use harness::recorder::{Call, REQUEST_ID, Recorder};
use harness::terraform::{Run, Workspace};
use tokio::process::Command;

use crate::fixture::{Stack, apply, destroy, plan_is_empty, run, stack};

async fn recorded(main: &str) -> (Recorder, Workspace) {
    let recorder = Recorder::start(&stack().endpoint()).await;
    let environment = recorder.in_front(stack().environment());
    (recorder, Workspace::overriding(main, environment))
}

/// Those of the calls so far that are among `operations`.
fn among(recorder: &Recorder, operations: &[&str]) -> Vec<String> {
    let calls = recorder.calls().into_iter().map(|call| call.operation);
    calls.filter(|operation| operations.contains(&operation.as_str())).collect()
}

#[tokio::test]
async fn no_moment_is_open_and_nothing_is_sent_that_aws_refuses() {
    let names = Stack::new();
    let (recorder, workspace) = recorded(&names.main("")).await;
    apply(&workspace).await;

    let calls = recorder.calls();
    let of_ledger: Vec<_> = calls.iter().filter(|call| call.resource == names.ledger).collect();
    // Existing buckets are looked for before one is made.
    assert_eq!(of_ledger[0].operation, "s3:HeadBucket");
    assert_eq!(
        recorder.writes(&names.ledger),
        [
            "s3:CreateBucket",
            "s3:PutPublicAccessBlock",
            "s3:PutBucketEncryption",
            "s3:PutBucketPolicy",
            "s3:PutObjectLockConfiguration",
            "s3:PutBucketLifecycleConfiguration",
            "s3:PutBucketLogging",
        ]
    );
    assert_eq!(
        recorder.writes(&names.logs),
        [
            "s3:CreateBucket",
            "s3:PutPublicAccessBlock",
            "s3:PutBucketVersioning",
            "s3:PutBucketEncryption",
            "s3:PutBucketPolicy",
            "s3:PutBucketLifecycleConfiguration",
        ]
    );
    let created = of_ledger.iter().find(|call| call.operation == "s3:CreateBucket").unwrap();
    assert_eq!(created.header("x-amz-object-ownership"), Some("BucketOwnerEnforced"));
    assert_eq!(created.header("x-amz-bucket-object-lock-enabled"), Some("true"));
    assert!(created.header("x-amz-acl").is_none());
    assert!(created.body.contains("<LocationConstraint>eu-central-1<"), "{}", created.body);
    assert!(created.body.contains("DataClassification"), "{}", created.body);
    // The owner is named by every call but those that come before there is one.
    for call in of_ledger.iter().filter(|call| {
        !call.operation.ends_with("eBucket") && !call.operation.ends_with("HeadBucket")
    }) {
        assert_eq!(call.header("x-amz-expected-bucket-owner"), Some("000000000000"), "{call:?}");
    }
    let encrypted = of_ledger.iter().find(|call| call.operation == "s3:PutBucketEncryption");
    assert!(encrypted.unwrap().body.contains("arn:aws:kms:"));
    let logged = of_ledger.iter().find(|call| call.operation == "s3:PutBucketLogging").unwrap();
    assert!(!logged.body.contains("TargetGrants"), "{}", logged.body);
    // S3 delivers no logs into a bucket under a key, or with a lock.
    let logs: Vec<_> = calls.iter().filter(|call| call.resource == names.logs).collect();
    let encryption = logs.iter().find(|call| call.operation == "s3:PutBucketEncryption").unwrap();
    assert!(encryption.body.contains("AES256") && !encryption.body.contains("aws:kms"));
    assert!(!logs.iter().any(|call| call.operation == "s3:PutObjectLockConfiguration"));

    // A key is never open, and nothing finds it before it is hardened.
    let steps = ["kms:CreateKey", "kms:PutKeyPolicy", "kms:EnableKeyRotation", "kms:CreateAlias"];
    assert_eq!(
        among(&recorder, &steps),
        ["kms:CreateKey", "kms:EnableKeyRotation", "kms:CreateAlias"]
    );
    let key = calls.iter().find(|call| call.operation == "kms:CreateKey").unwrap();
    assert!(key.body.contains("\"Policy\""), "{}", key.body);

    // A plan of nothing writes nothing, and looks at each part once.
    recorder.forget();
    plan_is_empty(&workspace).await;
    assert_eq!(recorder.writes(&names.ledger), Vec::<String>::new());
    let mut reads: Vec<String> = recorder
        .calls()
        .into_iter()
        .filter(|c| c.resource == names.ledger)
        .map(|c| c.operation)
        .collect();
    reads.sort();
    let before = reads.len();
    reads.dedup();
    assert_eq!(reads.len(), before, "a call was made twice: {reads:?}");

    // The alias goes first: it would live through the waiting period.
    recorder.forget();
    destroy(&workspace).await;
    let ended = among(&recorder, &["kms:DeleteAlias", "kms:ScheduleKeyDeletion"]);
    assert_eq!(ended, ["kms:DeleteAlias", "kms:ScheduleKeyDeletion"]);
}

#[tokio::test]
async fn us_east_1_is_the_one_region_that_is_not_named() {
    let names = Stack::new();
    let main = names
        .main("")
        .replace("regimes = [\"sox\"]", "regimes = [\"sox\"]\n  region = \"us-east-1\"");
    let (recorder, workspace) = recorded(&main).await;
    apply(&workspace).await;
    let calls = recorder.calls();
    let created = calls.iter().find(|call| call.operation == "s3:CreateBucket").unwrap();
    assert!(!created.body.contains("LocationConstraint"), "{}", created.body);
    plan_is_empty(&workspace).await;
}

#[tokio::test]
async fn a_busy_bucket_is_waited_for() {
    let names = Stack::new();
    let (recorder, workspace) = recorded(&names.main("")).await;
    recorder.refuse("s3:PutBucketPolicy", &names.ledger, 1, 409, "OperationAborted");
    recorder.refuse("s3:PutBucketEncryption", &names.ledger, 2, 404, "NoSuchBucket");
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
    let writes = recorder.writes(&names.ledger);
    let count = |name: &str| writes.iter().filter(|write| *write == name).count();
    assert_eq!(count("s3:PutBucketPolicy"), 2);
    assert_eq!(count("s3:PutBucketEncryption"), 3);
}

#[tokio::test]
async fn what_was_created_before_a_failure_is_in_the_state_and_goes_on_from_there() {
    let names = Stack::new();
    let (recorder, workspace) = recorded(&names.main("")).await;
    recorder.refuse("s3:PutBucketPolicy", &names.ledger, 1, 403, "AccessDenied");
    let failed = run(&workspace, &["apply", "-auto-approve", "-no-color"], 1).await;
    assert!(failed.contains("s3:PutBucketPolicy"), "{failed}");
    assert!(failed.contains("request id") && failed.contains(REQUEST_ID), "{failed}");
    let state =
        run(&workspace, &["state", "show", "-no-color", "probity_s3_bucket.ledger"], 0).await;
    assert!(state.contains(&format!("\"{}\"", names.ledger)), "{state}");
    // Tainted: Terraform destroys it and makes it anew, which the user sees and may undo.
    run(&workspace, &["untaint", "probity_s3_bucket.ledger"], 0).await;
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
}

#[tokio::test]
async fn an_update_that_fails_half_way_says_how_far_it_came() {
    let names = Stack::new();
    let (recorder, workspace) = recorded(&names.main("")).await;
    apply(&workspace).await;
    let change = "  tags = { Team = \"books\" }\n  tls_minimum = \"1.3\"\n";
    workspace.write("main.tf", &names.main(change));
    recorder.refuse("s3:PutBucketTagging", &names.ledger, 1, 403, "AccessDenied");
    run(&workspace, &["apply", "-auto-approve", "-no-color"], 1).await;
    let state =
        run(&workspace, &["state", "show", "-no-color", "probity_s3_bucket.ledger"], 0).await;
    assert!(state.contains("tls_minimum") && state.contains("\"1.3\""), "{state}");
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
}

#[tokio::test]
async fn an_interrupted_apply_stops_waiting_and_loses_nothing() {
    let names = Stack::new();
    let (recorder, workspace) = recorded(&names.main("")).await;
    // Busy for longer than anybody waits: without the interruption this takes five minutes.
    recorder.refuse("s3:PutBucketPolicy", &names.ledger, usize::MAX, 409, "OperationAborted");
    let mut command = workspace.command(&["apply", "-auto-approve", "-no-color"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = command.spawn().expect("terraform runs");
    let pid = running.id().expect("it has not ended").to_string();
    let refused =
        |call: &Call| call.operation == "s3:PutBucketPolicy" && call.resource == names.ledger;
    for _ in 0..600 {
        if recorder.calls().iter().any(refused) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let sent = Command::new("kill").args(["-INT", &pid]).status().await.expect("kill runs");
    assert!(sent.success());
    let patience = Duration::from_mins(1);
    let ended = tokio::time::timeout(patience, running.wait_with_output()).await;
    let run = Run::of(ended.expect("it stops when it is asked to").expect("it can be waited for"));
    assert_eq!(run.code, Some(1), "{}", run.printed);
    assert!(run.printed.contains("stopped before it was done"), "{}", run.printed);
    let address = "probity_s3_bucket.ledger";
    let state = workspace.run(&["state", "show", "-no-color", address]).await.expect("it runs");
    assert!(state.printed.contains(&format!("\"{}\"", names.ledger)), "{}", state.printed);
}
