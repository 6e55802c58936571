//! Between the attributes of `probity_kms_key` and the configuration of a key, both ways.

use std::collections::BTreeSet;

use crate::cloud::aws::kms::{Configuration, Key, Origin};
use crate::policy::Document;
use crate::policy::key::{KeyPlace, KeyPolicy};
use crate::resources::support::int;
use crate::resources::tags;
use crate::value::Value;

/// The policy that the attributes amount to; none while one of them is not known.
pub(super) fn policy(resource: &Value, place: KeyPlace<'_>) -> Option<Document> {
    let known = ["admins", "users", "services", "key_usage"];
    if !known.iter().all(|name| resource.get(name).is_wholly_known()) {
        return None;
    }
    let policy = KeyPolicy {
        admins: texts(resource.get("admins")),
        users: texts(resource.get("users")),
        services: texts(resource.get("services")),
    };
    Some(policy.document(place, usage(resource)))
}

fn usage(resource: &Value) -> &str {
    resource.get("key_usage").as_str().unwrap_or("ENCRYPT_DECRYPT")
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.elements().iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What cannot change about the key of a plan.
pub(super) fn origin(planned: &Value) -> Origin {
    Origin {
        spec: planned.get("key_spec").as_str().unwrap_or("SYMMETRIC_DEFAULT").to_owned(),
        usage: usage(planned).to_owned(),
        multi_region: planned.get("multi_region").as_bool().unwrap_or_default(),
    }
}

/// The configuration that a planned resource stands for; `aliases` of others stay.
pub(super) fn wanted(planned: &Value, aliases: &[String]) -> Configuration {
    let rotates = planned.get("rotation_enabled").as_bool().unwrap_or_default();
    let mut all: Vec<String> = aliases.to_vec();
    all.extend(planned.get("alias").as_str().map(str::to_owned));
    Configuration {
        description: planned.get("description").as_str().unwrap_or_default().to_owned(),
        rotation: rotates.then(|| int(planned.get("rotation_period_days")).unwrap_or(365)),
        policy: planned.get("policy").as_str().unwrap_or_default().to_owned(),
        tags: tags::of(planned.get("tags_all")),
        aliases: all,
    }
}

/// The state of a resource as found. Where the state says the same in other words, its words stay.
pub(super) fn refresh(state: &Value, key: &Key, place: KeyPlace<'_>, imported: bool) -> Value {
    let mut new = state.clone();
    let found = &key.configuration;
    new.set("id", key.id.as_str());
    new.set("arn", key.arn.as_str());
    if imported {
        let class = found.tags.get("DataClassification").map(|class| class.to_ascii_lowercase());
        let known = ["public", "internal", "confidential", "restricted"];
        new.set("classification", class.filter(|class| known.contains(&class.as_str())));
        new.set("allow_replacement", false);
    }
    let alias = state.get("alias").as_str();
    let is_there = alias.is_some_and(|alias| found.aliases.iter().any(|own| own == alias));
    if !is_there {
        // Ours is gone; where there is another, it was renamed or is what an import goes by.
        new.set("alias", found.aliases.first().cloned());
    }
    if !(found.description.is_empty() && state.get("description").is_null()) {
        new.set("description", found.description.as_str());
    }
    new.set("key_spec", key.origin.spec.as_str());
    new.set("key_usage", key.origin.usage.as_str());
    new.set("multi_region", key.origin.multi_region);
    new.set("rotation_enabled", found.rotation.is_some());
    if let Some(days) = found.rotation {
        new.set("rotation_period_days", days);
    }
    refresh_policy(&mut new, &found.policy, place, &key.origin.usage);
    new.set("ram_policy", key.ram_policy.clone());
    new.set("region", place.region);
    new
}

fn refresh_policy(state: &mut Value, found: &str, place: KeyPlace<'_>, usage: &str) {
    let Ok(document) = Document::parse(found) else {
        state.set("policy", found);
        return;
    };
    let same = state.get("policy").as_str().is_some_and(|before| document.is_equivalent(before));
    if same {
        return;
    }
    state.set("policy", found);
    if let Some(policy) = KeyPolicy::of(&document, place, usage) {
        for (name, texts) in
            [("admins", policy.admins), ("users", policy.users), ("services", policy.services)]
        {
            if !texts.is_empty() || state.get(name).is_set() {
                state.set(name, Value::set_of(texts.into_iter().map(Value::from)));
            }
        }
    }
}
