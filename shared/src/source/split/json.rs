//! JSON: values one after another, and in an object the elements of a long list. Follows brackets
//! and strings only; whatever else is wrong, the reader finds.

mod outline;
mod scanner;

pub(in crate::source) use self::outline::Outline;
use self::scanner::{Listing, Passed, Scanner, Walk};
use super::{
    super::{
        Source, json,
        piece::{Form, Head, Piece},
        position::Part,
        yaml,
    },
    Cut, bases, between,
};

/// The pieces of a part that is JSON.
///
/// A value that does not end where it should ends before the next line that starts with a bracket,
/// so that the values after it are not lost.
pub(super) fn split<'s>(
    source: &'s Source,
    part: Part<'s>,
    cut: Cut<'_>,
    pieces: &mut Vec<Piece<'s>>,
) {
    let whole = Piece { source, part, form: Form::Documents };
    let mut scanner = scanner(part);
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
        let mut listing = Listing::new(cut);
        let sound = matches!(byte, b'{' | b'[')
            && matches!(scanner.pass(&mut Walk::default(), Some(&mut listing)), Passed::Whole);
        if !sound {
            scanner.at = next_line_of_a_value(scanner.bytes, start);
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
        match sound.then(|| head(value, &listing)).flatten() {
            Some((head, list)) => {
                let form = Form::Flow(head.into());
                let piece = |part| Piece { source, part, form: form.clone() };
                let groups = between(&bases(list, &listing.starts), list);
                pieces.extend(groups.into_iter().map(piece));
            }
            None => pieces.push(Piece { source, part: value, form }),
        }
    }
}

struct Found<'t, 'c> {
    value: Part<'t>,
    sound: bool,
    form: Form,
    listing: Listing<'c>,
}

/// What stands around the list in a value, and what stands in it.
fn head<'t>(value: Part<'t>, listing: &Listing<'_>) -> Option<(Head, Part<'t>)> {
    let hole = listing.only()?;
    if listing.doubtful && yaml::is_well_formed(value) {
        return None;
    }
    let list = value.within(hole.start + 1..hole.end - 1);
    let after = list.base.advanced(value.text, hole.end);
    let documents = json::read_around(value, json::Hole { range: hole, after }).ok()?;
    Some((Head::new(documents, listing.cut.list)?, list))
}

/// The elements of a part that holds some of a list, each of them a part.
pub(in super::super) fn elements(part: Part<'_>) -> Vec<Part<'_>> {
    let mut scanner = scanner(part);
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
        if !matches!(scanner.pass(&mut Walk::default(), None), Passed::Whole) {
            scanner.at = part.end;
        }
        rest = rest.within(start..part.end);
        parts.push(Part { end: scanner.at, ..rest });
    }
}

fn scanner(part: Part<'_>) -> Scanner<'_> {
    let bytes = part.text.as_bytes();
    let bytes = bytes.get(..part.end).unwrap_or(bytes);
    Scanner { bytes, at: part.base.offset, before: 0, more: false }
}

/// The start of the next line after `start` that starts with a bracket, or the end.
fn next_line_of_a_value(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let next = rest.windows(2).position(|pair| matches!(pair, b"\n{" | b"\n["));
    next.map_or(bytes.len(), |at| start + at + 1)
}
