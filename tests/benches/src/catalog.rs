//! The catalogs, and the folders that the product reads them from.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use probity_catalog::{Catalog, Settings, Snapshot};
use serde::Deserialize;
use tempfile::TempDir;

/// One control.
#[derive(Clone, Debug, Deserialize)]
pub struct Control {
    /// `POD-001`
    pub id: String,
    /// The required state.
    pub title: String,
    /// `pod`, or what it walks over.
    pub each: String,
    /// The field at fault.
    pub path: String,
    /// The condition.
    pub expression: String,
    /// The same kind of condition over another constant or with an exemption: `{n}` is a number.
    pub variant: String,
}

/// The first `count` of the sixty fixed controls.
pub fn fixed(count: usize) -> Vec<Control> {
    let mut all: Vec<Control> =
        serde_json::from_str(include_str!("../fixtures/controls.json")).expect("controls.json");
    all.truncate(count);
    all
}

/// A catalog of any size: the fixed controls, fewer of them in the same mix of pods, containers and
/// loops, or beyond those their variants, each about another constant, label or exemption, as teams
/// of a bank would add them.
pub fn grown(count: usize) -> Vec<Control> {
    let fixed = fixed(60);
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let variants = (0..count.saturating_sub(fixed.len())).map(|at| {
        let origin = &fixed[at % fixed.len()];
        let family = origin.id.split('-').next().unwrap_or_default();
        let number = numbers.entry(family.to_owned()).or_insert(99);
        *number += 1;
        let variant = origin.variant.replace("{n}", &(10 + at / fixed.len()).to_string());
        Control { id: format!("{family}-{number:03}"), expression: variant, ..origin.clone() }
    });
    let every = (fixed.len() / count.max(1)).max(1);
    fixed.iter().step_by(every).take(count).cloned().chain(variants).collect()
}

/// The folder of a catalog of these controls.
pub fn folder(controls: &[Control]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut framework =
        "framework: fixed\nname: Fixed\ntitle: Fixed controls of the benchmarks\nrequirements:\n  - id: \"1\"\n    title: All of them\n    controls:\n".to_owned();
    for control in controls {
        let _ = writeln!(framework, "      {}: verified", control.id);
        write_control(folder.path(), control);
    }
    write(&folder.path().join("frameworks/fixed.yaml"), &framework);
    folder
}

/// These controls in force, without settings: production, confidential, no regime.
pub fn snapshot(controls: &[Control]) -> Snapshot {
    let catalog = Catalog::load(folder(controls).path());
    let catalog = catalog.unwrap_or_else(|errors| panic!("{errors}"));
    Snapshot::new(catalog.into(), Settings::default()).expect("nothing is set")
}

fn write_control(folder: &Path, control: &Control) {
    let Control { id, title, each, path, expression, .. } = control;
    let family = id.split('-').next().unwrap_or_default().to_lowercase();
    let slug = title.to_lowercase().replace(' ', "-");
    let own = folder.join("controls").join(family).join(format!("{id}-{slug}"));
    let each = if each == "pod" { String::new() } else { format!("\n    each: {each}") };
    // A text in JSON is one in YAML.
    let expression = serde_json::to_string(expression).expect("a text");
    let text = format!(
        "id: {id}\ntitle: {title}\nseverity: high\nmode: mandatory\nsince: 0.1.0\n\
         rationale: It is measured.\nremediation: Measure it.\n\
         links: [\"https://example.test/\"]\nchecks:\n  pod:{each}\n    \
         expression: {expression}\n    path: {path}\n    allowed: what the control asks for\n"
    );
    write(&own.join("control.yaml"), &text);
    // The loader wants to see that there are cases; nobody runs these.
    for case in ["pass-any.yaml", "fail-any.yaml"] {
        write(&own.join("cases/pod").join(case), "");
    }
}

fn write(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().expect("a file in a folder")).expect("a folder can be made");
    fs::write(file, text).expect("a file can be written");
}
