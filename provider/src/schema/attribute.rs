//! One attribute: its type, who sets it, what it defaults to, what a change of it means.

use super::{Type, Validator};
use crate::value::Value;

/// Who gives an attribute its value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presence {
    /// The user must.
    Required,
    /// The user may; the provider may not.
    Optional,
    /// The user may; else the provider does (default, else prior state, else after apply).
    OptionalComputed,
    /// The provider alone.
    Computed,
}

/// Whether a change of an attribute makes Terraform replace the object.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Replace {
    /// It is changed in place.
    #[default]
    Never,
    /// Every change replaces.
    Always,
    /// A change replaces only where the configuration sets the attribute: no new default and no
    /// imported object is destroyed by it.
    IfConfigured,
}

/// How often the nested attributes appear.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Nesting {
    /// Once: an object.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// A map of objects.
    Map,
}

/// What an attribute holds.
#[derive(Clone, Debug)]
pub enum AttributeKind {
    /// A value of this type.
    Plain(Type),
    /// Attributes of their own.
    Nested(Nesting, Vec<Attribute>),
}

/// One attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: AttributeKind,
    /// Who sets it.
    pub presence: Presence,
    /// What it is, in Markdown.
    pub description: &'static str,
    /// Whether Terraform hides it in its output (it stays readable in the state).
    pub sensitive: bool,
    /// What to use in its place, when it is on its way out.
    pub deprecated: Option<&'static str>,
    /// What it is when the configuration leaves it out; only for [`Presence::OptionalComputed`].
    pub default: Option<Value>,
    /// Whether a computed value survives a change of other attributes (ids, ARNs).
    pub keep_state: bool,
    /// Whether a change replaces the object.
    pub replace: Replace,
    /// What a configured value must satisfy.
    pub validators: Vec<Validator>,
}

impl Attribute {
    /// An optional attribute of this type.
    pub fn new(name: &'static str, kind: Type) -> Self {
        Self::of(name, AttributeKind::Plain(kind))
    }

    /// An optional string.
    pub fn string(name: &'static str) -> Self {
        Self::new(name, Type::String)
    }

    /// An optional bool.
    pub fn bool(name: &'static str) -> Self {
        Self::new(name, Type::Bool)
    }

    /// An optional number.
    pub fn number(name: &'static str) -> Self {
        Self::new(name, Type::Number)
    }

    /// An optional map of strings.
    pub fn string_map(name: &'static str) -> Self {
        Self::new(name, Type::map(Type::String))
    }

    /// An optional set of strings.
    pub fn string_set(name: &'static str) -> Self {
        Self::new(name, Type::set(Type::String))
    }

    /// An optional list of strings.
    pub fn string_list(name: &'static str) -> Self {
        Self::new(name, Type::list(Type::String))
    }

    /// An optional object with attributes of its own (`name = { … }`).
    pub fn nested(name: &'static str, nesting: Nesting, attributes: Vec<Attribute>) -> Self {
        Self::of(name, AttributeKind::Nested(nesting, attributes))
    }

    fn of(name: &'static str, kind: AttributeKind) -> Self {
        Attribute {
            name,
            kind,
            presence: Presence::Optional,
            description: "",
            sensitive: false,
            deprecated: None,
            default: None,
            keep_state: false,
            replace: Replace::Never,
            validators: Vec::new(),
        }
    }

    /// The user must set it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// Only the provider sets it.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.presence = Presence::Computed;
        self
    }

    /// The user may set it, else the provider does.
    #[must_use]
    pub fn optional_computed(mut self) -> Self {
        self.presence = Presence::OptionalComputed;
        self
    }

    /// The provider sets it to this when the configuration leaves it out.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.presence = Presence::OptionalComputed;
        self.default = Some(value.into());
        self
    }

    /// Described for the documentation.
    #[must_use]
    pub fn describe(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// Hidden in Terraform's output.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// On its way out; `instead` says what to use.
    #[must_use]
    pub fn deprecated(mut self, instead: &'static str) -> Self {
        self.deprecated = Some(instead);
        self
    }

    /// Stays as it is when other attributes change.
    #[must_use]
    pub fn keep_state(mut self) -> Self {
        self.keep_state = true;
        self
    }

    /// Every change replaces the object.
    #[must_use]
    pub fn replaces(mut self) -> Self {
        self.replace = Replace::Always;
        self
    }

    /// A change replaces the object where the configuration sets the attribute.
    #[must_use]
    pub fn replaces_if_configured(mut self) -> Self {
        self.replace = Replace::IfConfigured;
        self
    }

    /// Configured values must satisfy this.
    #[must_use]
    pub fn validate(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// One of these words.
    #[must_use]
    pub fn one_of(self, words: &'static [&'static str]) -> Self {
        self.validate(Validator::OneOf(words))
    }

    /// Whether the provider may set it.
    pub fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::Computed | Presence::OptionalComputed)
    }

    /// The type of its values.
    pub fn implied_type(&self) -> Type {
        match &self.kind {
            AttributeKind::Plain(kind) => kind.clone(),
            AttributeKind::Nested(nesting, attributes) => {
                let object = Type::Object(
                    attributes.iter().map(|a| (a.name.to_owned(), a.implied_type())).collect(),
                );
                match nesting {
                    Nesting::Single => object,
                    Nesting::List => Type::list(object),
                    Nesting::Set => Type::set(object),
                    Nesting::Map => Type::map(object),
                }
            }
        }
    }
}
