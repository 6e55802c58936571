//! From one type to another, and what type a value has.

use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, global};
use crate::value::Value;

use Sort::{Bool, Bytes, Double, Dyn, Int, Kind, Number, String, Uint};

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "int",
        &[Number],
        Returns::Sort(Int),
        "a number as an integer; fractions are cut",
        "int(3.9) == 3",
        to_int,
    ),
    global(
        "int",
        &[String],
        Returns::Sort(Int),
        "an integer that is written out",
        "int('42') == 42",
        |tools, arguments| {
            let [Value::String(text)] = arguments else { return Err(MISMATCH) };
            match text.parse() {
                Ok(number) => Ok(Value::Int(number)),
                Err(_) => tools.fail(format_args!("{} is not an integer", Shown(arguments))),
            }
        },
    )
    .linear(),
    global(
        "uint",
        &[Number],
        Returns::Sort(Uint),
        "a number as one without a sign",
        "uint(3) == 3u",
        to_uint,
    ),
    global(
        "uint",
        &[String],
        Returns::Sort(Uint),
        "a number that is written out",
        "uint('42') == 42u",
        |tools, arguments| {
            let [Value::String(text)] = arguments else { return Err(MISMATCH) };
            match text.parse() {
                Ok(number) if !text.starts_with('+') => Ok(Value::Uint(number)),
                _ => tools.fail(format_args!("{} is not a number without sign", Shown(arguments))),
            }
        },
    )
    .linear(),
    global(
        "double",
        &[Number],
        Returns::Sort(Double),
        "a number as a floating-point one",
        "double(3) == 3.0",
        |_, arguments| match arguments {
            #[expect(clippy::cast_precision_loss, reason = "CEL rounds to the nearest double")]
            [Value::Int(number)] => Ok(Value::Double(*number as f64)),
            #[expect(clippy::cast_precision_loss, reason = "CEL rounds to the nearest double")]
            [Value::Uint(number)] => Ok(Value::Double(*number as f64)),
            [Value::Double(number)] => Ok(Value::Double(*number)),
            _ => Err(MISMATCH),
        },
    ),
    global(
        "double",
        &[String],
        Returns::Sort(Double),
        "a floating-point number that is written out",
        "double('1.5') == 1.5",
        |tools, arguments| {
            let [Value::String(text)] = arguments else { return Err(MISMATCH) };
            match text.parse::<f64>() {
                // What is written in digits and still infinite does not fit.
                Ok(number)
                    if number.is_finite() || !text.contains(|c: char| c.is_ascii_digit()) =>
                {
                    Ok(Value::Double(number))
                }
                _ => tools.fail(format_args!("{} is not a number", Shown(arguments))),
            }
        },
    )
    .linear(),
    global("bool", &[Bool], Returns::Sort(Bool), "the same", "bool(true)", |_, arguments| {
        same(arguments)
    }),
    global(
        "bool",
        &[String],
        Returns::Sort(Bool),
        "a truth value that is written out",
        "bool('true')",
        |tools, arguments| match arguments {
            [Value::String("true" | "True" | "TRUE" | "T" | "t" | "1")] => Ok(Value::Bool(true)),
            [Value::String("false" | "False" | "FALSE" | "F" | "f" | "0")] => {
                Ok(Value::Bool(false))
            }
            [text] => tools.fail(format_args!("{text} is not a truth value")),
            _ => Err(MISMATCH),
        },
    ),
    global(
        "string",
        &[String],
        Returns::Sort(String),
        "the same",
        "string('a') == 'a'",
        |_, arguments| same(arguments),
    ),
    global(
        "string",
        &[Number],
        Returns::Sort(String),
        "a number, written out",
        "string(1.5) == '1.5'",
        |tools, arguments| {
            let text = match arguments {
                [Value::Int(number)] => tools.write(format_args!("{number}")),
                [Value::Uint(number)] => tools.write(format_args!("{number}")),
                [Value::Double(number)] => write_double(*number, tools),
                _ => return Err(MISMATCH),
            };
            Ok(Value::String(text))
        },
    ),
    global(
        "string",
        &[Bool],
        Returns::Sort(String),
        "a truth value, written out",
        "string(true) == 'true'",
        |_, arguments| match arguments {
            [Value::Bool(truth)] => Ok(Value::String(if *truth { "true" } else { "false" })),
            _ => Err(MISMATCH),
        },
    ),
    global(
        "string",
        &[Bytes],
        Returns::Sort(String),
        "bytes as UTF-8",
        "string(b'abc') == 'abc'",
        |_, arguments| match arguments {
            [Value::Bytes(bytes)] => {
                std::str::from_utf8(bytes).map(Value::String).map_err(|_| "the bytes are not UTF-8")
            }
            _ => Err(MISMATCH),
        },
    )
    .linear(),
    global(
        "bytes",
        &[String],
        Returns::Sort(Bytes),
        "a text as UTF-8",
        "bytes('abc') == b'abc'",
        |_, arguments| match arguments {
            [Value::String(text)] => Ok(Value::Bytes(text.as_bytes())),
            _ => Err(MISMATCH),
        },
    ),
    global(
        "bytes",
        &[Bytes],
        Returns::Sort(Bytes),
        "the same",
        "bytes(b'a') == b'a'",
        |_, arguments| same(arguments),
    ),
    global(
        "type",
        &[Dyn],
        Returns::Sort(Kind),
        "the type of a value",
        "type(1) == int",
        |_, arguments| match arguments {
            [value] => Ok(Value::Type(value.kind())),
            _ => Err(MISMATCH),
        },
    )
    .shallow(),
    global(
        "dyn",
        &[Dyn],
        Returns::Sort(Dyn),
        "the same, not checked before evaluation",
        "dyn(1) == 1",
        |_, arguments| same(arguments),
    )
    .shallow(),
];

fn same<'a>(arguments: &[Value<'a>]) -> Outcome<'a> {
    arguments.first().copied().ok_or(MISMATCH)
}

/// The doubles strictly between these convert; CEL excludes the bounds themselves.
const INT_BOUND: f64 = 9_223_372_036_854_775_808.0;
const UINT_BOUND: f64 = 18_446_744_073_709_551_616.0;

fn to_int<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [Value::Int(number)] => return Ok(Value::Int(*number)),
        [Value::Uint(number)] => {
            if let Ok(number) = i64::try_from(*number) {
                return Ok(Value::Int(number));
            }
        }
        [Value::Double(number)] if *number > -INT_BOUND && *number < INT_BOUND => {
            #[expect(clippy::cast_possible_truncation, reason = "checked; fractions are cut")]
            return Ok(Value::Int(*number as i64));
        }
        _ => {}
    }
    tools.fail(format_args!("{} does not fit an int", Shown(arguments)))
}

fn to_uint<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [Value::Uint(number)] => return Ok(Value::Uint(*number)),
        [Value::Int(number)] => {
            if let Ok(number) = u64::try_from(*number) {
                return Ok(Value::Uint(number));
            }
        }
        [Value::Double(number)] if *number >= 0.0 && *number < UINT_BOUND => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked"
            )]
            return Ok(Value::Uint(*number as u64));
        }
        _ => {}
    }
    tools.fail(format_args!("{} does not fit a uint", Shown(arguments)))
}

/// The first argument, for a message.
struct Shown<'s, 'a>(&'s [Value<'a>]);

impl std::fmt::Display for Shown<'_, '_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().take(1).try_for_each(|value| value.fmt(out))
    }
}

/// As Go's `%g` does: with an exponent below a ten-thousandth and from a million on.
fn write_double<'a>(number: f64, tools: &Tools<'a>) -> &'a str {
    if !number.is_finite() {
        let name = if number.is_nan() { "NaN" } else { "Inf" };
        let sign = if number.is_nan() {
            ""
        } else if number < 0.0 {
            "-"
        } else {
            "+"
        };
        return tools.write(format_args!("{sign}{name}"));
    }
    let written = format!("{number:e}");
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    match exponent.parse::<i32>() {
        Ok(size) if number != 0.0 && !(-4..6).contains(&size) => {
            let sign = if size < 0 { '-' } else { '+' };
            tools.write(format_args!("{mantissa}e{sign}{:02}", size.unsigned_abs()))
        }
        _ => tools.write(format_args!("{number}")),
    }
}
