//! JSON: values one after another, and in an object the elements of a long list. Follows brackets
//! and strings only; whatever else is wrong, the reader finds.

use std::ops::Range;

use super::{
    super::{
        MAX_DEPTH, Source, json,
        piece::{Form, Head, Piece},
        position::Part,
        yaml,
    },
    GROUP,
};

/// The pieces of a part that is JSON.
///
/// A value that does not end where it should ends before the next line that starts with a bracket,
/// so that the values after it are not lost.
pub(super) fn split<'s>(
    source: &'s Source,
    part: Part<'s>,
    list: &str,
    pieces: &mut Vec<Piece<'s>>,
) {
    let whole = Piece { source, part, form: Form::Documents };
    let mut scanner = Scanner::new(part);
    let mut found = Vec::new();
    let mut surely = false;
    let mut rest = part;
    loop {
        scanner.skip_space();
        // What tools put between documents.
        while !found.is_empty() && scanner.rest().starts_with(b"---") {
            scanner.at += 3;
            scanner.skip_space();
        }
        let start = scanner.at;
        let Some(byte) = scanner.peek() else { break };
        let mut listing = Listing::of(list);
        let sound = matches!(byte, b'{' | b'[') && scanner.value(Some(&mut listing)).is_some();
        if !sound {
            scanner.at = scanner.next_line_of_a_value(start);
        }
        rest = rest.within(start..part.end);
        let value = Part { end: scanner.at, ..rest };
        let form = if matches!(byte, b'{' | b'[') { Form::Documents } else { Form::Json };
        found.push(Found { value, sound, form, listing });
        if !sound && !surely && (found.len() > 1 || scanner.at < part.end) {
            // Broken JSON may be sound YAML, such as braces with comments, or a template.
            surely = !part.own().contains("{{") && !yaml::is_well_formed(part);
            if !surely {
                pieces.push(whole);
                return;
            }
        }
    }
    for Found { value, sound, form, listing } in found {
        match sound.then(|| listing.head(value)).flatten() {
            Some((head, groups)) => {
                let form = Form::Flow(head.into());
                let mut rest = value;
                for range in groups {
                    rest = rest.within(range.start..value.end);
                    let part = Part { end: range.end, ..rest };
                    pieces.push(Piece { source, part, form: form.clone() });
                }
            }
            None => pieces.push(Piece { source, part: value, form }),
        }
    }
}

struct Found<'t> {
    value: Part<'t>,
    sound: bool,
    form: Form,
    listing: Listing,
}

/// The elements of a part that holds some of a list, each of them a part.
pub(in super::super) fn elements(part: Part<'_>) -> Vec<Part<'_>> {
    let mut scanner = Scanner::new(part);
    let mut parts = Vec::new();
    let mut rest = part;
    loop {
        scanner.skip_space();
        while scanner.peek() == Some(b',') {
            scanner.at += 1;
            scanner.skip_space();
        }
        if scanner.peek().is_none() {
            return parts;
        }
        let start = scanner.at;
        if scanner.value(None).is_none() {
            scanner.at = part.end;
        }
        rest = rest.within(start..part.end);
        parts.push(Part { end: scanner.at, ..rest });
    }
}

/// The list under a name at the top of a value, and where it can be cut.
struct Listing {
    name: String,
    /// How many times the name is there.
    seen: usize,
    hole: Option<Range<usize>>,
    /// Where it starts, while it is passed over.
    open: Option<usize>,
    /// Where groups of elements start.
    starts: Vec<usize>,
}

impl Listing {
    fn of(name: &str) -> Self {
        Self { name: name.to_owned(), seen: 0, hole: None, open: None, starts: Vec::new() }
    }

    /// What stands around the list, and the groups of its elements.
    fn head(self, value: Part<'_>) -> Option<(Head, Vec<Range<usize>>)> {
        let hole = self.hole.filter(|_| self.seen == 1)?;
        let documents = json::read_around(value, hole.clone()).ok()?;
        let head = Head::new(documents, &self.name)?;
        let ends = self.starts.iter().skip(1).map(|start| start - 1);
        let ends = ends.chain([hole.end.saturating_sub(1)]);
        let groups = self.starts.iter().zip(ends).map(|(start, end)| *start..end);
        let bytes = value.text.as_bytes();
        let holds = |range: &Range<usize>| {
            let own = bytes.get(range.clone()).unwrap_or_default();
            !own.iter().all(u8::is_ascii_whitespace)
        };
        let groups: Vec<_> = groups.filter(holds).collect();
        (!groups.is_empty()).then_some((head, groups))
    }
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Scanner<'t> {
    fn new(part: Part<'t>) -> Self {
        let bytes = part.text.as_bytes();
        Self { bytes: bytes.get(..part.end).unwrap_or(bytes), at: part.base.offset }
    }

    fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// The start of the next line after `start` that starts with a bracket, or the end.
    fn next_line_of_a_value(&self, start: usize) -> usize {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let next = rest.windows(2).position(|pair| matches!(pair, b"\n{" | b"\n["));
        next.map_or(self.bytes.len(), |at| start + at + 1)
    }

    /// Passes over one value; none where a bracket or a string is not closed, or another value
    /// stands where none can be.
    fn value(&mut self, mut listing: Option<&mut Listing>) -> Option<()> {
        let mut open: Vec<u8> = Vec::new();
        // The last byte that says something: of a string its quote, of numbers and words a zero.
        let mut last = b',';
        let mut named = false;
        loop {
            let byte = self.peek()?;
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' if !open.is_empty() => {
                    self.at += 1;
                    continue;
                }
                b'{' | b'[' => {
                    if open.len() > MAX_DEPTH || !matches!(last, b',' | b':' | b'[') {
                        return None;
                    }
                    if let Some(listing) = listing.as_deref_mut()
                        && byte == b'['
                        && open == b"{"
                        && std::mem::take(&mut named)
                    {
                        listing.open = Some(self.at);
                        listing.starts = vec![self.at + 1];
                    }
                    open.push(byte);
                    self.at += 1;
                }
                b'}' | b']' => {
                    if open.pop()? != byte - 2 {
                        return None;
                    }
                    self.at += 1;
                    if let Some(listing) = listing.as_deref_mut()
                        && open == b"{"
                        && let Some(start) = listing.open.take()
                    {
                        listing.hole = Some(start..self.at);
                    }
                }
                b'"' => {
                    let start = self.at + 1;
                    self.string()?;
                    if let Some(listing) = listing.as_deref_mut()
                        && open == b"{"
                        && matches!(last, b'{' | b',')
                        && self.bytes.get(start..self.at - 1) == Some(listing.name.as_bytes())
                    {
                        listing.seen += 1;
                        named = true;
                    }
                }
                b',' | b':' if !open.is_empty() => {
                    if byte == b','
                        && open == b"{["
                        && let Some(listing) = listing.as_deref_mut()
                        && listing.open.is_some()
                        && listing.starts.last().is_some_and(|start| self.at - start >= GROUP)
                    {
                        listing.starts.push(self.at + 1);
                    }
                    self.at += 1;
                }
                _ => self.word(),
            }
            last = match byte {
                b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"' => byte,
                _ => b'0',
            };
            if named && !matches!(last, b'"' | b':') {
                named = false;
            }
            if open.is_empty() {
                return Some(());
            }
        }
    }

    /// Passes over a number, `true`, or what should have been one.
    fn word(&mut self) {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",:\"[]{}".contains(byte);
        let length = self.rest().iter().position(ends).unwrap_or(self.rest().len());
        self.at += length.max(1);
    }

    /// Passes over a string; no line ends within one.
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let plain = self.rest().iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n'))?;
            self.at += plain + 1;
            match self.bytes.get(self.at - 1) {
                Some(b'"') => return Some(()),
                Some(b'\\') => self.at += 1,
                _ => return None,
            }
        }
    }
}
