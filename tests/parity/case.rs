//! The cases of all controls, as subjects: what is judged, and under which settings.

use std::fs;
use std::path::{Path, PathBuf};

use probity_catalog::source::{Node, Options, Source};

/// What a case is about.
pub(crate) struct Case {
    /// Its file, for messages.
    pub(crate) name: String,
    /// The folder it is in: `pod`, `s3`, `kms`.
    pub(crate) target: String,
    /// The settings, as a settings file has them.
    pub(crate) settings: String,
    root: Node,
}

impl Case {
    /// A part of the case.
    pub(crate) fn get(&self, field: &str) -> Option<&Node> {
        self.root.get(field)
    }
}

/// The repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All cases of these targets, in order.
pub(crate) fn all(targets: &[&str]) -> Vec<Case> {
    let mut cases = Vec::new();
    for family in entries(&repository().join("shared/controls")) {
        for control in entries(&family) {
            for target in targets {
                let files = entries(&control.join("cases").join(target));
                cases.extend(files.iter().map(|file| read(file)));
            }
        }
    }
    assert!(cases.len() > 50, "only {} cases", cases.len());
    cases
}

fn read(file: &Path) -> Case {
    let bytes = fs::read(file).unwrap();
    let source = Source::new(file.display().to_string(), bytes).unwrap();
    let root = source.document(&Options { unknown_tag: true }).unwrap().root;
    let target = file.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
    let settings = root.get("settings").map_or("{}".to_owned(), |node| node.to_json().to_string());
    let shown = file.strip_prefix(repository().join("shared/controls")).unwrap_or(file);
    Case { name: shown.display().to_string(), target, settings, root }
}

/// What a folder holds, in order; nothing where there is none.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    if !folder.is_dir() {
        return Vec::new();
    }
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}
