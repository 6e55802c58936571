//! Kubernetes' amounts of resources.

use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, global, member};
use crate::value::{Kind, Opaque, Quantity, Value};

use Sort::{Bool, Double, Int, String};

const QUANTITY: Sort = Sort::Plain(Kind::Quantity);

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "quantity",
        &[String],
        Returns::Sort(QUANTITY),
        "an amount with a suffix: `500m`, `1.5Gi`, `3e6`",
        "quantity('1.5Gi') == quantity('1536Mi')",
        |tools, arguments| match arguments {
            [Value::String(text)] => match Quantity::parse(text) {
                Some(quantity) => Ok(tools.opaque(Opaque::Quantity(quantity))),
                None => tools.fail(format_args!(
                    "{} is not a quantity as in 500m or 1.5Gi",
                    Value::String(text)
                )),
            },
            _ => Err(MISMATCH),
        },
    )
    .linear()
    .checked(),
    global(
        "isQuantity",
        &[String],
        Returns::Sort(Bool),
        "whether `quantity` can read a text",
        "isQuantity('500m') && !isQuantity('500 m')",
        |_, arguments| match arguments {
            [Value::String(text)] => Ok(Value::Bool(Quantity::parse(text).is_some())),
            _ => Err(MISMATCH),
        },
    )
    .linear(),
    member(
        "isInteger",
        &[QUANTITY],
        Returns::Sort(Bool),
        "whether `asInteger` gives a number",
        "quantity('5k').isInteger() && !quantity('500m').isInteger()",
        |_, arguments| Ok(Value::Bool(one(arguments)?.as_int().is_some())),
    ),
    member(
        "asInteger",
        &[QUANTITY],
        Returns::Sort(Int),
        "the amount as an integer; an error where it is none, or written with a small suffix",
        "quantity('5k').asInteger() == 5000",
        |_, arguments| {
            one(arguments)?.as_int().map(Value::Int).ok_or("the quantity is not an integer")
        },
    ),
    member(
        "asApproximateFloat",
        &[QUANTITY],
        Returns::Sort(Double),
        "about the amount",
        "quantity('500m').asApproximateFloat() == 0.5",
        |_, arguments| Ok(Value::Double(one(arguments)?.as_double())),
    ),
    global(
        "sign",
        &[QUANTITY],
        Returns::Sort(Int),
        "-1, 0 or 1",
        "sign(quantity('-1')) == -1",
        |_, arguments| Ok(Value::Int(one(arguments)?.sign())),
    ),
    member(
        "add",
        &[QUANTITY, QUANTITY],
        Returns::Sort(QUANTITY),
        "sum",
        "quantity('50k').add(quantity('20k')) == quantity('70k')",
        |tools, arguments| two(arguments).and_then(|(a, b)| result(tools, a.plus(b))),
    ),
    member(
        "add",
        &[QUANTITY, Int],
        Returns::Sort(QUANTITY),
        "sum",
        "quantity('50k').add(20) == quantity('50020')",
        |tools, arguments| with_int(arguments).and_then(|(a, b)| result(tools, a.plus(b))),
    ),
    member(
        "sub",
        &[QUANTITY, QUANTITY],
        Returns::Sort(QUANTITY),
        "difference",
        "quantity('50k').sub(quantity('20k')) == quantity('30k')",
        |tools, arguments| two(arguments).and_then(|(a, b)| result(tools, a.minus(b))),
    ),
    member(
        "sub",
        &[QUANTITY, Int],
        Returns::Sort(QUANTITY),
        "difference",
        "quantity('50k').sub(20000) == quantity('30k')",
        |tools, arguments| with_int(arguments).and_then(|(a, b)| result(tools, a.minus(b))),
    ),
    member(
        "isLessThan",
        &[QUANTITY, QUANTITY],
        Returns::Sort(Bool),
        "less",
        "quantity('50M').isLessThan(quantity('50Mi'))",
        |_, arguments| two(arguments).map(|(a, b)| Value::Bool(a.compare(&b).is_lt())),
    ),
    member(
        "isGreaterThan",
        &[QUANTITY, QUANTITY],
        Returns::Sort(Bool),
        "greater",
        "quantity('1Gi').isGreaterThan(quantity('100Mi'))",
        |_, arguments| two(arguments).map(|(a, b)| Value::Bool(a.compare(&b).is_gt())),
    ),
    member(
        "compareTo",
        &[QUANTITY, QUANTITY],
        Returns::Sort(Int),
        "0 where they are equal, 1 where the first is greater, else -1",
        "quantity('200M').compareTo(quantity('0.2G')) == 0",
        |_, arguments| two(arguments).map(|(a, b)| Value::Int(a.compare(&b) as i64)),
    ),
];

fn read(value: &Value<'_>) -> Option<Quantity> {
    match value {
        Value::Opaque(Opaque::Quantity(quantity)) => Some(*quantity),
        _ => None,
    }
}

fn one<'a>(arguments: &[Value<'a>]) -> Result<Quantity, &'a str> {
    arguments.first().and_then(read).ok_or(MISMATCH)
}

fn two<'a>(arguments: &[Value<'a>]) -> Result<(Quantity, Quantity), &'a str> {
    match arguments {
        [a, b] => read(a).zip(read(b)).ok_or(MISMATCH),
        _ => Err(MISMATCH),
    }
}

fn with_int<'a>(arguments: &[Value<'a>]) -> Result<(Quantity, Quantity), &'a str> {
    match arguments {
        [a, Value::Int(b)] => read(a).map(|a| (a, Quantity::from_int(*b))).ok_or(MISMATCH),
        _ => Err(MISMATCH),
    }
}

fn result<'a>(tools: &Tools<'a>, quantity: Option<Quantity>) -> Outcome<'a> {
    let quantity = quantity.ok_or("the result has more digits than a quantity can hold")?;
    Ok(tools.opaque(Opaque::Quantity(quantity)))
}
