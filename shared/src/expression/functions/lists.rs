//! Lists, as Kubernetes' library and CEL's extension have them.

use std::cmp::Ordering;

use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, global, member};
use crate::value::Value;

use Sort::{Bool, Dyn, Int, List};

const SAME: Returns = Returns::Argument(0);
const ELEMENT: Returns = Returns::Element(0);

pub(super) static FUNCTIONS: &[Function] = &[
    member(
        "isSorted",
        &[List],
        Returns::Sort(Bool),
        "whether the elements are in order",
        "[1, 2, 2].isSorted()",
        |tools, arguments| {
            have_order(tools, items(arguments)?)?;
            for pair in items(arguments)?.windows(2) {
                if let [a, b] = pair
                    && order(tools, a, b)? == Ordering::Greater
                {
                    return Ok(Value::Bool(false));
                }
            }
            Ok(Value::Bool(true))
        },
    )
    .linear(),
    member(
        "min",
        &[List],
        ELEMENT,
        "the smallest element; an error for an empty list",
        "[2, 1].min() == 1",
        |tools, arguments| extreme(tools, arguments, Ordering::Less),
    )
    .linear(),
    member(
        "max",
        &[List],
        ELEMENT,
        "the largest element; an error for an empty list",
        "[2, 1].max() == 2",
        |tools, arguments| extreme(tools, arguments, Ordering::Greater),
    )
    .linear(),
    member(
        "sum",
        &[List],
        ELEMENT,
        "the sum of numbers of one type, or of durations; 0 for an empty list",
        "[1, 2].sum() == 3",
        |_, arguments| sum(items(arguments)?),
    )
    .linear(),
    member(
        "indexOf",
        &[List, Dyn],
        Returns::Sort(Int),
        "the first position of an element, or -1",
        "['a', 'b'].indexOf('b') == 1",
        |_, arguments| {
            let [Value::List(items), wanted] = arguments else { return Err(MISMATCH) };
            Ok(position(items.iter().position(|item| item == wanted)))
        },
    )
    .linear(),
    member(
        "lastIndexOf",
        &[List, Dyn],
        Returns::Sort(Int),
        "the last position of an element, or -1",
        "['a', 'b', 'a'].lastIndexOf('a') == 2",
        |_, arguments| {
            let [Value::List(items), wanted] = arguments else { return Err(MISMATCH) };
            Ok(position(items.iter().rposition(|item| item == wanted)))
        },
    )
    .linear(),
    member(
        "distinct",
        &[List],
        SAME,
        "each element once, in the order of first appearance",
        "[1, 2, 1].distinct() == [1, 2]",
        |tools, arguments| {
            let items = items(arguments)?;
            let mut kept = bumpalo::collections::Vec::new_in(tools.arena);
            for item in items {
                tools.charge(1 + kept.len())?;
                if !kept.contains(item) {
                    kept.push(*item);
                }
            }
            Ok(Value::List(kept.into_bump_slice()))
        },
    )
    .own_cost()
    .since("1.34"),
    member(
        "flatten",
        &[List],
        Returns::Sort(List),
        "with the elements of inner lists in the place of these",
        "[1, [2, [3]]].flatten() == [1, 2, [3]]",
        |tools, arguments| flatten(tools, items(arguments)?, 1),
    )
    .own_cost()
    .since("1.34"),
    member(
        "flatten",
        &[List, Int],
        Returns::Sort(List),
        "the same, so many levels deep",
        "[1, [2, [3]]].flatten(2) == [1, 2, 3]",
        |tools, arguments| {
            let [Value::List(items), Value::Int(depth)] = arguments else { return Err(MISMATCH) };
            match usize::try_from(*depth) {
                Ok(depth) => flatten(tools, items, depth.min(64)),
                Err(_) => Err("`flatten` takes a depth that is not negative"),
            }
        },
    )
    .own_cost()
    .since("1.34"),
    member(
        "reverse",
        &[List],
        SAME,
        "the elements in reverse order",
        "[1, 2].reverse() == [2, 1]",
        |tools, arguments| {
            let reversed = tools.arena.alloc_slice_copy(items(arguments)?);
            reversed.reverse();
            Ok(Value::List(reversed))
        },
    )
    .linear()
    .since("1.34"),
    member(
        "slice",
        &[List, Int, Int],
        SAME,
        "from a position up to another",
        "[1, 2, 3].slice(1, 3) == [2, 3]",
        |tools, arguments| {
            let [Value::List(items), Value::Int(start), Value::Int(end)] = arguments else {
                return Err(MISMATCH);
            };
            let range = usize::try_from(*start).ok().zip(usize::try_from(*end).ok());
            match range.and_then(|(start, end)| items.get(start..end)) {
                Some(part) => Ok(Value::List(part)),
                None => tools.fail(format_args!(
                    "a list of {} has no part from {start} to {end}",
                    items.len()
                )),
            }
        },
    )
    .shallow()
    .since("1.34"),
    member(
        "sort",
        &[List],
        SAME,
        "the elements in order",
        "[2, 1].sort() == [1, 2]",
        |tools, arguments| {
            let items = items(arguments)?;
            sorted(tools, items, items)
        },
    )
    .linear()
    .since("1.34"),
    global(
        "lists.range",
        &[Int],
        Returns::Sort(List),
        "the numbers from 0 up to a number",
        "lists.range(2) == [0, 1]",
        |tools, arguments| {
            let [Value::Int(end)] = arguments else { return Err(MISMATCH) };
            tools.charge(usize::try_from(*end).unwrap_or_default())?;
            Ok(Value::List(
                tools.arena.alloc_slice_fill_iter((0..*end).map(Value::Int).collect::<Vec<_>>()),
            ))
        },
    )
    .own_cost()
    .since("1.34"),
];

trait Logarithm {
    fn ilog2_or_zero(self) -> usize;
}

impl Logarithm for usize {
    fn ilog2_or_zero(self) -> usize {
        self.checked_ilog2().map_or(0, |log| log as usize)
    }
}

/// The elements in the order of their keys, which are of one kind that has an order. Elements
/// with equal keys stay as they were.
pub(in crate::expression) fn sorted<'a>(
    tools: &mut Tools<'a>,
    items: &[Value<'a>],
    keys: &[Value<'a>],
) -> Outcome<'a> {
    tools.charge(keys.len().saturating_mul(1 + keys.len().ilog2_or_zero()))?;
    let Some(first) = keys.first() else { return Ok(Value::List(&[])) };
    for key in keys {
        // A value that has no order has none with itself.
        if key.kind() != first.kind() || key.compare(key).is_none() {
            return tools.fail(format_args!("{first} and {key} cannot be put in order"));
        }
    }
    let text: usize = keys.iter().map(|key| key.as_str().map_or(0, |text| text.len() / 8)).sum();
    tools.charge(text.saturating_mul(keys.len().ilog2_or_zero()))?;
    let mut pairs: Vec<_> = keys.iter().zip(items).collect();
    pairs.sort_by(|(a, _), (b, _)| a.compare(b).unwrap_or(Ordering::Equal));
    let sorted = tools.arena.alloc_slice_fill_iter(pairs.into_iter().map(|(_, item)| *item));
    Ok(Value::List(sorted))
}

fn items<'a>(arguments: &[Value<'a>]) -> Result<&'a [Value<'a>], &'a str> {
    match arguments {
        [Value::List(items)] => Ok(items),
        _ => Err(MISMATCH),
    }
}

fn position<'a>(found: Option<usize>) -> Value<'a> {
    Value::Int(found.and_then(|position| i64::try_from(position).ok()).unwrap_or(-1))
}

fn order<'a>(tools: &Tools<'a>, a: &Value<'a>, b: &Value<'a>) -> Result<Ordering, &'a str> {
    match a.compare(b) {
        Some(order) => Ok(order),
        None => tools.fail(format_args!("{a} and {b} have no order")),
    }
}

/// Even a single element must be of a kind that has an order.
fn have_order<'a>(tools: &Tools<'a>, items: &[Value<'a>]) -> Result<(), &'a str> {
    let has_none =
        |item: &&Value<'a>| !matches!(item, Value::Double(_)) && item.compare(item).is_none();
    match items.iter().find(has_none) {
        Some(item) => tools.fail(format_args!("{item} has no order")),
        None => Ok(()),
    }
}

fn extreme<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>], wanted: Ordering) -> Outcome<'a> {
    have_order(tools, items(arguments)?)?;
    let mut items = items(arguments)?.iter();
    let mut best = *items.next().ok_or("an empty list has no smallest and no largest element")?;
    for item in items {
        if order(tools, item, &best)? == wanted {
            best = *item;
        }
    }
    Ok(best)
}

fn sum<'a>(items: &[Value<'a>]) -> Outcome<'a> {
    let mut items = items.iter();
    let Some(first) = items.next() else { return Ok(Value::Int(0)) };
    if !matches!(first, Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::Duration(_)) {
        return Err(MIXED);
    }
    items.try_fold(*first, |sum, item| match (sum, item) {
        (Value::Int(a), Value::Int(b)) => a.checked_add(*b).map(Value::Int).ok_or(TOO_LARGE),
        (Value::Uint(a), Value::Uint(b)) => a.checked_add(*b).map(Value::Uint).ok_or(TOO_LARGE),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a + b)),
        (Value::Duration(a), Value::Duration(b)) => {
            a.plus(*b).map(Value::Duration).ok_or(TOO_LARGE)
        }
        _ => Err(MIXED),
    })
}

const TOO_LARGE: &str = "the sum does not fit 64 bits";
const MIXED: &str = "`sum` takes a list of numbers of one type, or of durations";

fn flatten<'a>(tools: &mut Tools<'a>, items: &[Value<'a>], depth: usize) -> Outcome<'a> {
    let mut flat = bumpalo::collections::Vec::new_in(tools.arena);
    flatten_into(tools, items, depth, &mut flat)?;
    Ok(Value::List(flat.into_bump_slice()))
}

fn flatten_into<'a>(
    tools: &mut Tools<'a>,
    items: &[Value<'a>],
    depth: usize,
    flat: &mut bumpalo::collections::Vec<'a, Value<'a>>,
) -> Result<(), &'a str> {
    for item in items {
        tools.charge(1)?;
        match item {
            Value::List(inner) if depth > 0 => flatten_into(tools, inner, depth - 1, flat)?,
            _ => flat.push(*item),
        }
    }
    Ok(())
}
