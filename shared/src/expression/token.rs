//! Source text to tokens, by the lexical grammar of CEL. Where a token ends is found here, what a
//! literal stands for in `literal`. Called by `parse`.

use std::ops::Range;

use super::CompileError;

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, or a word of the language such as `in`.
    Word,
    /// `` `a.b/c` ``, a field whose name is no word.
    Escaped,
    Int,
    Uint,
    Double,
    /// Text in quotes of any form.
    Text,
    Bytes,
    Sign,
    /// Behind the last token.
    End,
}

/// Those that begin others come behind them.
const SIGNS: [&str; 24] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "(", ")", "[", "]", "{", "}", ".", ",", ":", "?",
    "!", "-", "+", "*", "/", "%",
];

impl Token {
    /// The token that begins at or after a byte of the source.
    pub(super) fn after(source: &str, at: usize) -> Result<Self, CompileError> {
        let start = source.len() - blank(source.get(at..).unwrap_or_default()).len();
        let rest = source.get(start..).unwrap_or_default();
        let (kind, length) = match rest.as_bytes() {
            [] => (Kind::End, 0),
            [b'b' | b'B', b'r' | b'R', b'"' | b'\'', ..] => (Kind::Bytes, quoted(rest, 2, true)),
            [b'b' | b'B', b'"' | b'\'', ..] => (Kind::Bytes, quoted(rest, 1, false)),
            [b'r' | b'R', b'"' | b'\'', ..] => (Kind::Text, quoted(rest, 1, true)),
            [b'"' | b'\'', ..] => (Kind::Text, quoted(rest, 0, false)),
            [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => number(rest),
            [b'a'..=b'z' | b'A'..=b'Z' | b'_', ..] => {
                (Kind::Word, run(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_'))
            }
            [b'`', ..] => (Kind::Escaped, escaped(rest)),
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                (Kind::Sign, sign.map_or(0, |sign| sign.len()))
            }
        };
        if length == 0 && kind != Kind::End {
            return Err(none(kind, rest, start));
        }
        Ok(Token { kind, range: start..start + length })
    }
}

/// Why there is no token where one begins.
fn none(kind: Kind, rest: &str, start: usize) -> CompileError {
    let first = rest.chars().next().unwrap_or_default();
    let message = match kind {
        Kind::Text | Kind::Bytes => "the text that begins here is never closed".to_owned(),
        Kind::Escaped => "the name that begins here is never closed".to_owned(),
        _ => format!("`{}` has no meaning here", first.escape_debug()),
    };
    CompileError::new(message, start..start + first.len_utf8())
}

/// A source from its first token on: spaces and comments stand anywhere.
fn blank(mut rest: &str) -> &str {
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n', '\x0c']);
        let Some(comment) = rest.strip_prefix("//") else { return rest };
        rest = comment.find('\n').and_then(|end| comment.get(end..)).unwrap_or_default();
    }
}

/// How many bytes at the beginning are such.
fn run(text: &str, is_such: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|byte| is_such(*byte)).count()
}

/// The length of a text in quotes behind a prefix; 0 where it is never closed.
fn quoted(rest: &str, prefix: usize, raw: bool) -> usize {
    let text = rest.get(prefix..).unwrap_or_default();
    let triple = ["\"\"\"", "'''"].into_iter().find(|quotes| text.starts_with(quotes));
    let quote = triple.or(text.get(..1)).unwrap_or_default();
    let mut at = quote.len();
    while let Some(rest) = text.get(at..)
        && let Some(next) = rest.chars().next()
    {
        if rest.starts_with(quote) {
            return prefix + at + quote.len();
        }
        at += match next {
            '\n' | '\r' if triple.is_none() => return 0,
            '\\' if !raw => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            other => other.len_utf8(),
        };
    }
    0
}

/// The length of a name in backticks; 0 where there is none.
fn escaped(rest: &str) -> usize {
    let name = rest.get(1..).unwrap_or_default();
    let length = run(name, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'/' | b' ')
    });
    let is_closed = name.get(length..).is_some_and(|end| end.starts_with('`'));
    if is_closed && length > 0 { length + 2 } else { 0 }
}

/// The kind of a number, and its length.
fn number(rest: &str) -> (Kind, usize) {
    let digits = |from: usize| run(rest.get(from..).unwrap_or_default(), |b| b.is_ascii_digit());
    let byte = |at: usize| rest.as_bytes().get(at).copied().unwrap_or_default();
    let whole = |length| match byte(length) {
        b'u' | b'U' => (Kind::Uint, length + 1),
        _ => (Kind::Int, length),
    };
    if let Some(hexadecimal) = rest.strip_prefix("0x") {
        let length = run(hexadecimal, |byte| byte.is_ascii_hexdigit());
        if length > 0 {
            return whole(2 + length);
        }
    }
    let integral = digits(0);
    let fraction = if byte(integral) == b'.' { digits(integral + 1) } else { 0 };
    let mantissa = if fraction > 0 { integral + 1 + fraction } else { integral };
    let sign = usize::from(matches!(byte(mantissa + 1), b'+' | b'-'));
    match (byte(mantissa), digits(mantissa + 1 + sign)) {
        (b'e' | b'E', exponent) if exponent > 0 => (Kind::Double, mantissa + 1 + sign + exponent),
        _ if fraction > 0 => (Kind::Double, mantissa),
        _ => whole(integral),
    }
}
