//! The crate `cel` as an interpreter of the core.

use cel as interpreter;
use oracles::{Library, Oracle, expressions};

crate::interpreter::asked!();

#[test]
fn cel_agrees_on_generated_expressions() {
    crate::compare(Oracle::Cel, expressions(Library::Core), |source| {
        theirs(source, Context::default())
    });
}

#[test]
fn known_disagreements_with_cel_still_are() {
    crate::prove(Oracle::Cel, |source| theirs(source, Context::default()));
}
