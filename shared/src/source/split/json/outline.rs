//! An object with a long list of which a portion at a time is seen: what stands around the list,
//! and where the list can be cut. Called by `split::Outline`.

use super::{
    super::{
        super::{
            MAX_BYTES, json,
            piece::{Form, Head},
            position::{Base, Part},
        },
        Cut, LONGEST_HEAD, Long, Seen, is_separator, part,
    },
    scanner::{Listing, Passed, Scanner, Walk},
};

/// What is known of an object after a portion of it.
pub(in crate::source) struct Outline<'c> {
    walk: Walk,
    listing: Listing<'c>,
    /// Where the object starts.
    start: Base,
    /// Where the next portion starts.
    at: Base,
    /// The text to behind the bracket that opens the list.
    before: String,
    /// The text from the bracket that closes it.
    after: String,
    /// Where what follows that bracket stands.
    behind: Base,
    /// Where the object ends, once that is known.
    end: Option<usize>,
    /// Whether the next portion starts a line behind it.
    starts_line: bool,
}

impl<'c> Outline<'c> {
    /// Of an object that starts here.
    pub(in crate::source) fn new(cut: Cut<'c>, start: Base) -> Self {
        Self {
            walk: Walk::default(),
            listing: Listing::new(cut),
            start,
            at: start,
            before: String::new(),
            after: String::new(),
            behind: start,
            end: None,
            starts_line: false,
        }
    }

    /// Takes in more of the text; none where the list cannot be cut.
    pub(in crate::source) fn see(&mut self, bytes: &[u8], more: bool) -> Option<Seen> {
        let mut scanner = Scanner { bytes, at: 0, before: self.at.offset, more };
        if self.end.is_none() {
            match scanner.pass(&mut self.walk, Some(&mut self.listing)) {
                Passed::Whole => self.end = Some(self.at.offset + scanner.at),
                Passed::Part if more => {}
                Passed::Part | Passed::Broken => return None,
            }
            self.keep(std::str::from_utf8(bytes.get(..scanner.at)?).ok()?)?;
        }
        match self.end {
            Some(end) => self.look_behind(end, &mut scanner),
            None => part(bytes, scanner.at, !self.listing.starts.is_empty()),
        }
    }

    /// Keeps what is not of the list.
    fn keep(&mut self, text: &str) -> Option<()> {
        let place = |offset: usize| offset.saturating_sub(self.at.offset).min(text.len());
        let opened = self.listing.starts.first().map_or(text.len(), |start| place(*start));
        let closed = self.listing.hole.as_ref().map_or(text.len(), |hole| place(hole.end - 1));
        self.before.push_str(text.get(..opened)?);
        if closed < text.len() {
            if self.after.is_empty() {
                self.behind = self.at.past(text.get(..=closed)?);
            }
            self.after.push_str(text.get(closed..)?);
        }
        self.at = self.at.past(text);
        let Listing { seen, doubtful, hole, starts, .. } = &self.listing;
        let head = self.before.len() + self.after.len();
        let group =
            starts.last().filter(|_| hole.is_none()).map_or(0, |start| self.at.offset - start);
        (*seen < 2 && !doubtful && head <= LONGEST_HEAD && group <= MAX_BYTES).then_some(())
    }

    /// Behind the object the text must end, or another document start on a line of its own.
    fn look_behind(&mut self, end: usize, scanner: &mut Scanner<'_>) -> Option<Seen> {
        let from = scanner.at;
        scanner.skip_space();
        let space = std::str::from_utf8(scanner.bytes.get(from..scanner.at)?).ok()?;
        self.at = self.at.past(space);
        if !space.is_empty() {
            self.starts_line = space.ends_with('\n');
        }
        if self.at.offset - end > LONGEST_HEAD {
            return None;
        }
        let rest = scanner.rest();
        let line = rest.iter().position(|byte| *byte == b'\n').and_then(|end| rest.get(..end));
        match rest.first() {
            None if scanner.more => Some(Seen::Part(scanner.at)),
            None => Some(Seen::End),
            Some(b'{') if self.starts_line => Some(Seen::End),
            Some(b'-') if self.starts_line && line.is_none() && scanner.more => {
                Some(Seen::Part(scanner.at))
            }
            Some(_) => {
                (self.starts_line && is_separator(line.unwrap_or(rest))).then_some(Seen::End)
            }
        }
    }

    /// What was found once all is seen, as `split` finds it.
    pub(in crate::source) fn long(self) -> Option<Long> {
        let Self { listing, start, at, before, after, behind, .. } = self;
        let hole = listing.only()?;
        let first = start.past(&before);
        let text = before + &after;
        let range = text.len() - after.len() - 1..text.len() - after.len() + 1;
        let value = Part { text: &text, base: Base { offset: 0, ..start }, end: text.len() };
        let documents = json::read_around(value, json::Hole { range, after: behind }).ok()?;
        let head = Head::new(documents, listing.cut.list)?.displaced();
        let form = Form::Flow(head.into());
        Some(Long { form, first, starts: listing.starts, end: hole.end - 1, through: at })
    }
}
