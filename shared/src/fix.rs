//! What controls would fill in: the webhook's patches, the provider's defaults, and the same in
//! memory so that templates and files are judged as they will be. Only what is absent is set, or has
//! the one value that a control lets it replace; only what a control says is removed; and ephemeral
//! containers are never touched. Must not know JSON Patch or the Terraform wire.

use serde_json::{Map, Value as Json};

use crate::{
    control::{self, Assignment, ControlId, Rule, Template, TemplatePart, ValueTemplate},
    evaluate::{Context, Element, Frame, absolute, visit},
    expression::{Cost, Expression},
    snapshot::Snapshot,
    subject::{Subject, View},
    value::{Arena, Path, Value},
};

pub use simulate::simulate;

mod simulate;

/// One change that a control asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// The control.
    pub control: ControlId,
    /// Where: absolute in the object or the resource.
    pub path: Path,
    /// What.
    pub operation: Operation,
}

/// What a fix does.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Gives a value to what is absent; absent parents are made.
    Set(Json),
    /// Gives a value that is not known yet to what is absent: the default hangs on something
    /// that Terraform knows only after apply. Never for Kubernetes.
    SetUnknown,
    /// Gives a value to what has one that nobody said: the API server's own. Never for Terraform.
    Replace(Json),
    /// Takes away what is there.
    Remove,
}

/// How often all fixes are looked at again because one of them changed something that another
/// hangs on. Defaults that still move then are a mistake in the catalog; a test holds ours.
const ROUNDS: usize = 4;

/// What the fixes of one control may cost.
const COST: u64 = 1_000_000;

/// What the controls would change in a subject, in a fixed order: applied one after the other
/// they all hold, and applied again they change nothing. What is taken away comes last, later
/// items of a list first, so that every path means the same in the subject as it was.
pub fn fixes<'a>(
    snapshot: &'a Snapshot,
    subject: &Subject<'a>,
    _context: &Context,
    arena: &'a Arena,
) -> Vec<Fix> {
    let mut fixer = Fixer {
        subject: subject.clone(),
        frame: Frame::new(snapshot, subject, arena),
        cost: Cost::limit(COST),
        found: Vec::new(),
        removed: Vec::new(),
    };
    for _round in 0..ROUNDS {
        let before = fixer.found.len();
        for judged in snapshot.checks(subject.identity.target) {
            fixer.cost = Cost::limit(COST);
            for rule in &judged.check.rules {
                for fix in &rule.fixes {
                    fixer.fix(&judged.control.id, rule, fix);
                }
            }
        }
        if fixer.found.len() == before {
            break;
        }
        // What a default hangs on may have been filled in: parameters are folded anew.
        fixer.frame = Frame::new(snapshot, &fixer.subject, arena);
    }
    let Fixer { mut found, mut removed, .. } = fixer;
    removed.sort_by(|a, b| b.path.segments().cmp(a.path.segments()));
    found.append(&mut removed);
    found
}

struct Fixer<'a> {
    /// The subject as fixed so far.
    subject: Subject<'a>,
    frame: Frame<'a>,
    cost: Cost,
    found: Vec<Fix>,
    /// What is taken away at the end; until then everybody still sees it.
    removed: Vec<Fix>,
}

/// Whether a condition holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    Unknown,
}

impl<'a> Fixer<'a> {
    fn fix(&mut self, control: &ControlId, rule: &'a Rule, fix: &'a control::Fix) {
        let Some(each) = fix.each else {
            return self.assign(control, rule, fix, None);
        };
        let View::Pod(view) = &self.subject.view else { return };
        let mut all = Vec::new();
        visit(view.pod, each, |element| all.extend(element.ok()));
        for element in all {
            // An earlier fix may have changed this very element.
            let Some(element) = self.current(&element) else { continue };
            if element.field == "ephemeralContainers" {
                continue;
            }
            self.frame.bind_element(element.value);
            self.assign(control, rule, fix, Some(&element));
        }
    }

    fn current(&self, element: &Element<'a>) -> Option<Element<'a>> {
        let View::Pod(view) = &self.subject.view else { return None };
        element.under(view.pod.get(element.field)?.index(element.index)?)
    }

    fn assign(
        &mut self,
        control: &ControlId,
        rule: &'a Rule,
        fix: &'a control::Fix,
        element: Option<&Element<'a>>,
    ) {
        let asked = if fix.opt_in { self.asked(control) } else { Holds::Yes };
        let conditions = [rule.when.as_ref(), fix.when.as_ref()];
        let applies = conditions.into_iter().fold(asked, |all, condition| match all {
            Holds::No => Holds::No,
            Holds::Yes => self.holds(condition),
            Holds::Unknown if self.holds(condition) == Holds::No => Holds::No,
            Holds::Unknown => Holds::Unknown,
        });
        if applies == Holds::No {
            return;
        }
        for assignment in &fix.assignments {
            let path = absolute(&self.subject.view, &assignment.path, element);
            let there = self.subject.root().lookup(&path).filter(|value| !value.is_null());
            let (is_set, is_there) = (assignment.value.is_some(), there.is_some());
            let is_said = |own: &Json| there.is_some_and(|there| there.to_json() == *own);
            let replaces = is_set && fix.instead_of.as_ref().is_some_and(is_said);
            if is_set == is_there && !replaces {
                continue;
            }
            let operation = match self.operation(assignment, applies) {
                Some(Operation::Set(value)) if replaces => Operation::Replace(value),
                Some(operation) => operation,
                None => continue,
            };
            self.apply(Fix { control: control.clone(), path, operation });
        }
    }

    /// What to do at a place; nothing where it cannot be known and nobody could say so later.
    fn operation(&mut self, assignment: &'a Assignment, applies: Holds) -> Option<Operation> {
        let later = self.subject.identity.target.is_terraform().then_some(Operation::SetUnknown);
        let Some(template) = &assignment.value else {
            return (applies == Holds::Yes).then_some(Operation::Remove);
        };
        if applies == Holds::Unknown {
            return later;
        }
        match self.value(template) {
            Computed::Known(Json::Null) | Computed::Error => None,
            Computed::Known(value) => Some(Operation::Set(value)),
            Computed::Unknown => later,
        }
    }

    fn apply(&mut self, fix: Fix) {
        if fix.operation == Operation::Remove {
            if !self.removed.iter().any(|other| other.path == fix.path) {
                self.removed.push(fix);
            }
            return;
        }
        let arena = self.frame.arena();
        let changed = simulate(self.subject.root(), std::slice::from_ref(&fix), arena);
        if changed == self.subject.root() {
            return;
        }
        if let Some(subject) = self.subject.with_root(changed, arena) {
            self.subject = subject;
            self.frame.bind(&self.subject.view);
            self.found.push(fix);
        }
    }

    /// Whether the namespace asks for the fixes of a control; a resource has none that could.
    fn asked(&self, control: &ControlId) -> Holds {
        let View::Pod(pod) = &self.subject.view else { return Holds::No };
        match pod.asks_for(control) {
            Some(true) => Holds::Yes,
            Some(false) => Holds::No,
            None => Holds::Unknown,
        }
    }

    fn holds(&mut self, condition: Option<&'a Expression>) -> Holds {
        let Some(condition) = condition else { return Holds::Yes };
        match self.frame.evaluate(condition, &mut self.cost) {
            Ok(Value::Bool(true)) => Holds::Yes,
            Ok(Value::Unknown) => Holds::Unknown,
            // What cannot be computed is reported by judging; nothing is filled in for it.
            Ok(_) | Err(_) => Holds::No,
        }
    }

    fn value(&mut self, template: &'a ValueTemplate) -> Computed {
        match template {
            ValueTemplate::Literal(value) => Computed::Known(value.clone()),
            ValueTemplate::Expression(expression) => self.expression(expression),
            ValueTemplate::Text(template) => self.text(template),
            ValueTemplate::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    match self.value(item) {
                        Computed::Known(value) => list.push(value),
                        other => return other,
                    }
                }
                Computed::Known(Json::Array(list))
            }
            ValueTemplate::Object(fields) => {
                let mut object = Map::new();
                for (name, field) in fields {
                    match self.value(field) {
                        Computed::Known(value) => object.insert(name.clone(), value),
                        other => return other,
                    };
                }
                Computed::Known(Json::Object(object))
            }
        }
    }

    fn text(&mut self, template: &'a Template) -> Computed {
        let mut text = String::new();
        for part in &template.parts {
            match part {
                TemplatePart::Text(part) => text.push_str(part),
                TemplatePart::Expression(expression) => match self.expression(expression) {
                    Computed::Known(Json::String(part)) => text.push_str(&part),
                    Computed::Known(part) => text.push_str(&part.to_string()),
                    other => return other,
                },
            }
        }
        Computed::Known(Json::String(text))
    }

    fn expression(&mut self, expression: &'a Expression) -> Computed {
        match self.frame.evaluate(expression, &mut self.cost) {
            Ok(value) if value.has_unknown() => Computed::Unknown,
            Ok(value) => Computed::Known(value.to_json()),
            Err(_) => Computed::Error,
        }
    }
}

/// A value to set.
enum Computed {
    Known(Json),
    Unknown,
    Error,
}
