//! Terraform resources to subjects: unset attributes become null, so that expressions never
//! meet an absent one. The provider and the command line both come through here. Must not know
//! the wire or the plan's JSON.

use std::borrow::Cow;

use super::{Subject, SubjectIdentity, View};
use crate::{
    control::Target,
    shape::{self, Object, Type},
    value::{Arena, Path, Value},
};

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is removed.
    Delete,
    /// It is removed and made anew.
    Replace,
}

impl Operation {
    /// The spelling in expressions and cases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Replace => "replace",
        }
    }
}

/// What expressions see of a resource.
#[derive(Clone, Debug)]
pub struct ResourceView<'a> {
    /// The attributes as planned; unset is null.
    pub resource: Value<'a>,
    /// The attributes before; null at create and where there is no state.
    pub prior: Value<'a>,
    /// What happens.
    pub operation: Operation,
    /// Region, account and defaults of the provider; unknown where not configured.
    pub provider: Value<'a>,
    /// Where the attributes stand in what was read; empty for the provider.
    pub origin: Path,
}

/// The target of a resource type; none where no control judges it.
pub fn target_of(type_name: &str) -> Option<Target> {
    Target::ALL.iter().copied().find(|target| target.resource_type() == Some(type_name))
}

/// Makes a subject of a resource; none where no control judges its type.
pub fn subject<'a>(
    type_name: &str,
    resource: Value<'a>,
    prior: Value<'a>,
    operation: Operation,
    address: &str,
    provider: Value<'a>,
    arena: &'a Arena,
) -> Option<Subject<'a>> {
    let target = target_of(type_name)?;
    Some(Subject {
        identity: SubjectIdentity {
            target,
            kind: Cow::Owned(type_name.to_owned()),
            api_version: Cow::Borrowed(""),
            namespace: None,
            name: address.to_owned(),
        },
        view: View::Resource(ResourceView {
            resource: with_nulls(target, resource, arena),
            prior: with_nulls(target, prior, arena),
            operation,
            provider,
            origin: Path::root(),
        }),
    })
}

/// `value` with every attribute that it leaves out set to null, nested objects included.
pub(crate) fn with_nulls<'a>(target: Target, value: Value<'a>, arena: &'a Arena) -> Value<'a> {
    match target.resource_type().and_then(shape::terraform::resource) {
        Some(object) => fill_object(&object, value, arena),
        None => value,
    }
}

fn fill<'a>(kind: &Type, value: Value<'a>, arena: &'a Arena) -> Value<'a> {
    match (kind, value) {
        (Type::Object(object), Value::Map(_)) => fill_object(object, value, arena),
        (Type::List(element), Value::List(items)) => Value::List(
            arena.alloc_slice_fill_iter(items.iter().map(|item| fill(element, *item, arena))),
        ),
        (Type::Map(_, inner), Value::Map(fields)) => Value::Map(arena.alloc_slice_fill_iter(
            fields.iter().map(|(name, field)| (*name, fill(inner, *field, arena))),
        )),
        _ => value,
    }
}

fn fill_object<'a>(object: &Object, value: Value<'a>, arena: &'a Arena) -> Value<'a> {
    let Value::Map(given) = value else { return value };
    let declared = object.fields.iter().map(|field| {
        let value = value.get(&field.name).unwrap_or_default();
        (&*arena.alloc_str(&field.name), fill(&field.kind, value, arena))
    });
    // What the shape does not know stays: the provider's schema is what refuses it.
    let others = given.iter().filter(|(name, _)| object.field(name).is_none()).copied();
    let fields: Vec<_> = declared.chain(others).collect();
    Value::Map(arena.alloc_slice_copy(&fields))
}
