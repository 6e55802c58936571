//! The cases of a catalog: an input and the verdict that its control must give. Run by
//! `probity test` and by our own tests; whoever writes a control writes these beside it.
//! Reads files; judges like every front end does.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write},
    fs,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};

use time::{Date, macros::date};

use crate::{
    catalog::Catalog,
    control::{Control, ControlId, Target},
    decision::{Finding, Verdict},
    evaluate::{Context, evaluate_control},
    settings::{Settings, SettingsErrors},
    snapshot::Snapshot,
    source::SourceError,
    value::Arena,
};
use case::Case;

mod case;

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
    /// What is wrong with it.
    pub said: Said,
}

/// What is said of a case that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The control says something else.
    Differs {
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
        /// What the case may have meant.
        hint: Option<String>,
    },
    /// The case itself has a mistake, shown as a compiler shows one.
    Broken(String),
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs { expected, found, .. } => {
                write!(f, "expected {expected}, found {found}")
            }
            Self::Broken(mistake) => f.write_str(mistake),
        }
    }
}

impl From<SourceError> for Said {
    fn from(error: SourceError) -> Self {
        Self::Broken(error.to_string())
    }
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
    let mut controls = Vec::new();
    run_each(catalog, folder, |control| controls.push(control));
    CaseReport { controls }
}

/// The same, control by control: whoever waits sees each as soon as its cases have been run.
pub fn run_each(catalog: &Arc<Catalog>, folder: &FilePath, mut done: impl FnMut(ControlCases)) {
    let frameworks: BTreeSet<_> =
        catalog.controls().map(|control| framework_of(catalog, control)).collect();
    let plain = |framework| snapshot(catalog, framework, Settings::default());
    let baselines = frameworks
        .into_iter()
        .filter_map(|framework| Some((framework, plain(framework).ok()?)))
        .collect();
    let runner = Runner { catalog, folder, baselines };
    catalog.controls().for_each(|control| done(runner.control(control)));
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
            title: control.title.to_string(),
            run: 0,
            failures: Vec::new(),
        };
        for (target, file) in self.files(control) {
            cases.run += 1;
            if let Err(said) = self.case(control, &target, &file) {
                let shown = file.strip_prefix(self.folder).unwrap_or(&file).display().to_string();
                cases.failures.push(CaseFailure { file: shown, said });
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

    /// Runs one case; the error is what is wrong with it.
    fn case(&self, control: &Control, target: &str, file: &FilePath) -> Result<(), Said> {
        let shown = file.display().to_string();
        let bytes = fs::read(file)
            .map_err(|error| SourceError::new(shown, format!("this cannot be read: {error}")))?;
        let case = Case::read(file, bytes)?;
        let expected = case.verdict(file)?;
        let check = control.checks.iter().find(|check| check.id.target.as_str() == target);
        let Some(target) = check.map(|check| check.id.target) else {
            let known: Vec<_> = control
                .checks
                .iter()
                .map(|check| format!("`cases/{}/`", check.id.target))
                .collect();
            let message =
                format!("{} has no check on `{target}`, whose cases these are", control.id);
            return Err(case.mistake("verdict", message, &format!("it has {}", known.join(", "))));
        };
        let framework = framework_of(self.catalog, control);
        let own = case.settings()?.map(|settings| snapshot(self.catalog, framework, settings));
        let own = own.transpose().map_err(|errors| Said::Broken(errors.to_string()))?;
        let Some(snapshot) = own.as_ref().or_else(|| self.baselines.get(&framework)) else {
            let message = "the catalog cannot be used without settings, and this case has none";
            return Err(case.mistake("verdict", message, "give the case `settings`"));
        };
        let arena = Arena::new();
        let subject = case.subject(target, &arena)?;
        let context = Context::new(case.phase(target), TODAY);
        let judged = evaluate_control(snapshot, &subject, &context, &arena, &control.id);
        let Some((found, findings)) = judged else {
            let message = format!("{} does not judge what stands here", control.id);
            return Err(case.mistake("verdict", message, "another control or kind is meant"));
        };
        compare(&case, target, expected, found, &findings)
    }
}

fn compare(
    case: &Case,
    target: Target,
    expected: Verdict,
    found: Verdict,
    findings: &[Finding],
) -> Result<(), Said> {
    let differs = |expected: String, found: String| {
        Err(Said::Differs { expected, found, hint: case.stranger(target) })
    };
    let mut worst = findings.iter().filter(|finding| finding.verdict == found);
    if expected != found {
        let mut text = found.to_string();
        for finding in worst {
            let note = finding.note.as_deref().map(|note| format!(" ({note})")).unwrap_or_default();
            let _ = write!(text, "; {} is {}{note}", finding.path, finding.found);
        }
        return differs(expected.to_string(), text);
    }
    let Some(wanted) = &case.head.finding else { return Ok(()) };
    let says = |finding: &Finding| {
        finding.path.to_string() == wanted.path
            && wanted.found.as_ref().is_none_or(|found| *found == finding.found)
    };
    if worst.clone().any(says) {
        return Ok(());
    }
    let wanted = match &wanted.found {
        Some(found) => format!("a finding that {} is {found}", wanted.path),
        None => format!("a finding at {}", wanted.path),
    };
    let other = worst.next().map_or_else(
        || "no finding".to_owned(),
        |finding| format!("{} is {}", finding.path, finding.found),
    );
    differs(wanted, other)
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
