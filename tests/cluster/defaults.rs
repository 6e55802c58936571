//! The table of defaults against a real API server: what it shows to a webhook is what we take it
//! to show.

use std::fs;

use harness::defaults::{objects, seen, seen_file, sent};
use serde_json::Value;

use crate::stage::Stage;

/// What differs from one creation to the next.
const VOLATILE: [&str; 5] =
    ["uid", "creationTimestamp", "managedFields", "resourceVersion", "namespace"];

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_defaults_holds() {
    // Nobody but the API server has a hand in it: the namespace is not judged.
    let Some(stage) = Stage::labelled("defaults", &[]).await else { return };
    let mut wrong = Vec::new();
    for name in objects() {
        // The cluster has no service accounts; what their plugin does is written down by hand.
        if name == "service-account-plugin" {
            continue;
        }
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
