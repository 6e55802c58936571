//! The command line, in this process: files and settings in, the subjects of its report out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::Parser as _;
use probity_cli::{Cli, Palette, Terminal};
use serde_json::Value;

/// Judges files together under one settings file; the subjects of each, by the file's name.
pub(crate) fn check(
    files: &BTreeMap<String, String>,
    settings: &str,
    flags: &[&str],
) -> BTreeMap<String, Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    let settings_file = folder.path().join("settings.yaml");
    fs::write(&settings_file, settings).unwrap();
    let input = folder.path().join("input");
    fs::create_dir(&input).unwrap();
    for (name, content) in files {
        fs::write(input.join(name), content).unwrap();
    }
    let report = run(&input, &settings_file, flags);
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for subject in report["subjects"].as_array().unwrap() {
        let file = Path::new(subject["file"].as_str().unwrap()).file_name().unwrap();
        found.entry(file.to_string_lossy().into_owned()).or_default().push(subject.clone());
    }
    found
}

fn run(input: &Path, settings: &Path, flags: &[&str]) -> Value {
    let (input, settings) = (input.to_str().unwrap(), settings.to_str().unwrap());
    let fixed = ["probity", "check", input, "--format", "json", "--settings", settings];
    let cli = Cli::try_parse_from(fixed.iter().chain(flags)).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    probity_cli::main(&cli, &mut Terminal::new(&mut out, &mut err, Palette::PLAIN));
    // Most cases say nothing of registries and regions, which is said.
    let err = String::from_utf8_lossy(&err);
    assert!(
        err.lines().all(|line| line.contains("-001 judges nothing, since nobody sets")),
        "{err}"
    );
    serde_json::from_slice(&out).unwrap()
}
