//! YAML: the elements of a long list in block style, told by their indentation. Whatever could
//! change meaning when it is cut is left whole: anchors, directives, keys in any but the plainest
//! form. A text in quotes that goes on, within brackets, on a line that looks like an element can be
//! cut, which is an error.

mod outline;

pub(in crate::source) use self::outline::Outline;
use self::outline::{Lines, may_not_be_cut};
use super::{
    super::{
        Options,
        piece::Head,
        position::{Base, Part},
        yaml,
    },
    Cut, between,
};

/// The list in a document: what stands around it, and groups of its elements.
pub(super) fn split<'t>(part: Part<'t>, cut: Cut<'_>) -> Option<(Head, Vec<Part<'t>>)> {
    let text = part.own();
    let name = format!("{}:", cut.list);
    if !text.starts_with(&name) && !text.contains(&format!("\n{name}")) || may_not_be_cut(text) {
        return None;
    }
    let mut lines = Lines::new(cut);
    let mut at = part.base;
    for line in text.split_inclusive('\n') {
        at = lines.see(line, at)?;
    }
    let list = lines.list?;
    let after = list.after.map(|after| Part { base: after, ..part });
    let end = after.map_or(part.end, |after| after.base.offset);
    let head = head(Part { end: list.before.offset, ..part }, after, cut)?;
    let groups = between(&list.groups, Part { end, ..part });
    (!groups.is_empty()).then_some((head, groups))
}

/// The document without what is in its list.
fn head(before: Part<'_>, after: Option<Part<'_>>, cut: Cut<'_>) -> Option<Head> {
    let read = |part| yaml::read(part, Options::default(), 0).ok();
    let mut documents = read(before)?;
    documents.extend(after.map_or_else(|| Some(Vec::new()), read)?);
    Head::new(documents, cut.list)
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
