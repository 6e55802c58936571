//! Marks: what labels of an object, or tags of a resource, say about the data in it. They only
//! ever tighten, so every voice counts: the object, its template, its namespace where that is
//! known. Must not know what a mark leads to; read by `snapshot` and `evaluate`.

use super::{Subject, View};
use crate::{catalog::Mark, value::Value};

/// The tag by which a resource names regimes that it is under.
const REGIMES_TAG: &str = "ComplianceRegime";

/// The label, or a namespace's annotation, by which an object does.
const REGIMES_LABEL: &str = "probity.dev/compliance-regime";

/// The voices of one subject.
#[derive(Debug)]
pub(crate) struct Marks<'a> {
    /// The resource, whose attributes have a say; none for objects.
    resource: Option<Value<'a>>,
    /// The labels of the object, of its template and of its namespace, or the tags of the resource.
    voices: [Option<Value<'a>>; 3],
    /// What else names regimes: the namespace's annotations.
    annotations: Option<Value<'a>>,
}

impl<'a> Subject<'a> {
    /// All that may carry a mark.
    pub(crate) fn marks(&self) -> Marks<'a> {
        match &self.view {
            View::Pod(pod) => {
                let metadata = |object: Value<'a>| object.get("metadata");
                let labels = |metadata: Value<'a>| metadata.get("labels");
                let own = metadata(pod.object);
                let namespace = metadata(pod.namespace_object);
                // A pod is its own template.
                let template = own.is_none_or(|own| !is_same_map(own, pod.pod_meta));
                Marks {
                    resource: None,
                    voices: [
                        own.and_then(labels),
                        template.then(|| labels(pod.pod_meta)).flatten(),
                        namespace.and_then(labels),
                    ],
                    annotations: namespace.and_then(|metadata| metadata.get("annotations")),
                }
            }
            View::Resource(view) => {
                // Before the provider has merged them, what the resource says is all there is.
                let merged = view.resource.get("tags_all").filter(|tags| !tags.is_null());
                let tags = merged.or_else(|| view.resource.get("tags"));
                Marks {
                    resource: Some(view.resource),
                    voices: [tags, None, None],
                    annotations: None,
                }
            }
        }
    }
}

impl<'a> Marks<'a> {
    /// What a mark says, by every voice that there is; unknown where it is not known yet.
    pub(crate) fn said(&self, mark: &Mark) -> impl Iterator<Item = Value<'a>> {
        let attribute = self.resource.zip(mark.attribute.as_deref());
        let attribute = attribute.and_then(|(resource, name)| resource.get(name));
        let key = if self.resource.is_some() { &mark.tag } else { &mark.label };
        let voices = key.as_deref().into_iter().flat_map(|key| self.under(key));
        attribute.into_iter().chain(voices).filter(|said| !said.is_null())
    }

    /// What the subject says of the regimes that it is under; see [`regimes_in`].
    pub(crate) fn regimes(&self) -> impl Iterator<Item = Value<'a>> {
        let key = if self.resource.is_some() { REGIMES_TAG } else { REGIMES_LABEL };
        let annotated = self.annotations.and_then(|annotations| annotations.get(REGIMES_LABEL));
        self.under(key).chain(annotated)
    }

    /// What stands under `key`; unknown where the tags are. Labels that nobody looked up say
    /// nothing.
    fn under(&self, key: &str) -> impl Iterator<Item = Value<'a>> {
        let is_resource = self.resource.is_some();
        self.voices.iter().flatten().filter_map(move |voice| match voice {
            Value::Unknown => is_resource.then_some(Value::Unknown),
            voice => voice.get(key),
        })
    }
}

/// Whether two values are one map: the same entries at the same place.
fn is_same_map(a: Value<'_>, b: Value<'_>) -> bool {
    match (a, b) {
        (Value::Map(a), Value::Map(b)) => std::ptr::eq(a, b),
        _ => false,
    }
}

/// The words in what a subject says of regimes: joined by a space in tags, by `_` in labels, and no
/// regime has either in its name.
pub(crate) fn regimes_in(said: Value<'_>) -> impl Iterator<Item = &str> {
    let apart = |letter: char| !letter.is_ascii_alphanumeric() && letter != '-';
    said.as_str().unwrap_or_default().split(apart).filter(|word| !word.is_empty())
}
