//! The cases of all controls, as subjects: what is judged, and under which settings.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use probity_catalog::Target;
use probity_catalog::source::{Node, Options, Source};

/// What a case is about.
pub(crate) struct Case {
    /// Its file, for messages.
    pub(crate) name: String,
    /// What it is a case of; the folder says it.
    pub(crate) target: Target,
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

/// All cases of the targets that are meant, in order.
pub(crate) fn all(meant: impl Fn(Target) -> bool) -> Vec<Case> {
    let mut cases = Vec::new();
    for family in entries(&repository().join("shared/controls")) {
        for control in entries(&family) {
            for folder in entries(&control.join("cases")) {
                let name = folder.file_name().unwrap().to_string_lossy();
                let target = Target::ALL.iter().find(|target| target.as_str() == name);
                let target = *target.unwrap_or_else(|| panic!("{} is no target", folder.display()));
                if meant(target) {
                    cases.extend(entries(&folder).iter().map(|file| read(file, target)));
                }
            }
        }
    }
    assert!(cases.len() > 300, "only {} cases", cases.len());
    cases
}

/// Says past the capture of output how much was compared.
pub(crate) fn say(what: &str) {
    // Nothing to do where even standard error is closed.
    let _ = writeln!(std::io::stderr(), "parity: {what}");
}

fn read(file: &Path, target: Target) -> Case {
    let bytes = fs::read(file).unwrap();
    let source = Source::new(file.display().to_string(), bytes).unwrap();
    let root = source.document(&Options { unknown_tag: true }).unwrap().root;
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
