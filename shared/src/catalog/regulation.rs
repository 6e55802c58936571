//! What is data beside the controls: environments with the default actions, classification
//! levels, regimes. All checked against the controls by the loader. Must not know settings;
//! read by `decision` and `snapshot`.

use crate::{
    control::{Action, Classification, Environment, Mode, ParameterValue, Severity, Target},
    expression::Expression,
    value::Value,
};

/// What the environments say: parameters and default actions.
#[derive(Debug, Default)]
pub struct Environments {
    /// One row each, the least strict first.
    pub rows: Vec<EnvironmentRow>,
    /// From severity and mode to an action; the first row that matches wins.
    pub actions: Vec<ActionRow>,
}

/// One environment.
#[derive(Debug)]
pub struct EnvironmentRow {
    /// Which.
    pub name: Environment,
    /// What it is, for people.
    pub description: String,
    /// What it asks for.
    pub parameters: Vec<(String, ParameterValue)>,
}

/// One row of the default actions.
#[derive(Clone, Copy, Debug)]
pub struct ActionRow {
    /// The severity that it is for; any if left out.
    pub severity: Option<Severity>,
    /// The mode that it is for; any if left out.
    pub mode: Option<Mode>,
    /// The actions by environment.
    pub actions: [Action; 3],
}

impl Environments {
    /// The default action. A combination that no row covers is refused by the loader, so the
    /// strictest answer at the end is only what a broken catalog would get.
    pub fn default_action(
        &self,
        severity: Severity,
        mode: Mode,
        environment: Environment,
    ) -> Action {
        self.actions
            .iter()
            .find(|row| row.covers(severity, mode))
            .and_then(|row| row.actions.get(environment as usize).copied())
            .unwrap_or(Action::Deny)
    }

    /// The row of one environment.
    pub fn row(&self, environment: Environment) -> Option<&EnvironmentRow> {
        self.rows.iter().find(|row| row.name == environment)
    }
}

impl ActionRow {
    /// Whether this row speaks about the combination.
    pub fn covers(&self, severity: Severity, mode: Mode) -> bool {
        self.severity.is_none_or(|own| own == severity) && self.mode.is_none_or(|own| own == mode)
    }
}

/// One classification level.
#[derive(Debug)]
pub struct Level {
    /// Which.
    pub name: Classification,
    /// What it is, for people.
    pub description: String,
    /// What it asks for.
    pub parameters: Vec<(String, ParameterValue)>,
    /// How it moves severities.
    pub severity_shift: Vec<SeverityShift>,
    /// Where its warnings refuse.
    pub raise_warnings_in: Vec<Environment>,
}

/// A move of severities; an empty list means any.
#[derive(Debug)]
pub struct SeverityShift {
    /// The families that it moves.
    pub families: Vec<String>,
    /// The severities that it moves.
    pub severities: Vec<Severity>,
    /// By how many levels.
    pub by: i8,
}

impl Level {
    /// The severity of a control of `family` for subjects of this level.
    pub fn shift(&self, family: &str, severity: Severity) -> Severity {
        let by = self
            .severity_shift
            .iter()
            .find(|shift| {
                (shift.families.is_empty() || shift.families.iter().any(|own| own == family))
                    && (shift.severities.is_empty() || shift.severities.contains(&severity))
            })
            .map_or(0, |shift| shift.by);
        severity.shifted(by)
    }
}

/// Where a subject may say one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The tag of a resource.
    pub tag: Option<String>,
    /// The label of an object.
    pub label: Option<String>,
    /// The attribute of a resource.
    pub attribute: Option<String>,
}

/// What raises the class of whatever carries it, however it is classified.
#[derive(Debug)]
pub struct Floor {
    /// The class that it cannot be below.
    pub class: Classification,
    /// Where it is written.
    pub mark: Mark,
    /// The words that count, in any case; all if empty.
    pub values: Vec<String>,
    /// The words that do not.
    pub except: Vec<String>,
}

impl Floor {
    /// Whether a word counts; nobody can tell of one that is not known yet.
    pub fn holds(&self, said: Value<'_>) -> Option<bool> {
        let among = |words: &[String], word: &str| {
            words.iter().any(|own| own.eq_ignore_ascii_case(word.trim()))
        };
        let counts = |word: &str| {
            !word.is_empty()
                && (self.values.is_empty() || among(&self.values, word))
                && !among(&self.except, word)
        };
        match said {
            Value::Unknown => None,
            Value::String(word) => Some(counts(word)),
            Value::Bool(truth) => Some(counts(if truth { "true" } else { "false" })),
            _ => Some(false),
        }
    }
}

/// A regulation that can be switched on.
#[derive(Debug)]
pub struct Regime {
    /// The name in settings: `pci-dss`.
    pub id: String,
    /// How it is shown: `PCI DSS`.
    pub name: String,
    /// Its full name.
    pub title: String,
    /// The framework files whose references count as its own.
    pub frameworks: Vec<String>,
    /// What it asks for.
    pub parameters: Vec<RegimeParameter>,
}

/// What a regime asks of one parameter.
#[derive(Debug)]
pub struct RegimeParameter {
    /// The parameter.
    pub name: String,
    /// The value that it asks for.
    pub value: ParameterValue,
    /// The targets that it speaks about; all if empty.
    pub targets: Vec<Target>,
    /// The subjects that it speaks about, compiled per target; all if empty.
    pub when: Vec<(Target, Expression)>,
}

impl RegimeParameter {
    /// Whether it speaks about this target at all.
    pub fn concerns(&self, target: Target) -> bool {
        self.targets.is_empty() || self.targets.contains(&target)
    }

    /// The condition on subjects of this target.
    pub fn condition(&self, target: Target) -> Option<&Expression> {
        self.when.iter().find(|(own, _)| *own == target).map(|(_, condition)| condition)
    }
}
