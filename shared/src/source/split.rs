//! Where a text falls apart into pieces that can be read on their own. A piece says the same as it
//! does within the whole, or the whole is one piece.
//!
//! Called by `Source::pieces`; reads no values.

pub(super) mod json;
pub(super) mod yaml;

use super::{
    Source,
    json::{is_surely_json, looks_like_json},
    piece::{Form, Piece},
    position::{Base, Part},
};

/// Bytes of a list's elements that make a piece.
const GROUP: usize = 8 * 1024;

pub(super) fn pieces<'s>(source: &'s Source, list: &str) -> Vec<Piece<'s>> {
    let mut pieces = Vec::new();
    for part in documents(source.whole()) {
        // In JSON, text between values is an error that must not be lost among comments.
        if looks_like_json(part.own()) && is_surely_json(part.own()) {
            json::split(source, part, list, &mut pieces);
        } else if !part.own().trim().is_empty() {
            match yaml::split(part, list) {
                Some((head, groups)) => {
                    let form = Form::Block(head.into());
                    let piece = |part| Piece { source, part, form: form.clone() };
                    pieces.extend(groups.into_iter().map(piece));
                }
                None => pieces.push(Piece { source, part, form: Form::Documents }),
            }
        }
    }
    pieces
}

/// What stands between lines of `---`; no such line can be within a JSON value.
fn documents(whole: Part<'_>) -> Vec<Part<'_>> {
    let Part { text, mut base, end } = whole;
    let mut parts = Vec::new();
    let (mut offset, mut lines) = (base.offset, base.lines);
    for line in whole.own().split_inclusive('\n') {
        let next = offset + line.len();
        if is_separator(line.as_bytes()) {
            parts.push(Part { text, base, end: offset });
            base = Base { offset: next, lines: lines + 1, column: 0 };
        }
        (offset, lines) = (next, lines + 1);
    }
    parts.push(Part { text, base, end });
    parts
}

/// Whether a line separates documents for kubectl.
fn is_separator(line: &[u8]) -> bool {
    let rest = line.strip_prefix(b"---").and_then(|rest| std::str::from_utf8(rest).ok());
    rest.is_some_and(|rest| rest.trim().is_empty())
}

/// Whether what follows the last line of `---` is JSON by its first character.
pub(super) fn ends_in_json(bytes: &[u8]) -> bool {
    let mut start = 0;
    let mut offset = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        offset += line.len();
        if is_separator(line) {
            start = offset;
        }
    }
    bytes.get(start..).unwrap_or_default().trim_ascii_start().starts_with(b"{")
}

/// The first place behind a line that ends at `from` or later where what follows can be read on
/// its own: a line of `---`, or in JSON one that starts with a brace behind one that ends with one.
pub(super) fn boundary(bytes: &[u8], from: usize, json: bool) -> Option<usize> {
    let mut at = from;
    loop {
        let end = at + bytes.get(at..)?.iter().position(|byte| *byte == b'\n')?;
        let start = end + 1;
        let rest = bytes.get(start..)?;
        if rest.starts_with(b"---") {
            let length = rest.iter().position(|byte| *byte == b'\n')?;
            if is_separator(rest.get(..length)?) {
                return Some(start);
            }
        }
        if json && rest.starts_with(b"{") && bytes.get(..end)?.trim_ascii_end().ends_with(b"}") {
            return Some(start);
        }
        at = start;
    }
}
