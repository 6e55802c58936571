//! Texts. Positions count characters, as CEL has it, not bytes.

use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, global, member};
use crate::value::Value;

use Sort::{Bool, Int, String, Strings};

const BOOL: Returns = Returns::Sort(Bool);
const INT: Returns = Returns::Sort(Int);
const STRING: Returns = Returns::Sort(String);
const STRINGS: Returns = Returns::Sort(Strings);

pub(super) static FUNCTIONS: &[Function] = &[
    member(
        "contains",
        &[String, String],
        BOOL,
        "whether a text is part of this one",
        "'abc'.contains('b')",
        |_, arguments| two_texts(arguments).map(|(text, part)| Value::Bool(text.contains(part))),
    )
    .linear()
    .since("1.25"),
    member(
        "startsWith",
        &[String, String],
        BOOL,
        "whether this text begins so",
        "'abc'.startsWith('a')",
        |_, arguments| two_texts(arguments).map(|(text, part)| Value::Bool(text.starts_with(part))),
    )
    .since("1.25"),
    member(
        "endsWith",
        &[String, String],
        BOOL,
        "whether this text ends so",
        "'abc'.endsWith('c')",
        |_, arguments| two_texts(arguments).map(|(text, part)| Value::Bool(text.ends_with(part))),
    )
    .since("1.25"),
    member(
        "charAt",
        &[String, Int],
        STRING,
        "the character at a position; empty at the end",
        "'abc'.charAt(1) == 'b'",
        |tools, arguments| {
            let [Value::String(text), Value::Int(position)] = arguments else {
                return Err(MISMATCH);
            };
            let from = byte_at(tools, text, *position)?;
            let rest = text.get(from..).unwrap_or_default();
            let end = rest.char_indices().nth(1).map_or(rest.len(), |(at, _)| at);
            Ok(Value::String(rest.get(..end).unwrap_or_default()))
        },
    )
    .linear(),
    member(
        "indexOf",
        &[String, String],
        INT,
        "the first position of a part, or -1",
        "'abc'.indexOf('c') == 2",
        |_, arguments| {
            let (text, part) = two_texts(arguments)?;
            Ok(position(text, text.find(part)))
        },
    )
    .linear(),
    member(
        "indexOf",
        &[String, String, Int],
        INT,
        "the first position from a position on, or -1",
        "'abcabc'.indexOf('b', 2) == 4",
        |tools, arguments| {
            let [Value::String(text), Value::String(part), Value::Int(start)] = arguments else {
                return Err(MISMATCH);
            };
            if let Some(answer) = beyond(text, part, *start) {
                return Ok(answer);
            }
            let from = byte_at(tools, text, *start)?;
            let found = text.get(from..).and_then(|rest| rest.find(part)).map(|at| at + from);
            Ok(position(text, found))
        },
    )
    .linear(),
    member(
        "lastIndexOf",
        &[String, String],
        INT,
        "the last position of a part, or -1",
        "'abca'.lastIndexOf('a') == 3",
        |_, arguments| {
            let (text, part) = two_texts(arguments)?;
            Ok(position(text, text.rfind(part)))
        },
    )
    .linear(),
    member(
        "lastIndexOf",
        &[String, String, Int],
        INT,
        "the last position that is not past a position, or -1",
        "'abca'.lastIndexOf('a', 2) == 0",
        |tools, arguments| {
            let [Value::String(text), Value::String(part), Value::Int(last)] = arguments else {
                return Err(MISMATCH);
            };
            if let Some(answer) = beyond(text, part, *last) {
                return Ok(answer);
            }
            let until = byte_at(tools, text, *last)?;
            let end = (until + part.len()).min(text.len());
            let within = (0..=end).rev().find_map(|end| text.get(..end)).unwrap_or_default();
            Ok(position(text, within.rfind(part)))
        },
    )
    .linear(),
    member(
        "lowerAscii",
        &[String],
        STRING,
        "with ASCII letters in lower case",
        "'TaCo'.lowerAscii() == 'taco'",
        |tools, arguments| {
            one_text(arguments).map(|text| {
                if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    tools.text(&text.to_ascii_lowercase())
                } else {
                    Value::String(text)
                }
            })
        },
    )
    .linear(),
    member(
        "upperAscii",
        &[String],
        STRING,
        "with ASCII letters in upper case",
        "'TaCo'.upperAscii() == 'TACO'",
        |tools, arguments| one_text(arguments).map(|text| tools.text(&text.to_ascii_uppercase())),
    )
    .linear(),
    member(
        "trim",
        &[String],
        STRING,
        "without white space at both ends",
        "'  a '.trim() == 'a'",
        |_, arguments| one_text(arguments).map(|text| Value::String(text.trim())),
    )
    .linear(),
    member(
        "reverse",
        &[String],
        STRING,
        "the characters in reverse order",
        "'abc'.reverse() == 'cba'",
        |tools, arguments| {
            let text = one_text(arguments)?;
            let reversed =
                bumpalo::collections::String::from_iter_in(text.chars().rev(), tools.arena);
            Ok(Value::String(reversed.into_bump_str()))
        },
    )
    .linear()
    .only_here(),
    member(
        "replace",
        &[String, String, String],
        STRING,
        "with all occurrences of a part replaced",
        "'aba'.replace('a', 'c') == 'cbc'",
        |tools, arguments| {
            let [Value::String(text), Value::String(old), Value::String(new)] = arguments else {
                return Err(MISMATCH);
            };
            replace(tools, text, old, new, usize::MAX)
        },
    )
    .own_cost(),
    member(
        "replace",
        &[String, String, String, Int],
        STRING,
        "with so many occurrences replaced; negative: all",
        "'aba'.replace('a', 'c', 1) == 'cba'",
        |tools, arguments| {
            let [Value::String(text), Value::String(old), Value::String(new), Value::Int(limit)] =
                arguments
            else {
                return Err(MISMATCH);
            };
            replace(tools, text, old, new, usize::try_from(*limit).unwrap_or(usize::MAX))
        },
    )
    .own_cost(),
    member(
        "split",
        &[String, String],
        STRINGS,
        "the parts between separators",
        "'a,b'.split(',') == ['a', 'b']",
        |tools, arguments| {
            let (text, separator) = two_texts(arguments)?;
            split(tools, text, separator, -1)
        },
    )
    .own_cost(),
    member(
        "split",
        &[String, String, Int],
        STRINGS,
        "at most so many parts; negative: all",
        "'a,b,c'.split(',', 2) == ['a', 'b,c']",
        |tools, arguments| {
            let [Value::String(text), Value::String(separator), Value::Int(limit)] = arguments
            else {
                return Err(MISMATCH);
            };
            split(tools, text, separator, *limit)
        },
    )
    .own_cost(),
    member(
        "substring",
        &[String, Int],
        STRING,
        "from a position to the end",
        "'abc'.substring(1) == 'bc'",
        |tools, arguments| {
            let [Value::String(text), Value::Int(start)] = arguments else { return Err(MISMATCH) };
            let from = byte_at(tools, text, *start)?;
            Ok(Value::String(text.get(from..).unwrap_or_default()))
        },
    )
    .linear(),
    member(
        "substring",
        &[String, Int, Int],
        STRING,
        "from a position up to another",
        "'abcd'.substring(1, 3) == 'bc'",
        |tools, arguments| {
            let [Value::String(text), Value::Int(start), Value::Int(end)] = arguments else {
                return Err(MISMATCH);
            };
            let (from, to) = (byte_at(tools, text, *start)?, byte_at(tools, text, *end)?);
            match text.get(from..to) {
                Some(part) => Ok(Value::String(part)),
                None => tools.fail(format_args!(
                    "a substring cannot end at {end}, before its start {start}"
                )),
            }
        },
    )
    .linear(),
    member(
        "join",
        &[Strings],
        STRING,
        "the texts of a list, one after the other",
        "['a', 'b'].join() == 'ab'",
        |tools, arguments| match arguments {
            [Value::List(items)] => join(tools, items, ""),
            _ => Err(MISMATCH),
        },
    )
    .own_cost(),
    member(
        "join",
        &[Strings, String],
        STRING,
        "the same with a separator",
        "['a', 'b'].join('-') == 'a-b'",
        |tools, arguments| match arguments {
            [Value::List(items), Value::String(separator)] => join(tools, items, separator),
            _ => Err(MISMATCH),
        },
    )
    .own_cost(),
    global(
        "strings.quote",
        &[String],
        STRING,
        "in quotes, with what is special escaped",
        r#"strings.quote('a"b') == '"a\\"b"'"#,
        |tools, arguments| {
            let text = one_text(arguments)?;
            let mut quoted =
                bumpalo::collections::String::with_capacity_in(text.len() + 2, tools.arena);
            quoted.push('"');
            for character in text.chars() {
                match character {
                    '\u{7}' => quoted.push_str("\\a"),
                    '\u{8}' => quoted.push_str("\\b"),
                    '\u{c}' => quoted.push_str("\\f"),
                    '\n' => quoted.push_str("\\n"),
                    '\r' => quoted.push_str("\\r"),
                    '\t' => quoted.push_str("\\t"),
                    '\u{b}' => quoted.push_str("\\v"),
                    '\\' => quoted.push_str("\\\\"),
                    '"' => quoted.push_str("\\\""),
                    other => quoted.push(other),
                }
            }
            quoted.push('"');
            Ok(Value::String(quoted.into_bump_str()))
        },
    )
    .linear(),
];

pub(super) fn one_text<'a>(arguments: &[Value<'a>]) -> Result<&'a str, &'a str> {
    match arguments {
        [Value::String(text)] => Ok(text),
        _ => Err(MISMATCH),
    }
}

pub(super) fn two_texts<'a>(arguments: &[Value<'a>]) -> Result<(&'a str, &'a str), &'a str> {
    match arguments {
        [Value::String(first), Value::String(second)] => Ok((first, second)),
        _ => Err(MISMATCH),
    }
}

/// The byte at a position counted in characters; the end counts too.
fn byte_at<'a>(tools: &Tools<'a>, text: &str, position: i64) -> Result<usize, &'a str> {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let wanted = usize::try_from(position).ok();
    match wanted.and_then(|position| { ends }.nth(position)) {
        Some(byte) => Ok(byte),
        None => tools.fail(format_args!("position {position} lies outside of the text")),
    }
}

/// What a search from a position gives without searching, as cel-go has it: the position itself for
/// an empty part, -1 for a position past the end.
fn beyond<'a>(text: &str, part: &str, start: i64) -> Option<Value<'a>> {
    if part.is_empty() {
        return Some(Value::Int(start));
    }
    let is_past = usize::try_from(start).is_ok_and(|start| text.chars().nth(start).is_none());
    is_past.then_some(Value::Int(-1))
}

/// A byte's position counted in characters, or -1.
fn position<'a>(text: &str, byte: Option<usize>) -> Value<'a> {
    let characters = byte.and_then(|byte| text.get(..byte)).map(|before| before.chars().count());
    Value::Int(characters.and_then(|count| i64::try_from(count).ok()).unwrap_or(-1))
}

pub(super) fn collect<'a>(
    tools: &mut Tools<'a>,
    parts: impl Iterator<Item = &'a str>,
) -> Outcome<'a> {
    let mut items = bumpalo::collections::Vec::new_in(tools.arena);
    for part in parts {
        tools.charge(1)?;
        items.push(Value::String(part));
    }
    Ok(Value::List(items.into_bump_slice()))
}

fn replace<'a>(
    tools: &mut Tools<'a>,
    text: &'a str,
    old: &str,
    new: &str,
    limit: usize,
) -> Outcome<'a> {
    tools.charge(text.len() / 8)?;
    let count = text.matches(old).take(limit).count();
    tools.charge(count.saturating_mul(1 + new.len() / 8))?;
    if count == 0 {
        return Ok(Value::String(text));
    }
    Ok(tools.text(&text.replacen(old, new, count)))
}

fn split<'a>(tools: &mut Tools<'a>, text: &'a str, separator: &str, limit: i64) -> Outcome<'a> {
    tools.charge(text.len() / 8)?;
    let limit = match limit {
        0 => return Ok(Value::List(&[])),
        _ => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    if separator.is_empty() {
        // Into characters; the last part holds what is left.
        let ends = text.char_indices().map(|(at, _)| at).skip(1).take(limit - 1);
        let cuts: Vec<usize> = std::iter::once(0).chain(ends).chain([text.len()]).collect();
        let parts = cuts.windows(2).filter_map(|cut| match cut {
            [from, to] => text.get(*from..*to).filter(|part| !part.is_empty()),
            _ => None,
        });
        return collect(tools, parts);
    }
    collect(tools, text.splitn(limit, separator))
}

fn join<'a>(tools: &mut Tools<'a>, items: &[Value<'a>], separator: &str) -> Outcome<'a> {
    let mut text = bumpalo::collections::String::new_in(tools.arena);
    for (position, item) in items.iter().enumerate() {
        let Value::String(part) = item else {
            return tools.fail(format_args!("`join` takes a list of strings, not one with {item}"));
        };
        tools.charge(1 + (part.len() + separator.len()) / 8)?;
        if position > 0 {
            text.push_str(separator);
        }
        text.push_str(part);
    }
    Ok(Value::String(text.into_bump_str()))
}
