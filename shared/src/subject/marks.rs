//! Marks: what labels of an object, or tags of a resource, say about the data in it. They only
//! ever tighten, so every voice counts: the object, its template, its namespace where that is
//! known. Must not know what a mark leads to; read by `snapshot` and `evaluate`.

use super::{Subject, View};
use crate::{catalog::Mark, value::Value};

/// The tag by which a resource names regimes that it is under.
const REGIMES_TAG: &str = "ComplianceRegime";

/// The label, or a namespace's annotation, by which an object does.
const REGIMES_LABEL: &str = "probity.dev/compliance-regime";

impl<'a> Subject<'a> {
    /// What a mark says, by every voice that there is; unknown where it is not known yet.
    pub(crate) fn marked(&self, mark: &Mark) -> impl Iterator<Item = Value<'a>> {
        let attribute = match (&self.view, &mark.attribute) {
            (View::Resource(view), Some(name)) => view.resource.get(name),
            _ => None,
        };
        let key = match &self.view {
            View::Pod(_) => &mark.label,
            View::Resource(_) => &mark.tag,
        };
        let voices = key.as_deref().map(|key| self.voices(key)).unwrap_or_default();
        attribute.into_iter().chain(voices.into_iter().flatten()).filter(|said| !said.is_null())
    }

    /// What the subject says of the regimes that it is under; see [`regimes_in`].
    pub(crate) fn claimed_regimes(&self) -> impl Iterator<Item = Value<'a>> {
        let (key, annotated) = match &self.view {
            View::Resource(_) => (REGIMES_TAG, None),
            View::Pod(pod) => {
                let path = ["metadata", "annotations"];
                (REGIMES_LABEL, said(pod.namespace_object, &path, REGIMES_LABEL))
            }
        };
        self.voices(key).into_iter().flatten().chain(annotated)
    }

    /// What stands under `key` in the labels or tags of each that has a say.
    fn voices(&self, key: &str) -> [Option<Value<'a>>; 3] {
        match &self.view {
            View::Pod(pod) => [
                said(pod.object, &["metadata", "labels"], key),
                said(pod.pod_meta, &["labels"], key),
                said(pod.namespace_object, &["metadata", "labels"], key),
            ],
            View::Resource(view) => {
                // Before the provider has merged them, what the resource says is all there is.
                let merged = view.resource.get("tags_all").filter(|tags| !tags.is_null());
                let tags = merged.or_else(|| view.resource.get("tags"));
                [tags.and_then(|tags| under(tags, key)), None, None]
            }
        }
    }
}

/// The words in what a subject says of regimes: joined by a space in tags, by `_` in labels, and no
/// regime has either in its name.
pub(crate) fn regimes_in(said: Value<'_>) -> impl Iterator<Item = &str> {
    let apart = |letter: char| !letter.is_ascii_alphanumeric() && letter != '-';
    said.as_str().unwrap_or_default().split(apart).filter(|word| !word.is_empty())
}

/// The entry of the map that `fields` lead to. An object that nobody looked up says nothing.
fn said<'a>(value: Value<'a>, fields: &[&str], key: &str) -> Option<Value<'a>> {
    fields.iter().try_fold(value, |value, field| value.get(field))?.get(key)
}

/// The entry of a map, or unknown where the map is.
fn under<'a>(tags: Value<'a>, key: &str) -> Option<Value<'a>> {
    if tags.is_unknown() { Some(tags) } else { tags.get(key) }
}
