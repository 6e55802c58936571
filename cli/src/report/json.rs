//! The report for machines: one JSON document, written as it grows. Its shape is part of the
//! interface: `cli/report.schema.json` describes it, and fields are only ever added.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use probity_catalog::{
    Action, Classification, Environment, Finding, Severity, Snapshot, Target, Verdict,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{FileReport, Judged, Place, Remark, Renderer, Totals};
use crate::{ExitStatus, profile};

/// The version of this document's shape.
pub const VERSION: u32 = 1;

/// What `probity check --format json` writes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Report of probity check")]
pub struct Report {
    /// The version of this document's shape; raised only when something is taken away.
    pub version: u32,
    /// The version of the command.
    pub probity: String,
    /// The catalog judged by.
    pub catalog: Catalog,
    /// The settings judged under.
    pub settings: Settings,
    /// Every object and resource that was judged, in the order of the input.
    pub subjects: Vec<Subject>,
    /// What is to be said of files beside the judgement.
    pub remarks: Vec<FileRemark>,
    /// Where the time went; only under `--profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<profile::Report>,
    /// What it adds up to.
    pub summary: Summary,
}

/// The catalog in use.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Catalog {
    /// Its version.
    pub version: String,
    /// The SHA-256 of its files.
    pub digest: String,
    /// How many of its controls are in force.
    pub controls: usize,
}

/// The settings judged under; a provider block in a plan may add to them for its resources.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Settings {
    /// The settings file, if there is one.
    pub file: Option<String>,
    /// The environment.
    pub environment: Environment,
    /// Whether nobody said which environment this is.
    pub environment_is_default: bool,
    /// The regimes switched on.
    pub regimes: Vec<String>,
    /// The framework judged by, where `--framework` names one.
    pub framework: Option<String>,
}

/// One object or resource and what was decided about it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Subject {
    /// The file it is in.
    pub file: String,
    /// What the checks see in it.
    pub target: Target,
    /// `Deployment`, `probity_s3_bucket`.
    pub kind: String,
    /// `apps/v1`; empty for Terraform.
    pub api_version: String,
    /// The namespace, where it is known.
    pub namespace: Option<String>,
    /// The object's name; the Terraform address.
    pub name: String,
    /// Where it starts.
    pub location: Option<Location>,
    /// The environment judged under.
    pub environment: Environment,
    /// The class judged under.
    pub classification: Classification,
    /// The strictest action of all findings; null where there is none.
    pub action: Option<Action>,
    /// How many checks passed.
    pub passed: u32,
    /// How many checks had nothing to say.
    pub not_applicable: u32,
    /// Everything that is neither a plain pass nor not applicable, the most severe first.
    pub findings: Vec<SubjectFinding>,
}

/// One finding.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SubjectFinding {
    /// The control: `RET-003`.
    pub control: String,
    /// The check: `RET-003/s3`.
    pub check: String,
    /// For the check of a published standard, the controls that answer the same: `POD-001`.
    pub reported_under: Vec<String>,
    /// The required state, in words.
    pub title: String,
    /// How bad it is, for this subject.
    pub severity: Severity,
    /// What the check said: pass-with-cap, fail, unknown, error, waived or conflict.
    #[schemars(schema_with = "verdicts")]
    pub verdict: Verdict,
    /// What follows; null where it is only to be known.
    pub action: Option<Action>,
    /// Where: `spec.containers[0].image`.
    pub path: String,
    /// The same as a JSON pointer.
    pub pointer: String,
    /// What is there.
    pub found: String,
    /// What may be there.
    pub allowed: String,
    /// Who decided what is allowed.
    pub basis: String,
    /// The requirements that ask for it.
    pub asked_by: Vec<String>,
    /// Why it matters.
    pub rationale: String,
    /// The way out.
    pub remediation: String,
    /// The inputs that are not known yet.
    pub waits_for: Vec<String>,
    /// What else is to be said.
    pub note: Option<String>,
    /// Where it stands in a file.
    pub location: Option<Location>,
}

/// A place in a file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Location {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Whether the value itself is here; otherwise this is the nearest thing above it.
    pub exact: bool,
}

/// Something about a file that is no judgement.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FileRemark {
    /// The file.
    pub file: String,
    /// What kind of remark this is.
    pub kind: RemarkKind,
    /// What is to be said.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
    /// Where.
    pub location: Option<Location>,
}

/// Kinds of remarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RemarkKind {
    /// The file, or a part of it, could not be read.
    Error,
    /// Worth knowing.
    Note,
    /// It is not ours to judge.
    Skipped,
    /// Carries a pod template and is of a kind that is not judged.
    Unjudged,
    /// Questionable, but read.
    Warning,
}

/// What it adds up to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// Objects and resources that were read, judged or not.
    pub objects: usize,
    /// Those that were judged.
    pub judged: u32,
    /// Those with at least one failure.
    pub failed: u32,
    /// Failures by severity.
    pub findings: BySeverity,
    /// Findings that refuse.
    pub denied: u32,
    /// Findings that warn.
    pub warned: u32,
    /// Findings that wait for a value.
    pub undecided: u32,
    /// Checks that could not run.
    pub errors: u32,
    /// Checks that passed.
    pub passed: u32,
    /// Files and documents left out.
    pub skipped: usize,
    /// Objects that could not be judged.
    pub unjudged: usize,
    /// Files that could not be read.
    pub unreadable: usize,
    /// The exit code: 0 clean, 1 findings, 2 could not run, 3 undecided under --strict.
    pub exit_code: u8,
    /// How long it took.
    pub milliseconds: u64,
}

/// Failures by severity.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct BySeverity {
    pub critical: u32,
    pub high: u32,
    pub medium: u32,
    pub low: u32,
    pub info: u32,
}

fn verdicts(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let words: Vec<_> = Verdict::ALL.iter().map(|verdict| verdict.as_str()).collect();
    schemars::json_schema!({ "type": "string", "enum": words })
}

/// Writes the report as it grows: the subjects of a file are forgotten once they are written.
pub struct Json<'o> {
    out: &'o mut dyn Write,
    elapsed: Box<dyn Fn() -> Duration + 'o>,
    subjects: usize,
    remarks: Vec<FileRemark>,
    catalog: Arc<probity_catalog::Catalog>,
}

impl<'o> Json<'o> {
    /// Starts a report.
    pub fn new(
        out: &'o mut dyn Write,
        snapshot: &Snapshot,
        elapsed: impl Fn() -> Duration + 'o,
    ) -> io::Result<Self> {
        writeln!(out, "{{\n  \"version\": {VERSION},")?;
        let mut report = Self {
            out,
            elapsed: Box::new(elapsed),
            subjects: 0,
            remarks: Vec::new(),
            catalog: Arc::clone(snapshot.catalog()),
        };
        report.field("probity", &env!("CARGO_PKG_VERSION"))?;
        report.field("catalog", &Catalog::from(snapshot))?;
        report.field("settings", &Settings::from(snapshot))?;
        write!(report.out, "  \"subjects\": [")?;
        Ok(report)
    }

    fn field(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        write!(self.out, "  \"{name}\": ")?;
        serde_json::to_writer(&mut *self.out, value)?;
        writeln!(self.out, ",")
    }
}

impl Renderer for Json<'_> {
    fn file(&mut self, report: &FileReport) -> io::Result<()> {
        for judged in &report.judged {
            self.out.write_all(if self.subjects == 0 { b"\n    " } else { b",\n    " })?;
            self.subjects += 1;
            let subject = subject(&report.file, judged, &self.catalog);
            serde_json::to_writer(&mut *self.out, &subject)?;
        }
        self.remarks.extend(report.remarks.iter().map(|own| remark(&report.file, own)));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self, totals: &Totals, status: ExitStatus) -> io::Result<()> {
        writeln!(self.out, "{}],", if self.subjects == 0 { "" } else { "\n  " })?;
        let remarks = std::mem::take(&mut self.remarks);
        self.field("remarks", &remarks)?;
        if let Some(profile) = &totals.profile {
            self.field("profile", profile)?;
        }
        let summary = summary(totals, status, (self.elapsed)());
        write!(self.out, "  \"summary\": ")?;
        serde_json::to_writer(&mut *self.out, &summary)?;
        writeln!(self.out, "\n}}")
    }
}

impl From<&Snapshot> for Catalog {
    fn from(snapshot: &Snapshot) -> Self {
        let catalog = snapshot.catalog();
        Self {
            version: catalog.version().to_string(),
            digest: catalog.digest().to_owned(),
            controls: snapshot.controls().count(),
        }
    }
}

impl From<&Snapshot> for Settings {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            file: snapshot.settings().file().map(str::to_owned),
            environment: snapshot.environment(),
            environment_is_default: snapshot.environment_is_default(),
            regimes: snapshot.regimes().map(|regime| regime.id.clone()).collect(),
            framework: snapshot.framework().map(|framework| framework.id.clone()),
        }
    }
}

fn subject(file: &str, judged: &Judged, catalog: &probity_catalog::Catalog) -> Subject {
    let decision = &judged.decision;
    let identity = &decision.subject;
    let places = judged.places.iter().map(Option::as_ref).chain(std::iter::repeat(None));
    Subject {
        file: file.to_owned(),
        target: identity.target,
        kind: identity.kind.to_string(),
        api_version: identity.api_version.to_string(),
        namespace: identity.namespace.clone(),
        name: identity.name.clone(),
        location: judged.place.as_ref().map(location),
        environment: decision.environment,
        classification: decision.classification,
        action: decision.action(),
        passed: decision.passed,
        not_applicable: decision.not_applicable,
        findings: decision
            .findings
            .iter()
            .zip(places)
            .map(|(own, place)| finding(own, place, catalog))
            .collect(),
    }
}

fn finding(
    finding: &Finding,
    place: Option<&Place>,
    catalog: &probity_catalog::Catalog,
) -> SubjectFinding {
    let counterparts = catalog.counterparts(&finding.control);
    SubjectFinding {
        control: finding.control.to_string(),
        check: finding.check.to_string(),
        reported_under: counterparts.map(ToString::to_string).collect(),
        title: finding.title.to_string(),
        severity: finding.severity,
        verdict: finding.verdict,
        action: finding.action,
        path: finding.path.to_string(),
        pointer: finding.path.to_pointer(),
        found: finding.found.clone(),
        allowed: finding.allowed.clone(),
        basis: finding.basis.to_string(),
        asked_by: finding.asked_by.to_vec(),
        rationale: finding.rationale.to_string(),
        remediation: finding.remediation.to_string(),
        waits_for: finding.waits_for.iter().map(ToString::to_string).collect(),
        note: finding.note.clone(),
        location: place.map(location),
    }
}

fn location(place: &Place) -> Location {
    let Place { file, line, column, exact, .. } = place;
    Location { file: file.clone(), line: *line, column: *column, exact: *exact }
}

fn remark(file: &str, remark: &Remark) -> FileRemark {
    let file = file.to_owned();
    match remark {
        Remark::Skipped { reason, help } => {
            let (message, help) = (reason.clone(), help.clone());
            FileRemark { file, kind: RemarkKind::Skipped, message, help, location: None }
        }
        Remark::Note(message) => {
            let message = message.clone();
            FileRemark { file, kind: RemarkKind::Note, message, help: None, location: None }
        }
        Remark::Warning { message, place } => {
            let (message, location) = (message.clone(), place.as_ref().map(location));
            FileRemark { file, kind: RemarkKind::Warning, message, help: None, location }
        }
        Remark::Unjudged { message, place } => {
            let (message, location) = (message.clone(), place.as_ref().map(location));
            FileRemark { file, kind: RemarkKind::Unjudged, message, help: None, location }
        }
        Remark::Error(error) => {
            let place = (error.line > 0).then(|| Location {
                file: error.file.to_string(),
                line: error.line,
                column: error.column,
                exact: true,
            });
            let (message, help) = (error.message.clone(), error.help.clone());
            FileRemark { file, kind: RemarkKind::Error, message, help, location: place }
        }
    }
}

fn summary(totals: &Totals, status: ExitStatus, elapsed: Duration) -> Summary {
    let counts = &totals.counts;
    let of = |severity: Severity| counts.by_severity.get(severity as usize).copied().unwrap_or(0);
    Summary {
        objects: totals.objects,
        judged: counts.subjects,
        failed: counts.subjects_failed,
        findings: BySeverity {
            critical: of(Severity::Critical),
            high: of(Severity::High),
            medium: of(Severity::Medium),
            low: of(Severity::Low),
            info: of(Severity::Info),
        },
        denied: counts.denied,
        warned: counts.warned,
        undecided: counts.undecided,
        errors: counts.errors,
        passed: counts.passed,
        skipped: totals.skipped,
        unjudged: totals.unjudged,
        unreadable: totals.unreadable,
        exit_code: status.code(),
        milliseconds: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
    }
}
