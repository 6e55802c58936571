//! The patterns of many conditions, searched for in one text at once. Called by `evaluate`.
//!
//! Searched often they become one dense automaton, where that is small: it is walked once, however
//! many patterns there are. Until then, and where it were large, each is searched for by itself.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use regex_automata::dfa::{Automaton as _, OverlappingState};
use regex_automata::{Input, MatchKind};

use super::Pattern;
use super::pattern::{Automaton, SELDOM};

/// The automaton stays below so many bytes, and what it takes to make it below so many more.
const LIMITS: [usize; 2] = [256 * 1024, 1024 * 1024];

/// Up to 64 patterns.
#[derive(Clone, Debug)]
pub(in crate::expression) struct Patterns(Arc<Searched>);

#[derive(Debug)]
struct Searched {
    each: Box<[Arc<Pattern>]>,
    searches: AtomicU32,
    automaton: OnceLock<Option<Automaton>>,
}

impl Patterns {
    pub(in crate::expression) fn new(each: Box<[Arc<Pattern>]>) -> Self {
        Self(Arc::new(Searched { each, searches: AtomicU32::new(0), automaton: OnceLock::new() }))
    }

    /// Which of them find something in a text, a bit each; none where one turns out too large.
    pub(in crate::expression) fn matching(&self, text: &str) -> Option<u64> {
        self.at_once(text).or_else(|| {
            let each = self.0.each.iter().enumerate();
            let each = each.map(|(pattern, own)| Some(u64::from(own.is_match(text)?) << pattern));
            each.reduce(|all, one| Some(all? | one?))?
        })
    }

    fn at_once(&self, text: &str) -> Option<u64> {
        let automaton = self.automaton()?;
        // Nearly always nothing is found, which is seen sooner.
        if !automaton.finds(text)? {
            return Some(0);
        }
        let input = Input::new(text);
        let (mut found, mut state) = (0, OverlappingState::start());
        loop {
            automaton.table.try_search_overlapping_fwd(&input, &mut state).ok()?;
            match state.get_match() {
                Some(one) => found |= 1 << one.pattern().as_usize(),
                None => return Some(found),
            }
        }
    }

    fn automaton(&self) -> Option<&Automaton> {
        let own = &*self.0;
        let made = match own.automaton.get() {
            Some(made) => made,
            None if own.searches.fetch_add(1, Ordering::Relaxed) < SELDOM => return None,
            None => own.automaton.get_or_init(|| automaton(&own.each)),
        };
        made.as_ref()
    }
}

fn automaton(patterns: &[Arc<Pattern>]) -> Option<Automaton> {
    let patterns: Vec<&str> = patterns.iter().map(|own| own.as_str()).collect();
    Automaton::new(&patterns, MatchKind::All, LIMITS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::expression::functions::check_regex;

    fn patterns(patterns: &[&str]) -> Patterns {
        let pattern = |own: &&str| Arc::new(check_regex(own).unwrap());
        Patterns::new(patterns.iter().map(pattern).collect())
    }

    const ALL: [&str; 8] =
        ["", "^a.c$", "a|bc|é+", "(?i)secret|token", "[^a-z]", "(?m)^b$", "a*?$", "(a|ab)(c|bcd)"];

    proptest! {
        #[test]
        fn all_at_once_find_what_each_finds(
            chosen in prop::collection::vec(prop::sample::select(&ALL[..]), 1..12),
            texts in prop::collection::vec("[abcdéK1.\n_-]{0,12}|secret|aTOKEN", 1..8),
        ) {
            let together = patterns(&chosen);
            let automaton = automaton(&together.0.each);
            prop_assert!(together.0.automaton.set(automaton).is_ok());
            for text in &texts {
                let each = together.0.each.iter().enumerate();
                let each = each.filter(|(_, own)| own.is_match(text) == Some(true));
                let expected = each.fold(0, |all, (at, _)| all | 1 << at);
                prop_assert_eq!(together.at_once(text), Some(expected), "{:?} in {}", chosen, text);
            }
        }
    }

    #[test]
    fn what_is_searched_often_becomes_one_table() {
        let together = patterns(&["a1", "a2", "[a-z]3$"]);
        for search in 0..2 * SELDOM {
            assert_eq!(together.matching("a1 b3"), Some(0b101), "{search}");
            assert_eq!(together.matching("a4"), Some(0), "{search}");
        }
        assert!(together.0.automaton.get().is_some_and(Option::is_some));
    }
}
