//! The declared shape of everything a control can look at, so that a misspelt field is an error
//! when the catalog is loaded and not a surprise when a cluster is judged.
//!
//! Types, the Kubernetes kinds (`shape/kubernetes.rs`) and the Terraform resources
//! (`shape/terraform.rs`), with what may be absent and what may be null. Data of the world need not
//! keep to its shape: evaluation checks again.

pub mod kubernetes;
mod table;
pub mod terraform;

use std::fmt;
use std::sync::Arc;

use crate::value::Kind;

/// The type of a variable or of an expression, as far as it is known before evaluation.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Anything; checked at evaluation.
    Dyn,
    /// Only null.
    Null,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `uint`
    Uint,
    /// `double`
    Double,
    /// `string`
    String,
    /// A string that is one of these words.
    Word(Arc<[String]>),
    /// `8080` or `"http"`.
    IntOrString,
    /// An amount as Kubernetes spells it, a text: `"500m"`, `"2Gi"`.
    Quantity,
    /// `bytes`
    Bytes,
    /// A type as a value.
    Kind,
    /// A kind without types of its own inside: a timestamp, a quantity, an address.
    Plain(Kind),
    /// A list of elements of one type.
    List(Arc<Type>),
    /// A map from one type to another.
    Map(Arc<Type>, Arc<Type>),
    /// A map whose fields are declared.
    Object(Arc<Object>),
    /// A value that may be absent.
    Optional(Arc<Type>),
    /// A value that may be null.
    Nullable(Arc<Type>),
}

/// A map with declared fields.
#[derive(Debug, PartialEq)]
pub struct Object {
    /// What messages call it: `s3`, `Container`, `params`.
    pub name: String,
    /// What messages call one of its fields: `attribute`, `field`, `parameter`.
    pub noun: &'static str,
    /// The fields, in the order of their declaration.
    pub fields: Vec<Field>,
}

/// A declared field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// As the data spells it.
    pub name: String,
    /// What it holds.
    pub kind: Type,
    /// Whether it can be null.
    pub nullable: bool,
    /// Whether it can be absent.
    pub optional: bool,
}

impl Type {
    /// A list of this type.
    #[must_use]
    pub fn list(element: Type) -> Self {
        Type::List(Arc::new(element))
    }

    /// A map from strings to this type.
    #[must_use]
    pub fn map(value: Type) -> Self {
        Type::Map(Arc::new(Type::String), Arc::new(value))
    }

    /// This type, or absent.
    #[must_use]
    pub fn optional(value: Type) -> Self {
        Type::Optional(Arc::new(value))
    }

    /// This type, or null.
    #[must_use]
    pub fn nullable(self) -> Self {
        match self {
            Type::Null | Type::Nullable(_) => self,
            other => Type::Nullable(Arc::new(other)),
        }
    }

    /// A string that is one of these words.
    #[must_use]
    pub fn word<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Type::Word(words.into_iter().map(Into::into).collect())
    }

    /// A map with declared fields, which are always there and never null.
    pub fn object<N: Into<String>>(
        name: &str,
        noun: &'static str,
        fields: impl IntoIterator<Item = (N, Type)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(name, kind)| {
            let (nullable, kind) = match kind {
                Type::Nullable(inner) => (true, (*inner).clone()),
                other => (false, other),
            };
            Field { name: name.into(), kind, nullable, optional: false }
        });
        let fields = fields.collect();
        Type::Object(Arc::new(Object { name: name.to_owned(), noun, fields }))
    }
}

impl Object {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// As messages show it: `list(string)`, `Container`, `bool or null`.
impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dyn => out.write_str("dyn"),
            Type::Null => out.write_str("null"),
            Type::Bool => out.write_str("bool"),
            Type::Int => out.write_str("int"),
            Type::Uint => out.write_str("uint"),
            Type::Double => out.write_str("double"),
            Type::String | Type::Word(_) => out.write_str("string"),
            Type::IntOrString => out.write_str("int or string"),
            Type::Quantity => out.write_str("amount"),
            Type::Bytes => out.write_str("bytes"),
            Type::Kind => out.write_str("type"),
            Type::Plain(kind) => out.write_str(kind.label()),
            Type::List(element) => write!(out, "list({element})"),
            Type::Map(key, value) => write!(out, "map({key}, {value})"),
            Type::Object(object) => out.write_str(&object.name),
            Type::Optional(value) => write!(out, "optional({value})"),
            Type::Nullable(value) => write!(out, "{value} or null"),
        }
    }
}

/// The variable that `each:` binds, with its type; `None` for a collection that does not exist.
///
/// `containers.all`, `containers.run` and `containers.main` bind `c`, `volumes` binds `volume`,
/// `images` binds `image`, `env` binds `env`, `mounts` binds `mount`, `ports` binds `port`.
pub fn element(each: &str) -> Option<(&'static str, Type)> {
    match each {
        "containers.all" | "containers.run" | "containers.main" => {
            Some(("c", kubernetes::container()))
        }
        "volumes" => Some(("volume", kubernetes::volume())),
        "images" => Some(("image", Type::String)),
        "env" => Some(("env", kubernetes::env())),
        "mounts" => Some(("mount", kubernetes::mount())),
        "ports" => Some(("port", kubernetes::port())),
        _ => None,
    }
}

/// The collections that `each:` knows.
pub const COLLECTIONS: [&str; 8] = [
    "containers.all",
    "containers.main",
    "containers.run",
    "env",
    "images",
    "mounts",
    "ports",
    "volumes",
];

#[cfg(test)]
mod tests;
