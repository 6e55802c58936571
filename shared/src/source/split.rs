//! Where a text falls apart into pieces that can be read on their own. A piece says the same as it
//! does within the whole, or the whole is one piece.
//!
//! Called by `Source::pieces` for a text at once, and by `Windows` for one of which a portion at a
//! time is seen; reads no values.

pub(super) mod json;
pub(super) mod yaml;

use super::{
    MAX_BYTES, Source,
    json::{is_surely_json, looks_like_json},
    piece::{Form, Piece},
    position::{Base, Part},
};

/// Bytes of a list's elements that make a piece.
pub(super) const GROUP: usize = 8 * 1024;

/// Bytes around a list that is longer than what is held.
const LONGEST_HEAD: usize = 1 << 20;

/// Which list of a document is cut, and how.
#[derive(Clone, Copy)]
pub(super) struct Cut<'c> {
    /// The name under which it stands at the top.
    pub(super) list: &'c str,
    /// Bytes of its elements that make a piece.
    pub(super) group: usize,
}

pub(super) fn pieces<'s>(source: &'s Source, cut: Cut<'_>) -> Vec<Piece<'s>> {
    let mut pieces = Vec::new();
    for part in documents(source.whole()) {
        // In JSON, text between values is an error that must not be lost among comments.
        if is_json(part.own()) {
            json::split(source, part, cut, &mut pieces);
        } else if !part.own().trim().is_empty() {
            match yaml::split(part, cut) {
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

fn is_json(text: &str) -> bool {
    looks_like_json(text) && is_surely_json(text)
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

/// The places of some offsets in a part.
pub(super) fn bases(mut part: Part<'_>, offsets: &[usize]) -> Vec<Base> {
    let place = |offset: &usize| {
        part = part.within(*offset..part.end);
        part.base
    };
    offsets.iter().map(place).collect()
}

/// The parts that begin at these places, each up to the next, the last to the end of the whole.
pub(super) fn between<'t>(starts: &[Base], whole: Part<'t>) -> Vec<Part<'t>> {
    let ends = starts.iter().skip(1).map(|next| next.offset).chain([whole.end]);
    starts.iter().zip(ends).map(|(base, end)| Part { base: *base, end, ..whole }).collect()
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

/// The last such place.
pub(super) fn last_boundary(bytes: &[u8]) -> Option<usize> {
    let mut last = None;
    loop {
        let start = last.unwrap_or_default();
        let rest = bytes.get(start..)?;
        let document = rest.get(separator(rest)..)?;
        let json = document.trim_ascii_start().starts_with(b"{");
        match boundary(bytes, start, json) {
            Some(next) => last = Some(next),
            None => return last,
        }
    }
}

/// The length of a line of `---` at the start.
fn separator(bytes: &[u8]) -> usize {
    let line = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    if is_separator(line) { line.len() } else { 0 }
}

/// How much of a portion of a text was seen.
pub(super) enum Seen {
    /// So many bytes; the others must be there again with those that follow them.
    Part(usize),
    /// The document, with what belongs to no other.
    End,
}

/// So much of a portion; what is left may be a token that does not end in it.
fn part(bytes: &[u8], seen: usize, in_list: bool) -> Option<Seen> {
    let longest = if in_list { MAX_BYTES } else { LONGEST_HEAD };
    (bytes.len() - seen <= longest).then_some(Seen::Part(seen))
}

/// A list of which a few groups at a time are read.
#[derive(Debug)]
pub(super) struct Long {
    /// How a group is read.
    pub(super) form: Form,
    /// Where the first group starts.
    pub(super) first: Base,
    /// Where each group starts.
    pub(super) starts: Vec<usize>,
    /// Where the last one ends.
    pub(super) end: usize,
    /// Where the next document starts.
    pub(super) through: Base,
}

/// What is known of the first document of a text after some of it. Comes to the same as `pieces`,
/// which sees all at once.
pub(super) enum Outline<'c> {
    Json(json::Outline<'c>),
    Yaml(yaml::Outline<'c>),
}

impl<'c> Outline<'c> {
    /// Of a text that starts behind so many lines, and the place where to begin; none where there
    /// can be no list.
    pub(super) fn new(bytes: &[u8], lines: usize, cut: Cut<'c>) -> Option<(Self, usize)> {
        if bytes.starts_with(b"-") && !bytes.contains(&b'\n') {
            return None;
        }
        let offset = separator(bytes);
        let start = Base { offset, lines: lines + usize::from(offset > 0), column: 0 };
        let document = bytes.get(offset..)?;
        let text = document.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        if !is_json(text) {
            return Some((Self::Yaml(yaml::Outline::new(cut, start)), offset));
        }
        let value = text.trim_ascii_start();
        let start = start.past(text.get(..text.len() - value.len())?);
        let outline = || (Self::Json(json::Outline::new(cut, start)), start.offset);
        value.starts_with('{').then(outline)
    }

    /// Takes in more of the text; none where the list cannot be cut.
    pub(super) fn see(&mut self, bytes: &[u8], more: bool) -> Option<Seen> {
        match self {
            Self::Json(outline) => outline.see(bytes, more),
            Self::Yaml(outline) => outline.see(bytes, more),
        }
    }

    /// What was found once all is seen.
    pub(super) fn long(self) -> Option<Long> {
        match self {
            Self::Json(outline) => outline.long(),
            Self::Yaml(outline) => outline.long(),
        }
    }
}
