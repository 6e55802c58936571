//! What people write who know other languages, where the parser only says that it cannot go on.

use std::ops::Range;

use super::CompileError;

/// Words and signs that CEL does not have, and what it has instead.
const WORDS: [(&str, &str); 8] = [
    ("and", "&&"),
    ("AND", "&&"),
    ("or", "||"),
    ("OR", "||"),
    ("not", "!"),
    ("NOT", "!"),
    ("is", "=="),
    ("contains", "in"),
];

const SIGNS: [(&str, &str); 8] = [
    ("===", "=="),
    ("!==", "!="),
    ("<>", "!="),
    ("=~", ".matches(…)"),
    ("=>", ">="),
    ("=<", "<="),
    ("=", "=="),
    ("&", "&&"),
];

/// The slip that made the parser stop at a byte of the source, if it is a known one.
pub(super) fn slip(source: &str, at: usize) -> Option<CompileError> {
    word_at(source, at).or_else(|| sign_at(source, at))
}

/// `a and b` stops at `and`, `not a` behind it.
fn word_at(source: &str, at: usize) -> Option<CompileError> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let rest = source.get(at..)?;
    let own = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
    let before = source.get(..at)?.trim_end();
    let start = before.rfind(|character| !is_part(character)).map_or(0, |sign| sign + 1);
    [at..at + own, start..before.len()].into_iter().find_map(|range| {
        let word = source.get(range.clone())?;
        let (_, instead) = WORDS.iter().find(|(known, _)| *known == word)?;
        Some(no_operator(word, instead, range))
    })
}

/// The parser may stop at the sign or just behind its beginning.
fn sign_at(source: &str, at: usize) -> Option<CompileError> {
    let from = at.checked_sub(2).filter(|from| source.is_char_boundary(*from)).unwrap_or(at);
    (from..=at).find_map(|start| {
        let rest = source.get(start..)?;
        let (sign, instead) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign))?;
        let end = start + sign.len();
        let follows = source.get(end..)?.starts_with('=');
        let precedes = source.get(..start)?.ends_with(['=', '!', '<', '>', '&']);
        (!follows && !precedes && end > at).then(|| no_operator(sign, instead, start..end))
    })
}

fn no_operator(found: &str, instead: &str, range: Range<usize>) -> CompileError {
    CompileError::new(format!("`{found}` is not an operator"), range)
        .with_help(format!("write `{instead}`"))
}
