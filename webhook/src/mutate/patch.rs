//! Fixes as a JSON Patch (RFC 6902) that cannot fail to apply.
//!
//! The API server answers a patch that does not apply with an error for the user, whatever the
//! failure policy says. So: `add` only into parents that were seen, with missing parents added as
//! one value with the child inside; `remove` only of what was seen; nothing that is there is
//! touched; a fixed order. Called by `mutate`.

use probity_catalog::fix::{Fix, Operation as FixOperation};
use probity_catalog::value::{Path, Segment, Value};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};

/// A patch, smallest first by pointer; removals last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    additions: Vec<Addition>,
    removals: Vec<Path>,
}

/// A value for a place that is empty and whose parent is there.
#[derive(Clone, Debug, PartialEq)]
struct Addition {
    at: Path,
    value: Json,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase", tag = "op")]
enum Wire<'p> {
    Add { path: String, value: &'p Json },
    Remove { path: String },
}

impl Patch {
    /// The patch for `fixes` on `object`, and those of them that it carries out.
    pub fn new<'f>(object: Value<'_>, fixes: &'f [Fix]) -> (Self, Vec<&'f Fix>) {
        let mut patch = Self::default();
        let applied = fixes.iter().filter(|fix| patch.take(object, fix)).collect();
        patch.additions.sort_by_cached_key(|addition| addition.at.to_pointer());
        // Later list items first, so that the index of the others stays right.
        patch.removals.sort_by(|a, b| b.segments().cmp(a.segments()));
        patch.removals.dedup();
        (patch, applied)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.additions.is_empty() && self.removals.is_empty()
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
            FixOperation::Remove => {
                let there = !fix.path.is_root() && object.lookup(&fix.path).is_some();
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
        self.additions.push(Addition { at: gap.at, value });
        true
    }
}

impl Serialize for Patch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let additions = self
            .additions
            .iter()
            .map(|addition| Wire::Add { path: addition.at.to_pointer(), value: &addition.value });
        let removals = self.removals.iter().map(|path| Wire::Remove { path: path.to_pointer() });
        serializer.collect_seq(additions.chain(removals))
    }
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
