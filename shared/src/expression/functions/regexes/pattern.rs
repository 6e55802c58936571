//! A pattern that was known when an expression was compiled, and is searched for again and again.
//!
//! It is compiled at the first search: of a catalog's patterns, one command needs few. After some
//! more it becomes a dense automaton, where that is small: a table that is walked byte by byte,
//! without the pool and the choice of strategies that the general engine needs, which on texts as
//! short as names take longer than the search. A command that judges one file never pays for
//! making it. Both give the same answer. Called by `evaluate`.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use regex::Regex;
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};

/// So many searches are left to the general engine.
pub(super) const SELDOM: u32 = 64;

/// An automaton stays below this many bytes, and so does what it takes to make it.
const AUTOMATON_SIZE: usize = 64 * 1024;

/// A pattern that is known to compile.
#[derive(Debug)]
pub(in crate::expression) struct Pattern {
    translated: Box<str>,
    /// None where it turns out too large, which was excluded before.
    regex: OnceLock<Option<Regex>>,
    searches: AtomicU32,
    automaton: OnceLock<Option<Box<Automaton>>>,
}

/// A dense automaton, and the state in which it begins with a text.
#[derive(Debug)]
pub(super) struct Automaton {
    pub(super) table: dense::DFA<Vec<u32>>,
    start: StateID,
    /// The bytes that something can begin with, where they are few.
    first: Option<Box<[bool; 256]>>,
}

/// Looking for the first byte is worth it where so many at most can be one: a text has few of them.
const FEW: usize = 3;

impl From<Regex> for Pattern {
    fn from(regex: Regex) -> Self {
        let pattern = Self::unsearched(regex.as_str().to_owned());
        Self { regex: OnceLock::from(Some(regex)), ..pattern }
    }
}

/// The same patterns find the same.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Pattern {
    /// Compiled when it is first searched for.
    pub(super) fn unsearched(translated: String) -> Self {
        Self {
            translated: translated.into(),
            regex: OnceLock::new(),
            searches: AtomicU32::new(0),
            automaton: OnceLock::new(),
        }
    }

    /// As the general engine understands it.
    pub(in crate::expression) fn as_str(&self) -> &str {
        &self.translated
    }

    /// The general engine.
    pub(in crate::expression) fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| super::compile(&self.translated, &self.translated).ok()).as_ref()
    }

    /// Whether it finds something in a text.
    pub(in crate::expression) fn is_match(&self, text: &str) -> Option<bool> {
        let found = self.automaton().and_then(|automaton| automaton.finds(text));
        // Without one, or where it gave up, the general engine searches.
        found.or_else(|| Some(self.regex()?.is_match(text)))
    }

    #[inline]
    fn automaton(&self) -> Option<&Automaton> {
        let made = match self.automaton.get() {
            Some(made) => made,
            None if self.searches.fetch_add(1, Ordering::Relaxed) < SELDOM => return None,
            None => self.automaton.get_or_init(|| {
                let limits = [AUTOMATON_SIZE; 2];
                Automaton::new(&[self.as_str()], MatchKind::LeftmostFirst, limits).map(Box::new)
            }),
        };
        made.as_deref()
    }
}

impl Automaton {
    /// Of these patterns; none where it or what it takes to make it were larger than these limits,
    /// or a pattern asks for what none can do, such as word boundaries of all scripts.
    pub(super) fn new(
        patterns: &[&str],
        kind: MatchKind,
        [size, work]: [usize; 2],
    ) -> Option<Self> {
        let config = dense::Config::new()
            .match_kind(kind)
            .start_kind(StartKind::Unanchored)
            .dfa_size_limit(Some(size))
            .determinize_size_limit(Some(work));
        let table = dense::Builder::new().configure(config).build_many(patterns).ok()?;
        let start = table.start_state(&start::Config::new().anchored(Anchored::No)).ok()?;
        let mut first = Box::new([false; 256]);
        for (byte, is_first) in (0..=u8::MAX).zip(&mut *first) {
            *is_first = table.next_state(start, byte) != start;
        }
        let are_few = first.iter().filter(|is_first| **is_first).count() <= FEW;
        Some(Self { first: are_few.then_some(first), table, start })
    }

    /// Whether something is found; none where the automaton gives up, which these are not made to
    /// do. On texts as short as names, preparing a search of `regex_automata` would take longer than
    /// these steps do.
    #[inline]
    pub(super) fn finds(&self, text: &str) -> Option<bool> {
        let mut bytes = text.as_bytes();
        if let Some(first) = &self.first {
            let is_first = |byte: &u8| first.get(usize::from(*byte)).is_some_and(|first| *first);
            let begin = bytes.iter().position(is_first).unwrap_or(bytes.len());
            bytes = bytes.get(begin..).unwrap_or_default();
        }
        let mut state = self.start;
        for byte in bytes {
            state = self.table.next_state(state, *byte);
            if self.table.is_special_state(state) {
                if self.table.is_match_state(state) {
                    return Some(true);
                }
                if self.table.is_dead_state(state) {
                    return Some(false);
                }
                if self.table.is_quit_state(state) {
                    return None;
                }
            }
        }
        // A match is seen one step late.
        Some(self.table.is_match_state(self.table.next_eoi_state(state)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::expression::functions::regexes::{check_regex, compile_regex};

    fn pattern(pattern: &str) -> Pattern {
        check_regex(pattern).unwrap()
    }

    #[test]
    fn a_pattern_that_is_searched_often_becomes_a_table() {
        let pattern = pattern("@sha256:[0-9a-f]{64}$");
        let image = format!("registry.example/app@sha256:{}", "0f".repeat(32));
        for search in 0..2 * SELDOM {
            assert_eq!(pattern.is_match(&image), Some(true), "{search}");
            assert_eq!(pattern.is_match("registry.example/app:1.0"), Some(false), "{search}");
        }
        assert!(pattern.automaton.get().is_some_and(Option::is_some));
    }

    #[test]
    fn what_fits_no_table_is_left_to_the_general_engine() {
        let pattern = pattern(r"\pL{2}x");
        let text = "ééx";
        for _ in 0..2 * SELDOM {
            assert_eq!(pattern.is_match(text), Some(true));
        }
        assert!(pattern.automaton.get().is_some_and(Option::is_none));
    }

    const PATTERNS: [&str; 12] = [
        "",
        "^a.c$",
        "a|bc|é+",
        "(?i)(passwd|password|secret|token|api_?key)",
        r"\bab\b",
        r"^\d{1,3}(\.\d{1,3}){3}$",
        "[^a-z]",
        "(?s)a.b",
        "(?m)^b$",
        r"\pL\PL",
        "a*?$",
        "(a|ab)(c|bcd)(d*)",
    ];

    proptest! {
        #[test]
        fn both_engines_give_the_same_answer(
            chosen in prop::sample::select(&PATTERNS[..]),
            text in "[abcdéK 1.\n_-]{0,12}|secret|API_key|passſword",
        ) {
            let regex = compile_regex(chosen).unwrap();
            let limits = [AUTOMATON_SIZE; 2];
            let kind = MatchKind::LeftmostFirst;
            if let Some(table) = Automaton::new(&[regex.as_str()], kind, limits) {
                prop_assert_eq!(table.finds(&text), Some(regex.is_match(&text)));
            }
        }
    }
}
