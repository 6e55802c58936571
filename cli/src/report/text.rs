//! The report for people: findings as compilers show errors, then what it adds up to.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use probity_catalog::{Catalog, Decision, Finding, Path, Verdict, value::legible};

use super::{FileReport, Judged, Place, Remark, Renderer, Totals, label};
use crate::{
    ExitStatus,
    terminal::{Palette, mistake},
};

/// The report for people.
pub struct Text<'o> {
    out: &'o mut dyn Write,
    palette: Palette,
    /// `production: sox; catalog 0.1.0 (3f9a12c4)`
    under: String,
    catalog: Arc<Catalog>,
    elapsed: Box<dyn Fn() -> Duration + 'o>,
    shown: usize,
}

impl<'o> Text<'o> {
    /// A report to `out`; `elapsed` is asked for at the end.
    pub fn new(
        out: &'o mut dyn Write,
        palette: Palette,
        under: String,
        catalog: Arc<Catalog>,
        elapsed: impl Fn() -> Duration + 'o,
    ) -> Self {
        Self { out, palette, under, catalog, elapsed: Box::new(elapsed), shown: 0 }
    }

    fn judged(&mut self, file: &str, judged: &Judged) -> io::Result<()> {
        let places = judged.places.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        for (finding, place) in judged.decision.findings.iter().zip(places) {
            if finding.verdict != Verdict::Unknown {
                self.finding(file, &judged.decision, finding, place)?;
            }
        }
        self.undecided(file, judged)
    }

    fn finding(
        &mut self,
        file: &str,
        decision: &Decision,
        finding: &Finding,
        place: Option<&Place>,
    ) -> io::Result<()> {
        let Finding { control, title, found, allowed, path, .. } = finding;
        let head = self.head(label(finding.action), &control.to_string());
        self.start(&head, title)?;
        let message = match finding.verdict {
            Verdict::Error => "the check could not run".to_owned(),
            verdict => {
                let also = match verdict {
                    Verdict::Fail => String::new(),
                    other => format!(" ({other})"),
                };
                format!("found {found}, allowed: {allowed}{also}")
            }
        };
        let subject = decision.subject.to_string();
        let gutter = self.place(file, &subject, place, &message)?;
        if place.is_none() {
            self.detail(&gutter, &message)?;
        }
        if !path.is_root() {
            self.detail(&gutter, path)?;
        }
        let by = format!("asked by {} ({})", finding.asked_by.join(", "), finding.basis);
        self.detail(&gutter, by)?;
        let under: Vec<_> = self.catalog.counterparts(control).map(ToString::to_string).collect();
        if !under.is_empty() {
            self.detail(&gutter, format!("reported under {}", under.join(", ")))?;
        }
        self.detail(&gutter, format!("fix: {}", finding.remediation.trim_end()))?;
        if let Some(note) = &finding.note {
            self.detail(&gutter, format!("note: {note}"))?;
        }
        Ok(())
    }

    /// What waits for a value is said once per subject.
    fn undecided(&mut self, file: &str, judged: &Judged) -> io::Result<()> {
        let waiting: Vec<_> = judged
            .decision
            .findings
            .iter()
            .filter(|finding| finding.verdict == Verdict::Unknown)
            .collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let mut ids: Vec<_> = waiting.iter().map(|finding| finding.control.to_string()).collect();
        ids.dedup();
        let mut inputs: Vec<&Path> =
            waiting.iter().flat_map(|finding| &finding.waits_for).collect();
        inputs.sort();
        inputs.dedup();
        let inputs: Vec<_> = inputs.iter().map(|path| format!("`{path}`")).collect();
        let action = waiting.iter().filter_map(|finding| finding.action).max();
        let head = self.head(label(action), &ids.join(", "));
        self.start(&head, "cannot be decided yet")?;
        let subject = judged.decision.subject.to_string();
        let waits = format!("waits for {}", inputs.join(", "));
        let gutter = self.place(file, &subject, judged.place.as_ref(), "")?;
        if !inputs.is_empty() {
            self.detail(&gutter, waits)?;
        }
        Ok(())
    }

    fn remark(&mut self, file: &str, remark: &Remark) -> io::Result<()> {
        match remark {
            Remark::Skipped { reason, help } => {
                let head = self.palette.note("skipped");
                self.start(&head, &format!("{file} is {reason}"))?;
                match help {
                    Some(help) => self.detail("", format!("help: {help}")),
                    None => Ok(()),
                }
            }
            Remark::Note(message) => {
                let head = self.palette.note("note");
                self.start(&head, message)?;
                self.place(file, "", None, "").map(|_| ())
            }
            Remark::Warning { message, place } => {
                let head = self.palette.warning("warning");
                self.start(&head, message)?;
                self.place(file, "", place.as_ref(), "").map(|_| ())
            }
            Remark::Unjudged { message, place } => {
                let head = self.palette.warning("warning");
                self.start(&head, message)?;
                self.place(file, "", place.as_ref(), "not judged").map(|_| ())
            }
            Remark::Error(error) => {
                self.separate()?;
                mistake(self.out, self.palette, "error", error)
            }
        }
    }

    fn head(&self, label: &str, ids: &str) -> String {
        let head = format!("{label}[{ids}]");
        match label {
            "error" => self.palette.error(head),
            "warning" => self.palette.warning(head),
            _ => self.palette.note(head),
        }
    }

    /// An empty line between one thing and the next.
    fn separate(&mut self) -> io::Result<()> {
        self.shown += 1;
        if self.shown > 1 { writeln!(self.out) } else { Ok(()) }
    }

    fn start(&mut self, head: &str, message: &str) -> io::Result<()> {
        self.separate()?;
        writeln!(self.out, "{head}: {}", self.palette.strong(legible(message)))
    }

    /// Where it is, with the line; gives the indentation of what follows.
    fn place(
        &mut self,
        file: &str,
        subject: &str,
        place: Option<&Place>,
        message: &str,
    ) -> io::Result<String> {
        let frame = |text: &str| self.palette.frame(text);
        let (file, subject, message) = (legible(file), legible(subject), legible(message));
        let beside = if subject.is_empty() { String::new() } else { format!("   {subject}") };
        let Some(place) = place else {
            writeln!(self.out, " {} {file}{beside}", frame("-->"))?;
            return Ok(String::new());
        };
        let Place { file, line, column, snippet, .. } = place;
        let file = legible(file);
        let number = line.to_string();
        let gutter = " ".repeat(number.len());
        let (pad, carets) = snippet.underlined();
        let (bar, carets) = (frame("|"), self.palette.error(carets));
        writeln!(self.out, "{gutter} {} {file}:{line}:{column}{beside}", frame("-->"))?;
        writeln!(self.out, "{gutter} {bar}")?;
        writeln!(self.out, "{} {bar} {}", frame(&number), snippet.text)?;
        let line = format!("{gutter} {bar} {pad}{carets} {message}");
        writeln!(self.out, "{}", line.trim_end())?;
        Ok(gutter)
    }

    fn detail(&mut self, gutter: &str, text: impl std::fmt::Display) -> io::Result<()> {
        let text = text.to_string();
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        writeln!(self.out, "{gutter} {} {}", self.palette.frame("="), legible(first))?;
        lines.try_for_each(|line| writeln!(self.out, "{gutter}   {}", legible(line)))
    }

    fn summary(&self, totals: &Totals, status: ExitStatus) -> String {
        use std::fmt::Write as _;
        let mut text = totals.counts.summary("object");
        let mut and = |count: usize, what: &str| {
            if count > 0 {
                let _ = write!(text, "; {count} {what}");
            }
        };
        and(totals.unjudged, "not judged");
        and(totals.skipped, "skipped");
        and(totals.unreadable, "unreadable");
        match status {
            ExitStatus::Clean => self.palette.good(text),
            ExitStatus::Undecided => self.palette.warning(text),
            ExitStatus::Findings | ExitStatus::CouldNotRun => self.palette.error(text),
        }
    }
}

impl Renderer for Text<'_> {
    fn file(&mut self, report: &FileReport) -> io::Result<()> {
        for remark in &report.remarks {
            self.remark(&report.file, remark)?;
        }
        report.judged.iter().try_for_each(|judged| self.judged(&report.file, judged))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self, totals: &Totals, status: ExitStatus) -> io::Result<()> {
        if self.shown > 0 {
            writeln!(self.out)?;
        }
        writeln!(self.out, "{}", self.summary(totals, status))?;
        let objects = match totals.objects {
            1 => "1 object".to_owned(),
            count => format!("{count} objects"),
        };
        let elapsed = (self.elapsed)().as_millis();
        writeln!(self.out, "judged under {}; {objects} in {elapsed} ms", self.under)
    }
}
