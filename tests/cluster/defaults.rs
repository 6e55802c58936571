//! The table of defaults against a real API server: what it shows to a webhook is what we take it
//! to show, and what the webhook then says is what the command line says of the file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use harness::cli::probity;
use harness::defaults::{folder, objects, seen, seen_file, sent};
use harness::said::{by_command, by_webhook};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::stage::{HTTP2, SETTINGS, Stage};

/// What differs from one creation to the next.
const VOLATILE: [&str; 5] =
    ["uid", "creationTimestamp", "managedFields", "resourceVersion", "namespace"];

/// The service account that objects of the table name.
const ACCOUNT: &str = "ledger";

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_defaults_holds() {
    // Nobody but the API server has a hand in it: the namespace is not judged.
    let Some(stage) = Stage::labelled("defaults", &[]).await else { return };
    stage.account(ACCOUNT, false).await;
    let mut wrong = Vec::new();
    for name in objects() {
        let answer = match stage.try_create(&sent(&name)).await {
            Ok(answer) => answer,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let mut shown = serde_json::to_value(answer).unwrap();
        settle(&mut shown);
        if std::env::var_os("PROBITY_WRITE").is_some() {
            let text = serde_json::to_string_pretty(&shown).unwrap();
            fs::write(seen_file(&name), text + "\n").unwrap();
        }
        let known = seen(&name);
        if shown != known {
            wrong.push(format!("{name}: {shown:#}\nnot {known:#}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_and_its_admission_get_the_same_verdict() {
    let Some(stage) = Stage::new("defaults-judged").await else { return };
    stage.account(ACCOUNT, false).await;
    a_file_is_judged_as_its_admission(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_mounted_before_the_webhook_is_asked_changes_no_verdict() {
    let Some(stage) = Stage::labelled("defaults-mounted", &[]).await else { return };
    stage.account(ACCOUNT, true).await;
    let default = json!({ "automountServiceAccountToken": true });
    let accounts: Api<ServiceAccount> = Api::namespaced(stage.client.clone(), &stage.namespace);
    accounts.patch("default", &PatchParams::default(), &Patch::Merge(default)).await.unwrap();
    // Before that is known to everybody nothing is mounted.
    let pod = sent("service-account-plugin");
    let deadline = Instant::now() + Duration::from_mins(1);
    while stage.try_create(&pod).await.unwrap().data["spec"].get("volumes").is_none() {
        assert!(Instant::now() < deadline, "no token is ever mounted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stage.judge(HTTP2).await;
    a_file_is_judged_as_its_admission(&stage).await;
}

async fn a_file_is_judged_as_its_admission(stage: &Stage) {
    let judged = judged(&stage.namespace);
    for name in objects() {
        // Refused or not: what was found is in the evidence.
        let answer = stage.try_create(&sent(&name)).await;
        let found = by_webhook(&stage.evidence(&name).await);
        assert_eq!(found, by_command(&judged[&name]), "{name}: {answer:?}");
    }
}

/// What the command line finds in the files of the table, by their names.
fn judged(namespace: &str) -> BTreeMap<String, Value> {
    let scratch = harness::tools::scratch();
    let settings = scratch.path().join("settings.yaml");
    fs::write(&settings, SETTINGS).unwrap();
    let files = objects().into_iter().map(|name| folder().join(name + ".yaml").into_os_string());
    let flags = ["--format", "json", "--namespace", namespace, "--settings"];
    let flags = flags.map(Into::into).into_iter().chain([settings.into_os_string()]);
    let report = probity(["check".into()].into_iter().chain(files).chain(flags)).run().json();
    let subjects = report["subjects"].as_array().unwrap().iter().map(|subject| {
        let file = Path::new(subject["file"].as_str().unwrap()).file_stem().unwrap();
        (file.to_string_lossy().into_owned(), subject.clone())
    });
    subjects.collect()
}

/// Leaves out what is made up anew for each object, and what only its controllers write.
fn settle(object: &mut Value) {
    let fields = object.as_object_mut().unwrap();
    fields.remove("status");
    let metadata = fields["metadata"].as_object_mut().unwrap();
    metadata.retain(|name, _| !VOLATILE.contains(&name.as_str()));
    drop_uids(object);
}

/// Jobs select their pods by their own uid.
fn drop_uids(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.ends_with("controller-uid"));
            fields.values_mut().for_each(drop_uids);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_uids),
        _ => {}
    }
}
