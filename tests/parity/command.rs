//! The command line, in this process: files and settings in, the subjects of its report out; and
//! its gate, behind which a subject is judged, for what no file says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use probity_catalog::subject::kubernetes::RequestInfo;
use probity_catalog::{Arena, Catalog, Context, Phase, Settings, Snapshot, Value as Fact};
use probity_cli::gate::Gate;
use probity_cli::report::{FileReport, Judged, Renderer as _, Totals, json::Json};
use probity_cli::{Cli, ExitStatus, Palette, Terminal};
use serde_json::Value;
use time::OffsetDateTime;

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

/// Reviews at the gate of the command line.
pub(crate) struct AtGate(Gate);

impl AtGate {
    /// Under the text of a settings file.
    pub(crate) fn new(settings: &str) -> Self {
        let settings = Settings::parse(settings, "settings.yaml").unwrap();
        let snapshot = Snapshot::new(Catalog::embedded().unwrap(), settings).unwrap();
        let today = OffsetDateTime::now_utc().date();
        Self(Gate {
            snapshot: Arc::new(snapshot),
            context: Context::new(Phase::Admission, today),
            mutate: false,
            namespace: None,
            secrets: None,
            profile: None,
        })
    }

    /// The subjects of a report on the object of a review, under the facts that the review carries.
    pub(crate) fn judged(&self, review: &Value, mutate: bool) -> Vec<Value> {
        let arena = Arena::new();
        let gate = Gate { mutate, ..self.0.clone() };
        let request = Fact::from_json(&review["request"], &arena);
        let object = request.get("object").unwrap();
        let judged = gate.request(object, &RequestInfo::admission(request), &arena).judged;
        let places = |count| (0..count).map(|_| None).collect();
        let judged = judged.into_iter().map(|object| Judged {
            place: None,
            places: places(object.decision.findings.len()),
            decision: object.decision,
        });
        let file = FileReport { judged: judged.collect(), ..FileReport::new("review") };
        let mut written = Vec::new();
        let mut report = Json::new(&mut written, &gate.snapshot, || Duration::ZERO).unwrap();
        report.file(&file).unwrap();
        report.finish(&Totals::default(), ExitStatus::Clean).unwrap();
        drop(report);
        let report: Value = serde_json::from_slice(&written).unwrap();
        report["subjects"].as_array().unwrap().clone()
    }
}
