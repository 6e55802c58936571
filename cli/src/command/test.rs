//! `probity test`: runs the cases of every control of a catalog.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Args;
use probity_catalog::{
    Catalog,
    cases::{self, CaseFailure, CaseReport, ControlCases, Said},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Format, json};
use crate::{ExitStatus, Failure, Terminal};

/// Run the cases of every control of a catalog.
///
/// Prints a line per control, and for a control that fails its first differing case, as found
/// against expected. Exit codes: 0 all as expected, 1 some not, 2 the catalog has mistakes.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The folder of the catalog, with `controls/` in it [default: the current folder].
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,

    /// The form of the report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// What `probity test --format json` writes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Output of probity test")]
pub(crate) struct Report {
    /// The catalog that was tested.
    catalog: Tested,
    /// Its controls, in their order.
    controls: Vec<Control>,
    /// How many cases were run.
    cases: usize,
    /// How many of them were not as expected.
    failed: usize,
}

/// The catalog that was tested.
#[derive(Debug, Serialize, JsonSchema)]
struct Tested {
    /// Its version.
    version: String,
    /// The SHA-256 of its files.
    digest: String,
}

/// What the cases of one control showed.
#[derive(Debug, Serialize, JsonSchema)]
struct Control {
    /// Its id: `RET-003`.
    id: String,
    /// The required state, in words.
    title: String,
    /// How many cases it has.
    cases: usize,
    /// Those that are not as they must be.
    failures: Vec<Failed>,
}

/// A case that is not as it must be: another verdict than expected, or a mistake in the case.
#[derive(Debug, Serialize, JsonSchema)]
struct Failed {
    /// Its file, below the folder that was tested.
    file: String,
    /// What it says must be found.
    expected: Option<String>,
    /// What was found.
    found: Option<String>,
    /// What the case may have meant.
    note: Option<String>,
    /// The mistake in the case, as a compiler shows one.
    mistake: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Failure> {
    let start = Instant::now();
    let folder = arguments.folder.clone().unwrap_or_else(|| PathBuf::from("."));
    if !folder.join("controls").is_dir() {
        let message = format!("there is no folder `controls` in `{}`", folder.display());
        return Err(Failure::Usage(message));
    }
    let catalog = Arc::new(Catalog::load(&folder)?);
    let mut report = CaseReport::default();
    let mut shown = Ok(());
    cases::run_each(&catalog, &folder, |control| {
        if shown.is_ok() && arguments.format == Format::Text {
            shown = show(&control, terminal);
        }
        report.controls.push(control);
    });
    shown?;
    let status = if report.failed() == 0 { ExitStatus::Clean } else { ExitStatus::Findings };
    match arguments.format {
        Format::Text => summary(&catalog, &report, start.elapsed(), terminal)?,
        Format::Json => json(&document(&catalog, report), terminal)?,
    }
    Ok(status)
}

/// What it all adds up to.
fn summary(
    catalog: &Catalog,
    report: &CaseReport,
    elapsed: Duration,
    terminal: &mut Terminal<'_>,
) -> std::io::Result<()> {
    let (controls, run, failed) = (report.controls.len(), report.run(), report.failed());
    let passed = run - failed;
    let plural = if controls == 1 { "control" } else { "controls" };
    let summary = format!("{controls} {plural}, {run} cases: {passed} as expected, {failed} not");
    let palette = terminal.palette;
    let summary = if failed == 0 { palette.good(summary) } else { palette.error(summary) };
    let catalog = format!("catalog {} ({})", catalog.version(), catalog.short_digest());
    writeln!(terminal.out, "\n{summary}")?;
    writeln!(terminal.out, "{catalog}; {} ms", elapsed.as_millis())
}

fn document(catalog: &Catalog, report: CaseReport) -> Report {
    let (cases, failed) = (report.run(), report.failed());
    let (version, digest) = (catalog.version().to_string(), catalog.digest().to_owned());
    let control = |own: ControlCases| Control {
        id: own.control.to_string(),
        title: own.title,
        cases: own.run,
        failures: own.failures.into_iter().map(failed_case).collect(),
    };
    let controls = report.controls.into_iter().map(control).collect();
    Report { catalog: Tested { version, digest }, controls, cases, failed }
}

fn failed_case(CaseFailure { file, said }: CaseFailure) -> Failed {
    match said {
        Said::Differs { expected, found, hint } => {
            Failed { file, expected: Some(expected), found: Some(found), note: hint, mistake: None }
        }
        Said::Broken(mistake) => {
            Failed { file, expected: None, found: None, note: None, mistake: Some(mistake) }
        }
    }
}

fn show(cases: &ControlCases, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
    let ControlCases { control, title, run, failures } = cases;
    let palette = terminal.palette;
    let count = match (run, failures.len()) {
        (1, 0) => "1 case".to_owned(),
        (run, 0) => format!("{run} cases"),
        (run, failed) => format!("{failed} of {run} cases differ"),
    };
    let mark = if failures.is_empty() { palette.good("ok  ") } else { palette.error("FAIL") };
    writeln!(terminal.out, "{mark} {} {title}, {count}", palette.strong(control))?;
    if let Some(first) = failures.first() {
        match &first.said {
            Said::Differs { expected, found, hint } => {
                writeln!(terminal.out, "     {}", first.file)?;
                said("expected", expected, terminal)?;
                said("found", found, terminal)?;
                hint.as_ref().map_or(Ok(()), |hint| said("note", hint, terminal))?;
            }
            Said::Broken(mistake) => {
                for line in mistake.lines() {
                    writeln!(terminal.out, "     {line}")?;
                }
            }
        }
    }
    // Where a person watches, each control is seen as soon as it is done.
    if terminal.watched {
        terminal.out.flush()?;
    }
    Ok(())
}

fn said(label: &str, text: &str, terminal: &mut Terminal<'_>) -> std::io::Result<()> {
    for (number, line) in text.lines().enumerate() {
        let label = if number == 0 { label } else { "" };
        writeln!(terminal.out, "       {label:<8} {line}")?;
    }
    Ok(())
}
