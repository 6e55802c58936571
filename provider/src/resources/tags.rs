//! Tags: a resource's own, the provider's defaults, and the three that the provider derives from
//! what it knows anyway.

use std::collections::BTreeMap;

use crate::context::InForce;
use crate::schema::Attribute;
use crate::value::Value;

/// The attributes `tags` and `tags_all`.
pub(super) fn attributes() -> [Attribute; 2] {
    [
        Attribute::string_map("tags").describe(
            "Tags of this resource; they win over `default_tags` of the provider. \
             `DataClassification`, `Environment` and `ComplianceRegime` come by themselves.",
        ),
        Attribute::string_map("tags_all").computed().describe("All tags, whoever set them."),
    ]
}

/// What a resource gets beside its own tags.
fn inherited(in_force: &InForce, classification: &str) -> Option<BTreeMap<String, String>> {
    let mut tags = derived(in_force, classification);
    tags.extend(in_force.config.default_tags.clone()?);
    Some(tags)
}

/// Several regimes are joined by a space: S3 refuses commas in tags.
fn derived(in_force: &InForce, classification: &str) -> BTreeMap<String, String> {
    let regimes: Vec<&str> = in_force.snapshot.regimes().map(|regime| regime.id.as_ref()).collect();
    let regimes = if regimes.is_empty() { "none".to_owned() } else { regimes.join(" ") };
    BTreeMap::from([
        ("DataClassification".to_owned(), classification.to_owned()),
        ("Environment".to_owned(), in_force.snapshot.environment().to_string()),
        ("ComplianceRegime".to_owned(), regimes),
    ])
}

/// All tags of a resource; unknown while any of their sources is.
pub(super) fn all(in_force: &InForce, resource: &Value) -> Value {
    let own = resource.get("tags");
    let classification = resource.get("classification");
    let waits = in_force.config.judgement_waits.contains(&"regimes")
        || in_force.config.judgement_waits.contains(&"environment")
        || !own.is_wholly_known();
    let inherited = classification.as_str().and_then(|class| inherited(in_force, class));
    let (false, Some(mut tags)) = (waits, inherited) else { return Value::Unknown };
    tags.extend(of(own));
    to_value(&tags)
}

/// A map of texts.
pub(super) fn of(value: &Value) -> BTreeMap<String, String> {
    value
        .entries()
        .filter_map(|(key, text)| Some((key.to_owned(), text.as_str()?.to_owned())))
        .collect()
}

/// The map as a value.
pub(super) fn to_value(tags: &BTreeMap<String, String>) -> Value {
    Value::map(tags.iter().map(|(key, value)| (key.as_str(), Value::from(value.as_str()))))
}

/// `tags` and `tags_all` as found: `tags` shows what became of the resource's own tags. After an
/// import nothing is its own yet: what it would not inherit counts as such.
pub(super) fn refresh(
    in_force: &InForce,
    state: &mut Value,
    found: &BTreeMap<String, String>,
    imported: bool,
) {
    let inherited = || {
        let classification = state.get("classification").as_str().unwrap_or_default();
        inherited(in_force, classification).unwrap_or_default()
    };
    let own: BTreeMap<String, String> = if imported {
        let inherited = inherited();
        let is_derived =
            |key: &str| ["DataClassification", "Environment", "ComplianceRegime"].contains(&key);
        let mut own = found.clone();
        own.retain(|key, value| !is_derived(key) && inherited.get(key) != Some(value));
        own
    } else {
        let before = of(state.get("tags"));
        let kept = found.iter().filter(|(key, _)| before.contains_key(*key));
        kept.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    // Null and an empty map are different to Terraform: the user's spelling stays.
    if !own.is_empty() || !state.get("tags").is_null() {
        state.set("tags", to_value(&own));
    }
    state.set("tags_all", to_value(found));
}
