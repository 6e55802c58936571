//! Verdict to action, in one place. Nobody else may decide what a verdict leads to.

use time::Date;

use super::Verdict;
use crate::{
    catalog::Environments,
    control::{Action, ActionTable, Environment, Mode, Severity},
};

/// When a subject is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The configuration alone, before anything is known (`terraform validate`).
    Validate,
    /// With the state and what is known by now (`terraform plan`).
    Plan,
    /// Right before it happens (`terraform apply`).
    Apply,
    /// By the API server.
    Admission,
    /// Files, in a pipeline or at a desk.
    Offline,
}

/// All that decides, beside the verdict, what happens.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a circumstance of its own")]
pub struct Circumstances<'a> {
    /// When.
    pub phase: Phase,
    /// Where.
    pub environment: Environment,
    /// The control's mode.
    pub mode: Mode,
    /// The severity, already shifted by the class.
    pub severity: Severity,
    /// The control's own actions, instead of the defaults.
    pub own: Option<ActionTable>,
    /// What the settings say for this control, still in force and allowed.
    pub settings: Option<Action>,
    /// Whether the class turns warnings into refusals here.
    pub raise_warnings: bool,
    /// Whether the control is newer than the pinned catalog and still in its first days.
    pub grace_until: Option<Date>,
    /// What the request has to do with what the rule reads.
    pub change: Change,
    /// Whether what is unknown could not be supplied yet (a namespace that nobody looked up).
    pub out_of_reach: bool,
    /// For a conflict: whether the stricter side can be met all the same.
    pub satisfiable: bool,
    /// Whether a framework is judged by: what it asks for holds or does not, and no setting,
    /// mode or environment makes a failure milder.
    pub framework: bool,
    /// The default actions.
    pub defaults: &'a Environments,
}

/// What a request has to do with what a rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// It brings it, or changes it.
    Own,
    /// It is an update that leaves it as it was.
    Untouched,
    /// It cannot change the specification at all (`pods/status`).
    StatusOnly,
    /// It shows what a node runs anyway: the mirror of a static pod.
    Mirror,
}

/// What happens because of `verdict`, and why it is milder than it would be.
pub fn action(verdict: Verdict, at: &Circumstances<'_>) -> (Option<Action>, Option<String>) {
    match verdict {
        Verdict::NotApplicable | Verdict::Pass => (None, None),
        Verdict::PassWithCap | Verdict::Waived => (Some(Action::Audit), None),
        _ if at.change == Change::Mirror => {
            (Some(Action::Audit), Some("the mirror of a static pod is only recorded".to_owned()))
        }
        Verdict::Unknown => (Some(unknown(at)), None),
        // The legal minimum is enforced; what is left is for people to write down.
        Verdict::Conflict if at.satisfiable => {
            (Some(failed(at).0.map_or(Action::Warn, |full| full.min(Action::Warn))), None)
        }
        Verdict::Fail | Verdict::Error | Verdict::Conflict => failed(at),
    }
}

/// What a failure of this control leads to here.
fn failed(at: &Circumstances<'_>) -> (Option<Action>, Option<String>) {
    if at.framework {
        return (Some(Action::Deny), None);
    }
    let full = at.settings.unwrap_or_else(|| by_default(at));
    if full < Action::Deny {
        return (Some(full), None);
    }
    let milder = if at.mode == Mode::Advisory {
        Some("advisory controls never refuse".to_owned())
    } else if at.change == Change::StatusOnly {
        Some("a status update never refuses on the specification".to_owned())
    } else if at.change == Change::Untouched && at.severity < Severity::Critical {
        Some("was so before this update".to_owned())
    } else {
        at.grace_until.map(|until| format!("new in this catalog: refused from {until} on"))
    };
    match milder {
        Some(why) => (Some(Action::Warn), Some(why)),
        None => (Some(Action::Deny), None),
    }
}

fn by_default(at: &Circumstances<'_>) -> Action {
    if let Some(own) = at.own {
        return own.action(at.environment);
    }
    let action = at.defaults.default_action(at.severity, at.mode, at.environment);
    if action == Action::Warn && at.raise_warnings && at.mode != Mode::Advisory {
        Action::Deny
    } else {
        action
    }
}

/// What an undecided check leads to: nothing before it matters, a refusal where it would have
/// to be known by now and much depends on it.
fn unknown(at: &Circumstances<'_>) -> Action {
    let must_be_known = match at.phase {
        Phase::Validate | Phase::Plan | Phase::Offline => false,
        Phase::Apply => true,
        Phase::Admission => at.environment == Environment::Production,
    };
    if must_be_known && !at.out_of_reach && at.severity >= Severity::High {
        failed(at).0.unwrap_or(Action::Warn)
    } else {
        Action::Warn
    }
}

#[cfg(test)]
mod tests;
