//! What the API server gets back: allowed or not, the denial's text, warnings, audit annotations.
//!
//! Bounds and spelling are the API server's (a warning with a line break vanishes, long ones are
//! cut); the wording is the product's. Knows decisions, not how they came about. Called by
//! `admission`.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use probity_catalog::decision::{Decision, Finding, Verdict};
use probity_catalog::report;
use probity_catalog::subject::kubernetes::Unjudged;
use probity_catalog::value::is_hidden;
use serde::Serialize;

use super::review::{API_VERSION, KIND};
use crate::mutate::Mutation;

/// Bytes of a denial's text.
pub const MESSAGE_BYTES: usize = 1_000;
/// Characters of one warning, so that kubectl shows it whole.
pub const WARNING_CHARACTERS: usize = 120;
/// Warnings of one answer: together they stay well below the 4,096 characters that all webhooks
/// of a request share.
pub const WARNINGS: usize = 16;
/// Bytes of one finding's line; a single one must not push all others out.
const LINE_BYTES: usize = 400;

/// The answer's body.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: &'a Response<'a>,
}

/// `response` of the answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response<'a> {
    /// The review's.
    pub uid: &'a str,
    /// Whether the object may pass.
    pub allowed: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Lines that kubectl shows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What the audit log of the API server takes over: the join to our evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_annotations: Option<Annotations<'a>>,
    /// `JSONPatch` where there is a patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'static str>,
    /// Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
}

/// Keys are bare: the API server puts the webhook's name and a slash in front.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Annotations<'a> {
    /// The evidence event.
    pub event_id: &'a str,
    /// What was judged by.
    pub catalog_digest: &'a str,
    /// What was decided.
    pub decision: &'static str,
}

/// Why an object is refused.
#[derive(Debug, Serialize)]
pub struct Status {
    code: u16,
    reason: &'static str,
    message: String,
}

impl<'a> Response<'a> {
    /// Allowed.
    pub fn allow(uid: &'a str) -> Self {
        Self {
            uid,
            allowed: true,
            status: None,
            warnings: Vec::new(),
            audit_annotations: None,
            patch_type: None,
            patch: None,
        }
    }

    /// Refused because controls are broken.
    pub fn forbid(uid: &'a str, message: String) -> Self {
        Self::refuse(uid, Status { code: 403, reason: "Forbidden", message })
    }

    /// Refused because the review itself makes no sense.
    pub fn malformed(uid: &'a str, message: String) -> Self {
        Self::refuse(uid, Status { code: 400, reason: "BadRequest", message })
    }

    /// Refused because judging failed on our side.
    pub fn failed(uid: &'a str, message: String) -> Self {
        Self::refuse(uid, Status { code: 500, reason: "InternalError", message })
    }

    fn refuse(uid: &'a str, status: Status) -> Self {
        Self { allowed: false, status: Some(status), ..Self::allow(uid) }
    }

    /// Carries a patch; an empty one is none.
    #[must_use]
    pub fn with_patch(mut self, patch: &[u8]) -> Self {
        self.patch_type = Some("JSONPatch");
        self.patch = Some(STANDARD.encode(patch));
        self
    }

    /// The body.
    pub fn encode(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(1024);
        let envelope = Envelope { api_version: API_VERSION, kind: KIND, response: self };
        match serde_json::to_writer(&mut body, &envelope) {
            Ok(()) => body,
            // Strings and booleans cannot fail to serialise; an empty body would be a call failure.
            Err(_) => Vec::new(),
        }
    }
}

/// The text of a denial: how many and which first, then whole findings, then under what.
pub fn denial(decision: &Decision, judged_under: &str) -> String {
    let denials: Vec<&Finding> = decision.denials().collect();
    let head = headline(decision, &denials);
    let explain = denials.first().map_or("", |finding| finding.control.as_str());
    let foot = format!("\n{judged_under}. More: probity explain {explain}");
    let mut message = head;
    let room = MESSAGE_BYTES.saturating_sub(foot.len());
    for (index, finding) in denials.iter().enumerate() {
        let left = denials.len() - index;
        let line = cut_bytes(&one_line(&report::line(finding), LINE_BYTES), LINE_BYTES);
        let rest = format!("\nand {left} more: `probity check FILE`");
        let reserve = if left > 1 { rest.len() } else { 0 };
        if message.len() + 1 + line.len() + reserve > room {
            message.push_str(&rest);
            break;
        }
        let _ = write!(message, "\n{line}");
    }
    message.push_str(&foot);
    cut_bytes(&message, MESSAGE_BYTES)
}

fn headline(decision: &Decision, denials: &[&Finding]) -> String {
    let mut controls: Vec<&str> = Vec::new();
    for finding in denials {
        if !controls.contains(&finding.control.as_str()) {
            controls.push(finding.control.as_str());
        }
    }
    let count = controls.len();
    let plural = if count == 1 { "control" } else { "controls" };
    let more = if count > 30 { ", …" } else { "" };
    controls.truncate(30);
    let subject = one_line(&decision.subject.to_string(), 160);
    format!("{subject} breaks {count} {plural}: {}{more}", controls.join(", "))
}

/// What was found where, or why it cannot be said.
fn circumstances(finding: &Finding) -> String {
    let Finding { path, found, allowed, .. } = finding;
    match finding.verdict {
        Verdict::Error => {
            let why = finding.note.as_deref().unwrap_or("the check failed");
            format!("could not be judged: {why}")
        }
        Verdict::Unknown => {
            let waits: Vec<String> = finding.waits_for.iter().map(ToString::to_string).collect();
            format!("{path} is not known here; waits for {}", waits.join(", "))
        }
        _ if allowed.is_empty() => format!("{path} is {found}"),
        _ => format!("{path} is {found}; allowed: {allowed}"),
    }
}

/// Warnings of findings that are said without refusing.
pub fn finding_warnings<'d>(findings: impl Iterator<Item = &'d Finding>) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut more = 0_usize;
    for finding in findings {
        if warnings.len() < WARNINGS - 1 {
            let text = format!("{}: {}", finding.control, circumstances(finding));
            warnings.push(one_line(&text, WARNING_CHARACTERS));
        } else {
            more += 1;
        }
    }
    if more > 0 {
        warnings.push(format!("and {more} more: `probity check FILE`"));
    }
    warnings
}

/// Warnings that say what was set, and for whom.
pub fn mutation_warnings(mutation: &Mutation) -> Vec<String> {
    let changes = &mutation.changes;
    let shown = if changes.len() > WARNINGS { WARNINGS - 1 } else { changes.len() };
    let mut warnings: Vec<String> = changes
        .iter()
        .take(shown)
        .map(|change| one_line(&change.to_string(), WARNING_CHARACTERS))
        .collect();
    if changes.len() > shown {
        warnings.push(format!("probity set {} more fields", changes.len() - shown));
    }
    warnings
}

/// Warning that a pod template was seen in a kind that nobody here knows.
pub fn unjudged_warning(unjudged: &Unjudged) -> String {
    let text = format!(
        "probity did not judge {}: it has a pod template at {}, but its kind is unknown",
        unjudged.identity, unjudged.template
    );
    one_line(&text, WARNING_CHARACTERS)
}

/// Warning that nothing was set, since that would break something else.
pub fn dropped_warning(mutation: &Mutation) -> String {
    let text = format!(
        "probity set nothing for {}: the pod would then break {}",
        mutation.dropped.join(", "),
        mutation.breaks.join(", ")
    );
    one_line(&text, WARNING_CHARACTERS)
}

/// At most `characters` on one line, what is hidden written as escapes.
pub fn one_line(text: &str, characters: usize) -> String {
    let mut line = String::with_capacity(text.len());
    let mut length = 0;
    for character in text.chars() {
        let before = line.len();
        if is_hidden(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
        length += line.get(before..).map_or(1, |added| added.chars().count());
        if length > characters {
            let kept = line.chars().take(characters.saturating_sub(1)).collect::<String>();
            return kept + "…";
        }
    }
    line
}

fn cut_bytes(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes.saturating_sub('…'.len_utf8()));
    let mut cut = text.get(..end).unwrap_or_default().to_owned();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_could_break_a_line_is_escaped() {
        assert_eq!(one_line("a\nb\u{202e}c", 80), "a\\nb\\u{202e}c");
        assert_eq!(one_line("nginx:latest", 80), "nginx:latest");
        assert_eq!(one_line("a\u{fe0f}\u{e0041}\u{fffd}", 80), "a\\u{fe0f}\\u{e0041}\u{fffd}");
    }

    proptest! {
        #[test]
        fn a_line_stays_within_its_bounds(text in any::<String>(), characters in 1_usize..200) {
            let line = one_line(&text, characters);
            prop_assert!(line.chars().count() <= characters);
            prop_assert!(!line.chars().any(char::is_control));
        }

        #[test]
        fn a_cut_text_stays_within_its_bytes(text in any::<String>(), bytes in 3_usize..200) {
            prop_assert!(cut_bytes(&text, bytes).len() <= bytes.max(text.len().min(bytes)));
        }
    }
}
