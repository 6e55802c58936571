//! Where in the files of a catalog something is, and the mistakes found there. Every other
//! part of the loader speaks of places through this.

use std::{ops::Range, sync::Arc};

use serde::de::DeserializeOwned;

use super::quoting;
use crate::{
    catalog::{LoadError, LoadErrors},
    control::ControlId,
    expression::CompileError,
    source::{Node, Source, Span},
    value::{Path, Segment},
};

/// The mistakes found so far.
#[derive(Default)]
pub(super) struct Errors(Vec<LoadError>);

impl Errors {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn add(&mut self, error: LoadError) {
        self.0.push(error);
    }

    pub(super) fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// `whole` if nothing was found, else everything, by file and line.
    pub(super) fn into_result<T>(mut self, whole: T) -> Result<T, LoadErrors> {
        if self.0.is_empty() {
            return Ok(whole);
        }
        let key = |error: &LoadError| {
            (Arc::clone(&error.source.file), error.source.line, error.source.column)
        };
        self.0.sort_by_key(key);
        let mut kept: Vec<LoadError> = Vec::new();
        for error in self.0 {
            // A variable with several mistakes says all of them again for each of its users.
            let mut here = kept.iter().rev().take_while(|own| key(own) == key(&error));
            if here.all(|own| *own != error) {
                kept.push(error);
            }
        }
        Err(LoadErrors(kept))
    }
}

/// One file as read.
#[derive(Clone)]
pub(super) struct Unit {
    /// The name relative to the catalog's folder.
    pub(super) name: String,
    /// The control that it is about.
    pub(super) control: Option<ControlId>,
    inner: Arc<(Source, Node)>,
}

impl Unit {
    pub(super) fn new(name: &str, source: Source, root: Node) -> Self {
        Self { name: name.to_owned(), control: None, inner: Arc::new((source, root)) }
    }

    pub(super) fn root(&self) -> &Node {
        &self.inner.1
    }

    /// The file's name without folders and extension.
    pub(super) fn stem(&self) -> &str {
        let file = self.name.rsplit('/').next().unwrap_or(&self.name);
        file.strip_suffix(".yaml").unwrap_or(file)
    }

    pub(super) fn typed<T: DeserializeOwned>(&self) -> Result<T, LoadError> {
        let (source, root) = &*self.inner;
        source.deserialize(root).map_err(|error| self.about(error.into()))
    }

    /// The expression of a variable that a control declares.
    pub(super) fn variable(&self, index: usize) -> Place<'_> {
        self.at("variables").index(index).field("expression")
    }

    /// The place of a field at the top.
    pub(super) fn at(&self, field: &str) -> Place<'_> {
        Place { unit: self, path: Path::root().field(field) }
    }

    fn about(&self, mut error: LoadError) -> LoadError {
        error.control.clone_from(&self.control);
        error
    }
}

/// A place in a file.
#[derive(Clone)]
pub(super) struct Place<'u> {
    unit: &'u Unit,
    path: Path,
}

impl<'u> Place<'u> {
    #[must_use]
    pub(super) fn field(mut self, name: &str) -> Self {
        self.path.push_field(name);
        self
    }

    #[must_use]
    pub(super) fn index(mut self, index: usize) -> Self {
        self.path.push_index(index);
        self
    }

    /// The expression of a variable of the control that this place is in.
    pub(super) fn of_variable(&self, index: usize) -> Place<'u> {
        self.unit.variable(index)
    }

    /// Whether a list stands here, and not one entry alone.
    pub(super) fn is_list(&self) -> bool {
        self.node().is_some_and(|node| node.as_sequence().is_some())
    }

    /// A mistake at this place; a missing value is shown at what should hold it.
    pub(super) fn error(&self, message: impl Into<String>) -> LoadError {
        self.error_at(self.span(), message)
    }

    /// A mistake in the expression that starts `offset` bytes into the text at this place.
    pub(super) fn compile_error(&self, offset: usize, error: &CompileError) -> LoadError {
        let range = error.range.start + offset..error.range.end + offset;
        let mut found = self.error_at(self.span_within(range), error.message.clone());
        let line = found.source.snippet.as_ref().map(|snippet| snippet.text.clone());
        if let Some(advice) = line.and_then(|line| quoting::advice(&line)) {
            if let Some(message) = advice.message {
                message.clone_into(&mut found.source.message);
            }
            return found.with_help(advice.help);
        }
        match &error.help {
            Some(help) => found.with_help(help.clone()),
            None => found,
        }
    }

    /// A mistake in a part of the text at this place, or of its name where `is_name`.
    pub(super) fn error_in(&self, part: &str, is_name: bool, message: String) -> LoadError {
        if !is_name {
            let start = self.node().and_then(Node::as_str).and_then(|text| text.find(part));
            let span = start.map_or(self.span(), |at| self.span_within(at..at + part.len()));
            return self.error_at(span, message);
        }
        let Some((Segment::Field(name), above)) = self.path.segments().split_last() else {
            return self.error(message);
        };
        let above = Place { unit: self.unit, path: above.iter().cloned().collect() };
        let entry = above.node().and_then(Node::as_mapping).and_then(|own| own.entry(name));
        let span = entry.map_or(self.span(), |entry| entry.key_span);
        self.error_at(self.part_of(span, part), message)
    }

    /// The place of a text within a span that stands on one line.
    fn part_of(&self, span: Span, part: &str) -> Span {
        let written = self.unit.inner.0.text().get(span.range()).unwrap_or_default();
        let narrowed = written.find(part).and_then(|at| {
            let before = u32::try_from(written.get(..at)?.chars().count()).ok()?;
            let (start, length) = (u32::try_from(at).ok()?, u32::try_from(part.len()).ok()?);
            let (start, column) = (span.start + start, span.column + before);
            Some(Span { start, end: start + length, column, ..span })
        });
        narrowed.unwrap_or(span)
    }

    fn error_at(&self, span: Span, message: impl Into<String>) -> LoadError {
        self.unit.about(self.unit.inner.0.error(span, message).into())
    }

    fn node(&self) -> Option<&Node> {
        self.path.segments().iter().try_fold(self.unit.root(), |node, segment| match segment {
            Segment::Field(name) => node.get(name),
            Segment::Index(index) => node.index(*index),
        })
    }

    fn span(&self) -> Span {
        self.unit.root().locate(&self.path).span
    }

    /// The span of some bytes of the text at this place.
    fn span_within(&self, range: Range<usize>) -> Span {
        match self.node() {
            Some(node) => self.unit.inner.0.span_within(node, range),
            None => self.span(),
        }
    }
}

impl LoadError {
    /// Adds the way out.
    #[must_use]
    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.source = self.source.with_help(help);
        self
    }
}
