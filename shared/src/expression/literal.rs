//! What a literal stands for: numbers, and text with its escapes, as CEL defines them. Called by
//! `parse`.

use super::CompileError;
use super::syntax::Literal;
use super::token::{Kind, Token};

/// The value of a literal as it is written; `negative` where a minus stands before its number.
pub(super) fn literal(text: &str, token: &Token, negative: bool) -> Result<Literal, CompileError> {
    let refuse = |why: &str| {
        let sign = if negative { "-" } else { "" };
        CompileError::new(format!("`{sign}{text}` {why}"), token.range.clone())
    };
    match token.kind {
        Kind::Int => {
            let number = whole(text, negative).and_then(|number| i64::try_from(number).ok());
            number.map(Literal::Int).ok_or_else(|| refuse("does not fit 64 bits"))
        }
        Kind::Uint => {
            let number = whole(text.trim_end_matches(['u', 'U']), false);
            let number = number.and_then(|number| u64::try_from(number).ok());
            number.map(Literal::Uint).ok_or_else(|| refuse("does not fit 64 bits"))
        }
        Kind::Double => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                Ok(Literal::Double(if negative { -number } else { number }))
            }
            _ => Err(refuse("is larger than any number")),
        },
        Kind::Text => {
            let bytes = unescaped(text, token.range.start, false)?;
            // Every escape of a text is a character.
            Ok(Literal::String(String::from_utf8_lossy(&bytes).into()))
        }
        Kind::Bytes => {
            let text = text.get(1..).unwrap_or_default();
            Ok(Literal::Bytes(unescaped(text, token.range.start + 1, true)?.into()))
        }
        Kind::Word | Kind::Escaped | Kind::Sign | Kind::End => Err(refuse("is not a literal")),
    }
}

fn whole(digits: &str, negative: bool) -> Option<i128> {
    let number = match digits.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    let number = i128::from(number.ok()?);
    Some(if negative { -number } else { number })
}

/// The bytes of a text in quotes, perhaps behind an `r`, that starts at a byte of the source.
fn unescaped(text: &str, start: usize, of_bytes: bool) -> Result<Vec<u8>, CompileError> {
    let quoted = text.trim_start_matches(['r', 'R']);
    let is_raw = quoted.len() < text.len();
    let triple = ["\"\"\"", "'''"].into_iter().any(|quotes| quoted.starts_with(quotes));
    let quote = if triple { 3 } else { 1 };
    let written = quoted.get(quote..quoted.len() - quote).unwrap_or_default();
    let start = start + text.len() - quoted.len() + quote;
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '\\' if !is_raw => match escape(rest, of_bytes) {
                Some((Escape::Char(character), length)) => {
                    push(&mut bytes, character);
                    length
                }
                Some((Escape::Byte(byte), length)) => {
                    bytes.push(byte);
                    length
                }
                None => return Err(no_escape(rest, start + written.len() - rest.len())),
            },
            // Lines end alike, however the file ends them.
            '\r' => {
                bytes.push(b'\n');
                if rest.starts_with("\r\n") { 2 } else { 1 }
            }
            other => {
                push(&mut bytes, other);
                other.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(bytes)
}

fn push(bytes: &mut Vec<u8>, character: char) {
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

enum Escape {
    Char(char),
    Byte(u8),
}

/// The escape that a text begins with, and its length.
fn escape(rest: &str, of_bytes: bool) -> Option<(Escape, usize)> {
    let kind = rest.chars().nth(1)?;
    let plain = |character| Some((Escape::Char(character), 2));
    match kind {
        '\\' | '\'' | '"' | '`' | '?' => plain(kind),
        'a' => plain('\x07'),
        'b' => plain('\x08'),
        'f' => plain('\x0c'),
        'n' => plain('\n'),
        'r' => plain('\r'),
        't' => plain('\t'),
        'v' => plain('\x0b'),
        'x' | 'X' => coded(rest, 2..4, 16, of_bytes),
        '0'..='3' => coded(rest, 1..4, 8, of_bytes),
        'u' if !of_bytes => coded(rest, 2..6, 16, false),
        'U' if !of_bytes => coded(rest, 2..10, 16, false),
        _ => None,
    }
}

/// An escape by number: of a byte, or of a character.
fn coded(
    rest: &str,
    digits: std::ops::Range<usize>,
    radix: u32,
    of_bytes: bool,
) -> Option<(Escape, usize)> {
    let length = digits.end;
    let digits = rest.get(digits)?;
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let number = u32::from_str_radix(digits, radix).ok()?;
    let escape = if of_bytes {
        Escape::Byte(u8::try_from(number).ok()?)
    } else {
        Escape::Char(char::from_u32(number)?)
    };
    Some((escape, length))
}

fn no_escape(rest: &str, at: usize) -> CompileError {
    let length = rest.chars().take(2).map(char::len_utf8).sum::<usize>();
    let written = rest.get(..length).unwrap_or_default();
    let message = format!("`{written}` is not an escape");
    let help = "write a backslash twice, or `r\"…\"`, in which it stands for itself";
    CompileError::new(message, at..at + length).with_help(help)
}
