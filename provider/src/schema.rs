//! What a resource, data source or provider block looks like: attributes and blocks.
//!
//! Built once per process from the resources' own code, offline and the same in every process.
//! Knows nothing of the wire (`protocol::convert` translates it) and judges nothing; `lifecycle`
//! plans by it and `codec` decodes by the type it implies.

mod attribute;
mod check;
mod kind;
mod timeouts;
mod validator;

use std::collections::BTreeMap;

pub use attribute::{Attribute, AttributeKind, Nesting, Presence, Replace};
pub use check::SchemaError;
pub use kind::{Type, TypeError};
pub use timeouts::{DurationError, Timeouts, TimeoutsBlock, parse_duration};
pub use validator::Validator;

use crate::value::{AttributePath, Step, Value};

/// A schema and its version (raised when stored states need an upgrade).
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Version of stored states.
    pub version: i64,
    /// The attributes and blocks.
    pub block: Block,
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// What it is, in Markdown.
    pub description: &'static str,
    /// The attributes in the order of the documentation.
    pub attributes: Vec<Attribute>,
    /// The nested blocks.
    pub blocks: Vec<NestedBlock>,
    /// Whether one of the blocks is the `timeouts` that the runtime reads.
    pub timeouts: Option<TimeoutsBlock>,
}

/// A nested block that may appear at most once. Anything an API may fill in is better a nested
/// attribute: Terraform lets nobody but the user add a block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub block: Block,
}

/// A part of a place given by names and positions alone, as the catalog gives it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Segment<'a> {
    /// An attribute, block or map key.
    Name(&'a str),
    /// The position in a list.
    Index(usize),
}

impl Schema {
    /// A schema of version 0.
    pub fn new(description: &'static str, attributes: Vec<Attribute>) -> Self {
        Schema { version: 0, block: Block { description, attributes, ..Block::default() } }
    }

    /// With the customary block `timeouts { create = "40m" }`; see [`crate::resource::Operation`].
    #[must_use]
    pub fn timeouts(mut self, timeouts: TimeoutsBlock) -> Self {
        self.block.blocks.push(NestedBlock { name: "timeouts", block: TimeoutsBlock::block() });
        self.block.timeouts = Some(timeouts);
        self
    }

    /// With another nested block.
    #[must_use]
    pub fn nested(mut self, name: &'static str, block: Block) -> Self {
        self.block.blocks.push(NestedBlock { name, block });
        self
    }

    /// The type of a value of this schema.
    pub fn implied_type(&self) -> Type {
        self.block.implied_type()
    }

    /// The attribute of this name at the top level.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.block.attribute(name)
    }

    /// An object in which nothing is set: what import starts from.
    pub fn empty(&self) -> Value {
        self.block.empty()
    }

    /// A place given by names and positions as a path that Terraform understands. It ends early
    /// where the schema does not know the next name, and at sets.
    pub fn locate<'a>(&self, segments: impl IntoIterator<Item = Segment<'a>>) -> AttributePath {
        locate(&self.implied_type(), segments)
    }
}

impl Block {
    /// The type of a value of this block.
    pub fn implied_type(&self) -> Type {
        let attributes = self.attributes.iter().map(|a| (a.name.to_owned(), a.implied_type()));
        let blocks = self.blocks.iter().map(|b| (b.name.to_owned(), b.block.implied_type()));
        Type::Object(attributes.chain(blocks).collect())
    }

    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// An object in which nothing is set.
    pub fn empty(&self) -> Value {
        let names = self.attributes.iter().map(|a| a.name);
        let names = names.chain(self.blocks.iter().map(|b| b.name));
        Value::Object(names.map(|n| (n.to_owned(), Value::Null)).collect::<BTreeMap<_, _>>())
    }
}

fn locate<'a>(root: &Type, segments: impl IntoIterator<Item = Segment<'a>>) -> AttributePath {
    let mut kind = root;
    let mut steps = Vec::new();
    for segment in segments {
        let (step, next) = match (kind, segment) {
            (Type::Object(attributes), Segment::Name(name)) => match attributes.get(name) {
                Some(next) => (Step::Attribute(name.to_owned()), next),
                None => break,
            },
            (Type::Map(element), Segment::Name(key)) => (Step::Key(key.to_owned()), &**element),
            (Type::List(element), Segment::Index(index)) => (Step::Index(index), &**element),
            _ => break,
        };
        steps.push(step);
        kind = next;
    }
    steps.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let rule = || vec![Attribute::number("days")];
        Schema::new(
            "",
            vec![
                Attribute::string_map("tags"),
                Attribute::string_set("users"),
                Attribute::nested("rules", Nesting::List, rule()),
                Attribute::nested("peers", Nesting::Set, rule()),
            ],
        )
        .timeouts(TimeoutsBlock::all(std::time::Duration::from_mins(1)))
    }

    #[test]
    fn places_become_paths_as_far_as_terraform_can_point() {
        use Segment::{Index, Name};
        let place =
            |segments: &[Segment<'_>]| schema().locate(segments.iter().copied()).to_string();
        assert_eq!(place(&[Name("rules"), Index(2), Name("days")]), "rules[2].days");
        assert_eq!(place(&[Name("tags"), Name("a.b/c")]), "tags[\"a.b/c\"]");
        assert_eq!(place(&[Name("timeouts"), Name("create")]), "timeouts.create");
        assert_eq!(place(&[Name("users"), Index(0)]), "users", "a set has no places");
        assert_eq!(place(&[Name("peers"), Index(0), Name("days")]), "peers");
        assert_eq!(place(&[Name("rules"), Index(0), Name("hours")]), "rules[0]");
        assert_eq!(place(&[Name("colour")]), "");
    }

    #[test]
    fn an_empty_object_has_every_attribute_and_block() {
        let empty = schema().empty();
        let names: Vec<&str> = empty.entries().map(|(name, _)| name).collect();
        assert_eq!(names, ["peers", "rules", "tags", "timeouts", "users"]);
        assert!(empty.entries().all(|(_, value)| value.is_null()));
    }
}
