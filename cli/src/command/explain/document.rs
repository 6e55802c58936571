//! All about one control, for people and machines alike: what `page` prints and JSON holds.

use probity_catalog::{
    Action, Catalog, Classification, Control, Mode, Severity, Snapshot, Target,
    catalog::{Basis, Framework, Requirement},
    control::{self, Assignment, Check, Template, TemplatePart, ValueTemplate},
    expression::Expression,
    snapshot::{Explained, Voiced},
};
use schemars::JsonSchema;
use serde::Serialize;
use time::Date;

use crate::report::json::{Catalog as OwnCatalog, Settings};

/// What `probity explain --format json` writes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Output of probity explain")]
pub(crate) struct Explanation<'c> {
    /// The control: `RET-003`.
    pub(super) id: &'c str,
    /// The required state, in words.
    pub(super) title: &'c str,
    /// How bad a failure is.
    pub(super) severity: Severity,
    /// Whether settings may change what follows from a failure.
    pub(super) mode: Mode,
    /// The version of the catalog that it came with.
    pub(super) since: String,
    /// Why it matters.
    pub(super) rationale: &'c str,
    /// The way out.
    pub(super) remediation: &'c str,
    /// What its expressions use as `variables.<name>`.
    pub(super) variables: Vec<Variable<'c>>,
    /// What it checks, target by target.
    pub(super) checks: Vec<ShownCheck>,
    /// The parameters that its checks read, as they are in force.
    pub(super) parameters: Vec<Parameter>,
    /// The class of data for which the parameters hold.
    pub(super) classification: Classification,
    /// What the settings make of a failure instead.
    #[serde(rename = "override")]
    pub(super) own_action: Option<OwnAction>,
    /// The requirements that ask for it.
    pub(super) asked_by: Vec<Reference<'c>>,
    /// For the check of a published standard, the controls that answer the same.
    pub(super) reported_under: Vec<Counterpart<'c>>,
    /// Where to read on.
    pub(super) links: &'c [String],
    /// The catalog that it is in.
    catalog: OwnCatalog,
    /// The settings in force.
    settings: Settings,
}

/// An expression that others of the control use by name.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Variable<'c> {
    /// Its name.
    pub(super) name: &'c str,
    /// What it stands for, as CEL.
    pub(super) expression: &'c str,
}

/// A control on one target.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ShownCheck {
    /// `RET-003/s3`.
    pub(super) id: String,
    /// What it judges.
    pub(super) target: Target,
    /// All of them must hold.
    pub(super) rules: Vec<Rule>,
}

/// One rule of a check; expressions are CEL.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Rule {
    /// The collection whose elements are judged one by one: `containers.all`.
    pub(super) each: Option<String>,
    /// The name of an element in expressions: `c`.
    pub(super) variable: Option<String>,
    /// Where it is false, the rule does not apply.
    pub(super) when: Option<String>,
    /// True where all is as it must be.
    pub(super) holds_if: String,
    /// The field at fault, below the element where there is one.
    pub(super) path: String,
    /// What may be there.
    pub(super) allowed: String,
    /// Whether what is found is a secret and never shown.
    pub(super) secret: bool,
    /// True where the platform can do no better.
    pub(super) capped_if: Option<String>,
    /// What follows from a failure, where the control says so itself.
    pub(super) action: Option<Actions>,
    /// What is filled in where it is absent.
    pub(super) fills_in: Vec<Fill>,
}

/// What follows from a failure, by environment.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Actions {
    pub(super) dev: Action,
    pub(super) staging: Action,
    pub(super) production: Action,
}

/// What is filled in at one place.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Fill {
    /// The collection in each element of which it is.
    pub(super) each: Option<String>,
    /// The place.
    pub(super) path: String,
    /// Whether it is done only where the namespace asks for it: its label `probity.dev/mutate` names
    /// the control.
    pub(super) opt_in: bool,
    /// CEL; where it is false nothing is done.
    pub(super) when: Option<String>,
    /// The value, with expressions in braces; null where what stands there is taken out.
    pub(super) value: Option<String>,
    /// A value that it may stand instead of; null where it is filled in only where nothing is.
    pub(super) instead_of: Option<String>,
}

/// A parameter, as it is in force.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Parameter {
    /// Its name: `record_retention_days`.
    pub(super) name: String,
    /// Its value; `unset` where it has none.
    pub(super) value: String,
    /// Its unit.
    pub(super) unit: Option<String>,
    /// What it decides.
    pub(super) description: String,
    /// Whether the value is the default, since nobody has said another that holds everywhere.
    pub(super) default: bool,
    /// Who says what.
    pub(super) said_by: Vec<Voice>,
}

/// What one of those who are asked says of a parameter.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Voice {
    /// `sox`, `settings`, `production`, `restricted data`.
    pub(super) who: String,
    /// What it says.
    pub(super) value: String,
    /// The condition under which it says so, as CEL; null where it always does.
    pub(super) when: Option<String>,
    /// Whether the value in force is this one's doing.
    pub(super) decides: bool,
}

/// What the settings make of a failure, whatever the control says.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OwnAction {
    /// What follows.
    pub(super) action: Action,
    /// Who answers for it.
    pub(super) owner: String,
    /// The last day on which it holds: `2027-03-31`.
    pub(super) until: String,
    /// Whether it holds today: not after its end, nor where that is too far ahead.
    pub(super) in_force: bool,
}

/// A requirement that asks for the control.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Reference<'c> {
    /// The framework's id: `pci-dss`.
    framework: &'c str,
    /// The requirement's number there.
    requirement: &'c str,
    /// Both, as people write them: `PCI DSS 2.2.6`.
    pub(super) cited: String,
    /// What it asks for, in our words.
    pub(super) title: &'c str,
    /// Whether somebody has compared this with the framework's text.
    pub(super) verified: bool,
}

/// A control under which the check of a published standard is reported.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Counterpart<'c> {
    pub(super) id: &'c str,
    pub(super) title: &'c str,
}

impl<'c> Explanation<'c> {
    pub(super) fn new(
        catalog: &'c Catalog,
        control: &'c Control,
        snapshot: &Snapshot,
        today: Date,
    ) -> Self {
        let classification = snapshot.default_classification();
        let mut parameters: Vec<Parameter> = Vec::new();
        for check in &control.checks {
            for explained in snapshot.explain(&control.id, check.id.target, classification) {
                let parameter = Parameter::from(explained);
                if !parameters.contains(&parameter) {
                    parameters.push(parameter);
                }
            }
        }
        let counterparts = catalog.counterparts(&control.id).filter_map(|id| catalog.control(id));
        Self {
            id: control.id.as_str(),
            title: &control.title,
            severity: control.severity,
            mode: control.mode,
            since: control.since.to_string(),
            rationale: control.rationale.trim_end(),
            remediation: control.remediation.trim_end(),
            variables: control
                .variables
                .iter()
                .map(|own| Variable { name: &own.name, expression: &own.expression })
                .collect(),
            checks: control.checks.iter().map(ShownCheck::from).collect(),
            parameters,
            classification,
            own_action: snapshot.settings().enforcement.get(&control.id).map(|own| OwnAction {
                action: own.action,
                owner: own.owner.clone(),
                until: own.until.to_string(),
                in_force: snapshot.override_of(&control.id, today).is_some(),
            }),
            asked_by: catalog.asked_by(&control.id).map(reference).collect(),
            reported_under: counterparts
                .map(|control| Counterpart { id: control.id.as_str(), title: &control.title })
                .collect(),
            links: &control.links,
            catalog: OwnCatalog::from(snapshot),
            settings: Settings::from(snapshot),
        }
    }
}

fn reference<'c>(
    (framework, requirement, basis): (&'c Framework, &'c Requirement, Basis),
) -> Reference<'c> {
    Reference {
        framework: &framework.id,
        requirement: &requirement.id,
        cited: framework.cite(requirement),
        title: &requirement.title,
        verified: basis == Basis::Verified,
    }
}

impl From<&Check> for ShownCheck {
    fn from(check: &Check) -> Self {
        let rules = check.rules.iter().map(Rule::from).collect();
        Self { id: check.id.to_string(), target: check.id.target, rules }
    }
}

impl From<&control::Rule> for Rule {
    fn from(rule: &control::Rule) -> Self {
        let source = |expression: &Expression| expression.source().trim_end().to_owned();
        let fill = |fix: &control::Fix, assignment: &Assignment| Fill {
            each: fix.each.map(|each| each.as_str().to_owned()),
            path: assignment.path.path.to_string(),
            opt_in: fix.opt_in,
            when: fix.when.as_ref().map(source),
            value: assignment.value.as_ref().map(value_template),
            instead_of: assignment
                .value
                .as_ref()
                .and(fix.instead_of.as_ref())
                .map(ToString::to_string),
        };
        let fills = rule
            .fixes
            .iter()
            .flat_map(|fix| fix.assignments.iter().map(move |assignment| fill(fix, assignment)));
        Self {
            each: rule.each.map(|each| each.as_str().to_owned()),
            variable: rule.each.map(|each| each.variable().to_owned()),
            when: rule.when.as_ref().map(source),
            holds_if: source(&rule.expression),
            path: rule.path.path.to_string(),
            allowed: template(&rule.allowed),
            secret: rule.secret,
            capped_if: rule.cap.as_ref().map(source),
            action: rule.action.as_ref().map(|own| Actions {
                dev: own.dev,
                staging: own.staging,
                production: own.production,
            }),
            fills_in: fills.collect(),
        }
    }
}

impl From<Explained> for Parameter {
    fn from(explained: Explained) -> Self {
        let Explained { name, value, unit, description, voices } = explained;
        let voice = |Voiced { who, value, when, decides }| Voice { who, value, when, decides };
        let said_by: Vec<_> = voices.into_iter().map(voice).collect();
        let default = !said_by.iter().any(|voice| voice.decides);
        Self { name, value, unit, description: description.trim_end().to_owned(), default, said_by }
    }
}

fn template(template: &Template) -> String {
    template
        .parts
        .iter()
        .map(|part| match part {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::Expression(expression) => format!("{{{}}}", expression.source()),
        })
        .collect()
}

fn value_template(value: &ValueTemplate) -> String {
    let list = |values: Vec<String>| values.join(", ");
    match value {
        ValueTemplate::Literal(value) => value.to_string(),
        ValueTemplate::Text(text) => template(text),
        ValueTemplate::Expression(expression) => format!("{{{}}}", expression.source()),
        ValueTemplate::List(values) => {
            format!("[{}]", list(values.iter().map(value_template).collect()))
        }
        ValueTemplate::Object(fields) => {
            let fields =
                fields.iter().map(|(name, value)| format!("{name}: {}", value_template(value)));
            format!("{{{}}}", list(fields.collect()))
        }
    }
}
