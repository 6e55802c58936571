//! The files of a catalog: found in a folder or unpacked from the library, in one order, with
//! one digest over both. Knows names and bytes, not what is in them. Called by `load`.

use std::path::Path as FilePath;

use sha2::{Digest, Sha256};

use crate::source::SourceError;

/// One file, named relative to the catalog's folder with forward slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// The names of the single files at the top of a catalog.
pub(super) const CLASSIFICATION: &str = "classification.yaml";
pub(super) const ENVIRONMENTS: &str = "environments.yaml";
pub(super) const RELEASES: &str = "releases.yaml";

/// All files of the catalog in `folder`, by name; cases are left out.
pub(super) fn read_folder(folder: &FilePath) -> Result<Vec<File>, Vec<SourceError>> {
    let mut names = Vec::new();
    let mut errors = Vec::new();
    for top in ["controls", "frameworks", "regimes"] {
        walk(folder, top, &mut names, &mut errors);
    }
    names.extend([CLASSIFICATION, ENVIRONMENTS, RELEASES].map(str::to_owned));
    names.sort_unstable();
    let mut files = Vec::new();
    for name in names {
        let path = folder.join(&name);
        match std::fs::read(&path) {
            Ok(bytes) => files.push(File { name, bytes }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => errors.push(unreadable(&path, &error)),
        }
    }
    if files.iter().all(|file| !file.name.starts_with("controls/")) && errors.is_empty() {
        let message = "there is no control here: `controls/<family>/<ID>-<title>/control.yaml`";
        errors.push(SourceError::new(folder.display().to_string(), message));
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

fn walk(folder: &FilePath, name: &str, names: &mut Vec<String>, errors: &mut Vec<SourceError>) {
    let path = folder.join(name);
    let entries = match std::fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => return errors.push(unreadable(&path, &error)),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                errors.push(unreadable(&path, &error));
                continue;
            }
        };
        let Ok(file_name) = entry.file_name().into_string() else { continue };
        let below = format!("{name}/{file_name}");
        if entry.path().is_dir() {
            if file_name != "cases" {
                walk(folder, &below, names, errors);
            }
        } else if is_packed(&below) {
            names.push(below);
        }
    }
}

/// Whether a file belongs to the catalog proper.
fn is_packed(name: &str) -> bool {
    match name.split_once('/') {
        Some(("controls", rest)) => rest.ends_with("/control.yaml"),
        Some(("frameworks" | "regimes", rest)) => {
            FilePath::new(rest).extension().is_some_and(|extension| extension == "yaml")
        }
        _ => false,
    }
}

fn unreadable(path: &FilePath, error: &std::io::Error) -> SourceError {
    SourceError::new(path.display().to_string(), format!("cannot be read: {error}"))
}

/// The files that `build.rs` packed: name and content, each behind its length on a line.
pub(super) fn unpack(mut packed: &[u8]) -> Option<Vec<File>> {
    let mut files = Vec::new();
    while !packed.is_empty() {
        let (name, rest) = take(packed)?;
        let (bytes, rest) = take(rest)?;
        files.push(File { name: String::from_utf8(name.to_vec()).ok()?, bytes: bytes.to_vec() });
        packed = rest;
    }
    Some(files)
}

fn take(packed: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = packed.iter().position(|byte| *byte == b'\n')?;
    let (length, rest) = packed.split_at_checked(end)?;
    let length: usize = std::str::from_utf8(length).ok()?.parse().ok()?;
    rest.get(1..)?.split_at_checked(length)
}

/// The SHA-256 over the packed form of the files, in hexadecimal.
pub(super) fn digest(files: &[File]) -> String {
    let mut hasher = Sha256::new();
    for file in files {
        for part in [file.name.as_bytes(), &file.bytes] {
            hasher.update(format!("{}\n", part.len()));
            hasher.update(part);
        }
    }
    hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
        text
    })
}
