//! What a run has to say, apart from how it is shown. Filled by `input`, shown by `text` and
//! `json`; knows no file formats.

pub mod json;
pub mod text;

#[cfg(test)]
mod tests;

use std::{io, ops::RangeInclusive};

use probity_catalog::{
    Action, Decision,
    report::Counts,
    source::{Piece, Snippet, SourceError, Span},
};

use crate::{ExitStatus, profile};

/// All about one file.
#[derive(Debug, Default)]
pub struct FileReport {
    /// The file's name as shown.
    pub file: String,
    /// What was judged in it.
    pub judged: Vec<Judged>,
    /// How many objects and resources there were, judged or not.
    pub objects: usize,
    /// Bytes of the file that were read for this.
    pub bytes: usize,
    /// What else is to be said.
    pub remarks: Vec<Remark>,
}

/// A decision, and where its findings are.
#[derive(Debug)]
pub struct Judged {
    /// What was decided.
    pub decision: Decision,
    /// The place of the object itself.
    pub place: Option<Place>,
    /// The places of the findings, in their order.
    pub places: Vec<Option<Place>>,
}

/// A piece of a line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// Line from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The line as it stands there.
    pub snippet: Snippet,
    /// Whether the value itself is here; else this is the nearest thing above it.
    pub exact: bool,
}

/// Something that is no decision.
#[derive(Debug)]
pub enum Remark {
    /// The file or a document is not ours to judge.
    Skipped {
        /// Why.
        reason: String,
        /// The way to have it judged all the same.
        help: Option<String>,
    },
    /// Worth knowing.
    Note(String),
    /// Questionable, but read.
    Warning {
        /// What.
        message: String,
        /// Where.
        place: Option<Place>,
    },
    /// Carries a pod template and is of a kind that nobody here knows.
    Unjudged {
        /// Who, and why not.
        message: String,
        /// Where.
        place: Option<Place>,
    },
    /// Could not be read.
    Error(SourceError),
}

/// What a run adds up to.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Findings.
    pub counts: Counts,
    /// Objects and resources.
    pub objects: usize,
    /// Files and documents left out.
    pub skipped: usize,
    /// Questionable things in files.
    pub warnings: usize,
    /// Objects that could not be judged.
    pub unjudged: usize,
    /// Files that could not be read.
    pub unreadable: usize,
    /// Where the time went, if anybody asked.
    pub profile: Option<profile::Report>,
}

/// The least action that fails a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// A warning does.
    Warn,
    /// A refusal does.
    #[default]
    Deny,
}

/// Shows a run as it goes.
pub trait Renderer {
    /// Shows one file.
    fn file(&mut self, report: &FileReport) -> io::Result<()>;
    /// Hands on what is held back.
    fn flush(&mut self) -> io::Result<()>;
    /// Shows what it all adds up to.
    fn finish(&mut self, totals: &Totals, status: ExitStatus) -> io::Result<()>;
}

impl Place {
    /// The place of a span, where it can be shown.
    pub fn new(file: &str, span: Span, snippet: Option<Snippet>, exact: bool) -> Option<Self> {
        let Span { line, column, .. } = span;
        Some(Self { file: file.to_owned(), line, column, snippet: snippet?, exact })
    }

    /// The same in a piece of a file.
    pub fn in_piece(piece: &Piece<'_>, span: Span, exact: bool) -> Option<Self> {
        Self::new(piece.file(), span, piece.snippet(span), exact)
    }

    /// Shows where, but not what stands there.
    fn hide(&mut self) {
        self.snippet =
            Snippet { text: "(a secret is in this line)".to_owned(), indent: 0, width: 0 };
    }
}

impl FileReport {
    /// An empty report on a file.
    pub fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }

    /// A report on a file that cannot be read, or not further.
    pub fn unreadable(file: impl Into<String>, error: SourceError) -> Self {
        Self { remarks: vec![Remark::Error(error)], ..Self::new(file) }
    }

    /// Hides lines of the file wherever they are shown.
    pub fn hide(&mut self, lines: &RangeInclusive<u32>) {
        let judged = self.judged.iter_mut();
        let of_judged =
            judged.flat_map(|one| one.places.iter_mut().flatten().chain(&mut one.place));
        let of_remarks = self.remarks.iter_mut().filter_map(|remark| match remark {
            Remark::Warning { place, .. } | Remark::Unjudged { place, .. } => place.as_mut(),
            Remark::Skipped { .. } | Remark::Note(_) | Remark::Error(_) => None,
        });
        of_judged
            .chain(of_remarks)
            .filter(|place| lines.contains(&place.line))
            .for_each(Place::hide);
    }

    /// Says once that this is not ours, and why.
    pub fn skip(&mut self, reason: impl Into<String>, help: Option<&str>) {
        if !self.remarks.iter().any(|remark| matches!(remark, Remark::Skipped { .. })) {
            let help = help.map(str::to_owned);
            self.remarks.push(Remark::Skipped { reason: reason.into(), help });
        }
    }

    /// Takes in what another part of the same file gave.
    pub fn absorb(&mut self, other: Self) {
        self.judged.extend(other.judged);
        self.objects += other.objects;
        self.bytes += other.bytes;
        for remark in other.remarks {
            match remark {
                Remark::Skipped { reason, help } => self.skip(reason, help.as_deref()),
                remark => self.remarks.push(remark),
            }
        }
    }
}

impl Totals {
    /// Adds one file.
    pub fn add(&mut self, report: &FileReport) {
        self.objects += report.objects;
        for judged in &report.judged {
            self.counts.add(&judged.decision);
        }
        for remark in &report.remarks {
            *match remark {
                Remark::Note(_) => continue,
                Remark::Skipped { .. } => &mut self.skipped,
                Remark::Warning { .. } => &mut self.warnings,
                Remark::Unjudged { .. } => &mut self.unjudged,
                Remark::Error(_) => &mut self.unreadable,
            } += 1;
        }
    }

    /// How the run ends.
    pub fn status(&self, fail_on: FailOn, strict: bool) -> ExitStatus {
        let failed = match fail_on {
            FailOn::Deny => self.counts.denied > 0,
            FailOn::Warn => self.counts.denied > 0 || self.counts.warned > 0,
        };
        if self.unreadable > 0 || self.counts.errors > 0 {
            ExitStatus::CouldNotRun
        } else if failed {
            ExitStatus::Findings
        } else if strict && (self.counts.undecided > 0 || self.unjudged > 0) {
            ExitStatus::Undecided
        } else {
            ExitStatus::Clean
        }
    }
}

/// The word before a finding.
fn label(action: Option<Action>) -> &'static str {
    match action {
        Some(Action::Deny) => "error",
        Some(Action::Warn) => "warning",
        Some(Action::Audit) | None => "note",
    }
}
