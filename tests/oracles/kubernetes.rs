//! The crate `kube-cel`, which has Kubernetes' functions on an older `cel`.

use kube_cel::{KubeCelExt as _, cel as interpreter};
use oracles::{Library, Oracle, expressions};

crate::interpreter::asked!();

#[test]
fn kube_cel_agrees_on_generated_expressions() {
    crate::compare(Oracle::KubeCel, expressions(Library::Kubernetes), |source| {
        theirs(source, Context::default().with_all())
    });
}

#[test]
fn known_disagreements_with_kube_cel_still_are() {
    crate::prove(Oracle::KubeCel, |source| theirs(source, Context::default().with_all()));
}
