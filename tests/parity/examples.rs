//! The examples say of themselves what is found in them; command line and webhook must agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use harness::said::by_command;
use harness::webhook::Webhook;
use probity_catalog::source::{Options, Source};

use crate::case::{entries, repository};
use crate::command;
use crate::kubernetes::admitted;

/// `# probity: clean` or `# probity: POD-001 IMG-003`, the first line of an example.
fn promised(name: &str, text: &str) -> BTreeSet<String> {
    let line = text.lines().next().unwrap_or_default();
    let Some(controls) = line.strip_prefix("# probity: ") else {
        panic!("{name} does not begin with `# probity: …`")
    };
    let controls = controls.split_whitespace().filter(|word| *word != "clean");
    controls.map(str::to_owned).collect()
}

#[tokio::test]
async fn examples_hold_what_they_say() {
    let mut files = BTreeMap::new();
    let all = entries(&repository().join("examples/kubernetes")).into_iter();
    for file in all.filter(|file| file.extension().is_some_and(|kind| kind == "yaml")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        files.insert(name, fs::read_to_string(&file).unwrap());
    }
    assert!(files.len() >= 5, "only {} examples", files.len());
    let judged = command::check(&files, "{}", &[]);
    let webhook = Webhook::new("{}");
    for (name, text) in &files {
        let [subject] = judged[name].as_slice() else { panic!("{name} holds one object") };
        let said = by_command(subject);
        let control = |line: &String| line.split('/').next().unwrap_or_default().to_owned();
        let controls: BTreeSet<String> = said.iter().map(control).collect();
        assert_eq!(controls, promised(name, text), "{name}");
        let source = Source::new(name.clone(), text.clone()).unwrap();
        let object = source.document(&Options::default()).unwrap().root.to_json();
        assert_eq!(admitted(&webhook, &object).await, said, "{name}");
    }
}
