//! Mathematics, as CEL's extension has it. Kubernetes does not offer it.

use std::cmp::Ordering;

use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, global};
use crate::value::Value;

use Sort::{Bool, Double, Int, Number, Numbers, Uint};

const SAME: Returns = Returns::Argument(0);

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "math.greatest",
        &[Number],
        SAME,
        "the number itself",
        "math.greatest(1) == 1",
        |tools, arguments| extreme(tools, arguments, Ordering::Greater),
    ),
    global(
        "math.greatest",
        &[Number, Number],
        Returns::Joined,
        "the greatest number; more than two can be given",
        "math.greatest(1, 2.5) == 2.5",
        |tools, arguments| extreme(tools, arguments, Ordering::Greater),
    ),
    global(
        "math.greatest",
        &[Numbers],
        Returns::Element(0),
        "the greatest number of a list; an error for an empty one",
        "math.greatest([1, 3, 2]) == 3",
        |tools, arguments| match arguments {
            [Value::List(items)] => extreme(tools, items, Ordering::Greater),
            _ => Err(MISMATCH),
        },
    )
    .linear(),
    global(
        "math.least",
        &[Number],
        SAME,
        "the number itself",
        "math.least(1) == 1",
        |tools, arguments| extreme(tools, arguments, Ordering::Less),
    ),
    global(
        "math.least",
        &[Number, Number],
        Returns::Joined,
        "the least number; more than two can be given",
        "math.least(1, 2.5) == 1",
        |tools, arguments| extreme(tools, arguments, Ordering::Less),
    ),
    global(
        "math.least",
        &[Numbers],
        Returns::Element(0),
        "the least number of a list; an error for an empty one",
        "math.least([3, 1, 2]) == 1",
        |tools, arguments| match arguments {
            [Value::List(items)] => extreme(tools, items, Ordering::Less),
            _ => Err(MISMATCH),
        },
    )
    .linear(),
    rounding("math.ceil", "up to a whole number", "math.ceil(1.2) == 2.0", |_, arguments| {
        double(arguments, f64::ceil)
    }),
    rounding("math.floor", "down to a whole number", "math.floor(1.8) == 1.0", |_, arguments| {
        double(arguments, f64::floor)
    }),
    rounding(
        "math.round",
        "to the nearest whole number, halves away from zero",
        "math.round(1.5) == 2.0",
        |_, arguments| double(arguments, f64::round),
    ),
    rounding("math.trunc", "the whole part", "math.trunc(-1.8) == -1.0", |_, arguments| {
        double(arguments, f64::trunc)
    }),
    global(
        "math.sqrt",
        &[Number],
        Returns::Sort(Double),
        "the square root; not a number for a negative one",
        "math.sqrt(4) == 2.0",
        |_, arguments| double(arguments, f64::sqrt),
    ),
    global("math.abs", &[Number], SAME, "without its sign", "math.abs(-2) == 2", |_, arguments| {
        match arguments {
            [Value::Int(number)] => number.checked_abs().map(Value::Int).ok_or(OVERFLOW),
            [Value::Uint(number)] => Ok(Value::Uint(*number)),
            [Value::Double(number)] => Ok(Value::Double(number.abs())),
            _ => Err(MISMATCH),
        }
    }),
    global(
        "math.sign",
        &[Number],
        SAME,
        "-1, 0 or 1, of the same type",
        "math.sign(-2.5) == -1.0",
        |_, arguments| match arguments {
            [Value::Int(number)] => Ok(Value::Int(number.signum())),
            [Value::Uint(number)] => Ok(Value::Uint((*number).min(1))),
            [Value::Double(number)] if *number == 0.0 => Ok(Value::Double(0.0)),
            [Value::Double(number)] => Ok(Value::Double(number.signum())),
            _ => Err(MISMATCH),
        },
    ),
    question(
        "math.isNaN",
        "whether it is not a number",
        "math.isNaN(0.0 / 0.0)",
        |_, arguments| ask(arguments, f64::is_nan),
    ),
    question("math.isInf", "whether it is infinite", "math.isInf(1.0 / 0.0)", |_, arguments| {
        ask(arguments, f64::is_infinite)
    }),
    question(
        "math.isFinite",
        "whether it is a number and not infinite",
        "math.isFinite(1.5)",
        |_, arguments| ask(arguments, f64::is_finite),
    ),
    bits(
        "math.bitAnd",
        &[Int, Int],
        "the bits that both have",
        "math.bitAnd(6, 3) == 2",
        |_, arguments| match arguments {
            [Value::Int(a), Value::Int(b)] => Ok(Value::Int(a & b)),
            _ => Err(MISMATCH),
        },
    ),
    bits(
        "math.bitAnd",
        &[Uint, Uint],
        "the bits that both have",
        "math.bitAnd(6u, 3u) == 2u",
        |_, arguments| match arguments {
            [Value::Uint(a), Value::Uint(b)] => Ok(Value::Uint(a & b)),
            _ => Err(MISMATCH),
        },
    ),
    bits(
        "math.bitOr",
        &[Int, Int],
        "the bits that one of the two has",
        "math.bitOr(6, 3) == 7",
        |_, arguments| match arguments {
            [Value::Int(a), Value::Int(b)] => Ok(Value::Int(a | b)),
            _ => Err(MISMATCH),
        },
    ),
    bits(
        "math.bitOr",
        &[Uint, Uint],
        "the bits that one of the two has",
        "math.bitOr(6u, 3u) == 7u",
        |_, arguments| match arguments {
            [Value::Uint(a), Value::Uint(b)] => Ok(Value::Uint(a | b)),
            _ => Err(MISMATCH),
        },
    ),
    bits(
        "math.bitXor",
        &[Int, Int],
        "the bits that just one of the two has",
        "math.bitXor(6, 3) == 5",
        |_, arguments| match arguments {
            [Value::Int(a), Value::Int(b)] => Ok(Value::Int(a ^ b)),
            _ => Err(MISMATCH),
        },
    ),
    bits(
        "math.bitXor",
        &[Uint, Uint],
        "the bits that just one of the two has",
        "math.bitXor(6u, 3u) == 5u",
        |_, arguments| match arguments {
            [Value::Uint(a), Value::Uint(b)] => Ok(Value::Uint(a ^ b)),
            _ => Err(MISMATCH),
        },
    ),
    bits(
        "math.bitNot",
        &[Int],
        "the bits that it has not",
        "math.bitNot(1) == -2",
        |_, arguments| match arguments {
            [Value::Int(number)] => Ok(Value::Int(!number)),
            _ => Err(MISMATCH),
        },
    ),
    bits(
        "math.bitNot",
        &[Uint],
        "the bits that it has not",
        "math.bitNot(0u) == 18446744073709551615u",
        |_, arguments| match arguments {
            [Value::Uint(number)] => Ok(Value::Uint(!number)),
            _ => Err(MISMATCH),
        },
    ),
    bits("math.bitShiftLeft", &[Int, Int], LEFT, "math.bitShiftLeft(1, 2) == 4", |_, arguments| {
        match arguments {
            [Value::Int(number), Value::Int(by)] => Ok(Value::Int(
                steps(*by)?.and_then(|by| number.checked_shl(by)).unwrap_or_default(),
            )),
            _ => Err(MISMATCH),
        }
    }),
    bits(
        "math.bitShiftLeft",
        &[Uint, Int],
        LEFT,
        "math.bitShiftLeft(1u, 2) == 4u",
        |_, arguments| match arguments {
            [Value::Uint(number), Value::Int(by)] => Ok(Value::Uint(
                steps(*by)?.and_then(|by| number.checked_shl(by)).unwrap_or_default(),
            )),
            _ => Err(MISMATCH),
        },
    ),
    bits(
        "math.bitShiftRight",
        &[Int, Int],
        RIGHT,
        "math.bitShiftRight(8, 2) == 2",
        |_, arguments| match arguments {
            [Value::Int(number), Value::Int(by)] => {
                let shifted = steps(*by)?.and_then(|by| number.cast_unsigned().checked_shr(by));
                Ok(Value::Int(shifted.unwrap_or_default().cast_signed()))
            }
            _ => Err(MISMATCH),
        },
    ),
    bits(
        "math.bitShiftRight",
        &[Uint, Int],
        RIGHT,
        "math.bitShiftRight(8u, 2) == 2u",
        |_, arguments| match arguments {
            [Value::Uint(number), Value::Int(by)] => Ok(Value::Uint(
                steps(*by)?.and_then(|by| number.checked_shr(by)).unwrap_or_default(),
            )),
            _ => Err(MISMATCH),
        },
    ),
];

const LEFT: &str = "the bits so many places higher; what leaves 64 bits is lost";
const RIGHT: &str = "the bits so many places lower, zeros before them";
const OVERFLOW: &str = "the result does not fit 64 bits";

const fn rounding(
    name: &'static str,
    doc: &'static str,
    example: &'static str,
    body: super::Strict,
) -> Function {
    global(name, &[Double], Returns::Sort(Double), doc, example, body)
}

const fn question(
    name: &'static str,
    doc: &'static str,
    example: &'static str,
    body: super::Strict,
) -> Function {
    global(name, &[Double], Returns::Sort(Bool), doc, example, body)
}

const fn bits(
    name: &'static str,
    parameters: &'static [Sort],
    doc: &'static str,
    example: &'static str,
    body: super::Strict,
) -> Function {
    global(name, parameters, SAME, doc, example, body)
}

/// The first of the numbers that no other one outdoes.
fn extreme<'a>(tools: &Tools<'a>, numbers: &[Value<'a>], wanted: Ordering) -> Outcome<'a> {
    let mut best: Option<Value<'a>> = None;
    for number in numbers {
        if !Sort::Number.holds(number) {
            return tools.fail(format_args!("{number} is not a number"));
        }
        best = match best {
            Some(own) => match number.compare(&own) {
                Some(order) => Some(if order == wanted { *number } else { own }),
                None => return tools.fail(format_args!("{number} and {own} have no order")),
            },
            None => Some(*number),
        };
    }
    best.ok_or("an empty list has no greatest and no least number")
}

#[expect(clippy::cast_precision_loss, reason = "CEL rounds to the nearest double")]
fn double<'a>(arguments: &[Value<'a>], compute: impl Fn(f64) -> f64) -> Outcome<'a> {
    match arguments {
        [Value::Int(number)] => Ok(Value::Double(compute(*number as f64))),
        [Value::Uint(number)] => Ok(Value::Double(compute(*number as f64))),
        [Value::Double(number)] => Ok(Value::Double(compute(*number))),
        _ => Err(MISMATCH),
    }
}

fn ask<'a>(arguments: &[Value<'a>], is: impl Fn(f64) -> bool) -> Outcome<'a> {
    match arguments {
        [Value::Double(number)] => Ok(Value::Bool(is(*number))),
        _ => Err(MISMATCH),
    }
}

/// By how many places to shift; `None`: by so many that nothing is left.
fn steps<'a>(by: i64) -> Result<Option<u32>, &'a str> {
    match u32::try_from(by) {
        Ok(by) => Ok(Some(by)),
        Err(_) if by > 0 => Ok(None),
        Err(_) => Err("bits cannot be shifted by a negative number"),
    }
}
