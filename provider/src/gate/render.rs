//! Decisions as Terraform shows them: one diagnostic per finding, at its attribute; what cannot be
//! judged yet once per resource, with what it waits for.

use std::collections::BTreeSet;

use probity_catalog::report;
use probity_catalog::value::{Path, Segment as PathSegment};
use probity_catalog::{Action, Decision, Finding, Verdict};

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::provider::{Judged, Phase};
use crate::schema::{Schema, Segment};
use crate::value::AttributePath;

/// Where the text of the table begins, and how wide a line of it may be: Terraform does not wrap
/// lines that begin with a space.
const INDENT: usize = 12;
const WIDTH: usize = 78;

/// The diagnostics of a decision.
pub(super) fn diagnostics(decision: &Decision, judged: &Judged<'_>) -> Diagnostics {
    let (waiting, decided): (Vec<&Finding>, Vec<&Finding>) = decision
        .findings
        .iter()
        .partition(|f| f.verdict == Verdict::Unknown && f.action != Some(Action::Deny));
    let mut found: Diagnostics =
        decided.into_iter().filter_map(|finding| diagnostic(finding, judged.schema)).collect();
    // Until the plan nobody expects everything to be known.
    if judged.phase != Phase::Validate {
        found.extend(undecided(&waiting));
    }
    found
}

fn diagnostic(finding: &Finding, schema: &Schema) -> Option<Diagnostic> {
    let summary = format!("{}: {}", finding.control, finding.title);
    let path = locate(&finding.path, schema);
    // Terraform underlines no deeper than an attribute of the resource itself; the rest is said.
    let (shown, is_deeper) = match path.steps() {
        [first, _, ..] => (AttributePath::from_iter([first.clone()]), true),
        _ => (path, false),
    };
    let detail = detail(finding, is_deeper);
    let diagnostic = match finding.action? {
        Action::Deny => Diagnostic::error(summary, detail),
        Action::Warn => Diagnostic::warning(summary, detail),
        Action::Audit => return None,
    };
    Some(diagnostic.at(shown))
}

fn detail(finding: &Finding, says_where: bool) -> String {
    let mut text = format!("{}\n\n", finding.rationale);
    if says_where {
        text.push_str(&row("at", &finding.path.to_string()));
    }
    for (label, content) in report::details(finding) {
        text.push_str(&row(label, &content));
    }
    if finding.verdict == Verdict::Unknown {
        text.push_str(&row("waits for", &paths(&finding.waits_for)));
    }
    text.push_str("\nMore: probity explain ");
    text.push_str(finding.control.as_str());
    text
}

/// One line of the table, or several where the content is long.
fn row(label: &str, content: &str) -> String {
    let mut row = format!("  {label:<width$}", width = INDENT - 2);
    let mut column = INDENT;
    for word in content.split_whitespace() {
        let length = word.chars().count();
        if column > INDENT && column + 1 + length > WIDTH {
            row.push('\n');
            row.push_str(&" ".repeat(INDENT));
            column = INDENT;
        }
        if column > INDENT {
            row.push(' ');
            column += 1;
        }
        row.push_str(word);
        column += length;
    }
    row.push('\n');
    row
}

fn undecided(findings: &[&Finding]) -> Option<Diagnostic> {
    let worth_saying: Vec<&&Finding> =
        findings.iter().filter(|f| f.action == Some(Action::Warn)).collect();
    if worth_saying.is_empty() {
        return None;
    }
    let controls: BTreeSet<String> = worth_saying.iter().map(|f| f.control.to_string()).collect();
    let controls: Vec<String> = controls.into_iter().collect();
    let waits: BTreeSet<&Path> = worth_saying.iter().flat_map(|f| &f.waits_for).collect();
    let waits: Vec<Path> = waits.into_iter().cloned().collect();
    let detail = format!(
        "Values that are known only after apply decide about them; they are judged again then, \
         before anything is done.\n\n{}{}",
        row("controls", &controls.join(", ")),
        row("waits for", &paths(&waits)),
    );
    Some(Diagnostic::warning("some controls cannot be judged yet", detail))
}

fn paths(paths: &[Path]) -> String {
    let names: Vec<String> = paths.iter().map(ToString::to_string).collect();
    names.join(", ")
}

fn locate(path: &Path, schema: &Schema) -> AttributePath {
    schema.locate(path.segments().iter().map(|segment| match segment {
        PathSegment::Field(name) => Segment::Name(name),
        PathSegment::Index(index) => Segment::Index(*index),
    }))
}
