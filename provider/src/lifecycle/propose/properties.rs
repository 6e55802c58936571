//! Over any schema and any configuration: what is proposed keeps Terraform's rules, and a second
//! plan of an applied configuration changes nothing.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;
use crate::lifecycle::guard;
use crate::schema::{Schema, Type};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// An attribute's kind without computed parts, for sets.
fn plain_types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String)];
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.prop_map(Type::map),
        ]
    })
}

fn presences() -> impl Strategy<Value = Presence> {
    prop_oneof![
        Just(Presence::Required),
        Just(Presence::Optional),
        Just(Presence::OptionalComputed),
        Just(Presence::Computed),
    ]
}

fn attributes(depth: u32) -> BoxedStrategy<Vec<Attribute>> {
    vec((plain_types(), presences(), any::<bool>(), any::<bool>()), 1..NAMES.len())
        .prop_flat_map(move |shapes| {
            let attributes: Vec<BoxedStrategy<Attribute>> = shapes
                .into_iter()
                .zip(NAMES)
                .map(|((kind, presence, default, keep), name)| {
                    attribute(name, kind, presence, (default, keep), depth)
                })
                .collect();
            attributes
        })
        .boxed()
}

fn attribute(
    name: &'static str,
    kind: Type,
    presence: Presence,
    (default, keep): (bool, bool),
    depth: u32,
) -> BoxedStrategy<Attribute> {
    let plain = values(&kind, false).prop_map(move |value| {
        let mut attribute = Attribute::new(name, kind.clone());
        attribute.presence = presence;
        attribute.keep_state = keep && attribute.is_computed();
        if default && presence == Presence::OptionalComputed {
            attribute.default = Some(value);
        }
        attribute
    });
    if depth == 0 {
        return plain.boxed();
    }
    let nestings = prop_oneof![Just(Nesting::Single), Just(Nesting::List), Just(Nesting::Map)];
    let nested = (nestings, attributes(depth - 1)).prop_map(move |(nesting, inner)| {
        let mut attribute = Attribute::nested(name, nesting, inner);
        attribute.presence = presence;
        attribute
    });
    prop_oneof![3 => plain, 1 => nested].boxed()
}

/// A value of the type, not null itself; perhaps with unknowns.
fn values(kind: &Type, unknowns: bool) -> BoxedStrategy<Value> {
    let known = match kind {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Number => (0..5_i64).prop_map(Value::from).boxed(),
        Type::List(inner) => vec(values(inner, unknowns), 0..3).prop_map(Value::List).boxed(),
        Type::Set(inner) => vec(values(inner, unknowns), 0..3).prop_map(Value::set_of).boxed(),
        Type::Map(inner) => {
            btree_map("[xy]", values(inner, unknowns), 0..3).prop_map(Value::Map).boxed()
        }
        _ => "[a-c]?".prop_map(Value::from).boxed(),
    };
    let weight = u32::from(unknowns);
    prop_oneof![6 => known, weight => Just(Value::Unknown)].boxed()
}

/// What a user may write for these attributes.
fn configs(attributes: &[Attribute], unknowns: bool) -> BoxedStrategy<Value> {
    let names: Vec<&str> = attributes.iter().map(|attribute| attribute.name).collect();
    let written: Vec<_> = attributes.iter().map(|a| written(a, unknowns)).collect();
    written.prop_map(move |values| Value::object(names.clone().into_iter().zip(values))).boxed()
}

fn written(attribute: &Attribute, unknowns: bool) -> BoxedStrategy<Value> {
    if attribute.presence == Presence::Computed {
        return Just(Value::Null).boxed();
    }
    let set = match &attribute.kind {
        AttributeKind::Plain(kind) => values(kind, unknowns),
        AttributeKind::Nested(Nesting::List, inner) => {
            vec(configs(inner, unknowns), 0..3).prop_map(Value::List).boxed()
        }
        AttributeKind::Nested(Nesting::Map, inner) => {
            btree_map("[xy]", configs(inner, unknowns), 0..3).prop_map(Value::Map).boxed()
        }
        AttributeKind::Nested(_, inner) => configs(inner, unknowns),
    };
    let nulls = u32::from(attribute.presence != Presence::Required);
    prop_oneof![2 => set, nulls => Just(Value::Null)].boxed()
}

/// What an apply makes of the plan: the unknown becomes known, here the plainest value there is.
fn applied(planned: &Value, kind: &Type) -> Value {
    match (planned, kind) {
        (Value::Unknown, Type::Bool) => true.into(),
        (Value::Unknown, Type::Number) => 7.into(),
        (Value::Unknown, Type::String) => "made".into(),
        (Value::Unknown, Type::List(_)) => Value::List(Vec::new()),
        (Value::Unknown, Type::Set(_)) => Value::set_of([]),
        (Value::Unknown, Type::Map(_)) => Value::map::<&str>([]),
        (Value::Unknown, Type::Object(kinds)) => {
            Value::object(kinds.keys().map(|name| (name.as_str(), Value::Null)))
        }
        (Value::List(elements), Type::List(kind)) => {
            Value::List(elements.iter().map(|element| applied(element, kind)).collect())
        }
        (Value::Set(elements), Type::Set(kind)) => {
            Value::set_of(elements.iter().map(|element| applied(element, kind)))
        }
        (Value::Map(elements), Type::Map(kind)) => {
            Value::map(elements.iter().map(|(key, element)| (key, applied(element, kind))))
        }
        (Value::Object(entries), Type::Object(kinds)) => {
            Value::object(entries.iter().map(|(name, value)| (name, applied(value, &kinds[name]))))
        }
        _ => planned.clone(),
    }
}

fn schemas() -> impl Strategy<Value = Schema> {
    attributes(2).prop_map(|attributes| Schema::new("any", attributes))
}

fn with_configs(unknowns: bool) -> impl Strategy<Value = (Schema, Value, Value)> {
    schemas().prop_flat_map(move |schema| {
        let first = configs(&schema.block.attributes, unknowns);
        let second = configs(&schema.block.attributes, unknowns);
        (Just(schema), first, second)
    })
}

proptest! {
    #[test]
    fn every_proposal_keeps_terraforms_rules((schema, first, second) in with_configs(true)) {
        prop_assert_eq!(schema.check(), []);
        let created = propose(&schema.block, &first, &Value::Null);
        prop_assert_eq!(guard::check_planned(&schema, &Value::Null, &first, &created), []);

        let state = applied(&created, &schema.implied_type());
        prop_assert_eq!(guard::check_applied(&schema, &created, &state), []);

        let mut changed = propose(&schema.block, &second, &state);
        prop_assert_eq!(guard::check_planned(&schema, &state, &second, &changed), []);
        unsettle(&schema.block.attributes, &mut changed);
        prop_assert_eq!(guard::check_planned(&schema, &state, &second, &changed), []);
        let state = applied(&changed, &schema.implied_type());
        prop_assert_eq!(guard::check_applied(&schema, &changed, &state), []);
    }

    #[test]
    fn an_applied_configuration_is_at_rest((schema, config, _) in with_configs(false)) {
        let created = propose(&schema.block, &config, &Value::Null);
        let state = applied(&created, &schema.implied_type());
        prop_assert_eq!(propose(&schema.block, &config, &state), state);
    }

    #[test]
    fn the_second_plan_keeps_what_the_first_one_knew((schema, config, _) in with_configs(true)) {
        let first = propose(&schema.block, &config, &Value::Null);
        // By the time of the apply the configuration is known.
        let known = applied(&config, &schema.implied_type());
        let last = propose(&schema.block, &known, &Value::Null);
        prop_assert_eq!(guard::check_final_plan(&schema, &first, &last), []);
    }
}
