//! Why a parameter has its value: for `probity explain` and for whoever has to answer for it.

use super::Snapshot;
use crate::control::{Classification, ControlId, Target};

/// One parameter as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Its name.
    pub name: String,
    /// Its value; `unset` where it has none.
    pub value: String,
    /// The unit, for people.
    pub unit: Option<String>,
    /// What it decides.
    pub description: String,
    /// Who says what, those that decide marked; empty where the default holds.
    pub voices: Vec<Voiced>,
}

/// What one voice says about a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voiced {
    /// `sox`, `settings`, `production`, `restricted data`.
    pub who: String,
    /// What it says.
    pub value: String,
    /// The condition under which it says so, as CEL.
    pub when: Option<String>,
    /// Whether the value in force is this one's doing.
    pub decides: bool,
}

impl Snapshot {
    /// The parameters that a control's check on `target` reads, under one class.
    pub fn explain(
        &self,
        control: &ControlId,
        target: Target,
        class: Classification,
    ) -> Vec<Explained> {
        let check = self.catalog().control(control).and_then(|control| control.check(target));
        let rules = check.into_iter().flat_map(|check| &check.rules);
        let mut names: Vec<&String> = rules
            .flat_map(|rule| rule.parameters.iter().chain(&rule.parameters_of_fixes))
            .collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().filter_map(|name| self.explain_parameter(name, target, class)).collect()
    }

    /// One parameter, as subjects of a target and a class are judged by.
    pub fn explain_parameter(
        &self,
        name: &str,
        target: Target,
        class: Classification,
    ) -> Option<Explained> {
        let tables = self.parameters();
        let at = tables.all().iter().position(|parameter| parameter.name == name)?;
        let (parameter, folded) = (tables.all().get(at)?, tables.base(target, class).get(at)?);
        let deciders: Vec<_> = folded.deciders(parameter.fold).collect();
        let mut voices: Vec<_> = folded
            .voices
            .iter()
            .map(|(voice, value)| Voiced {
                who: voice.to_string(),
                value: value.to_string(),
                when: None,
                decides: deciders.contains(&voice),
            })
            .collect();
        voices.extend(
            tables
                .conditions(target, self.catalog())
                .filter(|condition| condition.parameter == at)
                .map(|condition| Voiced {
                    who: condition.regime.to_owned(),
                    value: condition.value.to_string(),
                    when: condition.when.map(|when| when.source().to_owned()),
                    decides: false,
                }),
        );
        Some(Explained {
            name: name.to_owned(),
            value: folded.value.as_ref().map_or_else(|| "unset".to_owned(), ToString::to_string),
            unit: parameter.unit.clone(),
            description: parameter.description.clone(),
            voices,
        })
    }
}
