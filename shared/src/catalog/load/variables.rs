//! The variables of a control: names that can be used and are, expressions that can be read.
//! What they give is checked where they are used. Called by `control`.

use crate::catalog::place::{Errors, Unit};
use crate::{
    control::{Check, Rule, Variable, raw::RawVariable},
    expression::{Expression, KEYWORDS, Variables},
};

/// Declares the variables of a control.
pub(super) fn declare(unit: &Unit, raw: &[RawVariable], errors: &mut Errors) -> Variables {
    for (index, RawVariable { name, .. }) in raw.iter().enumerate() {
        let at = unit.at("variables").index(index).field("name");
        if !is_name(name) {
            let error = at.error(format!("`{name}` is not a name for a variable"));
            errors.add(error.with_help(
                "letters, digits and `_`, no digit first, and not `in`, `true`, `false` or `null`",
            ));
        } else if raw.iter().take(index).any(|other| other.name == *name) {
            errors.add(at.error(format!("`{name}` is declared twice")));
        }
    }
    let sources: Vec<_> =
        raw.iter().map(|own| (own.name.as_str(), own.expression.as_str())).collect();
    let (variables, mistakes) = Variables::declare(&sources);
    for mistake in mistakes {
        let index = mistake.variable.unwrap_or_default();
        let at = unit.variable(index);
        errors.add(at.compile_error(0, &mistake));
    }
    variables
}

/// A variable that nothing uses is a mistake: of its name, or of who should use it.
pub(super) fn all_used<'c>(
    unit: &Unit,
    raw: &[RawVariable],
    checks: impl Iterator<Item = &'c Check>,
    errors: &mut Errors,
) {
    let rules = checks.flat_map(|check| &check.rules);
    let used: Vec<_> = rules.flat_map(Rule::expressions).flat_map(Expression::variables).collect();
    for (index, RawVariable { name, .. }) in raw.iter().enumerate() {
        if !used.contains(&index) {
            let at = unit.at("variables").index(index).field("name");
            errors.add(at.error(format!("nothing uses `variables.{name}`")));
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.chars().all(is_part)
        && text.starts_with(|first: char| !first.is_ascii_digit())
        && !KEYWORDS.contains(&text)
}

impl From<&RawVariable> for Variable {
    fn from(raw: &RawVariable) -> Self {
        let expression = raw.expression.trim_end().to_owned();
        Self { name: raw.name.clone(), expression }
    }
}
