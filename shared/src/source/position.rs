//! Places in a text: byte offsets, lines, columns in characters.
//!
//! Used by the readers of `source` only.

use std::ops::Range;

/// A piece of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
    /// Line of the start, from 1.
    pub line: u32,
    /// Column of the start in characters, from 1.
    pub column: u32,
}

impl Span {
    pub(super) fn at_end_of(text: &str) -> Self {
        let line_start = text.rfind('\n').map_or(0, |index| index + 1);
        let column = text.get(line_start..).unwrap_or_default().chars().count();
        let line = text.bytes().filter(|byte| *byte == b'\n').count();
        let end = small(text.len());
        Self { start: end, end, line: small(line + 1), column: small(column + 1) }
    }

    /// The bytes that the span covers.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Offsets and counts stay below `MAX_BYTES`, which fits.
pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Where a part of a text starts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Base {
    /// Bytes of the text before it.
    pub(super) offset: usize,
    /// Lines of the file before it.
    pub(super) lines: usize,
    /// Characters before it on its line.
    pub(super) column: usize,
}

impl Base {
    /// The same for what starts later in the text.
    pub(super) fn advanced(self, text: &str, to: usize) -> Self {
        self.past(text.get(self.offset..to).unwrap_or_default())
    }

    /// The same for what follows a text that starts here.
    pub(super) fn past(self, text: &str) -> Self {
        let (lines, column) = match text.rfind('\n') {
            Some(last) => {
                let lines = text.bytes().filter(|byte| *byte == b'\n').count();
                (lines, text.get(last + 1..).unwrap_or_default().chars().count())
            }
            None => (0, self.column + text.chars().count()),
        };
        Self { offset: self.offset + text.len(), lines: self.lines + lines, column }
    }

    /// A place in the part, counted from the start of the file.
    pub(super) fn shift(self, span: Span) -> Span {
        let offset = small(self.offset);
        Span {
            start: span.start + offset,
            end: span.end + offset,
            line: span.line + small(self.lines),
            column: span.column + small(self.before(span.line as usize)),
        }
    }

    /// Characters before a line of the part: only its first is cut.
    fn before(self, line: usize) -> usize {
        if line == 1 { self.column } else { 0 }
    }
}

/// A part of a text that a reader is given, with where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'t> {
    /// The whole text: offsets count from its start.
    pub(super) text: &'t str,
    /// Where the part starts.
    pub(super) base: Base,
    /// The offset at which it ends.
    pub(super) end: usize,
}

impl<'t> Part<'t> {
    /// What is in it.
    pub(super) fn own(&self) -> &'t str {
        self.text.get(self.base.offset..self.end).unwrap_or_default()
    }

    /// A part of it, which starts not before the part itself.
    pub(super) fn within(&self, range: Range<usize>) -> Self {
        let base = self.base.advanced(self.text, range.start);
        Self { text: self.text, base, end: range.end }
    }
}

/// Byte offsets of character indexes; free of charge while a text is ASCII.
pub(super) struct Offsets<'t> {
    text: &'t str,
    /// Where the text stands in its file.
    base: Base,
    /// The offset of every `STEP`th character; empty for ASCII.
    marks: Vec<u32>,
}

const STEP: usize = 64;

impl<'t> Offsets<'t> {
    pub(super) fn new(text: &'t str, base: Base) -> Self {
        let marks = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().step_by(STEP).map(|(offset, _)| small(offset)).collect()
        };
        Self { text, base, marks }
    }

    /// The place between two marks of a reader that counts characters.
    pub(super) fn span(&self, start: (usize, usize, usize), end: usize) -> Span {
        let (character, line, column) = start;
        let from = self.byte(character);
        Span {
            start: small(self.base.offset + from),
            end: small(self.base.offset + self.byte(end).max(from)),
            line: small(self.base.lines + line),
            column: small(self.base.before(line) + column + 1),
        }
    }

    fn byte(&self, character: usize) -> usize {
        if self.marks.is_empty() {
            return character.min(self.text.len());
        }
        let Some(mark) = self.marks.get(character / STEP) else { return self.text.len() };
        let mark = *mark as usize;
        let rest = self.text.get(mark..).unwrap_or_default();
        mark + rest.char_indices().nth(character % STEP).map_or(rest.len(), |(offset, _)| offset)
    }
}

/// How far around a place its line is looked at: a file can be one line of megabytes.
const WINDOW: usize = 1024;

/// The line on which a span starts, without its end, or what is near of a very long one; and how
/// many of its bytes come before the span. What is outside of `bounds` is never shown.
pub(super) fn line(text: &str, bounds: Range<usize>, span: Span) -> Option<(&str, usize)> {
    let place = span.start as usize;
    let inside = bounds.start <= place && place <= bounds.end;
    if span.line == 0 || !inside || !text.is_char_boundary(place) {
        return None;
    }
    let from = text.floor_char_boundary(place.saturating_sub(WINDOW)).max(bounds.start);
    let to = text.ceil_char_boundary((place + WINDOW).min(text.len())).min(bounds.end);
    let before = text.get(from..place)?;
    let start = before.rfind('\n').map_or(from, |index| from + index + 1);
    let end = text.get(place..to)?.find('\n').map_or(to, |index| place + index);
    Some((text.get(start..end)?.trim_end(), place - start))
}

/// Where a byte range of a scalar's value stands in the text; nothing where escapes leave no such
/// place. Folding and indentation change spaces and nothing else, so the other characters count.
pub(super) fn within(text: &str, span: Span, value: &str, range: Range<usize>) -> Option<Span> {
    let raw = text.get(span.range())?;
    let body = match raw.chars().next()? {
        '|' | '>' => raw.find('\n')? + 1,
        '"' if raw.contains('\\') => return None,
        '\'' if raw.contains("\'\'") && raw.len() > 2 => return None,
        '"' | '\'' => 1,
        _ => 0,
    };
    let seen = |text: &str| text.chars().filter(|character| !character.is_whitespace()).count();
    let place = |number: usize| {
        let characters = raw.get(body..)?.char_indices();
        let mut shown = characters.filter(|(_, character)| !character.is_whitespace());
        shown.nth(number).map(|(at, character)| (body + at, character))
    };
    let first = seen(value.get(..range.start)?);
    let count = seen(value.get(range.clone())?);
    let (start, end) = if count == 0 {
        // Behind the last character, where something is missing.
        let (at, character) = place(first.checked_sub(1)?)?;
        (at + character.len_utf8(), at + character.len_utf8())
    } else {
        let (start, character) = place(first)?;
        if !value.get(range)?.trim_start().starts_with(character) {
            return None;
        }
        let (last, character) = place(first + count - 1)?;
        (start, last + character.len_utf8())
    };
    let before = raw.get(..start)?;
    let (line, column) = match before.rfind('\n') {
        None => (span.line, span.column + small(before.chars().count())),
        Some(last) => {
            let lines = before.bytes().filter(|byte| *byte == b'\n').count();
            let column = before.get(last + 1..)?.chars().count() + 1;
            (span.line + small(lines), small(column))
        }
    };
    Some(Span { start: span.start + small(start), end: span.start + small(end), line, column })
}
