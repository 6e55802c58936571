//! The lifecycle rules of a bucket: between attribute and configuration, both ways, and what S3
//! demands of them, so that it is said before S3 says it. Pure; `mapping` and `schema` call it.

use std::collections::BTreeSet;

use super::mapping::some_text;
use crate::cloud::aws::s3::{LifecycleRule, NoncurrentTransition, Transition, same_lifecycle};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resources::support::int;
use crate::value::Value;

/// The classes that objects can be moved to, each only to one further down.
pub(super) const CLASSES: [&str; 6] =
    ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];

/// No document may have more.
const MOST_RULES: usize = 1000;

/// The rules that the attribute stands for.
pub(super) fn rules_of(rules: &Value) -> Vec<LifecycleRule> {
    rules.elements().iter().map(rule_of).collect()
}

fn rule_of(rule: &Value) -> LifecycleRule {
    let mut transitions: Vec<_> =
        rule.get("transitions").elements().iter().filter_map(transition_of).collect();
    let mut noncurrent: Vec<_> = rule
        .get("noncurrent_version_transitions")
        .elements()
        .iter()
        .filter_map(noncurrent_transition_of)
        .collect();
    transitions.sort();
    noncurrent.sort();
    LifecycleRule {
        id: rule.get("id").as_str().map(str::to_owned),
        enabled: rule.get("enabled").as_bool().unwrap_or(true),
        prefix: rule.get("prefix").as_str().unwrap_or_default().to_owned(),
        abort_incomplete_upload_days: int(rule.get("abort_incomplete_upload_days")),
        expiration_days: int(rule.get("expiration_days")),
        transitions,
        noncurrent_expiration_days: int(rule.get("noncurrent_version_expiration_days")),
        noncurrent_transitions: noncurrent,
        has_foreign_parts: false,
    }
}

fn transition_of(value: &Value) -> Option<Transition> {
    let storage_class = value.get("storage_class").as_str()?.to_owned();
    Some(Transition { days: int(value.get("days"))?, storage_class })
}

fn noncurrent_transition_of(value: &Value) -> Option<NoncurrentTransition> {
    let Transition { days, storage_class } = transition_of(value)?;
    let newer_versions = int(value.get("newer_versions"));
    Some(NoncurrentTransition { days, storage_class, newer_versions })
}

/// Where prior state says the same in other words (S3 names rules and sorts them), its words stay.
pub(super) fn keep_spelling(config: &Value, prior: &Value, planned: &mut Value) {
    let (written, before) = (config.get("lifecycle_rules"), prior.get("lifecycle_rules"));
    if written.is_set()
        && written.is_wholly_known()
        && same_lifecycle(&rules_of(written), &rules_of(before))
    {
        planned.set("lifecycle_rules", before.clone());
    }
}

/// Puts what was found into the state, unless that says the same in other words.
pub(super) fn refresh(state: &mut Value, found: &[LifecycleRule]) {
    let before = state.get("lifecycle_rules");
    if same_lifecycle(&rules_of(before), found) && !before.is_null() {
        return;
    }
    let rules = found.iter().map(rule_to_value).collect::<Vec<_>>();
    state.set("lifecycle_rules", if rules.is_empty() { Value::Null } else { Value::List(rules) });
}

fn rule_to_value(rule: &LifecycleRule) -> Value {
    let days = |days: Option<i32>| Value::from(days);
    // Parts that have no attribute must show all the same.
    let id = rule.id.clone().unwrap_or_default();
    let id = if rule.has_foreign_parts {
        format!("{id} (with parts that Probity does not know)")
    } else {
        id
    };
    let transitions = rule.transitions.iter().map(|transition| {
        Value::object([
            ("days", Value::from(transition.days)),
            ("storage_class", transition.storage_class.as_str().into()),
        ])
    });
    let noncurrent = rule.noncurrent_transitions.iter().map(|transition| {
        Value::object([
            ("days", Value::from(transition.days)),
            ("newer_versions", days(transition.newer_versions)),
            ("storage_class", transition.storage_class.as_str().into()),
        ])
    });
    Value::object([
        ("id", some_text(&id)),
        ("prefix", some_text(&rule.prefix)),
        ("enabled", rule.enabled.into()),
        ("expiration_days", days(rule.expiration_days)),
        ("transitions", some_list(transitions.collect())),
        ("noncurrent_version_expiration_days", days(rule.noncurrent_expiration_days)),
        ("noncurrent_version_transitions", some_list(noncurrent.collect())),
        ("abort_incomplete_upload_days", days(rule.abort_incomplete_upload_days)),
    ])
}

fn some_list(list: Vec<Value>) -> Value {
    if list.is_empty() { Value::Null } else { Value::List(list) }
}

/// What S3 would refuse about the rules, as far as they are known.
pub(super) fn check(rules: &Value) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut refuse = |summary: &str, detail: String| {
        found.push(Diagnostic::error(summary, detail).at("lifecycle_rules"));
    };
    let rules = rules.elements();
    if rules.len() > MOST_RULES {
        let count = rules.len();
        refuse(
            "too many lifecycle rules",
            format!("`lifecycle_rules` has {count}; S3 takes {MOST_RULES} for a bucket"),
        );
    }
    let mut ids = BTreeSet::new();
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.is_set()) {
        let number = index + 1;
        if let Some(id) = rule.get("id").as_str()
            && !ids.insert(id)
        {
            refuse(
                "two lifecycle rules of one name",
                format!("rule {number} of `lifecycle_rules` has the `id` of another: \"{id}\""),
            );
        }
        if does_nothing(rule) {
            refuse(
                "a rule that does nothing",
                format!(
                    "rule {number} of `lifecycle_rules` does nothing: give it `expiration_days`, \
                     `transitions`, `noncurrent_version_expiration_days`, \
                     `noncurrent_version_transitions` or `abort_incomplete_upload_days`"
                ),
            );
        }
        for (moves, end) in [
            ("transitions", "expiration_days"),
            ("noncurrent_version_transitions", "noncurrent_version_expiration_days"),
        ] {
            for problem in check_moves(rule.get(moves), rule.get(end).as_i64(), end) {
                refuse(
                    "S3 does not move objects like this",
                    format!("`{moves}` of rule {number} of `lifecycle_rules`: {problem}"),
                );
            }
        }
    }
    found
}

fn does_nothing(rule: &Value) -> bool {
    let is_idle = |name: &str| {
        let value = rule.get(name);
        value.is_null()
            || (value.is_wholly_known() && value.elements().is_empty() && value.as_i64().is_none())
    };
    [
        "expiration_days",
        "transitions",
        "noncurrent_version_expiration_days",
        "noncurrent_version_transitions",
        "abort_incomplete_upload_days",
    ]
    .into_iter()
    .all(is_idle)
}

/// What is wrong about the moves of one rule, whose versions go for good at `end`.
fn check_moves(moves: &Value, end: Option<i64>, end_name: &str) -> Vec<String> {
    let mut problems = Vec::new();
    // Moves with something unknown in them are looked at when it is known.
    let mut steps: Vec<(i64, usize, &str)> = moves
        .elements()
        .iter()
        .filter_map(|step| {
            let class = step.get("storage_class").as_str()?;
            let rank = CLASSES.iter().position(|known| *known == class)?;
            Some((step.get("days").as_i64()?, rank, class))
        })
        .collect();
    steps.sort_unstable();
    for (days, _, class) in &steps {
        if is_infrequent(class) && *days < 30 {
            problems.push(format!("{class} after {days} days; S3 moves objects there from day 30"));
        }
        if let Some(end) = end.filter(|end| end <= days) {
            problems.push(format!(
                "{class} after {days} days, but `{end_name}` is {end}: what is gone cannot move"
            ));
        }
    }
    for pair in steps.windows(2) {
        let [(before, from_rank, from), (after, to_rank, to)] = pair else { continue };
        if before == after {
            problems.push(format!("{from} and {to} both after {after} days"));
        } else if from_rank >= to_rank || (*from == "ONEZONE_IA" && *to == "GLACIER_IR") {
            problems.push(format!(
                "{to} after {after} days comes after {from}; objects only move down this list: {}, \
                 and not from ONEZONE_IA to GLACIER_IR",
                CLASSES.join(", ")
            ));
        } else if is_infrequent(from) && !is_infrequent(to) && after - before < 30 {
            problems.push(format!(
                "{to} after {after} days; what went to {from} after {before} stays there 30 days, \
                 so give {} or more",
                before + 30
            ));
        }
    }
    problems
}

/// The classes for what is read seldom, with a minimum stay.
fn is_infrequent(class: &str) -> bool {
    class == "STANDARD_IA" || class == "ONEZONE_IA"
}

#[cfg(test)]
mod tests;
