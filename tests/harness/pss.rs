//! The cases of the Pod Security Standards' checks, as pods: for every suite that asks somebody
//! else about them, or puts them elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use probity_catalog::source::{Options, Source};
use serde_json::{Value as Json, json};

/// A pod and what one check of the standards says of it.
#[derive(Clone, Debug)]
pub struct PodCase {
    /// The file, for messages.
    pub file: String,
    /// The control: `PSS-hostPorts`.
    pub control: String,
    /// Whether the check refuses the pod.
    pub refused: bool,
    /// The pod, nulls left out.
    pub pod: Json,
}

/// All cases, in order.
pub fn cases() -> Vec<PodCase> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/controls/pss");
    let mut cases = Vec::new();
    for control in entries(&root) {
        for file in entries(&control.join("cases/pod")) {
            let shown = file.strip_prefix(&root).unwrap_or(&file).display().to_string();
            cases.push(read(&file, shown));
        }
    }
    assert!(cases.len() > 300, "only {} cases", cases.len());
    cases
}

fn read(file: &Path, shown: String) -> PodCase {
    let bytes = fs::read(file).expect("a case can be read");
    let source = Source::new(shown.as_str(), bytes).expect("a case is text");
    let root = source.document(&Options::default()).expect("a case is YAML").root;
    let verdict = root.get("verdict").and_then(|word| word.as_str()).expect("a verdict");
    let mut pod = match (root.get("object"), root.get("pod")) {
        (Some(object), None) => object.to_json(),
        (None, Some(spec)) => json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "case" },
            "spec": spec.to_json(),
        }),
        _ => panic!("{shown}: neither `object` nor `pod`, or both"),
    };
    drop_nulls(&mut pod);
    let folder = shown.split('/').next().unwrap_or_default();
    let control = folder.splitn(3, '-').take(2).collect::<Vec<_>>().join("-");
    PodCase { refused: verdict == "fail", control, pod, file: shown }
}

/// What is null is not there, for everybody.
fn drop_nulls(value: &mut Json) {
    match value {
        Json::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Json::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).expect("a folder of cases");
    let mut entries: Vec<_> = read.map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries
}
