//! The cases of a catalog: an input and the verdict that its control must give. Run by
//! `probity test` and by our own tests; whoever writes a control writes these beside it.
//! Reads files; judges like every front end does.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, de::IgnoredAny};
use time::{Date, macros::date};

use crate::{
    catalog::Catalog,
    control::{Control, ControlId, Target},
    decision::{Finding, Verdict},
    evaluate::{Context, Phase, evaluate_control},
    settings::{Settings, SettingsErrors},
    snapshot::Snapshot,
    source::{Node, Options, Source, SourceError},
    subject::{
        Subject,
        kubernetes::{self, RequestInfo},
        terraform::{self, Operation},
    },
    value::{Arena, Value},
};

/// The day as of which cases are judged, so that they give the same tomorrow.
const TODAY: Date = date!(2026 - 11 - 21);

/// The namespace and name of the pod that `pod:` is short for.
const NAMESPACE: &str = "payments";
const NAME: &str = "case";

/// What running all cases showed.
#[derive(Clone, Debug, Default)]
pub struct CaseReport {
    /// One entry per control, by id.
    pub controls: Vec<ControlCases>,
}

/// What the cases of one control showed.
#[derive(Clone, Debug)]
pub struct ControlCases {
    /// The control.
    pub control: ControlId,
    /// Its title.
    pub title: String,
    /// How many cases there are.
    pub run: usize,
    /// The cases that are not as they must be.
    pub failures: Vec<CaseFailure>,
}

/// A case that is not as it must be.
#[derive(Clone, Debug)]
pub struct CaseFailure {
    /// Its file, relative to the folder that was run.
    pub file: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl CaseReport {
    /// How many cases were run.
    pub fn run(&self) -> usize {
        self.controls.iter().map(|control| control.run).sum()
    }

    /// How many were not as they must be.
    pub fn failed(&self) -> usize {
        self.controls.iter().map(|control| control.failures.len()).sum()
    }
}

/// Runs every case of every control in the folder that `catalog` was loaded from.
pub fn run(catalog: &Arc<Catalog>, folder: &FilePath) -> CaseReport {
    let frameworks: BTreeSet<_> =
        catalog.controls().map(|control| framework_of(catalog, control)).collect();
    let plain = |framework| snapshot(catalog, framework, Settings::default());
    let baselines = frameworks
        .into_iter()
        .filter_map(|framework| Some((framework, plain(framework).ok()?)))
        .collect();
    let runner = Runner { catalog, folder, baselines };
    let controls = catalog.controls().map(|control| runner.control(control)).collect();
    CaseReport { controls }
}

struct Runner<'r> {
    catalog: &'r Arc<Catalog>,
    folder: &'r FilePath,
    /// The snapshots of all cases without settings of their own, by framework.
    baselines: BTreeMap<Option<&'r str>, Snapshot>,
}

/// The framework by which the check of a standard is judged; none for a control of our own.
fn framework_of<'c>(catalog: &'c Catalog, control: &'c Control) -> Option<&'c str> {
    control.id.standard_check()?;
    catalog.asked_by(&control.id).next().map(|(framework, ..)| framework.id.as_str())
}

fn snapshot(
    catalog: &Arc<Catalog>,
    framework: Option<&str>,
    settings: Settings,
) -> Result<Snapshot, SettingsErrors> {
    let catalog = Arc::clone(catalog);
    match framework {
        Some(framework) => Snapshot::of_framework(catalog, settings, framework),
        None => Snapshot::new(catalog, settings),
    }
}

impl Runner<'_> {
    fn control(&self, control: &Control) -> ControlCases {
        let mut cases = ControlCases {
            control: control.id.clone(),
            title: control.title.clone(),
            run: 0,
            failures: Vec::new(),
        };
        for (target, file) in self.files(control) {
            cases.run += 1;
            if let Err((expected, found)) = self.case(control, &target, &file) {
                let shown = file.strip_prefix(self.folder).unwrap_or(&file).display().to_string();
                cases.failures.push(CaseFailure { file: shown, expected, found });
            }
        }
        cases
    }

    /// The case files of a control with the names of their targets, in a fixed order.
    fn files(&self, control: &Control) -> Vec<(String, PathBuf)> {
        let family = control.id.family().to_ascii_lowercase();
        let prefix = format!("{}-", control.id);
        let mut files = Vec::new();
        for (name, folder) in entries(&self.folder.join("controls").join(family)) {
            if !name.starts_with(&prefix) {
                continue;
            }
            for (target, folder) in entries(&folder.join("cases")) {
                let cases = entries(&folder).into_iter();
                files.extend(
                    cases
                        .filter(|(name, _)| {
                            FilePath::new(name).extension().is_some_and(|e| e == "yaml")
                        })
                        .map(|(_, file)| (target.clone(), file)),
                );
            }
        }
        files
    }

    /// Runs one case; the error is what was expected and what was found.
    fn case(&self, control: &Control, target: &str, file: &FilePath) -> Result<(), Difference> {
        let unreadable = |error: &dyn std::fmt::Display| different("a case", error.to_string());
        let bytes = fs::read(file).map_err(|error| unreadable(&error))?;
        let case = Case::read(file, bytes).map_err(|error| unreadable(&error))?;
        let expected = verdict(&case.head.verdict)?;
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let spelt = expected.as_str();
        if !stem.strip_prefix(spelt).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
            return Err(different(format!("a file name that begins with `{spelt}-`"), stem));
        }
        let target: Target =
            target.parse().map_err(|error| different("a target", format!("{error}")))?;
        let framework = framework_of(self.catalog, control);
        let own = case.settings()?.map(|settings| snapshot(self.catalog, framework, settings));
        let own = own.transpose().map_err(|errors| different("settings", errors.to_string()))?;
        let Some(snapshot) = own.as_ref().or_else(|| self.baselines.get(&framework)) else {
            return Err(different("a baseline", "none"));
        };
        let arena = Arena::new();
        let subject = case.subject(target, &arena)?;
        let context = Context::new(case.phase(target), TODAY);
        let Some((found, findings)) =
            evaluate_control(snapshot, &subject, &context, &arena, &control.id)
        else {
            return Err(different(format!("a check on {target}"), "none"));
        };
        compare(&case, expected, found, &findings)
    }
}

/// What was expected, and what was found.
type Difference = (String, String);

fn different(expected: impl Into<String>, found: impl Into<String>) -> Difference {
    (expected.into(), found.into())
}

fn verdict(word: &str) -> Result<Verdict, Difference> {
    let known = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word);
    known.ok_or_else(|| different("a verdict", format!("`{word}`")))
}

fn compare(
    case: &Case,
    expected: Verdict,
    found: Verdict,
    findings: &[Finding],
) -> Result<(), Difference> {
    let worst = findings.iter().filter(|finding| finding.verdict == found);
    if expected != found {
        let mut text = found.to_string();
        for finding in worst {
            let note = finding.note.as_deref().map(|note| format!(" ({note})")).unwrap_or_default();
            let _ = write!(text, "; {} is {}{note}", finding.path, finding.found);
        }
        return Err(different(expected.as_str(), text));
    }
    let Some(wanted) = &case.head.finding else { return Ok(()) };
    let mut worst = worst;
    let says = |finding: &Finding| {
        finding.path.to_string() == wanted.path
            && wanted.found.as_ref().is_none_or(|found| *found == finding.found)
    };
    if worst.clone().any(says) {
        return Ok(());
    }
    let wanted = match &wanted.found {
        Some(found) => format!("{} is {found}", wanted.path),
        None => format!("a finding at {}", wanted.path),
    };
    let other = worst.next().map_or_else(
        || "no finding".to_owned(),
        |finding| format!("{} is {}", finding.path, finding.found),
    );
    Err(different(wanted, other))
}

/// A case as written.
struct Case {
    source: Source,
    root: Node,
    head: Head,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    verdict: String,
    #[serde(default)]
    finding: Option<WantedFinding>,
    #[serde(default)]
    action: Option<String>,
    #[serde(default, rename = "settings")]
    _settings: Option<IgnoredAny>,
    #[serde(default, rename = "object")]
    _object: Option<IgnoredAny>,
    #[serde(default, rename = "pod")]
    _pod: Option<IgnoredAny>,
    #[serde(default, rename = "old_object")]
    _old_object: Option<IgnoredAny>,
    #[serde(default, rename = "request")]
    _request: Option<IgnoredAny>,
    #[serde(default, rename = "namespace")]
    _namespace: Option<IgnoredAny>,
    #[serde(default, rename = "resource")]
    _resource: Option<IgnoredAny>,
    #[serde(default, rename = "prior")]
    _prior: Option<IgnoredAny>,
    #[serde(default, rename = "provider")]
    _provider: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedFinding {
    path: String,
    #[serde(default)]
    found: Option<String>,
}

impl Case {
    fn read(file: &FilePath, bytes: Vec<u8>) -> Result<Self, SourceError> {
        let source = Source::new(file.display().to_string(), bytes)?;
        let document = source.document(&Options { unknown_tag: true })?;
        let head = source.deserialize(&document.root)?;
        Ok(Self { source, root: document.root, head })
    }

    fn settings(&self) -> Result<Option<Settings>, Difference> {
        let node = self.root.get("settings").cloned();
        node.map(|node| Settings::from_node(self.source.clone(), node))
            .transpose()
            .map_err(|errors| different("settings", errors.to_string()))
    }

    fn value<'a>(&self, key: &str, arena: &'a Arena) -> Option<Value<'a>> {
        self.root.get(key).map(|node| node.to_value(arena))
    }

    fn phase(&self, target: Target) -> Phase {
        if target.is_terraform() {
            Phase::Plan
        } else if self.root.get("request").is_some() || self.root.get("old_object").is_some() {
            Phase::Admission
        } else {
            Phase::Offline
        }
    }

    fn subject<'a>(&self, target: Target, arena: &'a Arena) -> Result<Subject<'a>, Difference> {
        match target.resource_type() {
            Some(type_name) => self.resource(type_name, arena),
            None => self.object(arena),
        }
    }

    fn resource<'a>(&self, type_name: &str, arena: &'a Arena) -> Result<Subject<'a>, Difference> {
        let operation = match self.head.action.as_deref() {
            None | Some("create") => Operation::Create,
            Some("update") => Operation::Update,
            Some("delete") => Operation::Delete,
            Some("replace") => Operation::Replace,
            Some(word) => {
                let expected = "one of create, update, delete, replace";
                return Err(different(expected, format!("`{word}`")));
            }
        };
        let value = |key: &str| self.value(key, arena);
        terraform::subject(
            type_name,
            value("resource").ok_or_else(|| different("a `resource`", "none"))?,
            value("prior").unwrap_or_default(),
            operation,
            &format!("{type_name}.{NAME}"),
            value("provider").unwrap_or(Value::Unknown),
            arena,
        )
        .ok_or_else(|| different("a resource that is judged", type_name))
    }

    fn object<'a>(&self, arena: &'a Arena) -> Result<Subject<'a>, Difference> {
        let object = match (self.value("object", arena), self.value("pod", arena)) {
            (Some(object), None) => object,
            (None, Some(spec)) => pod_of(spec, arena),
            _ => return Err(different("either an `object` or a `pod`", "none or both")),
        };
        let request = self.value("request", arena);
        let info = RequestInfo {
            old_object: self.value("old_object", arena).unwrap_or_default(),
            namespace_object: self.value("namespace", arena).unwrap_or(Value::Unknown),
            ..request.map_or(RequestInfo::offline(None), RequestInfo::admission)
        };
        let mut judged = kubernetes::subjects(object, &info, arena).judged;
        match (judged.pop(), judged.pop()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(different("an object that is judged", "none")),
            (Some(_), Some(_)) => Err(different("one object", "several")),
        }
    }
}

fn pod_of<'a>(spec: Value<'a>, arena: &'a Arena) -> Value<'a> {
    let metadata = [("name", Value::String(NAME)), ("namespace", Value::String(NAMESPACE))];
    Value::Map(arena.alloc_slice_copy(&[
        ("apiVersion", Value::String("v1")),
        ("kind", Value::String("Pod")),
        ("metadata", Value::Map(arena.alloc_slice_copy(&metadata))),
        ("spec", spec),
    ]))
}

/// What a folder holds, by name; nothing where there is no folder.
fn entries(folder: &FilePath) -> Vec<(String, PathBuf)> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
        .collect();
    entries.sort();
    entries
}
