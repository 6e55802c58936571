//! Families: conditions of a target that are written alike but for constants, as the teams of a bank
//! write them, each about its own registry, label or port.
//!
//! A family is asked about together: its lead is the condition with the constants of all members in
//! its places, and each place tells which of them hold there. Members that part from the others at
//! some place are on their own; for all others what the lead came to is their answer, and its cost
//! theirs, because they take the same way. Made by `sharing`, asked by `evaluate`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::functions::Patterns;
use super::node::{At, Comparison, Node, Tier};
use super::syntax::Literal;

/// A set of members, a bit each.
pub(crate) type Set = u64;

/// No family has more members.
pub(super) const MEMBERS: usize = Set::BITS as usize;

/// What members of a family share.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) at: At,
    pub(super) members: Set,
    pub(super) lead: Node,
}

/// A condition, and the family that it belongs to.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) family: Arc<Family>,
    /// Its bit.
    pub(super) lane: Set,
    /// The condition itself.
    pub(super) node: Node,
}

/// A family as those know it who ask for its members: which, of those of a plan, and whose bit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kin {
    pub(crate) family: usize,
    pub(crate) lane: Set,
}

/// Which members of a family hold, and what each of them would have spent to say so.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Holding {
    pub(crate) members: Set,
    pub(crate) cost: u64,
}

/// What a lead came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Together {
    /// Those who stayed together to the end.
    pub(super) members: Set,
    /// Their answer, and what each of them would have spent.
    pub(super) answer: Option<bool>,
    pub(super) cost: u64,
}

impl Member {
    /// None where the family is asked once for a subject.
    pub(super) fn kin(&self) -> Option<Kin> {
        let At { tier, index } = self.family.at;
        (tier == Tier::Element).then_some(Kin { family: index as usize, lane: self.lane })
    }
}

impl Holding {
    /// All members of any family, of whom nothing was asked.
    pub(crate) const ALL: Self = Self { members: Set::MAX, cost: 0 };

    /// Who holds here and there.
    pub(crate) fn and(self, other: Self) -> Self {
        let cost = self.cost.saturating_add(other.cost);
        Self { members: self.members & other.members, cost }
    }
}

impl From<Together> for Holding {
    fn from(together: Together) -> Self {
        let members = if together.answer == Some(true) { together.members } else { 0 };
        // Asking for a truth costs a unit.
        Self { members, cost: together.cost + 1 }
    }
}

/// A place where members have constants of their own.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    pub(super) operand: Node,
    pub(super) question: Question,
}

/// What is asked about the operand.
#[derive(Clone, Debug)]
pub(super) enum Question {
    /// `x == k`
    Equal(Constants),
    /// `x != k`
    NotEqual(Constants),
    /// `x < k` and the others, of whole numbers.
    Compare(Comparison, Constants),
    /// `x in [k, l]`, so many of them.
    Among(Constants, usize),
    /// `x.matches(p)`
    Matches(Patterns),
    /// `x.startsWith(k)`
    Begins(Constants),
    /// `x.endsWith(k)`
    Ends(Patterns),
    /// `x.contains(k)`; with what reading the constant costs.
    Contains(Patterns, usize),
    /// `k in x`, and the keys of `x[?k]`.
    Key(Constants),
}

/// Texts and whole numbers, each with the members that name it.
#[derive(Clone, Debug, Default)]
pub(super) struct Constants {
    /// Sorted.
    texts: Box<[(Box<str>, Set)]>,
    /// Sorted.
    numbers: Box<[(i64, Set)]>,
    /// The shortest text and the longest, in bytes.
    lengths: (usize, usize),
}

impl Constants {
    /// Of what each member names.
    pub(super) fn new(members: &[&[Literal]]) -> Self {
        let mut texts: BTreeMap<Box<str>, Set> = BTreeMap::new();
        let mut numbers: BTreeMap<i64, Set> = BTreeMap::new();
        for (member, literals) in members.iter().enumerate() {
            for literal in *literals {
                match literal {
                    Literal::String(text) => *texts.entry(text.clone()).or_default() |= 1 << member,
                    Literal::Int(number) => *numbers.entry(*number).or_default() |= 1 << member,
                    _ => {}
                }
            }
        }
        let lengths = || texts.keys().map(|text| text.len());
        let lengths = (lengths().min().unwrap_or_default(), lengths().max().unwrap_or_default());
        let numbers = numbers.into_iter().collect();
        Self { texts: texts.into_iter().collect(), numbers, lengths }
    }

    /// Who names this text.
    #[inline]
    pub(super) fn text(&self, text: &str) -> Set {
        let (shortest, longest) = self.lengths;
        if text.len() < shortest || text.len() > longest {
            return 0;
        }
        let found = self.texts.binary_search_by(|(own, _)| (**own).cmp(text));
        found.ok().and_then(|at| self.texts.get(at)).map_or(0, |(_, members)| *members)
    }

    /// Who names one of these texts.
    pub(super) fn any_of<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Set {
        texts.fold(0, |all, text| all | self.text(text))
    }

    /// Who names a beginning of this text.
    pub(super) fn beginning(&self, mut text: &str) -> Set {
        let mut members = 0;
        let upto = |texts: &[(Box<str>, Set)], text: &str| {
            texts.partition_point(|(own, _)| **own <= *text)
        };
        let mut before = self.texts.get(..upto(&self.texts, text)).unwrap_or_default();
        while let Some(((last, own), rest)) = before.split_last() {
            if text.starts_with(&**last) {
                members |= own;
                before = rest;
            } else {
                // What stands between them begins otherwise as well.
                text = common(text, last);
                before = rest.get(..upto(rest, text)).unwrap_or_default();
            }
        }
        members
    }

    /// Whose number is such.
    pub(super) fn numbers(&self, is_such: impl Fn(i64) -> bool) -> Set {
        let members = self.numbers.iter().filter(|(number, _)| is_such(*number));
        members.fold(0, |all, (_, members)| all | members)
    }
}

/// What two texts begin with.
fn common<'t>(text: &'t str, other: &str) -> &'t str {
    let same = text.char_indices().zip(other.chars()).take_while(|((_, own), other)| own == other);
    let end = same.last().map_or(0, |((at, own), _)| at + own.len_utf8());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lookups_find_whom_asking_each_finds(
            constants in prop::collection::vec("[abé]{0,4}", 1..20),
            text in "[abé]{0,6}",
        ) {
            let literals: Vec<[Literal; 1]> =
                constants.iter().map(|own| [Literal::String(own.as_str().into())]).collect();
            let members: Vec<&[Literal]> = literals.iter().map(<[Literal; 1]>::as_slice).collect();
            let table = Constants::new(&members);
            let each = |is_such: &dyn Fn(&str) -> bool| {
                let such = constants.iter().enumerate().filter(|(_, own)| is_such(own));
                such.fold(0, |all, (member, _)| all | 1 << member)
            };
            prop_assert_eq!(table.text(&text), each(&|own| own == text));
            prop_assert_eq!(table.beginning(&text), each(&|own| text.starts_with(own)));
        }
    }
}
