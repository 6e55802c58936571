//! The controls under the `cel` crate's own interpreter, at its best: programs parsed once,
//! values that borrow from the review, regular expressions compiled once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, STRING_TYPE,
};
use cel::common::value::{CowVal, Val};
use cel::{Context, Env, ExecutionError, IdedExpr};
use probity_catalog::value::{Arena, Value, read_json};
use regex::Regex;

use probity_benches::Answers;
use probity_benches::catalog::Control;

use super::measure::{Measured, measure};

pub(crate) struct Judge {
    env: Arc<Env>,
    rules: Vec<(IdedExpr, bool)>,
}

impl Judge {
    pub(crate) fn new(controls: &[Control]) -> Self {
        let mut env = Env::stdlib().with_optional_support(true);
        env.add_member_overload(
            "matchesOnce",
            "string_matches_once",
            STRING_TYPE,
            vec![STRING_TYPE],
            matches_once,
        )
        .expect("a new name");
        let parse = |control: &Control| {
            let source = control.expression.replace(".matches(", ".matchesOnce(");
            let expression = env.parser().parse(&source).expect("a control");
            (expression, control.each == "containers.all")
        };
        let rules = controls.iter().map(parse).collect();
        Judge { env: Arc::new(env), rules }
    }

    pub(crate) fn parse_and_judge(&self, review: &[u8]) -> Answers {
        let arena = Arena::with_capacity(review.len() * 3);
        let review = read_json(review, &arena).expect("a review");
        self.with_variables(review, |pod, containers| self.judge(pod, containers))
    }

    /// The conversion of the review into values of the crate is not counted.
    pub(crate) fn measure_evaluation(&self, review: &[u8]) -> Measured {
        let arena = Arena::new();
        let review = read_json(review, &arena).expect("a review");
        self.with_variables(review, |pod, containers| measure(|| self.judge(pod, containers)))
    }

    fn judge(&self, pod: &Context<'_, '_>, containers: &[Context<'_, '_>]) -> Answers {
        let rules = self.rules.iter().map(|(expression, over_containers)| {
            if *over_containers {
                containers.iter().all(|container| holds(expression, container))
            } else {
                holds(expression, pod)
            }
        });
        rules.collect()
    }

    /// Converts a review once: variables of the pod, and inside of these of each container.
    fn with_variables<'v, T>(
        &self,
        review: Value<'v>,
        run: impl FnOnce(&Context<'_, 'v>, &[Context<'_, 'v>]) -> T,
    ) -> T {
        let object = review.get("request").and_then(|request| request.get("object"));
        let part = |name| object.and_then(|object| object.get(name)).unwrap_or_default();
        let pod = part("spec");
        let mut outer: Context<'_, 'v> = Context::with_env(Arc::clone(&self.env));
        outer.add_variable_as_val("pod", convert(&pod));
        outer.add_variable_as_val("podMeta", convert(&part("metadata")));
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        let lists = lists.into_iter().filter_map(|name| pod.get(name)?.as_list());
        let containers: Vec<Context<'_, 'v>> = lists
            .flatten()
            .map(|container| {
                let mut inner = outer.new_inner_scope();
                inner.add_variable_as_val("c", convert(container));
                inner
            })
            .collect();
        run(&outer, &containers)
    }
}

fn holds(expression: &IdedExpr, context: &Context<'_, '_>) -> bool {
    let value = cel::Value::resolve_val(expression, context);
    let truth =
        |value: &CowVal<'_, '_>| value.downcast_ref::<CelBool>().map(|truth| *truth.inner());
    value.is_ok_and(|value| truth(&value) == Some(true))
}

/// Borrows all texts.
fn convert<'v>(value: &Value<'v>) -> Box<dyn Val + 'v> {
    match value {
        Value::Bool(truth) => Box::new(CelBool::from(*truth)),
        Value::Int(number) => Box::new(CelInt::from(*number)),
        Value::Double(number) => Box::new(CelDouble::from(*number)),
        Value::String(text) => Box::new(CelString::from(*text)),
        Value::List(items) => {
            Box::new(CelList::from(items.iter().map(convert).collect::<Vec<Box<dyn Val + 'v>>>()))
        }
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, item)| (CelMapKey::from(*key), convert(item)));
            Box::new(CelMap::from(entries.collect::<HashMap<_, _>>()))
        }
        _ => Box::new(CelNull),
    }
}

thread_local! {
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::default();
}

/// `matches` with a cache of compiled patterns, which the crate does not have.
#[expect(clippy::needless_pass_by_value, reason = "the crate's signature")]
fn matches_once<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let texts: Vec<&str> = arguments
        .iter()
        .filter_map(|argument| argument.downcast_ref::<CelString<'_>>().map(CelString::inner))
        .collect();
    let [text, pattern] = texts.as_slice() else {
        return Err(ExecutionError::missing_argument_or_target());
    };
    COMPILED.with_borrow_mut(|compiled| {
        if !compiled.contains_key(*pattern) {
            let regex = Regex::new(pattern)
                .map_err(|error| ExecutionError::function_error("matchesOnce", error))?;
            compiled.insert((*pattern).to_owned(), regex);
        }
        let is_match = compiled.get(*pattern).is_some_and(|regex| regex.is_match(text));
        Ok(CowVal::owned(CelBool::from(is_match)))
    })
}
