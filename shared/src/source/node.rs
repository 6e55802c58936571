//! What a document holds: nodes that know where they stand.

use super::Span;
use crate::value::{Arena, Path, Segment, Value};

/// One value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub kind: Kind,
    /// Its place; for a value that was reached through an alias, the place of the anchor.
    pub span: Span,
}

/// The kinds of JSON, and the value that is not known yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `null`, or nothing at all.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// Any other number; always finite.
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Named values.
    Mapping(Mapping),
    /// A value that is not known yet, written `!unknown`.
    Unknown,
}

/// Named values in the order of the file, each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// The pairs.
    pub entries: Vec<Entry>,
}

/// One pair of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The name; numbers and truth values as Kubernetes writes them.
    pub key: String,
    /// The place of the name.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// Where a path ends in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// The place of the value, or of the nearest thing above it that is there.
    pub span: Span,
    /// Whether the value itself is there.
    pub exact: bool,
}

impl Mapping {
    /// The value of a name.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The pair of a name.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

impl Node {
    /// The value of a name, where this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.get(key)
    }

    /// The element at an index, where this is a sequence that is long enough.
    pub fn index(&self, index: usize) -> Option<&Node> {
        self.as_sequence()?.get(index)
    }

    /// The mapping, where it is one.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.kind {
            Kind::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The elements, where it is a sequence.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Sequence(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text, where it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, where it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The node at a path.
    pub fn at(&self, path: &Path) -> Option<&Node> {
        path.segments().iter().try_fold(self, |node, segment| match segment {
            Segment::Field(name) => node.get(name),
            Segment::Index(index) => node.index(*index),
        })
    }

    /// The place of a path: of its value, or of the name nearest above it that is written.
    pub fn locate(&self, path: &Path) -> Located {
        let (mut node, mut span) = (self, self.span);
        for segment in path.segments() {
            let below = match segment {
                Segment::Field(name) => node.as_mapping().and_then(|mapping| {
                    mapping.entry(name).map(|entry| (&entry.value, entry.key_span))
                }),
                Segment::Index(index) => node.index(*index).map(|element| (element, element.span)),
            };
            match below {
                Some(below) => (node, span) = below,
                None => return Located { span, exact: false },
            }
        }
        Located { span: if node.is_leaf() { node.span } else { span }, exact: true }
    }

    fn is_leaf(&self) -> bool {
        match &self.kind {
            Kind::Null => self.span.start < self.span.end,
            Kind::Sequence(_) | Kind::Mapping(_) => false,
            _ => true,
        }
    }

    /// The same value for expressions.
    pub fn to_value<'a>(&self, arena: &'a Arena) -> Value<'a> {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Int(value) => Value::Int(*value),
            Kind::Float(value) => Value::Double(*value),
            Kind::String(text) => Value::String(arena.alloc_str(text)),
            Kind::Sequence(elements) => Value::List(
                arena.alloc_slice_fill_iter(elements.iter().map(|element| element.to_value(arena))),
            ),
            Kind::Mapping(mapping) => {
                let pair =
                    |entry: &Entry| (&*arena.alloc_str(&entry.key), entry.value.to_value(arena));
                Value::Map(arena.alloc_slice_fill_iter(mapping.entries.iter().map(pair)))
            }
            Kind::Unknown => Value::Unknown,
        }
    }

    /// The same value as JSON; what is not known yet becomes null.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            Kind::Null | Kind::Unknown => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Int(value) => Value::from(*value),
            Kind::Float(value) => Value::from(*value),
            Kind::String(text) => Value::String(text.clone()),
            Kind::Sequence(elements) => elements.iter().map(Node::to_json).collect(),
            Kind::Mapping(mapping) => Value::Object(
                mapping
                    .entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.value.to_json()))
                    .collect(),
            ),
        }
    }
}
