//! `probity test`: runs the cases of every control of a catalog.

use std::{
    path::{Path as FilePath, PathBuf},
    sync::Arc,
    time::Instant,
};

use clap::Args;
use probity_catalog::{Catalog, Control};
use rayon::prelude::*;
use time::{Date, OffsetDateTime};

use crate::{
    ExitStatus, Failure, Terminal,
    case::{self, Case, Outcome},
};

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

/// A control with what its cases came to.
struct Tested<'c> {
    control: &'c Control,
    outcomes: Vec<(Case, Outcome)>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Failure> {
    let start = Instant::now();
    let folder = arguments.folder.clone().unwrap_or_else(|| PathBuf::from("."));
    if !folder.join("controls").is_dir() {
        let message = format!("there is no `controls` in `{}`", folder.display());
        return Err(Failure::Usage(message));
    }
    let catalog = Arc::new(Catalog::load(&folder)?);
    let tested = all(&catalog, &folder, OffsetDateTime::now_utc().date())?;
    let (mut cases, mut failed) = (0, 0);
    for tested in &tested {
        cases += tested.outcomes.len();
        failed += tested.failures().count();
        show(tested, &folder, terminal)?;
    }
    let summary = format!(
        "{} controls, {cases} cases: {} as expected, {failed} not",
        tested.len(),
        cases - failed
    );
    let palette = terminal.palette;
    let summary = if failed == 0 { palette.good(summary) } else { palette.error(summary) };
    let catalog = format!("catalog {} ({})", catalog.version(), catalog.short_digest());
    writeln!(terminal.out, "\n{summary}")?;
    writeln!(terminal.out, "{catalog}; {} ms", start.elapsed().as_millis())?;
    Ok(if failed == 0 { ExitStatus::Clean } else { ExitStatus::Findings })
}

fn all<'c>(
    catalog: &'c Arc<Catalog>,
    folder: &FilePath,
    today: Date,
) -> Result<Vec<Tested<'c>>, Failure> {
    let folders = control_folders(folder)?;
    let test = |control: &'c Control| {
        let own = folders.iter().find(|(id, _)| *id == control.id.to_string());
        let cases = match own {
            Some((_, folder)) => case::find(&control.id, folder)
                .map_err(|source| Failure::Read { path: folder.clone(), source })?,
            None => Vec::new(),
        };
        let outcomes =
            cases.into_par_iter().map(|case| (case.clone(), case.run(catalog, today))).collect();
        Ok(Tested { control, outcomes })
    };
    catalog.controls().map(test).collect()
}

/// The folders `controls/<family>/<ID>-<slug>`, by id.
fn control_folders(folder: &FilePath) -> Result<Vec<(String, PathBuf)>, Failure> {
    let list = |folder: &FilePath| {
        let failed = |source| Failure::Read { path: folder.to_owned(), source };
        let entries = std::fs::read_dir(folder).map_err(failed)?;
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        paths.collect::<Result<Vec<_>, _>>().map_err(failed)
    };
    let mut folders = Vec::new();
    for family in list(&folder.join("controls"))?.into_iter().filter(|path| path.is_dir()) {
        for control in list(&family)?.into_iter().filter(|path| path.is_dir()) {
            let name = control.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let id = name.splitn(3, '-').take(2).collect::<Vec<_>>().join("-");
            folders.push((id, control));
        }
    }
    Ok(folders)
}

impl Tested<'_> {
    fn failures(&self) -> impl Iterator<Item = &(Case, Outcome)> {
        self.outcomes.iter().filter(|(_, outcome)| !matches!(outcome, Ok(None)))
    }
}

fn show(
    tested: &Tested<'_>,
    folder: &FilePath,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let Tested { control, outcomes } = tested;
    let palette = terminal.palette;
    let (count, failed) = (outcomes.len(), tested.failures().count());
    let cases = match (count, failed) {
        (1, 0) => "1 case".to_owned(),
        (count, 0) => format!("{count} cases"),
        (count, failed) => format!("{failed} of {count} cases differ"),
    };
    let mark = if failed == 0 { palette.good("ok  ") } else { palette.error("FAIL") };
    let id = palette.strong(&control.id);
    writeln!(terminal.out, "{mark} {id} {}, {cases}", control.title)?;
    let Some((case, outcome)) = tested.failures().next() else { return Ok(()) };
    let file = case.file.strip_prefix(folder).unwrap_or(&case.file).display();
    match outcome {
        Ok(None) => {}
        Ok(Some(difference)) => {
            writeln!(terminal.out, "     {file}: {}", difference.what)?;
            writeln!(terminal.out, "       expected {}", difference.expected)?;
            writeln!(terminal.out, "       found    {}", difference.found)?;
        }
        Err(error) => {
            for line in error.to_string().lines() {
                writeln!(terminal.out, "     {line}")?;
            }
        }
    }
    Ok(())
}
