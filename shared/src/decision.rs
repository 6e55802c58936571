//! Verdicts, findings, decisions, and the one place where a verdict becomes an action.
//! Everything before it is about what is so, everything after it about how to say it.
//! Must not know where a subject comes from. Called by `evaluate`; read by every front end.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::Serialize;

use crate::{
    control::{CheckId, Classification, ControlId, Environment, Severity, Target},
    value::Path,
};

pub use crate::control::Action;
pub use enforce::{Change, Circumstances, Phase, action};

mod enforce;

/// What a check says about a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The check has nothing to say about this subject.
    NotApplicable,
    /// As it must be.
    Pass,
    /// As good as the platform can do, and that is less than asked.
    PassWithCap,
    /// Not as it must be, and a waiver in force says so.
    Waived,
    /// An input is not known yet.
    Unknown,
    /// Two regimes ask for what cannot both hold.
    Conflict,
    /// The check itself could not run.
    Error,
    /// Not as it must be.
    Fail,
}

impl Verdict {
    /// All of them, the harmless ones first.
    pub const ALL: [Self; 8] = [
        Self::NotApplicable,
        Self::Pass,
        Self::PassWithCap,
        Self::Waived,
        Self::Unknown,
        Self::Conflict,
        Self::Error,
        Self::Fail,
    ];

    /// The one spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "not-applicable",
            Self::Pass => "pass",
            Self::PassWithCap => "pass-with-cap",
            Self::Waived => "waived",
            Self::Unknown => "unknown",
            Self::Conflict => "conflict",
            Self::Error => "error",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that is to be said about a subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The control.
    pub control: ControlId,
    /// The check, for machines.
    pub check: CheckId,
    /// The control's title, which names the required state.
    pub title: Arc<str>,
    /// The severity, shifted by the subject's class.
    pub severity: Severity,
    /// What the check said.
    pub verdict: Verdict,
    /// What happens because of it; none where it is only to be known.
    pub action: Option<Action>,
    /// Where: absolute in the object or in the resource.
    pub path: Path,
    /// What is there now: `false`, `unset`, `"nginx:latest"`.
    pub found: String,
    /// Whether what is there is a secret: whoever shows the place hides the line.
    pub secret: bool,
    /// What may be there: `true`, `false or unset`.
    pub allowed: String,
    /// Who decided what is allowed: `sox; production`, `baseline; production (default)`.
    pub basis: Arc<str>,
    /// Requirements that ask for it, those of the regimes in force first; never empty.
    pub asked_by: Arc<[String]>,
    /// Why it matters.
    pub rationale: Arc<str>,
    /// The way out.
    pub remediation: Arc<str>,
    /// The inputs that are not known yet, for `unknown`.
    pub waits_for: Vec<Path>,
    /// What else is to be said of this finding: why it only warns, what went wrong in an error.
    pub note: Option<String>,
}

/// Who was judged, for display and evidence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SubjectIdentity {
    /// What the checks see in it.
    pub target: Target,
    /// `Deployment`, `probity_s3_bucket`.
    pub kind: Cow<'static, str>,
    /// `apps/v1`; empty for Terraform.
    pub api_version: Cow<'static, str>,
    /// The namespace, where the subject has one that is known.
    pub namespace: Option<String>,
    /// The object's name, `ledger-*` for a generated one; the Terraform address.
    pub name: String,
}

impl fmt::Display for SubjectIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.target.is_terraform() {
            return f.write_str(&self.name);
        }
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// Names a set of parameters by its SHA-256; shown in hexadecimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParametersDigest([u8; 32]);

impl ParametersDigest {
    /// From the bytes of the SHA-256.
    pub(crate) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for ParametersDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// All that was decided about one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Who was judged.
    pub subject: SubjectIdentity,
    /// The environment judged under.
    pub environment: Environment,
    /// The classification judged under.
    pub classification: Classification,
    /// The regimes that the subject itself names, beyond those of the settings.
    pub own_regimes: Vec<String>,
    /// Names the parameters judged by.
    pub parameters: ParametersDigest,
    /// Everything that is neither a plain pass nor not applicable, the most severe first.
    pub findings: Vec<Finding>,
    /// Checks that passed.
    pub passed: u32,
    /// Checks that had nothing to say.
    pub not_applicable: u32,
}

impl Decision {
    /// The strictest action of all findings.
    pub fn action(&self) -> Option<Action> {
        self.findings.iter().filter_map(|finding| finding.action).max()
    }

    /// The findings with this action.
    pub fn with_action(&self, action: Action) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.action == Some(action))
    }

    /// The findings that refuse the subject.
    pub fn denials(&self) -> impl Iterator<Item = &Finding> {
        self.with_action(Action::Deny)
    }

    /// The findings that are said without refusing.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.with_action(Action::Warn)
    }

    /// Whether some check could not run.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.verdict == Verdict::Error)
    }

    /// Whether some check waits for a value.
    pub fn is_undecided(&self) -> bool {
        self.findings.iter().any(|finding| finding.verdict == Verdict::Unknown)
    }
}
