//! What is judged: an object or a resource as expressions see it, and who it is.
//! Kubernetes objects and Terraform resources become subjects here and nowhere else, so that all
//! front ends see the same. Must not know settings or verdicts.

use crate::{
    control::Classification,
    value::{Arena, Path, Value},
};

pub use crate::decision::SubjectIdentity;
pub(crate) use marks::{Marks, regimes_in};

pub mod kubernetes;
mod marks;
pub mod terraform;

/// Something to judge.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Who it is.
    pub identity: SubjectIdentity,
    /// What expressions see.
    pub view: View<'a>,
}

/// What expressions see of a subject.
#[derive(Clone, Debug)]
pub enum View<'a> {
    /// A Kubernetes object that carries a pod specification.
    Pod(kubernetes::PodView<'a>),
    /// A resource of our Terraform provider.
    Resource(terraform::ResourceView<'a>),
}

impl<'a> Subject<'a> {
    /// The class that the subject claims for itself: unknown, or a word in any case.
    pub fn claimed_classification(&self) -> Option<Value<'a>> {
        match &self.view {
            View::Pod(pod) => pod.claimed_classification(),
            View::Resource(resource) => {
                resource.resource.get("classification").filter(|value| !value.is_null())
            }
        }
    }

    /// The whole value that paths of findings point into.
    pub fn root(&self) -> Value<'a> {
        match &self.view {
            View::Pod(pod) => pod.object,
            View::Resource(resource) => resource.resource,
        }
    }

    /// The same subject with another value at the root, as a fix leaves it; none where the
    /// change took away what makes it a subject.
    pub fn with_root(&self, root: Value<'a>, arena: &'a Arena) -> Option<Self> {
        let view = match &self.view {
            View::Pod(pod) => View::Pod(pod.with_object(root)?),
            View::Resource(resource) => View::Resource(terraform::ResourceView {
                resource: terraform::with_nulls(self.identity.target, root, arena),
                ..resource.clone()
            }),
        };
        Some(Self { identity: self.identity.clone(), view })
    }

    /// As [`Subject::with_root`], in the form that the API server gives an object once more after
    /// it was patched.
    pub fn patched(&self, root: Value<'a>, arena: &'a Arena) -> Option<Self> {
        let View::Pod(pod) = &self.view else { return self.with_root(root, arena) };
        let view = View::Pod(pod.patched(root, arena)?);
        Some(Self { identity: self.identity.clone(), view })
    }

    /// Where `root` stands in what was read: `items[3]` for an item of a list.
    pub fn origin(&self) -> &Path {
        match &self.view {
            View::Pod(pod) => &pod.origin,
            View::Resource(resource) => &resource.origin,
        }
    }
}

/// The stricter of two claimed classes; a word that is no class yields to one that is.
fn stricter_class<'a>(left: Value<'a>, right: Value<'a>) -> Value<'a> {
    match (class_of(left), class_of(right)) {
        (Some(a), Some(b)) if a >= b => left,
        (Some(_), None) => left,
        _ => right,
    }
}

/// The class that a word means, in any case.
pub fn class_of(value: Value<'_>) -> Option<Classification> {
    let word = value.as_str()?;
    Classification::ALL.iter().copied().find(|class| class.as_str().eq_ignore_ascii_case(word))
}
