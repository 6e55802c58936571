//! Semantic versions.

use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, global, member};
use crate::value::{Kind, Opaque, Semver, Value};

use Sort::{Bool, Int, String};

const SEMVER: Sort = Sort::Plain(Kind::Semver);

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "semver",
        &[String],
        Returns::Sort(SEMVER),
        "a version as semver.org has it",
        "semver('1.2.3-rc.1').isLessThan(semver('1.2.3'))",
        |tools, arguments| match arguments {
            [Value::String(text)] => made(tools, text, text),
            _ => Err(MISMATCH),
        },
    )
    .linear()
    .checked(),
    global(
        "semver",
        &[String, Bool],
        Returns::Sort(SEMVER),
        "the same; with true, `v` before it, leading zeros and missing parts are forgiven",
        "semver('v01.2', true) == semver('1.2.0')",
        |tools, arguments| match arguments {
            [Value::String(text), Value::Bool(lenient)] => {
                let normal = if *lenient { normalise(tools, text)? } else { *text };
                made(tools, normal, text)
            }
            _ => Err(MISMATCH),
        },
    )
    .linear()
    .checked(),
    global(
        "isSemver",
        &[String],
        Returns::Sort(Bool),
        "whether `semver` can read a text",
        "isSemver('1.2.3') && !isSemver('v1.2')",
        |_, arguments| match arguments {
            [Value::String(text)] => Ok(Value::Bool(Semver::parse(text).is_some())),
            _ => Err(MISMATCH),
        },
    )
    .linear(),
    global(
        "isSemver",
        &[String, Bool],
        Returns::Sort(Bool),
        "the same for the lenient reading",
        "isSemver('v1.2', true)",
        |tools, arguments| match arguments {
            [Value::String(text), Value::Bool(lenient)] => {
                let normal = if *lenient { normalise(tools, text) } else { Ok(*text) };
                Ok(Value::Bool(normal.is_ok_and(|text| Semver::parse(text).is_some())))
            }
            _ => Err(MISMATCH),
        },
    )
    .linear(),
    number("major", "semver('1.2.3').major() == 1", |_, arguments| {
        one(arguments).and_then(|own| int(own.major))
    }),
    number("minor", "semver('1.2.3').minor() == 2", |_, arguments| {
        one(arguments).and_then(|own| int(own.minor))
    }),
    number("patch", "semver('1.2.3').patch() == 3", |_, arguments| {
        one(arguments).and_then(|own| int(own.patch))
    }),
    member(
        "isLessThan",
        &[SEMVER, SEMVER],
        Returns::Sort(Bool),
        "earlier",
        "semver('1.9.0').isLessThan(semver('1.10.0'))",
        |_, arguments| two(arguments).map(|(a, b)| Value::Bool(a.compare(&b).is_lt())),
    ),
    member(
        "isGreaterThan",
        &[SEMVER, SEMVER],
        Returns::Sort(Bool),
        "later",
        "semver('1.10.0').isGreaterThan(semver('1.9.0'))",
        |_, arguments| two(arguments).map(|(a, b)| Value::Bool(a.compare(&b).is_gt())),
    ),
    member(
        "compareTo",
        &[SEMVER, SEMVER],
        Returns::Sort(Int),
        "0 where they are equal, 1 where the first is later, else -1",
        "semver('1.2.3').compareTo(semver('2.0.0')) == -1",
        |_, arguments| two(arguments).map(|(a, b)| Value::Int(a.compare(&b) as i64)),
    ),
];

const fn number(name: &'static str, example: &'static str, body: super::Strict) -> Function {
    member(name, &[SEMVER], Returns::Sort(Int), "this part of a version", example, body)
}

fn made<'a>(tools: &Tools<'a>, text: &'a str, written: &str) -> Outcome<'a> {
    match Semver::parse(text) {
        Some(version) => Ok(tools.opaque(Opaque::Semver(version))),
        None => tools.fail(format_args!("{} is not a version as in 1.2.3", Value::String(written))),
    }
}

/// Without `v` and leading zeros, with all three numbers.
fn normalise<'a>(tools: &Tools<'a>, text: &'a str) -> Result<&'a str, &'a str> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let parts: Vec<std::string::String> = text.splitn(3, '.').map(without_zeros).collect();
    if parts.len() < 3 && parts.last().is_some_and(|last| last.contains(['+', '-'])) {
        return Err("a version with less than three numbers has nothing behind them");
    }
    let missing = ".0".repeat(3 - parts.len());
    Ok(tools.write(format_args!("{}{missing}", parts.join("."))))
}

/// A number without leading zeros; what follows it stays.
fn without_zeros(part: &str) -> std::string::String {
    let stripped = part.trim_start_matches('0');
    if part.len() < 2 {
        return part.to_owned();
    }
    let has_digit = stripped.starts_with(|first: char| first.is_ascii_digit());
    format!("{}{stripped}", if has_digit { "" } else { "0" })
}

fn read<'a>(value: &Value<'a>) -> Option<Semver<'a>> {
    match value {
        Value::Opaque(Opaque::Semver(version)) => Some(*version),
        _ => None,
    }
}

fn one<'a>(arguments: &[Value<'a>]) -> Result<Semver<'a>, &'a str> {
    arguments.first().and_then(read).ok_or(MISMATCH)
}

fn two<'a>(arguments: &[Value<'a>]) -> Result<(Semver<'a>, Semver<'a>), &'a str> {
    match arguments {
        [a, b] => read(a).zip(read(b)).ok_or(MISMATCH),
        _ => Err(MISMATCH),
    }
}

fn int<'a>(number: u64) -> Outcome<'a> {
    i64::try_from(number).map(Value::Int).map_err(|_| "the number does not fit an int")
}
