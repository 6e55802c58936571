//! A document with a long list of which some lines at a time are seen: what stands around the list,
//! and where the list can be cut. Called by `yaml`, and by `split::Outline` for a portion of the text
//! at a time.

use super::super::{
    super::{
        MAX_BYTES,
        piece::Form,
        position::{Base, Part},
    },
    Cut, LONGEST_HEAD, Long, Seen, is_separator, part,
};

/// Whether anything in some lines may look at another part of the document, or end a line in a way
/// that is not looked for here.
pub(super) fn may_not_be_cut(lines: &str) -> bool {
    let bytes = lines.as_bytes();
    let is_anchor = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before)).unwrap_or(&b'\n');
        let starts = before.is_ascii_whitespace() || b"[{,:-".contains(before);
        let after = bytes.get(at + 1).unwrap_or(&b' ');
        starts && !after.is_ascii_whitespace() && *after != b'&'
    };
    lines.match_indices('&').any(|(at, _)| is_anchor(at))
        || lines.match_indices('\r').any(|(at, _)| bytes.get(at + 1) != Some(&b'\n'))
}

/// What is known of a document after some of its lines.
pub(super) struct Lines<'c> {
    cut: Cut<'c>,
    keys: Vec<String>,
    pub(super) list: Option<List>,
}

pub(super) struct List {
    /// What follows the line of the name.
    pub(super) before: Base,
    /// The column of the dashes, once one is seen.
    column: Option<usize>,
    pub(super) groups: Vec<Base>,
    /// What follows the list.
    pub(super) after: Option<Base>,
}

impl<'c> Lines<'c> {
    pub(super) fn new(cut: Cut<'c>) -> Self {
        Self { cut, keys: Vec::new(), list: None }
    }

    /// Takes in a line and says where the next one starts; none where the document is not of the
    /// plain form.
    pub(super) fn see(&mut self, line: &str, at: Base) -> Option<Base> {
        let next = Base { offset: at.offset + line.len(), lines: at.lines + 1, column: 0 };
        let line = line.trim_end();
        let body = line.trim_start_matches(' ');
        let column = line.len() - body.len();
        if body.is_empty() || body.starts_with('#') {
            return Some(next);
        }
        match &mut self.list {
            Some(list) if list.after.is_none() => {
                let of_list = *list.column.get_or_insert(column);
                let is_element = body == "-" || body.starts_with("- ");
                if column == of_list && is_element {
                    let group = list.groups.last();
                    if group.is_none_or(|group| at.offset - group.offset >= self.cut.group) {
                        list.groups.push(at);
                    }
                    return Some(next);
                }
                if column > of_list && !list.groups.is_empty() {
                    return Some(next);
                }
                list.after = Some(at);
            }
            _ => {}
        }
        let of_list = |key: &str| key.strip_suffix(':') == Some(self.cut.list);
        if column > 0 {
            // Below a key, and never behind the list.
            return self.keys.last().is_some_and(|key| !of_list(key)).then_some(next);
        }
        let key = plain_key(line)?;
        if self.keys.iter().any(|known| known == key) {
            return None;
        }
        if of_list(key) {
            let value = line.get(key.len()..)?.trim_start();
            if !value.is_empty() && !value.starts_with('#') {
                return None;
            }
            let (column, groups, after) = (None, Vec::new(), None);
            self.list = Some(List { before: next, column, groups, after });
        }
        self.keys.push(key.to_owned());
        Some(next)
    }
}

/// `kind:` at the start of a line, with its colon.
fn plain_key(line: &str) -> Option<&str> {
    let length = line.find(|character: char| !character.is_ascii_alphanumeric())?;
    let key = line.get(..=length).filter(|key| key.len() > 1 && key.ends_with(':'))?;
    let rest = line.get(key.len()..)?;
    let first = line.chars().next()?;
    (first.is_ascii_alphabetic() && (rest.is_empty() || rest.starts_with(' '))).then_some(key)
}

/// What is known of a document after a portion of it.
pub(in crate::source) struct Outline<'c> {
    lines: Lines<'c>,
    /// Where the document starts.
    start: Base,
    /// Where the next portion starts.
    at: Base,
    /// The text to behind the line of the list's name.
    before: String,
    /// The text behind the list.
    after: String,
}

impl<'c> Outline<'c> {
    /// Of a document that starts here.
    pub(in crate::source) fn new(cut: Cut<'c>, start: Base) -> Self {
        let (before, after) = (String::new(), String::new());
        Self { lines: Lines::new(cut), start, at: start, before, after }
    }

    /// Takes in more of the text; none where the list cannot be cut.
    pub(in crate::source) fn see(&mut self, bytes: &[u8], more: bool) -> Option<Seen> {
        let mut rest = bytes;
        loop {
            let length = match rest.iter().position(|byte| *byte == b'\n') {
                Some(end) => end + 1,
                None if more => {
                    return part(bytes, bytes.len() - rest.len(), self.lines.list.is_some());
                }
                None => rest.len(),
            };
            let (line, later) = rest.split_at_checked(length)?;
            if line.is_empty() || is_separator(line) {
                return Some(Seen::End);
            }
            self.keep(std::str::from_utf8(line).ok().filter(|line| !may_not_be_cut(line))?)?;
            rest = later;
        }
    }

    fn keep(&mut self, line: &str) -> Option<()> {
        let next = self.lines.see(line, self.at)?;
        let mut group = 0;
        match &self.lines.list {
            Some(List { after: Some(_), .. }) => self.after.push_str(line),
            Some(list) if list.before.offset < next.offset => {
                group = list.groups.last().map_or(0, |group| next.offset - group.offset);
            }
            _ => self.before.push_str(line),
        }
        self.at = next;
        (self.before.len() + self.after.len() <= LONGEST_HEAD && group <= MAX_BYTES).then_some(())
    }

    /// What was found once all is seen, as `split` finds it.
    pub(in crate::source) fn long(self) -> Option<Long> {
        let Self { lines: Lines { cut, list, .. }, start, at, before, after } = self;
        let List { groups, after: behind, .. } = list?;
        let own = |text, base| Part { text, base: Base { offset: 0, ..base }, end: text.len() };
        let behind = behind.map(|base| (base.offset, own(&after, base)));
        let (end, behind) = behind.unzip();
        let head = super::head(own(&before, start), behind, cut)?.displaced();
        Some(Long {
            form: Form::Block(head.into()),
            first: *groups.first()?,
            starts: groups.iter().map(|group| group.offset).collect(),
            end: end.unwrap_or(at.offset),
            through: at,
        })
    }
}
