//! The table of what an API server makes of objects before a webhook sees them:
//! `fixtures/defaults/rows.yaml`, and beside it each object as written and as seen.
//!
//! Knows files and JSON. Called by the cluster suite, which holds the table against a real API
//! server, and by the parity suite, which holds the front ends against the table.

use std::fs;
use std::path::PathBuf;

use probity_catalog::source::{Options, Source};
use serde::Deserialize;
use serde_json::Value;

use crate::webhook::fixtures;

/// One row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The fields in question.
    pub field: String,
    /// Who reads them.
    pub controls: Vec<String>,
    /// The objects that show it.
    #[serde(default)]
    pub objects: Vec<String>,
    /// Why nothing is done about it.
    #[serde(default)]
    pub nothing: Option<String>,
}

/// The table.
pub fn rows() -> Vec<Row> {
    let source = source("rows.yaml");
    let document = source.document(&Options::default()).expect("the table is YAML");
    source.deserialize(&document.root).unwrap_or_else(|error| panic!("{error}"))
}

/// The names of all objects, each once.
pub fn objects() -> Vec<String> {
    let mut names: Vec<String> = rows().into_iter().flat_map(|row| row.objects).collect();
    names.sort();
    names.dedup();
    names
}

/// An object as a person writes it.
pub fn written(name: &str) -> String {
    source(&format!("{name}.yaml")).text().to_owned()
}

/// The same as kubectl sends it.
pub fn sent(name: &str) -> Value {
    let document = source(&format!("{name}.yaml")).document(&Options::default());
    document.unwrap_or_else(|error| panic!("{error}")).root.to_json()
}

/// The same as a webhook sees it.
pub fn seen(name: &str) -> Value {
    let file = seen_file(name);
    let text = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The file of [`seen`].
pub fn seen_file(name: &str) -> PathBuf {
    folder().join(format!("{name}.json"))
}

/// Where the table is.
pub fn folder() -> PathBuf {
    fixtures().join("defaults")
}

fn source(name: &str) -> Source {
    let file = folder().join(name);
    let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Source::new(file.display().to_string(), bytes).unwrap_or_else(|error| panic!("{error}"))
}
