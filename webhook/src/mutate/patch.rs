//! Fixes as a JSON Patch (RFC 6902) that cannot fail to apply.
//!
//! The API server answers a patch that does not apply with an error for the user, whatever the
//! failure policy says. So: `add` only into parents that were seen, with missing parents added as
//! one value with the child inside; `replace` and `remove` only of what was seen; nothing else that
//! is there is touched; a fixed order. Called by `mutate`.

use probity_catalog::fix::{Fix, Operation as FixOperation};
use probity_catalog::value::{Path, Segment, Value};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};

/// A patch, smallest first by pointer; removals last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    additions: Vec<Placed>,
    replacements: Vec<Placed>,
    removals: Vec<Path>,
}

/// A value for a place: an empty one whose parent is there, or one that has another value.
#[derive(Clone, Debug, PartialEq)]
struct Placed {
    at: Path,
    value: Json,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase", tag = "op")]
enum Wire<'p> {
    Add { path: String, value: &'p Json },
    Replace { path: String, value: &'p Json },
    Remove { path: String },
}

impl Patch {
    /// The patch for `fixes` on `object`, and those of them that it carries out.
    pub fn new<'f>(object: Value<'_>, fixes: &'f [Fix]) -> (Self, Vec<&'f Fix>) {
        let mut patch = Self::default();
        let applied = fixes.iter().filter(|fix| patch.take(object, fix)).collect();
        patch.additions.sort_by_cached_key(|addition| addition.at.to_pointer());
        patch.replacements.sort_by_cached_key(|replacement| replacement.at.to_pointer());
        // Later list items first, so that the index of the others stays right.
        patch.removals.sort_by(|a, b| b.segments().cmp(a.segments()));
        patch.removals.dedup();
        (patch, applied)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.additions.is_empty() && self.replacements.is_empty() && self.removals.is_empty()
    }

    /// The JSON that the API server applies.
    pub fn to_json(&self) -> Vec<u8> {
        // Strings, numbers and maps with text keys cannot fail to serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Plans one fix; says whether it has an effect.
    fn take(&mut self, object: Value<'_>, fix: &Fix) -> bool {
        match &fix.operation {
            FixOperation::Set(value) => self.add(object, &fix.path, value),
            // Only Terraform has values that nobody knows yet.
            FixOperation::SetUnknown => false,
            FixOperation::Replace(value) => {
                let there = is_there(object, &fix.path);
                if there && !self.replacements.iter().any(|own| own.at == fix.path) {
                    self.replacements.push(Placed { at: fix.path.clone(), value: value.clone() });
                }
                there
            }
            FixOperation::Remove => {
                let there = is_there(object, &fix.path);
                if there {
                    self.removals.push(fix.path.clone());
                }
                there
            }
        }
    }

    fn add(&mut self, object: Value<'_>, path: &Path, value: &Json) -> bool {
        let Some(gap) = Gap::find(object, path) else { return false };
        let planned = self.additions.iter_mut().find(|addition| addition.at == gap.at);
        if let Some(addition) = planned {
            return insert(&mut addition.value, &gap.below, value);
        }
        let value = nested(&gap.below, value);
        self.additions.push(Placed { at: gap.at, value });
        true
    }
}

impl Serialize for Patch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let additions = self
            .additions
            .iter()
            .map(|addition| Wire::Add { path: addition.at.to_pointer(), value: &addition.value });
        let replacements = self
            .replacements
            .iter()
            .map(|own| Wire::Replace { path: own.at.to_pointer(), value: &own.value });
        let removals = self.removals.iter().map(|path| Wire::Remove { path: path.to_pointer() });
        serializer.collect_seq(additions.chain(replacements).chain(removals))
    }
}

/// Whether something below the root stands at a place.
fn is_there(object: Value<'_>, path: &Path) -> bool {
    !path.is_root() && object.lookup(path).is_some()
}

/// Where a path leaves what is there.
struct Gap {
    /// The first place that is empty; its parent is a map that is there.
    at: Path,
    /// Fields below it that have to come along.
    below: Vec<String>,
}

impl Gap {
    /// `None` where the place is taken, or where nothing can be added.
    fn find(object: Value<'_>, path: &Path) -> Option<Self> {
        let mut here = object;
        let mut at = Path::root();
        let mut segments = path.segments().iter();
        while let Some(segment) = segments.next() {
            match segment {
                Segment::Index(index) => {
                    here = here.index(*index)?;
                    at.push_index(*index);
                }
                Segment::Field(name) => {
                    here.as_map()?;
                    at.push_field(name.clone());
                    match here.get(name).filter(|value| !value.is_null()) {
                        Some(value) => here = value,
                        None => return Some(Self { at, below: fields(segments)? }),
                    }
                }
            }
        }
        None
    }
}

/// The names of `segments`; a list that is not there has no items to go into.
fn fields<'s>(segments: impl Iterator<Item = &'s Segment>) -> Option<Vec<String>> {
    segments
        .map(|segment| match segment {
            Segment::Field(name) => Some(name.clone()),
            Segment::Index(_) => None,
        })
        .collect()
}

fn nested(fields: &[String], value: &Json) -> Json {
    fields
        .iter()
        .rev()
        .fold(value.clone(), |inner, field| Json::Object(Map::from_iter([(field.clone(), inner)])))
}

/// Puts `value` into `tree` where nothing is planned yet; says whether it did.
fn insert(tree: &mut Json, fields: &[String], value: &Json) -> bool {
    let (Some((first, rest)), Json::Object(map)) = (fields.split_first(), tree) else {
        return false;
    };
    if let Some(inner) = map.get_mut(first) {
        return insert(inner, rest, value);
    }
    map.insert(first.clone(), nested(rest, value));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use probity_catalog::fix::simulate;
    use probity_catalog::value::Arena;
    use proptest::prelude::*;
    use serde_json::json;

    fn set(path: &str, value: Json) -> Fix {
        let control = "POD-006".parse().unwrap();
        Fix { control, path: Path::parse(path).unwrap(), operation: FixOperation::Set(value) }
    }

    fn remove(path: &str) -> Fix {
        Fix { operation: FixOperation::Remove, ..set(path, Json::Null) }
    }

    fn replace(path: &str, value: Json) -> Fix {
        Fix { operation: FixOperation::Replace(value), ..set(path, Json::Null) }
    }

    fn patch(object: &Json, fixes: &[Fix]) -> Json {
        let arena = Arena::new();
        let (patch, _) = Patch::new(Value::from_json(object, &arena), fixes);
        serde_json::from_slice(&patch.to_json()).unwrap()
    }

    #[test]
    fn missing_parents_come_as_one_value() {
        let fixes = [
            set("spec.containers[0].securityContext.capabilities.drop", json!(["ALL"])),
            set("spec.containers[0].securityContext.allowPrivilegeEscalation", json!(false)),
        ];
        assert_eq!(
            patch(&json!({"spec": {"containers": [{"name": "app"}]}}), &fixes),
            json!([{"op": "add", "path": "/spec/containers/0/securityContext",
                "value": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}])
        );
        assert_eq!(
            patch(
                &json!({"spec": {"containers": [{"securityContext": {"capabilities": {}}}]}}),
                &fixes
            ),
            json!([
                {"op": "add", "path": "/spec/containers/0/securityContext/allowPrivilegeEscalation",
                 "value": false},
                {"op": "add", "path": "/spec/containers/0/securityContext/capabilities/drop",
                 "value": ["ALL"]},
            ])
        );
    }

    #[test]
    fn keys_are_escaped() {
        let fixes = [set(r#"metadata.labels["probity.dev/a~b"]"#, json!("x"))];
        assert_eq!(
            patch(&json!({"metadata": {"labels": {}}}), &fixes),
            json!([{"op": "add", "path": "/metadata/labels/probity.dev~1a~0b", "value": "x"}])
        );
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let object = json!({"a": {"b": false}, "list": [1], "text": "x"});
        let fixes = [
            set("a.b", json!(true)),
            set("a", json!(1)),
            set("list[3].x", json!(1)),
            set("text.inner", json!(1)),
            set("list.name", json!(1)),
            remove("a.c"),
            remove("list[1]"),
            replace("a.c", json!(true)),
            replace("list[1]", json!(2)),
        ];
        assert_eq!(patch(&object, &fixes), json!([]));
    }

    #[test]
    fn what_is_replaced_is_replaced_once_and_as_the_simulation_has_it() {
        let object = json!({"c": [{"policy": "IfNotPresent", "name": "a"}]});
        let fixes =
            [replace("c[0].policy", json!("Always")), replace("c[0].policy", json!("Never"))];
        let wanted = json!([{"op": "replace", "path": "/c/0/policy", "value": "Always"}]);
        assert_eq!(patch(&object, &fixes), wanted);
        let mut patched = object.clone();
        let operations: json_patch::Patch = serde_json::from_value(wanted).unwrap();
        json_patch::patch(&mut patched, &operations).unwrap();
        let arena = Arena::new();
        let value = Value::from_json(&object, &arena);
        assert_eq!(simulate(value, &fixes[..1], &arena).to_json(), patched);
    }

    #[test]
    fn later_items_are_removed_first() {
        let object = json!({"v": [1, 2, 3], "a": 1});
        let fixes = [remove("v[0]"), remove("a"), remove("v[2]"), remove("v[0]")];
        let mut left = object.clone();
        let patch: json_patch::Patch = serde_json::from_value(patch(&object, &fixes)).unwrap();
        json_patch::patch(&mut left, &patch).unwrap();
        assert_eq!(left, json!({"v": [2]}));
    }

    fn name() -> impl Strategy<Value = String> {
        prop::sample::select(vec!["a", "b", "c.d", "e/f", "~", "0"]).prop_map(str::to_owned)
    }

    fn tree() -> impl Strategy<Value = Json> {
        let leaf =
            prop_oneof![Just(Json::Null), any::<bool>().prop_map(Json::from), Just(json!("x"))];
        leaf.prop_recursive(4, 30, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
                prop::collection::btree_map(name(), inner, 0..4)
                    .prop_map(|map| Json::Object(map.into_iter().collect())),
            ]
        })
    }

    fn place() -> impl Strategy<Value = Path> {
        let segment = prop_oneof![
            4 => name().prop_map(Segment::Field),
            1 => (0_usize..3).prop_map(Segment::Index),
        ];
        prop::collection::vec(segment, 1..5).prop_map(|segments| segments.into_iter().collect())
    }

    /// Null and absent are the same to whoever reads the object.
    fn without_nulls(value: &Json) -> Json {
        match value {
            Json::Object(map) => map
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), without_nulls(value)))
                .collect::<Map<_, _>>()
                .into(),
            Json::Array(items) => items.iter().map(without_nulls).collect(),
            other => other.clone(),
        }
    }

    /// Fixes come from elements that were seen, so their list items exist.
    fn items_are_there(object: Value<'_>, path: &Path) -> bool {
        let mut at = Path::root();
        path.segments().iter().all(|segment| match segment {
            Segment::Field(name) => {
                at.push_field(name.clone());
                true
            }
            Segment::Index(index) => {
                at.push_index(*index);
                object.lookup(&at).is_some_and(|item| !item.is_null())
            }
        })
    }

    proptest! {
        #[test]
        fn a_patch_applies_and_does_what_the_simulation_does(
            object in prop::collection::btree_map(name(), tree(), 0..4),
            places in prop::collection::vec(place(), 0..6),
        ) {
            let object = Json::Object(object.into_iter().collect());
            let arena = Arena::new();
            let value = Value::from_json(&object, &arena);
            let fixes: Vec<Fix> = places
                .into_iter()
                .filter(|path| items_are_there(value, path))
                .map(|path| Fix { path, ..set("a", json!({"set": true})) })
                .collect();
            let (patch, applied) = Patch::new(value, &fixes);
            prop_assert_eq!(patch.is_empty(), applied.is_empty());

            let operations: json_patch::Patch =
                serde_json::from_slice(&patch.to_json()).expect("RFC 6902");
            let mut patched = object.clone();
            json_patch::patch(&mut patched, &operations).expect("applies");
            let simulated = simulate(value, &fixes, &arena).to_json();
            prop_assert_eq!(without_nulls(&patched), without_nulls(&simulated));

            let (again, _) = Patch::new(Value::from_json(&patched, &arena), &fixes);
            prop_assert!(again.is_empty(), "{again:?}");
        }
    }
}
