//! `probity framework`: what a framework asks for, and how much of it the catalog checks.

use std::io;

use clap::Args;
use probity_catalog::{
    Catalog, Control, ControlId, Severity, Target,
    catalog::{Basis, Coverage, Framework, Requirement},
    source::nearest,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Format, json};
use crate::{ExitStatus, Failure, Palette, SettingsArguments, Terminal};

/// Show what a framework asks for, and how much of it the catalog checks.
///
/// Without a name, lists the frameworks. A requirement is covered in full, in part, not yet, or
/// cannot be checked by machine; in full only where the ground for saying so is given.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The framework, such as pci-dss.
    #[arg(value_name = "FRAMEWORK")]
    id: Option<String>,

    /// The form of the answer.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    #[command(flatten)]
    settings: SettingsArguments,
}

/// What `probity framework --format json` writes: all frameworks, or the one that was named.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Output of probity framework")]
#[serde(untagged)]
pub(crate) enum Answer<'c> {
    All(Vec<Shown<'c>>),
    One(Shown<'c>),
}

/// One framework.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Shown<'c> {
    /// Its id: `pci-dss`.
    framework: &'c str,
    /// Its short name.
    name: &'c str,
    /// Its full name.
    title: &'c str,
    /// Whether every requirement of it is listed.
    complete: bool,
    /// How many of its requirements are covered how.
    counts: Counts,
    /// Its requirements; only where one framework is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    requirements: Option<Vec<ShownRequirement<'c>>>,
}

/// How many of the requirements that are known here are covered how.
#[derive(Debug, Serialize, JsonSchema)]
struct Counts {
    /// In full.
    full: usize,
    /// In part.
    part: usize,
    /// Not yet.
    none: usize,
    /// Not by machine.
    manual: usize,
}

/// One requirement.
#[derive(Debug, Serialize, JsonSchema)]
struct ShownRequirement<'c> {
    /// Its number in the framework.
    id: &'c str,
    /// What it asks for, in our words.
    title: &'c str,
    /// How much of it the catalog checks.
    coverage: Coverage,
    /// The ground for saying so.
    because: Option<&'c str>,
    /// The controls that answer it.
    controls: Vec<ShownControl<'c>>,
}

/// A control that answers a requirement.
#[derive(Debug, Serialize, JsonSchema)]
struct ShownControl<'c> {
    /// Its id: `RET-003`.
    id: &'c str,
    /// The required state, in words.
    title: &'c str,
    /// How bad a failure is.
    severity: Severity,
    /// What it judges.
    targets: Vec<Target>,
    /// Whether somebody has compared this with the framework's text.
    verified: bool,
    /// For the check of a published standard, the controls that answer the same.
    reported_under: Vec<&'c str>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Failure> {
    let catalog = arguments.settings.select()?.catalog;
    let answer = match &arguments.id {
        None => {
            let all = catalog.frameworks().iter().map(|framework| shown(framework, None));
            Answer::All(all.collect())
        }
        Some(id) => Answer::One(shown(find(&catalog, id)?, Some(&catalog))),
    };
    match (arguments.format, &answer) {
        (Format::Json, answer) => json(answer, terminal)?,
        (Format::Text, Answer::All(all)) => table(all, terminal)?,
        (Format::Text, Answer::One(one)) => page(one, terminal)?,
    }
    Ok(ExitStatus::Clean)
}

fn find<'c>(catalog: &'c Catalog, id: &str) -> Result<&'c Framework, Failure> {
    catalog.framework(id).ok_or_else(|| {
        let known = catalog.frameworks().iter().map(|framework| framework.id.as_str());
        let hint = match nearest(id, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`probity framework` lists them all".to_owned(),
        };
        Failure::Usage(format!("there is no framework `{id}`; {hint}"))
    })
}

/// A framework, with its requirements where the catalog is given.
fn shown<'c>(framework: &'c Framework, catalog: Option<&'c Catalog>) -> Shown<'c> {
    let requirements = |catalog| {
        framework.requirements.iter().map(|own| requirement(catalog, own)).collect::<Vec<_>>()
    };
    Shown {
        framework: &framework.id,
        name: &framework.name,
        title: &framework.title,
        complete: framework.complete,
        counts: Counts {
            full: framework.count(Coverage::Full),
            part: framework.count(Coverage::Part),
            none: framework.count(Coverage::None),
            manual: framework.count(Coverage::Manual),
        },
        requirements: catalog.map(requirements),
    }
}

fn requirement<'c>(catalog: &'c Catalog, own: &'c Requirement) -> ShownRequirement<'c> {
    let controls = own.controls.iter().filter_map(|(id, basis)| {
        let control = catalog.control(id)?;
        Some(shown_control(catalog, control, *basis))
    });
    ShownRequirement {
        id: &own.id,
        title: &own.title,
        coverage: own.coverage,
        because: own.because.as_deref(),
        controls: controls.collect(),
    }
}

fn shown_control<'c>(catalog: &'c Catalog, control: &'c Control, basis: Basis) -> ShownControl<'c> {
    ShownControl {
        id: control.id.as_str(),
        title: &control.title,
        severity: control.severity,
        targets: control.checks.iter().map(|check| check.id.target).collect(),
        verified: basis == Basis::Verified,
        reported_under: catalog.counterparts(&control.id).map(ControlId::as_str).collect(),
    }
}

fn table(all: &[Shown<'_>], terminal: &mut Terminal<'_>) -> io::Result<()> {
    let width = all.iter().map(|own| own.framework.len()).max().unwrap_or_default();
    let width = width.max("FRAMEWORK".len());
    let [full, part, none, manual] = Coverage::ALL.map(|coverage| coverage.as_str().to_uppercase());
    let head = format!("{:<width$} {full} {part} {none} {manual} TITLE", "FRAMEWORK");
    writeln!(terminal.out, "{}", terminal.palette.strong(head))?;
    for own in all {
        let counts = &own.counts;
        writeln!(
            terminal.out,
            "{} {:>f$} {:>p$} {:>n$} {:>m$} {}",
            terminal.palette.strong(format!("{:<width$}", own.framework)),
            counts.full,
            counts.part,
            counts.none,
            counts.manual,
            own.title,
            f = full.len(),
            p = part.len(),
            n = none.len(),
            m = manual.len(),
        )?;
    }
    Ok(())
}

fn page(own: &Shown<'_>, terminal: &mut Terminal<'_>) -> io::Result<()> {
    let palette = terminal.palette;
    let requirements = own.requirements.as_deref().unwrap_or_default();
    writeln!(terminal.out, "{} {}", palette.strong(own.name), own.title)?;
    let Counts { full, part, none, manual } = own.counts;
    let whole =
        if own.complete { "the list is complete" } else { "what is not listed is not covered" };
    writeln!(
        terminal.out,
        "{} requirements: {full} {}, {part} {}, {none} {}, {manual} {}; {whole}",
        requirements.len(),
        Coverage::Full,
        Coverage::Part,
        Coverage::None,
        Coverage::Manual,
    )?;
    for requirement in requirements {
        let coverage = format!("{:<14}", requirement.coverage.as_str());
        let coverage = colored(palette, requirement.coverage, coverage);
        let id = palette.strong(requirement.id);
        writeln!(terminal.out, "\n{coverage} {id}  {}", requirement.title)?;
        for control in &requirement.controls {
            let sure = if control.verified { "" } else { " (from memory)" };
            let under = match control.reported_under.as_slice() {
                [] => String::new(),
                ids => format!("; reported under {}", ids.join(", ")),
            };
            writeln!(terminal.out, "{:15}{} {}{sure}{under}", "", control.id, control.title)?;
        }
        if let Some(because) = requirement.because {
            writeln!(terminal.out, "{:15}{because}", "")?;
        }
    }
    Ok(())
}

fn colored(palette: Palette, coverage: Coverage, text: String) -> String {
    match coverage {
        Coverage::Full => palette.good(text),
        Coverage::Part => palette.strong(text),
        Coverage::None => palette.warning(text),
        Coverage::Manual => text,
    }
}
