//! `probity test`: runs the cases of every control of a catalog.

use std::{path::PathBuf, sync::Arc, time::Instant};

use clap::Args;
use probity_catalog::{
    Catalog,
    cases::{self, CaseReport, ControlCases, Said},
};

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
        if shown.is_ok() {
            shown = show(&control, terminal);
        }
        report.controls.push(control);
    });
    shown?;
    let (controls, run, failed) = (report.controls.len(), report.run(), report.failed());
    let passed = run - failed;
    let plural = if controls == 1 { "control" } else { "controls" };
    let summary = format!("{controls} {plural}, {run} cases: {passed} as expected, {failed} not");
    let palette = terminal.palette;
    let summary = if failed == 0 { palette.good(summary) } else { palette.error(summary) };
    let catalog = format!("catalog {} ({})", catalog.version(), catalog.short_digest());
    writeln!(terminal.out, "\n{summary}")?;
    writeln!(terminal.out, "{catalog}; {} ms", start.elapsed().as_millis())?;
    Ok(if failed == 0 { ExitStatus::Clean } else { ExitStatus::Findings })
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
