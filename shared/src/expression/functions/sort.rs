//! What functions take and give, as the table says it.

use crate::shape::Type;
use crate::value::{Kind, Value};

/// What a parameter accepts, or a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Anything.
    Dyn,
    /// `bool`
    Bool,
    /// `bytes`
    Bytes,
    /// `double`
    Double,
    /// `int`
    Int,
    /// A type as a value.
    Kind,
    /// A list.
    List,
    /// A map.
    Map,
    /// Not a value but a name that a macro binds.
    Name,
    /// `int`, `uint` or `double`.
    Number,
    /// A list of these.
    Numbers,
    /// A value that may be absent.
    Optional,
    /// A kind without types of its own inside: a timestamp, a quantity, an address.
    Plain(Kind),
    /// `string`
    String,
    /// A list of strings.
    Strings,
    /// `uint`
    Uint,
}

/// The type of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// Always the same.
    Sort(Sort),
    /// That of an argument.
    Argument(usize),
    /// That of the elements of an argument.
    Element(usize),
    /// An optional of an argument's type.
    OptionalOf(usize),
    /// What an optional argument holds.
    Inner(usize),
    /// That of the arguments, if it is one.
    Joined,
}

impl Sort {
    /// As messages and documentation show it.
    pub const fn name(self) -> &'static str {
        match self {
            Sort::Dyn => "any",
            Sort::Bool => "bool",
            Sort::Bytes => "bytes",
            Sort::Double => "double",
            Sort::Int => "int",
            Sort::Kind => "type",
            Sort::List => "list",
            Sort::Map => "map",
            Sort::Name => "name",
            Sort::Number => "number",
            Sort::Numbers => "list(number)",
            Sort::Plain(kind) => kind.label(),
            Sort::Optional => "optional",
            Sort::String => "string",
            Sort::Strings => "list(string)",
            Sort::Uint => "uint",
        }
    }

    pub(in crate::expression) fn holds(self, value: &Value<'_>) -> bool {
        match self {
            Sort::Dyn => true,
            Sort::Name => false,
            Sort::Number => matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_)),
            Sort::Bool => matches!(value, Value::Bool(_)),
            Sort::Bytes => matches!(value, Value::Bytes(_)),
            Sort::Double => matches!(value, Value::Double(_)),
            Sort::Int => matches!(value, Value::Int(_)),
            Sort::Kind => matches!(value, Value::Type(_)),
            // The elements are looked at by the function, which walks them anyway.
            Sort::List | Sort::Numbers | Sort::Strings => matches!(value, Value::List(_)),
            Sort::Map => value.kind() == Kind::Map,
            Sort::Plain(kind) => value.kind() == kind,
            Sort::Optional => matches!(value, Value::Optional(_)),
            Sort::String => matches!(value, Value::String(_)),
            Sort::Uint => matches!(value, Value::Uint(_)),
        }
    }

    pub(in crate::expression) fn admits(self, kind: &Type) -> bool {
        match (self, kind) {
            (Sort::Name, _) => false,
            (Sort::Dyn, _)
            | (_, Type::Dyn)
            | (Sort::Bool, Type::Bool)
            | (Sort::Bytes, Type::Bytes)
            | (Sort::Double, Type::Double)
            | (Sort::Int, Type::Int)
            | (Sort::Kind, Type::Kind)
            | (Sort::List, Type::List(_))
            | (Sort::Map, Type::Map(..) | Type::Object(_))
            | (Sort::Number, Type::Int | Type::Uint | Type::Double)
            | (Sort::Optional, Type::Optional(_))
            | (Sort::String, Type::String | Type::Word(_) | Type::Quantity)
            | (Sort::Uint, Type::Uint) => true,
            (Sort::Plain(own), Type::Plain(kind)) => own == *kind,
            (Sort::Strings, Type::List(element)) => Sort::String.admits(element),
            (Sort::Numbers, Type::List(element)) => Sort::Number.admits(element),
            _ => false,
        }
    }

    pub(super) fn kind(self) -> Type {
        match self {
            Sort::Dyn | Sort::Name | Sort::Number => Type::Dyn,
            Sort::Bool => Type::Bool,
            Sort::Bytes => Type::Bytes,
            Sort::Double => Type::Double,
            Sort::Int => Type::Int,
            Sort::Kind => Type::Kind,
            Sort::List | Sort::Numbers => Type::list(Type::Dyn),
            Sort::Plain(kind) => Type::Plain(kind),
            Sort::Map => Type::Map(Type::Dyn.into(), Type::Dyn.into()),
            Sort::Optional => Type::optional(Type::Dyn),
            Sort::String => Type::String,
            Sort::Strings => Type::list(Type::String),
            Sort::Uint => Type::Uint,
        }
    }
}

impl Returns {
    /// The type of the result for arguments of these types.
    pub(super) fn kind(self, types: &[Type]) -> Type {
        let argument = |position: usize| types.get(position).cloned().unwrap_or(Type::Dyn);
        match self {
            Returns::Sort(sort) => sort.kind(),
            Returns::Argument(position) => argument(position),
            Returns::OptionalOf(position) => Type::optional(argument(position)),
            Returns::Element(position) => match argument(position) {
                Type::List(element) => (*element).clone(),
                _ => Type::Dyn,
            },
            Returns::Inner(position) => match argument(position) {
                Type::Optional(inner) => (*inner).clone(),
                _ => Type::Dyn,
            },
            Returns::Joined => match types {
                [first, rest @ ..] if rest.iter().all(|kind| kind == first) => first.clone(),
                _ => Type::Dyn,
            },
        }
    }

    /// As documentation shows it.
    pub fn name(self) -> &'static str {
        match self {
            Returns::Sort(sort) => sort.name(),
            Returns::Argument(_) | Returns::Joined => "the same type",
            Returns::Element(_) => "the elements' type",
            Returns::OptionalOf(_) => "optional",
            Returns::Inner(_) => "the type of the value",
        }
    }
}
