//! A part of a text that is read on its own, with lines and columns that count from the start of the
//! file.
//!
//! Made by `split` and by `Window`; read by whoever has many documents, on all cores.

use std::{ops::Range, sync::Arc};

use super::{
    Document, Entry, Fault, Kind, Mapping, Node, Options, Snippet, Source, SourceError, Span,
    Warning, json, position::Part, split, yaml,
};

/// A part that can be read on its own: documents, or some elements of a long list in one.
#[derive(Clone, Debug)]
pub struct Piece<'s> {
    pub(super) source: &'s Source,
    pub(super) part: Part<'s>,
    pub(super) form: Form,
}

/// What stands in a piece.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// Documents.
    Documents,
    /// What must be JSON.
    Json,
    /// Elements of a list in JSON.
    Flow(Arc<Head>),
    /// Elements of a list in YAML.
    Block(Arc<Head>),
}

/// What a piece holds.
#[derive(Debug, Default)]
pub struct Reading {
    /// The documents; of one that is read in pieces, as if no others of its elements were there.
    pub documents: Vec<Document>,
    /// What could not be read.
    pub errors: Vec<SourceError>,
}

/// A document without the elements of its list.
#[derive(Debug)]
pub(super) struct Head {
    root: Node,
    list: String,
}

impl Head {
    /// What was read around the list of that name; none where there is anything to be said of it.
    pub(super) fn new(documents: Vec<Document>, list: &str) -> Option<Self> {
        let mut root: Option<Node> = None;
        for Document { root: next, warnings } in documents {
            if !warnings.is_empty() {
                return None;
            }
            match (&mut root, next) {
                (None, first) => root = Some(first),
                (
                    Some(Node { kind: Kind::Mapping(own), .. }),
                    Node { kind: Kind::Mapping(more), .. },
                ) => own.entries.extend(more.entries),
                _ => return None,
            }
        }
        let root = root?;
        root.get(list)?;
        Some(Self { root, list: list.to_owned() })
    }

    /// The same where the text that it was read from is not at hand: its values keep their lines
    /// and columns, and nothing of them can be shown.
    pub(super) fn displaced(mut self) -> Self {
        displace(&mut self.root);
        self
    }

    /// The document with these elements.
    fn with(&self, elements: Vec<Node>, warnings: Vec<Warning>) -> Document {
        let mut root = self.root.clone();
        if let Kind::Mapping(Mapping { entries }) = &mut root.kind {
            let list = entries.iter_mut().find(|entry| entry.key == self.list);
            if let (Some(Entry { value, .. }), Some(first), Some(last)) =
                (list, elements.first(), elements.last())
            {
                value.span = Span { end: last.span.end, ..first.span };
                value.kind = Kind::Sequence(elements);
            }
        }
        Document { root, warnings }
    }
}

impl<'s> Piece<'s> {
    /// The file's name as messages show it.
    pub fn file(&self) -> &'s str {
        self.source.file()
    }

    /// What is written in it.
    pub fn text(&self) -> &'s str {
        self.part.own()
    }

    /// What a place covers; it may lie outside of the piece.
    pub fn covered(&self, span: Span) -> &'s str {
        self.part.text.get(span.range()).unwrap_or_default()
    }

    /// The line on which a span starts, as far as it belongs to the piece: on one line may stand
    /// many.
    pub fn snippet(&self, span: Span) -> Option<Snippet> {
        Snippet::new(self.part.text, self.bounds(self.part), span)
    }

    /// What may be shown of a part: itself and what is beside it on its lines, where that is nothing
    /// but spaces and commas. Of a list nothing beside the piece is looked at.
    fn bounds(&self, part: Part<'_>) -> Range<usize> {
        let within = match self.form {
            Form::Documents | Form::Json => 0..part.text.len(),
            Form::Flow(_) | Form::Block(_) => self.part.base.offset..self.part.end,
        };
        let beside = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b',');
        let text = part.text.get(..within.end).unwrap_or(part.text).as_bytes();
        let before = text.get(within.start..part.base.offset).unwrap_or_default();
        let spaces = before.iter().rev().take_while(|byte| beside(byte)).count();
        let start = part.base.offset - spaces;
        let line = before.get(..before.len() - spaces).and_then(<[u8]>::last);
        // Elements in JSON begin behind a bracket or a comma.
        let whole = line.map_or(!matches!(self.form, Form::Flow(_)), |byte| *byte == b'\n');
        let after = text.get(part.end..).unwrap_or_default();
        let spaces = after.iter().take_while(|byte| beside(byte)).count();
        let ended = after.get(spaces).is_none_or(|byte| *byte == b'\n');
        let end = if ended { part.end + spaces } else { part.end };
        (if whole { start } else { part.base.offset })..end
    }

    /// Reads it. What is broken does not lose the rest.
    pub fn read(&self, options: &Options) -> Reading {
        match &self.form {
            Form::Documents => self.whole(super::read(self.part, *options, 0)),
            Form::Json => self.whole(json::read(self.part, 0)),
            Form::Flow(head) => {
                let parts = split::json::elements(self.part).into_iter();
                self.list(head, parts.map(|part| (part, element(part, *options))))
            }
            Form::Block(head) => {
                if let Ok(elements) = block(self.part, *options) {
                    return self.list(head, [(self.part, Ok(elements))]);
                }
                let parts = split::yaml::elements(self.part).into_iter();
                self.list(head, parts.map(|part| (part, block(part, *options))))
            }
        }
    }

    fn whole(&self, read: Result<Vec<Document>, Fault>) -> Reading {
        match read {
            Ok(documents) => Reading { documents, errors: Vec::new() },
            Err(fault) => {
                let error = self.source.fault(fault, self.bounds(self.part));
                Reading { documents: Vec::new(), errors: vec![error] }
            }
        }
    }

    fn list(
        &self,
        head: &Head,
        parts: impl IntoIterator<Item = (Part<'s>, Result<Vec<Document>, Fault>)>,
    ) -> Reading {
        let (mut elements, mut warnings, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for (part, read) in parts {
            match read {
                Ok(documents) => documents.into_iter().for_each(|document| {
                    elements.push(document.root);
                    warnings.extend(document.warnings);
                }),
                Err(fault) => errors.push(self.source.fault(fault, self.bounds(part))),
            }
        }
        let any = !elements.is_empty();
        let documents = any.then(|| head.with(elements, warnings)).into_iter().collect();
        Reading { documents, errors }
    }
}

/// How deep the elements of a list in a document stand.
const ELEMENT: usize = 2;

/// An element in JSON; in braces, YAML is meant where it is no JSON.
fn element(part: Part<'_>, options: Options) -> Result<Vec<Document>, Fault> {
    match json::read(part, ELEMENT) {
        Ok(documents) if documents.len() == 1 => Ok(documents),
        _ => super::read(part, options, ELEMENT),
    }
}

/// Elements in block style.
fn block(part: Part<'_>, options: Options) -> Result<Vec<Document>, Fault> {
    let mut elements = Vec::new();
    for Document { root, mut warnings } in yaml::read(part, options, ELEMENT - 1)? {
        if let Kind::Sequence(nodes) = root.kind {
            let document = |root| Document { root, warnings: std::mem::take(&mut warnings) };
            elements.extend(nodes.into_iter().map(document));
        }
    }
    Ok(elements)
}

fn displace(node: &mut Node) {
    let nowhere = |span: Span| Span { start: u32::MAX, end: u32::MAX, ..span };
    node.span = nowhere(node.span);
    match &mut node.kind {
        Kind::Sequence(elements) => elements.iter_mut().for_each(displace),
        Kind::Mapping(Mapping { entries }) => entries.iter_mut().for_each(|entry| {
            entry.key_span = nowhere(entry.key_span);
            displace(&mut entry.value);
        }),
        _ => {}
    }
}
