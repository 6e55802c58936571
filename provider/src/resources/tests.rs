//! Schemas against the catalog's table of attributes.

use std::collections::BTreeMap;

use probity_catalog::shape;

use super::*;
use crate::schema::{AttributeKind, Type};

fn resources() -> Vec<Box<dyn Resource>> {
    all(&Context::new("/nonexistent"))
}

/// How the catalog names the type of an attribute.
fn shape_of(kind: &Type) -> String {
    match kind {
        Type::Bool => "bool".into(),
        Type::Number => "int".into(),
        Type::String => "string".into(),
        Type::List(element) | Type::Set(element) => format!("[{}]", shape_of(element)),
        Type::Map(element) => format!("{{{}}}", shape_of(element)),
        Type::Object(kinds) => {
            let fields: Vec<String> =
                kinds.iter().map(|(name, kind)| format!("{name}: {}", shape_of(kind))).collect();
            format!("({})", fields.join(", "))
        }
        other => format!("{other:?}"),
    }
}

fn shape_of_catalog(kind: &shape::Type) -> String {
    match kind {
        shape::Type::Bool => "bool".into(),
        shape::Type::Int => "int".into(),
        shape::Type::String | shape::Type::Word(_) => "string".into(),
        shape::Type::List(element) => format!("[{}]", shape_of_catalog(element)),
        shape::Type::Map(_, element) => format!("{{{}}}", shape_of_catalog(element)),
        shape::Type::Object(object) => {
            let mut fields: BTreeMap<&str, String> = BTreeMap::new();
            for field in &object.fields {
                fields.insert(&field.name, shape_of_catalog(&field.kind));
            }
            let fields: Vec<String> =
                fields.iter().map(|(name, kind)| format!("{name}: {kind}")).collect();
            format!("({})", fields.join(", "))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn schemas_are_what_the_catalog_says() {
    for resource in resources() {
        let shape = shape::terraform::resource(resource.type_name()).unwrap();
        let declared: BTreeMap<String, String> = shape
            .fields
            .iter()
            .map(|field| (field.name.clone(), shape_of_catalog(&field.kind)))
            .collect();
        let own: BTreeMap<String, String> = resource
            .schema()
            .block
            .attributes
            .iter()
            // JSON in a text; expressions take it apart.
            .map(|a| match a.name {
                "policy_statements" => (a.name.to_owned(), declared[a.name].clone()),
                name => (name.to_owned(), shape_of(&a.implied_type())),
            })
            .collect();
        assert_eq!(own, declared, "{}", resource.type_name());
    }
}

#[test]
fn every_attribute_is_described_and_governed_ones_are_computed() {
    for resource in resources() {
        for attribute in &resource.schema().block.attributes {
            assert!(!attribute.description.is_empty(), "{}", attribute.name);
            if let AttributeKind::Nested(_, inner) = &attribute.kind {
                assert!(inner.iter().all(|a| !a.description.is_empty()), "{}", attribute.name);
            }
        }
    }
}

#[test]
fn what_is_exempt_from_drift_exists_and_is_little() {
    let exempt: [(&str, &[&str]); 2] = [
        ("probity_kms_key", &kms_key::EXEMPT_FROM_DRIFT),
        ("probity_s3_bucket", &s3_bucket::EXEMPT_FROM_DRIFT),
    ];
    for (type_name, names) in exempt {
        let resources = resources();
        let resource = resources.iter().find(|r| r.type_name() == type_name).unwrap();
        for name in names {
            assert!(resource.schema().attribute(name).is_some(), "{type_name}.{name}");
        }
    }
}
