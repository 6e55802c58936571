//! YAML: the elements of a long list in block style, told by their indentation. Whatever could
//! change meaning when it is cut is left whole: anchors, directives, keys in any but the plainest
//! form.

use super::{
    super::{
        Options,
        piece::Head,
        position::{Base, Part},
        yaml,
    },
    GROUP,
};

/// The list under the name `list` in a document: what stands around it, and groups of its elements.
pub(super) fn split<'t>(part: Part<'t>, list: &str) -> Option<(Head, Vec<Part<'t>>)> {
    let text = part.own();
    let name = format!("{list}:");
    if !text.starts_with(&name) && !text.contains(&format!("\n{name}")) || may_not_be_cut(text) {
        return None;
    }
    let mut outline = Outline { name: &name, keys: Vec::new(), list: None };
    let mut at = part.base;
    for line in text.split_inclusive('\n') {
        let next = Base { offset: at.offset + line.len(), lines: at.lines + 1, column: 0 };
        outline.line(line.trim_end(), at, next)?;
        at = next;
    }
    let List { before, groups, after, .. } = outline.list?;
    let after = after.map(|after| Part { base: after, ..part });
    let end = after.map_or(part.end, |after| after.base.offset);
    let read = |part| yaml::read(part, Options::default(), 0).ok();
    let mut documents = read(Part { end: before.offset, ..part })?;
    documents.extend(after.map_or_else(|| Some(Vec::new()), read)?);
    let head = Head::new(documents, list)?;
    let groups = between(&groups, Part { end, ..part });
    (!groups.is_empty()).then_some((head, groups))
}

/// The elements of a part that holds some of a list, each of them a part.
pub(in super::super) fn elements(part: Part<'_>) -> Vec<Part<'_>> {
    let mut starts: Vec<Base> = Vec::new();
    let mut at = part.base;
    let mut of_list = 0;
    for line in part.own().split_inclusive('\n') {
        let column = line.len() - line.trim_start_matches(' ').len();
        if starts.is_empty() {
            of_list = column;
        }
        if starts.is_empty() || column == of_list && line.get(column..=column) == Some("-") {
            starts.push(at);
        }
        at = Base { offset: at.offset + line.len(), lines: at.lines + 1, column: 0 };
    }
    between(&starts, part)
}

/// The parts that begin at these places, each up to the next, the last to the end of the whole.
fn between<'t>(starts: &[Base], whole: Part<'t>) -> Vec<Part<'t>> {
    let ends = starts.iter().skip(1).map(|next| next.offset).chain([whole.end]);
    starts.iter().zip(ends).map(|(base, end)| Part { base: *base, end, ..whole }).collect()
}

/// Whether anything in a document may look at another part of it, or end a line in a way that is
/// not looked for here.
fn may_not_be_cut(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_anchor = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before)).unwrap_or(&b'\n');
        let starts = before.is_ascii_whitespace() || b"[{,:-".contains(before);
        let after = bytes.get(at + 1).unwrap_or(&b' ');
        starts && !after.is_ascii_whitespace() && *after != b'&'
    };
    text.match_indices('&').any(|(at, _)| is_anchor(at))
        || text.match_indices('\r').any(|(at, _)| bytes.get(at + 1) != Some(&b'\n'))
}

/// What is known of a document after some of its lines.
struct Outline<'o, 't> {
    name: &'o str,
    keys: Vec<&'t str>,
    list: Option<List>,
}

struct List {
    /// What follows the line of the name.
    before: Base,
    /// The column of the dashes, once one is seen.
    column: Option<usize>,
    groups: Vec<Base>,
    /// What follows the list.
    after: Option<Base>,
}

impl<'t> Outline<'_, 't> {
    /// Takes in a line; none where the document is not of the plain form.
    fn line(&mut self, line: &'t str, at: Base, next: Base) -> Option<()> {
        let body = line.trim_start_matches(' ');
        let column = line.len() - body.len();
        if body.is_empty() || body.starts_with('#') {
            return Some(());
        }
        match &mut self.list {
            Some(list) if list.after.is_none() => {
                let of_list = *list.column.get_or_insert(column);
                let is_element = body == "-" || body.starts_with("- ");
                if column == of_list && is_element {
                    let group = list.groups.last();
                    if group.is_none_or(|group| at.offset - group.offset >= GROUP) {
                        list.groups.push(at);
                    }
                    return Some(());
                }
                if column > of_list && !list.groups.is_empty() {
                    return Some(());
                }
                list.after = Some(at);
            }
            _ => {}
        }
        if column > 0 {
            // Below a key, and never behind the list.
            return self.keys.last().is_some_and(|key| *key != self.name).then_some(());
        }
        let key = plain_key(line)?;
        if self.keys.contains(&key) {
            return None;
        }
        self.keys.push(key);
        if key == self.name {
            let value = line.get(key.len()..)?.trim_start();
            if !value.is_empty() && !value.starts_with('#') {
                return None;
            }
            self.list = Some(List { before: next, column: None, groups: Vec::new(), after: None });
        }
        Some(())
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
