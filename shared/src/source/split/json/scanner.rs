//! Brackets, strings and words of JSON, and in them the list that can be cut. Knows no values.
//!
//! Called by `json` for a whole text and by its `outline` for a portion of it at a time.

use std::ops::Range;

use super::super::{super::MAX_DEPTH, Cut};

/// A number, `true`, or what should have been one.
const WORD: u8 = b'0';

/// Passes over values in a text, or in a portion of one.
pub(super) struct Scanner<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) at: usize,
    /// Bytes of the text before these.
    pub(super) before: usize,
    /// Whether more of the text follows.
    pub(super) more: bool,
}

/// What became of passing over a value.
pub(super) enum Passed {
    /// It ends here.
    Whole,
    /// The bytes end before it; with more of them it can be gone on from here.
    Part,
    /// A bracket or a string is not closed, or another value stands where none can be.
    Broken,
}

/// How far into a value was passed.
pub(super) struct Walk {
    /// The brackets that are open.
    open: Vec<u8>,
    /// What was last seen: a bracket, a comma, a colon, of strings the quote, or a word.
    last: u8,
}

impl Default for Walk {
    fn default() -> Self {
        Self { open: Vec::new(), last: b',' }
    }
}

impl Walk {
    /// Goes on by a token; none where it cannot stand here.
    fn step(&mut self, what: u8) -> Option<()> {
        match what {
            b'{' | b'[' => {
                if self.open.len() > MAX_DEPTH || !matches!(self.last, b',' | b':' | b'[') {
                    return None;
                }
                self.open.push(what);
            }
            b'}' | b']' => {
                self.open.pop().filter(|open| *open == what - 2)?;
            }
            _ => {}
        }
        self.last = what;
        Some(())
    }
}

/// A token, with its place in the text.
struct Token<'t> {
    what: u8,
    text: &'t [u8],
    place: Range<usize>,
}

/// The list under a name at the top of a value, and where it can be cut.
pub(super) struct Listing<'c> {
    pub(super) cut: Cut<'c>,
    /// How many times the name is there.
    pub(super) seen: usize,
    /// Where the list stands, with its brackets.
    pub(super) hole: Option<Range<usize>>,
    /// Whether something stands in it that can be YAML and no JSON, which may hide commas.
    pub(super) doubtful: bool,
    /// Where groups of elements start.
    pub(super) starts: Vec<usize>,
    /// Where it starts, while it is passed over.
    open: Option<usize>,
    /// Whether its name was just passed.
    named: bool,
    /// Whether the last group has no element yet.
    blank: bool,
}

impl<'c> Listing<'c> {
    pub(super) fn new(cut: Cut<'c>) -> Self {
        let (seen, hole, open, starts) = (0, None, None, Vec::new());
        Self { cut, seen, hole, doubtful: false, starts, open, named: false, blank: true }
    }

    /// The list, where there is one, and no other under that name.
    pub(super) fn only(&self) -> Option<Range<usize>> {
        let empty = self.starts.len() == 1 && self.blank;
        self.hole.clone().filter(|_| self.seen == 1 && !empty)
    }

    /// Takes note of a token, before the walk does.
    fn see(&mut self, token: &Token<'_>, walk: &Walk) {
        let Token { what, text, place } = token;
        match (*what, walk.open.as_slice()) {
            (b'"', b"{") if matches!(walk.last, b'{' | b',') && self.is_name(text) => {
                self.seen += 1;
                self.named = true;
                return;
            }
            (b'[', b"{") if self.named => {
                self.open = Some(place.start);
                self.starts = vec![place.end];
                self.blank = true;
            }
            (b']', b"{[") if self.open.is_some() => {
                self.doubtful |= walk.last == b',';
                self.hole = self.open.take().map(|start| start..place.end);
            }
            (b',', b"{[") if self.open.is_some() => {
                let group = self.starts.last().map_or(0, |start| place.start - start);
                if group >= self.cut.group && !self.blank {
                    self.starts.push(place.end);
                    self.blank = true;
                }
            }
            (_, within) if self.open.is_some() => {
                self.blank &= text.trim_ascii().is_empty();
                self.doubtful |= is_doubtful(token, within == b"{[", walk.last);
            }
            _ => {}
        }
        self.named &= matches!(what, b'"' | b':');
    }

    fn is_name(&self, text: &[u8]) -> bool {
        text.get(1..text.len() - 1) == Some(self.cut.list.as_bytes())
    }
}

/// Whether this, somewhere in a list or right in it, can be YAML and no JSON.
fn is_doubtful(token: &Token<'_>, right_in: bool, last: u8) -> bool {
    let Token { what, text, .. } = token;
    let word = *what == WORD;
    let hides = word && (text.starts_with(b"--") || text.starts_with(b"#"));
    let quotes = word && matches!(text.first(), Some(b'\'' | b'&' | b'*' | b'!'));
    let is_json = !word
        || matches!(*text, b"true" | b"false" | b"null")
        || matches!(text.first(), Some(b'-' | b'0'..=b'9'));
    hides || quotes || right_in && (!is_json || !matches!(last, b',' | b'['))
}

impl<'t> Scanner<'t> {
    pub(super) fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn skip_space(&mut self) {
        self.at = self.bytes.len() - self.rest().trim_ascii_start().len();
    }

    /// Passes over one value, on from where a walk is.
    pub(super) fn pass(
        &mut self,
        walk: &mut Walk,
        mut listing: Option<&mut Listing<'_>>,
    ) -> Passed {
        loop {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
                self.at += 1;
            }
            let Some(byte) = self.peek() else { return Passed::Part };
            let what = match byte {
                b',' | b':' if walk.open.is_empty() => WORD,
                b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"' => byte,
                _ => WORD,
            };
            let length = match what {
                b'"' => self.string(),
                WORD => self.word(),
                _ => Ok(1),
            };
            let length = match length {
                Ok(length) => length,
                Err(passed) => return passed,
            };
            if let Some(listing) = listing.as_deref_mut() {
                let text = self.rest().get(..length).unwrap_or_default();
                let start = self.before + self.at;
                listing.see(&Token { what, text, place: start..start + length }, walk);
            }
            if walk.step(what).is_none() {
                return Passed::Broken;
            }
            self.at += length;
            if walk.open.is_empty() {
                return Passed::Whole;
            }
        }
    }

    /// The length of a word.
    fn word(&self) -> Result<usize, Passed> {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",:\"[]{}".contains(byte);
        match self.rest().iter().position(ends) {
            Some(length) => Ok(length.max(1)),
            None if self.more => Err(Passed::Part),
            None => Ok(self.rest().len()),
        }
    }

    /// The length of a string with its quotes; no line ends within one.
    fn string(&self) -> Result<usize, Passed> {
        let mut at = 1;
        loop {
            let rest = self.rest().get(at..).ok_or(Passed::Part)?;
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n'));
            at += plain.ok_or(Passed::Part)? + 1;
            match self.rest().get(at - 1) {
                Some(b'"') => return Ok(at),
                Some(b'\\') => at += 1,
                _ => return Err(Passed::Broken),
            }
        }
    }
}
