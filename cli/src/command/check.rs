//! `probity check`: judges files and says what it found.

use std::{path::PathBuf, sync::Arc, time::Instant};

use clap::Args;
use probity_catalog::{Context, Phase, Target, report::judged_under};
use rayon::prelude::*;
use time::OffsetDateTime;

use super::Format;
use crate::{
    ExitStatus, Failure, Selection, SettingsArguments, Terminal,
    gate::{Gate, Secrets},
    input::{self, Input},
    progress::Progress,
    report::{FailOn, FileReport, Renderer, Totals, json::Json, text::Text},
};

/// Judge Kubernetes manifests and Terraform plans.
///
/// Reads YAML and JSON manifests and what `terraform show -json` writes. Exit codes: 0 clean,
/// 1 findings at or above the failing level, 2 could not run, 3 undecided under --strict.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Files, folders, or - for the standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The namespace of objects that do not name their own.
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// Judge by what this framework asks for alone, such as pss-restricted: what is written must
    /// hold, and every failure refuses.
    #[arg(long, value_name = "FRAMEWORK")]
    framework: Option<String>,

    /// Judge pods and templates as written, not as the mutating webhook would leave them.
    #[arg(long)]
    no_mutation: bool,

    /// Exit with 3 where something is undecided.
    #[arg(long)]
    strict: bool,

    /// The least action that exits with 1.
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    fail_on: FailOn,

    /// The form of the report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    /// Say what each check cost: as tables on the standard error, or in the JSON report.
    #[arg(long)]
    profile: bool,

    #[command(flatten)]
    settings: SettingsArguments,
}

/// Files that are judged before their report is written and forgotten.
const FILES_AT_ONCE: usize = 128;

/// Runs the command.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Failure> {
    let start = Instant::now();
    let inputs = input::collect(&arguments.paths)?;
    if inputs.is_empty() {
        let message = "there is no file to judge: none ends in .yaml, .yml or .json";
        return Err(Failure::Usage(message.to_owned()));
    }
    let selection = arguments.settings.select()?.with_framework(arguments.framework.clone());
    let gate = arguments.gate(&selection)?;
    let snapshot = Arc::clone(&gate.snapshot);
    let elapsed = move || start.elapsed();
    let length = || inputs.iter().map(Input::length).sum();
    let of = terminal.watched.then(length).flatten();
    let mut progress = Progress::new(terminal.watched, start, of);
    let err = &mut *terminal.err;
    let idle = snapshot.idle(Target::ALL);
    for notice in snapshot.notices(gate.context.today).iter().chain(&idle) {
        writeln!(err, "{}: {notice}", terminal.err_palette.warning("warning"))?;
    }
    let renderer: &mut dyn Renderer = match arguments.format {
        Format::Text => {
            let under = judged_under(&snapshot);
            let catalog = Arc::clone(snapshot.catalog());
            &mut Text::new(terminal.out, terminal.palette, under, catalog, elapsed)
        }
        Format::Json => &mut Json::new(terminal.out, &snapshot, elapsed)?,
    };
    let mut totals = Totals::default();
    let mut rest = inputs.as_slice();
    while !rest.is_empty() {
        let small = rest.iter().take(FILES_AT_ONCE).take_while(|input| !input.is_large()).count();
        let (now, later) = rest.split_at_checked(small.max(1)).unwrap_or((rest, &[]));
        rest = later;
        let mut say = |report: FileReport| -> Result<(), Failure> {
            totals.add(&report);
            progress.clear(err)?;
            renderer.file(&report)?;
            progress.add(report.bytes, report.objects);
            if progress.is_due(Instant::now()) {
                renderer.flush()?;
                progress.show(err)?;
            }
            Ok(())
        };
        match now {
            // All cores work on the parts of a large file, else on files.
            [large] if small == 0 => large.judge_in_parts(&gate, &selection, &mut say)?,
            now => {
                let judge = |input: &Input| input.judge(&gate, &selection);
                let reports: Vec<_> = now.par_iter().map(judge).collect();
                reports.into_iter().try_for_each(say)?;
            }
        }
    }
    progress.clear(err)?;
    totals.profile = gate.profile.as_ref().map(|profile| profile.report());
    let status = totals.status(arguments.fail_on, arguments.strict);
    renderer.finish(&totals, status)?;
    if let (Format::Text, Some(profile)) = (arguments.format, &totals.profile) {
        write!(err, "{profile}")?;
    }
    Ok(status)
}

impl Arguments {
    fn gate(&self, selection: &Selection) -> Result<Gate, Failure> {
        let everyday = || selection.clone().with_framework(None).snapshot();
        let secrets = self.framework.as_ref().map(|_| everyday()).transpose()?;
        Ok(Gate {
            snapshot: Arc::new(selection.snapshot()?),
            secrets: secrets.map(|snapshot| Arc::new(Secrets::new(snapshot))),
            context: Context::new(Phase::Offline, OffsetDateTime::now_utc().date()),
            mutate: !self.no_mutation && self.framework.is_none(),
            namespace: self.namespace.clone(),
            profile: self.profile.then(Arc::default),
        })
    }
}
