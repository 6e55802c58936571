//! Regular expressions: RE2-like, in linear time, of bounded size.

mod pattern;
mod syntax;

use regex::{Regex, RegexBuilder};

pub(in crate::expression) use pattern::Pattern;

use super::strings::{collect, two_texts};
use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, global, member};
use crate::value::Value;

use Sort::{Bool, Int, String, Strings};

const BOOL: Returns = Returns::Sort(Bool);
const STRING: Returns = Returns::Sort(String);
const STRINGS: Returns = Returns::Sort(Strings);

pub(super) static FUNCTIONS: &[Function] = &[
    member(
        "matches",
        &[String, String],
        BOOL,
        "whether a regular expression (RE2) finds something in this text",
        "'abc'.matches('^a.c$')",
        matches,
    )
    .own_cost(),
    global("matches", &[String, String], BOOL, "the same", "matches('abc', '^a.c$')", matches)
        .own_cost(),
    member(
        "find",
        &[String, String],
        STRING,
        "the first part that a regular expression finds, else empty",
        "'a12'.find('[0-9]+') == '12'",
        |tools, arguments| {
            let (text, pattern) = two_texts(arguments)?;
            let regex = regex(tools, text, pattern)?;
            Ok(Value::String(regex.find(text).map_or("", |found| found.as_str())))
        },
    )
    .own_cost(),
    member(
        "findAll",
        &[String, String],
        STRINGS,
        "all parts that a regular expression finds",
        "'a1b2'.findAll('[0-9]') == ['1', '2']",
        |tools, arguments| {
            let (text, pattern) = two_texts(arguments)?;
            let regex = regex(tools, text, pattern)?;
            collect(tools, regex.find_iter(text).map(|found| found.as_str()))
        },
    )
    .own_cost(),
    member(
        "findAll",
        &[String, String, Int],
        STRINGS,
        "at most so many of them; negative: all",
        "'a1b2'.findAll('[0-9]', 1) == ['1']",
        |tools, arguments| {
            let [Value::String(text), Value::String(pattern), Value::Int(limit)] = arguments else {
                return Err(MISMATCH);
            };
            let regex = regex(tools, text, pattern)?;
            let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
            collect(tools, regex.find_iter(text).take(limit).map(|found| found.as_str()))
        },
    )
    .own_cost(),
];

/// Compiled regular expressions stay below this many bytes.
const REGEX_SIZE: usize = 256 * 1024;

/// Compiles a pattern within a size limit; the error is worded for users.
pub(in crate::expression) fn compile_regex(pattern: &str) -> Result<Regex, std::string::String> {
    let wrong = |reason: &str| format!("`{pattern}` is not a regular expression: {reason}");
    let translated = syntax::translate(pattern).map_err(|reason| wrong(&reason))?;
    let compiled = RegexBuilder::new(&translated).size_limit(REGEX_SIZE).build();
    compiled.map_err(|error| {
        if matches!(error, regex::Error::CompiledTooBig(_)) {
            return format!("the regular expression `{pattern}` is too large");
        }
        let text = error.to_string();
        let reason = text.lines().rev().find_map(|line| line.strip_prefix("error: "));
        wrong(reason.unwrap_or("it cannot be parsed"))
    })
}

/// A pattern that is not known before evaluation is compiled at each call, and pays for it.
fn regex<'a>(tools: &mut Tools<'a>, text: &str, pattern: &str) -> Result<Regex, &'a str> {
    tools.charge(500 + pattern.len() * 50)?;
    tools.charge((text.len() / 8 + 1).saturating_mul(pattern.len() / 8 + 1))?;
    compile_regex(pattern).or_else(|problem| tools.fail(format_args!("{problem}")))
}

fn matches<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (text, pattern) = two_texts(arguments)?;
    regex(tools, text, pattern).map(|regex| Value::Bool(regex.is_match(text)))
}
