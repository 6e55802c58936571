//! Wording that all front ends share: the lines of a finding, what was judged under, counts.
//! Must not know terminals, diagnostics or admission reviews.

use std::fmt::Write;

use crate::{
    control::{Action, Severity},
    decision::{Decision, Finding, Verdict},
    snapshot::Snapshot,
};

/// The lines of a finding under its headline, label and text, in the order that never changes:
/// what was found, what is required, who asks for it, the way out.
pub fn details(finding: &Finding) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("found", finding.found.clone()),
        ("required", format!("{} ({})", finding.allowed, finding.basis)),
        ("asked by", finding.asked_by.join(", ")),
        ("fix", finding.remediation.to_string()),
    ];
    if let Some(note) = &finding.note {
        lines.push(("note", note.clone()));
    }
    lines
}

/// One line for a finding: `POD-001 (critical) No privileged containers: <path> is true;
/// allowed: false or unset`.
pub fn line(finding: &Finding) -> String {
    let Finding { control, severity, title, path, found, allowed, .. } = finding;
    match finding.verdict {
        Verdict::Unknown => {
            let waits: Vec<_> = finding.waits_for.iter().map(ToString::to_string).collect();
            format!(
                "{control} ({severity}) {title}: cannot be judged yet; waits for {}",
                waits.join(", ")
            )
        }
        Verdict::Error => {
            let why = finding.note.as_deref().unwrap_or("the check could not run");
            format!("{control} ({severity}) {title}: {why}")
        }
        _ => format!("{control} ({severity}) {title}: {path} is {found}; allowed: {allowed}"),
    }
}

/// `production (default), pci-dss, sox; catalog 0.1.0 (3f9a12c4)`; where a framework is judged by,
/// that is said before the catalog.
pub fn judged_under(snapshot: &Snapshot) -> String {
    let mut text = snapshot.environment_shown();
    for regime in snapshot.regimes() {
        let _ = write!(text, ", {}", regime.id);
    }
    if let Some(framework) = snapshot.framework() {
        let _ = write!(text, "; {} alone, as written", framework.name);
    }
    let catalog = snapshot.catalog();
    let _ = write!(text, "; catalog {} ({})", catalog.version(), catalog.short_digest());
    text
}

/// Findings counted by severity, verdict and action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// What failed, the least severe first.
    pub by_severity: [u32; 5],
    /// Subjects with at least one failure.
    pub subjects_failed: u32,
    /// Subjects.
    pub subjects: u32,
    /// Findings that wait for a value.
    pub undecided: u32,
    /// Checks that could not run.
    pub errors: u32,
    /// Findings that refuse.
    pub denied: u32,
    /// Findings that warn.
    pub warned: u32,
    /// Checks that passed.
    pub passed: u32,
}

impl Counts {
    /// Counts one decision.
    pub fn add(&mut self, decision: &Decision) {
        self.subjects += 1;
        self.passed += decision.passed;
        let mut failed = false;
        for finding in &decision.findings {
            match finding.verdict {
                Verdict::Unknown => self.undecided += 1,
                Verdict::Fail | Verdict::Conflict | Verdict::Error => {
                    failed = true;
                    self.errors += u32::from(finding.verdict == Verdict::Error);
                    if let Some(count) = self.by_severity.get_mut(finding.severity as usize) {
                        *count += 1;
                    }
                }
                _ => {}
            }
            match finding.action {
                Some(Action::Deny) => self.denied += 1,
                Some(Action::Warn) => self.warned += 1,
                _ => {}
            }
        }
        self.subjects_failed += u32::from(failed);
    }

    /// What failed, in all.
    pub fn failed(&self) -> u32 {
        self.by_severity.iter().sum()
    }

    /// `2 findings (1 critical, 1 high) in 1 of 14 objects; 1 undecided`.
    pub fn summary(&self, noun: &str) -> String {
        let failed = self.failed();
        let plural = if self.subjects == 1 { "" } else { "s" };
        let mut text = match failed {
            0 => format!("no findings in {} {noun}{plural}", self.subjects),
            1 => "1 finding".to_owned(),
            n => format!("{n} findings"),
        };
        if failed > 0 {
            let by: Vec<_> = Severity::ALL
                .iter()
                .zip(self.by_severity)
                .rev()
                .filter(|(_, count)| *count > 0)
                .map(|(severity, count)| format!("{count} {severity}"))
                .collect();
            let _ = write!(text, " ({})", by.join(", "));
            let _ =
                write!(text, " in {} of {} {noun}{plural}", self.subjects_failed, self.subjects);
        }
        if self.undecided > 0 {
            let _ = write!(text, "; {} undecided", self.undecided);
        }
        text
    }
}
