//! `probity list`: the controls of the catalog, a line each.

use clap::Args;
use probity_catalog::{Control, Mode, Severity, Target};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Format, json};
use crate::{ExitStatus, Failure, SettingsArguments, Terminal};

/// List the controls of the catalog.
///
/// The checks of published standards are listed with the framework that they belong to.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The form of the list.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    /// Only what this framework asks for, such as pss-restricted.
    #[arg(long, value_name = "FRAMEWORK")]
    framework: Option<String>,

    #[command(flatten)]
    settings: SettingsArguments,
}

/// What `probity list --format json` writes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Output of probity list")]
pub(crate) struct List<'c>(Vec<Listed<'c>>);

/// One control.
#[derive(Debug, Serialize, JsonSchema)]
struct Listed<'c> {
    /// Its id: `RET-003`.
    id: String,
    /// The required state, in words.
    title: &'c str,
    /// How bad a failure is.
    severity: Severity,
    /// Whether settings may change what follows from a failure.
    mode: Mode,
    /// What it judges.
    targets: Vec<Target>,
    /// The version of the catalog that it came with.
    since: String,
    /// The frameworks that ask for it.
    frameworks: Vec<&'c str>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Failure> {
    let selection = arguments.settings.select()?.with_framework(arguments.framework.clone());
    let snapshot = selection.snapshot()?;
    let catalog = snapshot.catalog();
    let listed: Vec<_> = snapshot
        .controls()
        .map(|control| {
            let mut frameworks: Vec<_> = catalog
                .asked_by(&control.id)
                .map(|(framework, _, _)| framework.id.as_str())
                .collect();
            frameworks.dedup();
            listed(control, frameworks)
        })
        .collect();
    match arguments.format {
        Format::Text => table(&listed, terminal)?,
        Format::Json => json(&List(listed), terminal)?,
    }
    Ok(ExitStatus::Clean)
}

fn listed<'c>(control: &'c Control, frameworks: Vec<&'c str>) -> Listed<'c> {
    Listed {
        id: control.id.to_string(),
        title: &control.title,
        severity: control.severity,
        mode: control.mode,
        targets: control.checks.iter().map(|check| check.id.target).collect(),
        since: control.since.to_string(),
        frameworks,
    }
}

fn table(listed: &[Listed<'_>], terminal: &mut Terminal<'_>) -> std::io::Result<()> {
    let palette = terminal.palette;
    let targets: Vec<String> = listed
        .iter()
        .map(|row| row.targets.iter().map(|target| target.as_str()).collect::<Vec<_>>().join(", "))
        .collect();
    let width = targets.iter().map(String::len).max().unwrap_or_default().max("TARGETS".len());
    let ids = listed.iter().map(|row| row.id.len()).max().unwrap_or_default().max("ID".len());
    let head =
        format!("{:<ids$} {:<9} {:<13} {:<width$} TITLE", "ID", "SEVERITY", "MODE", "TARGETS");
    writeln!(terminal.out, "{}", palette.strong(head))?;
    for (row, targets) in listed.iter().zip(&targets) {
        let severity = format!("{:<9}", row.severity);
        let severity = match row.severity {
            Severity::Critical => palette.error(severity),
            Severity::High => palette.warning(severity),
            _ => severity,
        };
        let id = palette.strong(format!("{:<ids$}", row.id));
        writeln!(
            terminal.out,
            "{id} {severity} {:<13} {targets:<width$} {}",
            row.mode.to_string(),
            row.title
        )?;
    }
    Ok(())
}
