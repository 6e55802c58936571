//! The controls as expressions of ours.

use probity_catalog::expression::{Bindings, Cost, Expression, Scope};
use probity_catalog::shape::Type;
use probity_catalog::value::{Arena, Value, read_json};

use super::measure::{Measured, measure};
use super::{Answers, Control};

pub(crate) struct Judge {
    scope: Scope,
    rules: Vec<Rule>,
}

struct Rule {
    expression: Expression,
    over_containers: bool,
}

/// What a review holds, as variables.
struct Subject<'a> {
    pod: Value<'a>,
    pod_meta: Value<'a>,
}

impl Judge {
    pub(crate) fn new(controls: &[Control]) -> Self {
        let params = Type::object("params", "parameter", [("unused", Type::Int)]);
        let scope = Scope::common(params).kubernetes().element("containers.all").expect("c");
        let rules = controls.iter().map(|control| Rule {
            expression: Expression::compile_bool(&control.expression, &scope)
                .unwrap_or_else(|errors| panic!("{}: {errors:?}", control.id)),
            over_containers: control.each == "containers.all",
        });
        Judge { rules: rules.collect(), scope }
    }

    pub(crate) fn parse_and_judge(&self, review: &[u8]) -> Answers {
        let arena = Arena::with_capacity(review.len() * 3);
        let subject = subject(review, &arena);
        let mut answers = Vec::with_capacity(self.rules.len());
        self.judge(&subject, &arena, &mut answers);
        answers
    }

    pub(crate) fn measure_evaluation(&self, review: &[u8]) -> Measured {
        let arena = Arena::new();
        let subject = subject(review, &arena);
        measure(|| {
            let mut answers = Vec::with_capacity(self.rules.len());
            self.judge(&subject, &arena, &mut answers);
            answers
        })
    }

    fn judge<'a>(&'a self, subject: &Subject<'a>, arena: &'a Arena, answers: &mut Answers) {
        let slot = |name| self.scope.slot(name).expect(name);
        let element = slot("c");
        let mut bindings = self.scope.bindings();
        bindings.set(slot("pod"), subject.pod);
        bindings.set(slot("podMeta"), subject.pod_meta);
        let lists = ["initContainers", "containers", "ephemeralContainers"]
            .map(|name| subject.pod.get(name).and_then(|list| list.as_list()).unwrap_or_default());
        for rule in &self.rules {
            let holds = if rule.over_containers {
                let mut all = lists.iter().copied().flatten();
                all.all(|container| {
                    bindings.set(element, *container);
                    rule.holds(&bindings, arena)
                })
            } else {
                rule.holds(&bindings, arena)
            };
            answers.push(holds);
        }
    }
}

impl Rule {
    fn holds<'a>(&'a self, bindings: &Bindings<'a>, arena: &'a Arena) -> bool {
        self.expression.evaluate_bool(bindings, arena, &mut Cost::default()) == Ok(Some(true))
    }
}

fn subject<'a>(review: &'a [u8], arena: &'a Arena) -> Subject<'a> {
    let review = read_json(review, arena).expect("a review");
    let object = review.get("request").and_then(|request| request.get("object"));
    let part = |name| object.and_then(|object| object.get(name)).unwrap_or_default();
    Subject { pod: part("spec"), pod_meta: part("metadata") }
}
