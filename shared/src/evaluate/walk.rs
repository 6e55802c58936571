//! The collections of one subject, found once for all rules that walk over them, with what is known
//! of each element. Must not know rules. Called by judging.

use std::cell::Cell;

use super::{Broken, Element, Frame, visit};
use crate::{
    control::Each,
    expression::{Holding, Memo},
    value::Value,
};

/// Elements that have a memo: a pod with more of them is judged without help, in bounded memory.
const REMEMBERED: usize = 64;

/// One step of a walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'a> {
    pub(super) element: Element<'a>,
    pub(super) memo: Option<Memo<'a>>,
}

/// The steps of a walk; why there are none at some place.
pub(super) type Steps<'a> = &'a [Result<Step<'a>, Broken>];

/// The walks over one pod that were needed so far.
#[derive(Debug, Default)]
pub(super) struct Walks<'a> {
    found: [Option<Steps<'a>>; Each::ALL.len()],
    /// Who of each family holds at every step.
    throughout: [&'a [Cell<Option<Holding>>]; Each::ALL.len()],
}

impl<'a> Walks<'a> {
    /// The walk over a collection.
    pub(super) fn over(&mut self, each: Each, pod: Value<'a>, frame: &Frame<'a>) -> Steps<'a> {
        let known = self.found.get(each as usize).copied().flatten();
        known.unwrap_or_else(|| {
            let steps = self.walk(each, pod, frame);
            if let Some(place) = self.found.get_mut(each as usize) {
                *place = Some(steps);
            }
            steps
        })
    }

    /// Where it is kept who of a family holds at every step of a walk.
    pub(super) fn throughout(
        &mut self,
        each: Each,
        family: usize,
        frame: &Frame<'a>,
    ) -> Option<&'a Cell<Option<Holding>>> {
        let kept = self.throughout.get_mut(each as usize)?;
        if kept.is_empty() {
            *kept = frame.arena().alloc_slice_fill_default(frame.element_families());
        }
        kept.get(family)
    }

    fn walk(&mut self, each: Each, pod: Value<'a>, frame: &Frame<'a>) -> Steps<'a> {
        let is_part = matches!(each, Each::MainContainers | Each::RunningContainers);
        // Of variables, mounts and ports there are many, and few rules ask for them.
        let is_remembered = matches!(each, Each::AllContainers | Each::Volumes | Each::Images);
        // What is known of a container is known whichever of its collections is walked over.
        let all = if is_part { self.over(Each::AllContainers, pod, frame) } else { &[] };
        let mut known = all.iter().flatten();
        let mut steps = bumpalo::collections::Vec::new_in(frame.arena());
        visit(pod, each, |element| {
            let step = element.map(|element| {
                let same = |step: &&Step<'a>| {
                    step.element.field == element.field && step.element.index == element.index
                };
                let memo = if is_part {
                    known.find(same).and_then(|step| step.memo)
                } else if is_remembered && steps.len() < REMEMBERED {
                    frame.element_memo()
                } else {
                    None
                };
                Step { element, memo }
            });
            steps.push(step);
        });
        steps.into_bump_slice()
    }
}
