//! The Terraform resources: attributes with their types, as the provider's schemas have them.

use std::sync::{Arc, LazyLock};

use super::table::Table;
use super::{Field, Object, Type};

pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::read(include_str!("terraform.txt"), "attribute", false));

/// The resource types that have a shape, with the name of their target.
pub const RESOURCES: [(&str, &str); 2] = [("probity_kms_key", "kms"), ("probity_s3_bucket", "s3")];

/// The shapes of the resource types, in that order; a test asserts that all are there.
static SHAPES: LazyLock<[Option<Arc<Object>>; RESOURCES.len()]> = LazyLock::new(|| {
    RESOURCES.map(|(type_name, target)| {
        let object = TABLE.object(type_name)?;
        let fields = object.fields.clone();
        Some(Arc::new(Object { name: target.to_owned(), noun: object.noun, fields }))
    })
});

/// The attributes of a resource type, in the order of their declaration.
pub fn attributes(type_name: &str) -> Option<Vec<Field>> {
    resource(type_name).map(|object| object.fields.clone())
}

/// The shape of a resource type, named after its target in messages.
pub fn resource(type_name: &str) -> Option<Arc<Object>> {
    let place = RESOURCES.iter().position(|(name, _)| *name == type_name)?;
    SHAPES.get(place)?.clone()
}

/// The shape of what `provider` holds: region, account and defaults.
pub fn provider() -> Type {
    TABLE.get("provider")
}
