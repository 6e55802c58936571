//! Lists as sets: neither order nor repetition matters.

use super::{Function, MISMATCH, Returns, Sort, Tools, global};
use crate::value::Value;

use Sort::{Bool, List};

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "sets.contains",
        &[List, List],
        Returns::Sort(Bool),
        "whether the first holds all of the second",
        "sets.contains([1, 2, 3], [2, 1])",
        |tools, arguments| {
            let (first, second) = two_lists(tools, arguments)?;
            Ok(Value::Bool(holds_all(first, second)))
        },
    )
    .own_cost(),
    global(
        "sets.equivalent",
        &[List, List],
        Returns::Sort(Bool),
        "whether each holds all of the other",
        "sets.equivalent([1, 2], [2, 1, 1])",
        |tools, arguments| {
            let (first, second) = two_lists(tools, arguments)?;
            Ok(Value::Bool(holds_all(first, second) && holds_all(second, first)))
        },
    )
    .own_cost(),
    global(
        "sets.intersects",
        &[List, List],
        Returns::Sort(Bool),
        "whether the two have an element in common",
        "sets.intersects([1, 2], [2, 3])",
        |tools, arguments| {
            let (first, second) = two_lists(tools, arguments)?;
            Ok(Value::Bool(second.iter().any(|item| first.contains(item))))
        },
    )
    .own_cost(),
];

type Lists<'a> = (&'a [Value<'a>], &'a [Value<'a>]);

fn two_lists<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Result<Lists<'a>, &'a str> {
    let [Value::List(first), Value::List(second)] = arguments else { return Err(MISMATCH) };
    tools.charge(first.len().saturating_mul(second.len()))?;
    Ok((first, second))
}

fn holds_all(set: &[Value<'_>], items: &[Value<'_>]) -> bool {
    items.iter().all(|item| set.contains(item))
}
