//! Conditions that are written alike but for constants, asked together; see `family`.
//!
//! A place of the lead answers for the larger part of those who are still together; the others part
//! from them, and are asked by themselves later. So whatever the lead comes to is what each of those
//! that stayed would have come to alone, at the same cost: it has taken their way.

use super::{EXHAUSTED, Evaluated, FREE_LENGTH, Machine, Truth};
use crate::expression::family::{Constants, Family, Lanes, Member, Question, Set, Together};
use crate::expression::functions::Patterns;
use crate::expression::node::{Comparison, Node};
use crate::value::Value;

/// What a place makes of its operand.
enum Answer {
    /// These members say yes, the others no.
    Yes(Set),
    Unknown,
    /// An error, or what is too rare to be asked together.
    Apart,
}

impl<'a> Machine<'_, 'a> {
    #[inline]
    pub(super) fn member(&mut self, member: &'a Member) -> Truth<'a> {
        match self.together(&member.family) {
            Some(together) if together.members & member.lane != 0 => {
                self.charge(&member.node, usize::try_from(together.cost).unwrap_or(usize::MAX))?;
                Ok(together.answer)
            }
            _ => self.decide(&member.node),
        }
    }

    /// What a family came to, asked now if nobody has asked yet.
    #[inline]
    pub(in crate::expression) fn together(&mut self, family: &'a Family) -> Option<Together> {
        let place = self.bindings.shared.as_ref()?.together(family.at)?;
        if place.get().is_none() {
            place.set(self.lead(family));
        }
        place.get()
    }

    /// Asks all members of a family at once, at nobody's cost.
    fn lead(&mut self, family: &'a Family) -> Option<Together> {
        let left = self.tools.left;
        self.alike = family.members;
        let answer = self.decide(&family.lead);
        let cost = left - self.tools.left;
        self.tools.left = left;
        match answer {
            Ok(answer) => Some(Together { members: self.alike, answer, cost }),
            // A budget that was spent says nothing of another one.
            Err(fault) if fault.message == EXHAUSTED => None,
            // Each member words its own errors.
            Err(_) => Some(Together { members: 0, answer: None, cost }),
        }
    }

    /// The truth of a place of the lead, the unit for asking spent already.
    pub(super) fn decide_lanes(&mut self, node: &'a Node, lanes: &'a Lanes) -> Truth<'a> {
        if is_call(&lanes.question) {
            self.charge(node, 1)?;
        }
        let operand = self.operand(&lanes.operand)?;
        match self.answer(node, &lanes.question, operand)? {
            Answer::Yes(members) => Ok(Some(self.follow(members))),
            Answer::Unknown => Ok(None),
            Answer::Apart => {
                self.alike = 0;
                Ok(None)
            }
        }
    }

    /// As a value; calls do not pay for being asked for their truth.
    pub(super) fn ask(&mut self, node: &'a Node, lanes: &'a Lanes) -> Evaluated<'a> {
        if !is_call(&lanes.question) {
            self.charge(node, 1)?;
        }
        Ok(self.decide_lanes(node, lanes)?.map_or(Value::Unknown, Value::Bool))
    }

    /// What stands at a key of each, for those where nothing does.
    pub(super) fn ask_key(&mut self, node: &'a Node, lanes: &'a Lanes) -> Evaluated<'a> {
        let mut map = self.operand(&lanes.operand)?;
        while let Value::Optional(Some(inner)) = map {
            map = *inner;
        }
        let (Question::Key(keys), Value::Map(entries)) = (&lanes.question, map) else {
            return Ok(match map {
                Value::Optional(None) => map,
                Value::Null => Value::Optional(None),
                Value::Unknown => Value::Unknown,
                _ => {
                    self.alike = 0;
                    Value::Unknown
                }
            });
        };
        self.charge(node, 1 + entries.len() / FREE_LENGTH)?;
        self.alike &= !keys.any_of(entries.iter().map(|(key, _)| *key));
        Ok(Value::Optional(None))
    }

    /// Goes the way of the larger part; the others are on their own.
    fn follow(&mut self, yes: Set) -> bool {
        let (yes, no) = (self.alike & yes, self.alike & !yes);
        let answer = yes.count_ones() > no.count_ones();
        self.alike = if answer { yes } else { no };
        answer
    }

    /// What members say of an operand, charged as each of them is.
    fn answer(
        &mut self,
        node: &'a Node,
        question: &'a Question,
        operand: Value<'a>,
    ) -> Result<Answer, &'a super::Fault<'a>> {
        if let Question::Among(_, length) = question {
            self.charge(node, *length)?;
        }
        Ok(match (question, operand) {
            (_, Value::Unknown) => Answer::Unknown,
            (Question::Equal(constants), operand) => equal(constants, operand),
            (Question::NotEqual(constants), operand) => match equal(constants, operand) {
                Answer::Yes(members) => Answer::Yes(!members),
                other => other,
            },
            (Question::Among(lists, _), operand) => equal(lists, operand),
            (Question::Compare(comparison, constants), Value::Int(number)) => {
                Answer::Yes(match comparison {
                    Comparison::Less => constants.numbers(|own| number < own),
                    Comparison::LessOrEqual => constants.numbers(|own| number <= own),
                    Comparison::Greater => constants.numbers(|own| number > own),
                    Comparison::GreaterOrEqual => constants.numbers(|own| number >= own),
                })
            }
            (Question::Begins(constants), Value::String(text)) => {
                Answer::Yes(constants.beginning(text))
            }
            (Question::Matches(patterns), Value::String(text)) => {
                self.charge(node, text.len() / 8)?;
                matching(patterns, text)
            }
            (Question::Ends(patterns), Value::String(text)) => matching(patterns, text),
            (Question::Contains(patterns, cost), Value::String(text)) => {
                self.charge(node, text.len() / 8 + cost)?;
                matching(patterns, text)
            }
            (Question::Key(keys), Value::Map(entries)) => {
                self.charge(node, entries.len() / FREE_LENGTH)?;
                Answer::Yes(keys.any_of(entries.iter().map(|(key, _)| *key)))
            }
            _ => Answer::Apart,
        })
    }
}

/// Whether it is a function that is asked, and not an operator.
fn is_call(question: &Question) -> bool {
    matches!(question, Question::Begins(_) | Question::Ends(_) | Question::Contains(..))
}

fn matching(patterns: &Patterns, text: &str) -> Answer {
    patterns.matching(text).map_or(Answer::Apart, Answer::Yes)
}

fn equal(constants: &Constants, operand: Value<'_>) -> Answer {
    match operand {
        Value::String(text) => Answer::Yes(constants.text(text)),
        Value::Int(number) => Answer::Yes(constants.numbers(|own| own == number)),
        Value::Null | Value::Bool(_) => Answer::Yes(0),
        _ => Answer::Apart,
    }
}
