//! Arithmetic and concatenation. Overflow is an error, never a wrapped number.

use super::{Charge, Function, MISMATCH, Outcome, Returns, Sort, Tools, global};
use crate::value::{Kind, Value};

use Sort::{Bytes, Double, Int, List, Map, String, Uint};

const fn arithmetic(
    name: &'static str,
    parameters: &'static [Sort],
    sort: Sort,
    doc: &'static str,
    example: &'static str,
    body: super::Strict,
) -> Function {
    global(name, parameters, Returns::Sort(sort), doc, example, body)
}

pub(super) static FUNCTIONS: &[Function] = &[
    arithmetic("_+_", &[Int, Int], Int, "sum", "1 + 2 == 3", |_, arguments| {
        ints(arguments, i64::checked_add)
    }),
    arithmetic("_+_", &[Uint, Uint], Uint, "sum", "1u + 2u == 3u", |_, arguments| {
        uints(arguments, u64::checked_add)
    }),
    arithmetic("_+_", &[Double, Double], Double, "sum", "0.5 + 0.5 == 1.0", |_, arguments| {
        doubles(arguments, |a, b| a + b)
    }),
    arithmetic(
        "_+_",
        &[String, String],
        String,
        "one text after the other",
        "'a' + 'b' == 'ab'",
        |tools, arguments| {
            let [Value::String(a), Value::String(b)] = arguments else { return Err(MISMATCH) };
            let mut text =
                bumpalo::collections::String::with_capacity_in(a.len() + b.len(), tools.arena);
            text.push_str(a);
            text.push_str(b);
            Ok(Value::String(text.into_bump_str()))
        },
    )
    .linear(),
    arithmetic(
        "_+_",
        &[Bytes, Bytes],
        Bytes,
        "some bytes after others",
        "b'a' + b'b' == b'ab'",
        |tools, arguments| {
            let [Value::Bytes(a), Value::Bytes(b)] = arguments else { return Err(MISMATCH) };
            let mut bytes =
                bumpalo::collections::Vec::with_capacity_in(a.len() + b.len(), tools.arena);
            bytes.extend_from_slice_copy(a);
            bytes.extend_from_slice_copy(b);
            Ok(Value::Bytes(bytes.into_bump_slice()))
        },
    )
    .linear(),
    global(
        "_+_",
        &[List, List],
        Returns::Argument(0),
        "one list after the other",
        "[1] + [2] == [1, 2]",
        |tools, arguments| {
            let [Value::List(a), Value::List(b)] = arguments else { return Err(MISMATCH) };
            if a.is_empty() || b.is_empty() {
                return Ok(Value::List(if a.is_empty() { b } else { a }));
            }
            let mut items =
                bumpalo::collections::Vec::with_capacity_in(a.len() + b.len(), tools.arena);
            items.extend_from_slice_copy(a);
            items.extend_from_slice_copy(b);
            Ok(Value::List(items.into_bump_slice()))
        },
    )
    .linear()
    .shallow(),
    arithmetic("_-_", &[Int, Int], Int, "difference", "3 - 2 == 1", |_, arguments| {
        ints(arguments, i64::checked_sub)
    }),
    arithmetic("_-_", &[Uint, Uint], Uint, "difference", "3u - 2u == 1u", |_, arguments| {
        uints(arguments, u64::checked_sub)
    }),
    arithmetic(
        "_-_",
        &[Double, Double],
        Double,
        "difference",
        "1.5 - 0.5 == 1.0",
        |_, arguments| doubles(arguments, |a, b| a - b),
    ),
    arithmetic("_*_", &[Int, Int], Int, "product", "2 * 3 == 6", |_, arguments| {
        ints(arguments, i64::checked_mul)
    }),
    arithmetic("_*_", &[Uint, Uint], Uint, "product", "2u * 3u == 6u", |_, arguments| {
        uints(arguments, u64::checked_mul)
    }),
    arithmetic("_*_", &[Double, Double], Double, "product", "0.5 * 2.0 == 1.0", |_, arguments| {
        doubles(arguments, |a, b| a * b)
    }),
    arithmetic("_/_", &[Int, Int], Int, "quotient, towards zero", "7 / 2 == 3", |_, arguments| {
        not_by_zero(arguments).and_then(|()| ints(arguments, i64::checked_div))
    }),
    arithmetic("_/_", &[Uint, Uint], Uint, "quotient", "7u / 2u == 3u", |_, arguments| {
        not_by_zero(arguments).and_then(|()| uints(arguments, u64::checked_div))
    }),
    arithmetic("_/_", &[Double, Double], Double, "quotient", "1.0 / 2.0 == 0.5", |_, arguments| {
        doubles(arguments, |a, b| a / b)
    }),
    arithmetic("_%_", &[Int, Int], Int, "remainder", "7 % 2 == 1", |_, arguments| {
        not_by_zero(arguments).and_then(|()| ints(arguments, i64::checked_rem))
    }),
    arithmetic("_%_", &[Uint, Uint], Uint, "remainder", "7u % 2u == 1u", |_, arguments| {
        not_by_zero(arguments).and_then(|()| uints(arguments, u64::checked_rem))
    }),
    arithmetic("-_", &[Int], Int, "negative", "-(1) == 0 - 1", |_, arguments| match arguments {
        [Value::Int(number)] => number.checked_neg().map(Value::Int).ok_or(OVERFLOW),
        _ => Err(MISMATCH),
    }),
    arithmetic("-_", &[Double], Double, "negative", "-(1.5) == 0.0 - 1.5", |_, arguments| {
        match arguments {
            [Value::Double(number)] => Ok(Value::Double(-number)),
            _ => Err(MISMATCH),
        }
    }),
    size(&[String], "the number of characters", "size('añ') == 2").linear(),
    size(&[Bytes], "the number of bytes", "size(b'añ') == 3"),
    size(&[List], "the number of elements", "size([1, 2]) == 2").shallow(),
    size(&[Map], "the number of entries", "size({'a': 1}) == 1").shallow(),
    size(&[String], "the number of characters", "'añ'.size() == 2").linear().of_member(),
    size(&[Bytes], "the number of bytes", "b'añ'.size() == 3").of_member(),
    size(&[List], "the number of elements", "[1, 2].size() == 2").shallow().of_member(),
    size(&[Map], "the number of entries", "{'a': 1}.size() == 1").shallow().of_member(),
];

const fn size(parameters: &'static [Sort], doc: &'static str, example: &'static str) -> Function {
    let mut function = global("size", parameters, Returns::Sort(Int), doc, example, count);
    function.cost = Charge::Constant;
    function
}

fn count<'a>(_: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let count = match arguments {
        [Value::String(text)] => text.chars().count(),
        [Value::Bytes(bytes)] => bytes.len(),
        [Value::List(items)] => items.len(),
        [map] if map.kind() == Kind::Map => map.entry_count(),
        _ => return Err(MISMATCH),
    };
    i64::try_from(count).map(Value::Int).map_err(|_| OVERFLOW)
}

const OVERFLOW: &str = "the result does not fit 64 bits";

fn ints<'a>(arguments: &[Value<'a>], compute: impl Fn(i64, i64) -> Option<i64>) -> Outcome<'a> {
    match arguments {
        [Value::Int(a), Value::Int(b)] => compute(*a, *b).map(Value::Int).ok_or(OVERFLOW),
        _ => Err(MISMATCH),
    }
}

fn uints<'a>(arguments: &[Value<'a>], compute: impl Fn(u64, u64) -> Option<u64>) -> Outcome<'a> {
    match arguments {
        [Value::Uint(a), Value::Uint(b)] => compute(*a, *b).map(Value::Uint).ok_or(OVERFLOW),
        _ => Err(MISMATCH),
    }
}

fn doubles<'a>(arguments: &[Value<'a>], compute: impl Fn(f64, f64) -> f64) -> Outcome<'a> {
    match arguments {
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(compute(*a, *b))),
        _ => Err(MISMATCH),
    }
}

fn not_by_zero<'a>(arguments: &[Value<'a>]) -> Result<(), &'a str> {
    match arguments {
        [_, Value::Int(0) | Value::Uint(0)] => Err("division by zero"),
        _ => Ok(()),
    }
}
