//! Any bytes as a file: reading never panics, places lie inside the file, what is read through small
//! windows says what it says at once, and what was read says the same when it is written as JSON and
//! read again.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use probity_catalog::{
    Arena,
    source::{Kind, Node, Options, Source, Windows},
};
use serde_json::{Deserializer, Value};

/// What is read through windows; none where something of it cannot be read.
fn told_through_windows(bytes: &[u8], options: Options) -> Option<Vec<String>> {
    let (mut told, mut sound) = (Vec::new(), true);
    for window in Windows::new("input", Cursor::new(bytes), 64, "items") {
        let Ok(window) = window else { return None };
        for piece in window.pieces() {
            let reading = piece.read(&options);
            sound &= reading.errors.is_empty();
            for document in reading.documents {
                let _ = piece.snippet(document.root.span);
                tell(&document.root, &mut told);
            }
        }
    }
    sound.then_some(told)
}

/// What a document says, of a list each element by itself: it may be read in parts.
fn tell(root: &Node, into: &mut Vec<String>) {
    let said = |node: &Node| {
        let (line, column) = match &node.kind {
            // What is empty may stand anywhere behind what is there.
            Kind::Null => (0, 0),
            Kind::String(text) if text.is_empty() => (0, 0),
            _ => (node.span.line, node.span.column),
        };
        format!("{line}:{column} {}", node.to_json())
    };
    let items = root.get("items").and_then(Node::as_sequence).unwrap_or_default();
    if items.is_empty() {
        return into.push(said(root));
    }
    let entries = root.as_mapping().into_iter().flat_map(|mapping| &mapping.entries);
    let around = entries.filter(|entry| entry.key != "items");
    let around: Vec<_> = around.map(|entry| (&entry.key, said(&entry.value))).collect();
    into.extend(items.iter().map(|item| format!("{} in {around:?}", said(item))));
}

/// Whether windows must read what is read at once: JSON, and YAML in which nothing can look like the
/// start of a document or of an element that it is not.
fn may_be_cut(text: &str) -> bool {
    let mut values = Deserializer::from_str(text).into_iter::<Value>();
    // A text in block style at the top may hold lines of `---` to all but kubectl.
    let hides =
        |line: &str| line.starts_with(['{', '|', '>', '!', '&']) || line.starts_with("--- ");
    let is_plain = || !text.contains(['"', '\'', '\r', '%']) && !text.lines().any(hides);
    values.all(|value| value.is_ok()) || is_plain()
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::new("input", bytes) else { return };
    let options = Options::default();
    let through_windows = told_through_windows(bytes, options);
    let documents = match source.documents(&options) {
        Ok(documents) => documents,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    if may_be_cut(source.text()) {
        let mut at_once = Vec::new();
        for document in &documents {
            tell(&document.root, &mut at_once);
        }
        assert_eq!(through_windows, Some(at_once));
    }
    for document in documents {
        let place = document.root.span;
        assert!(place.line >= 1, "lines count from one: {place:?}");
        let arena = Arena::new();
        let value = document.root.to_value(&arena);
        let Ok(json) = serde_json::to_vec(&value.to_json()) else { continue };
        let again = Source::new("again.json", json)
            .and_then(|source| source.document(&options))
            .expect("what was read can be written and read again");
        let second = Arena::new();
        assert_eq!(value.to_json(), again.root.to_value(&second).to_json());
    }
});
