//! Regular expressions: RE2-like, in linear time, of bounded size.

mod pattern;
mod patterns;
mod size;
mod syntax;

use regex::{Regex, RegexBuilder};

pub(in crate::expression) use pattern::Pattern;
pub(in crate::expression) use patterns::Patterns;

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
fn compile_regex(pattern: &str) -> Result<Regex, std::string::String> {
    compile(pattern, &translate(pattern)?)
}

/// Checks a pattern that is written out as compiling it would. That is put off until somebody
/// searches with it, unless there is no other way to know that it is not too large.
pub(in crate::expression) fn check_regex(pattern: &str) -> Result<Pattern, std::string::String> {
    let translated = translate(pattern)?;
    let parsed = regex_syntax::parse(&translated);
    let parsed = parsed.map_err(|error| wrong(pattern, &error.to_string()))?;
    if size::bound(&parsed) > REGEX_SIZE {
        return compile(pattern, &translated).map(Pattern::from);
    }
    Ok(Pattern::unsearched(translated))
}

fn translate(pattern: &str) -> Result<std::string::String, std::string::String> {
    syntax::translate(pattern).map_err(|reason| not_regular(pattern, &reason))
}

fn compile(pattern: &str, translated: &str) -> Result<Regex, std::string::String> {
    RegexBuilder::new(translated).size_limit(REGEX_SIZE).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            format!("the regular expression `{pattern}` is too large")
        }
        error => wrong(pattern, &error.to_string()),
    })
}

/// The last line of what the crate says is the reason.
fn wrong(pattern: &str, said: &str) -> std::string::String {
    let reason = said.lines().rev().find_map(|line| line.strip_prefix("error: "));
    not_regular(pattern, reason.unwrap_or("it cannot be parsed"))
}

fn not_regular(pattern: &str, reason: &str) -> std::string::String {
    format!("`{pattern}` is not a regular expression: {reason}")
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
