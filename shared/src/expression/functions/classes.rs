//! The classes of data and their order.

use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, global};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[global(
    "classAtLeast",
    &[Sort::String, Sort::String],
    Returns::Sort(Sort::Bool),
    "whether a classification is as strict as another: public, internal, confidential, restricted",
    "classAtLeast('restricted', 'confidential')",
    class_at_least,
)];

/// The classifications, the least strict first.
const CLASSES: [&str; 4] = ["public", "internal", "confidential", "restricted"];

fn class_at_least<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let rank = |argument: &Value<'a>| match CLASSES
        .iter()
        .position(|class| argument.as_str() == Some(class))
    {
        Some(rank) => Ok(rank),
        None => {
            tools.fail(format_args!("{argument} is not a classification: {}", CLASSES.join(", ")))
        }
    };
    match arguments {
        [class, least] => Ok(Value::Bool(rank(class)? >= rank(least)?)),
        _ => Err(MISMATCH),
    }
}
