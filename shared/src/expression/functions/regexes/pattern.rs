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
use regex_automata::Input;
use regex_automata::dfa::{Automaton as _, StartKind, dense};

/// So many searches are left to the general engine.
const SELDOM: u32 = 64;

/// An automaton stays below this many bytes, and so does what it takes to make it.
const AUTOMATON_SIZE: usize = 64 * 1024;

/// A pattern that is known to compile.
#[derive(Debug)]
pub(in crate::expression) struct Pattern {
    translated: Box<str>,
    /// None where it turns out too large, which was excluded before.
    regex: OnceLock<Option<Regex>>,
    searches: AtomicU32,
    automaton: OnceLock<Option<Box<dense::DFA<Vec<u32>>>>>,
}

impl From<Regex> for Pattern {
    fn from(regex: Regex) -> Self {
        let pattern = Self::unsearched(regex.as_str().to_owned());
        Self { regex: OnceLock::from(Some(regex)), ..pattern }
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
        let input = Input::new(text).earliest(true);
        match self.automaton().map(|automaton| automaton.try_search_fwd(&input)) {
            Some(Ok(found)) => Some(found.is_some()),
            // Too large for a table, or an automaton that gave up, which these are not made to do.
            Some(Err(_)) | None => Some(self.regex()?.is_match(text)),
        }
    }

    #[inline]
    fn automaton(&self) -> Option<&dense::DFA<Vec<u32>>> {
        let made = match self.automaton.get() {
            Some(made) => made,
            None if self.searches.fetch_add(1, Ordering::Relaxed) < SELDOM => return None,
            None => self.automaton.get_or_init(|| automaton(self.as_str()).map(Box::new)),
        };
        made.as_deref()
    }
}

/// The automaton of a pattern; none where it were too large or the pattern asks for what none can
/// do, such as word boundaries of all scripts.
fn automaton(pattern: &str) -> Option<dense::DFA<Vec<u32>>> {
    let config = dense::Config::new()
        .start_kind(StartKind::Unanchored)
        .dfa_size_limit(Some(AUTOMATON_SIZE))
        .determinize_size_limit(Some(AUTOMATON_SIZE));
    dense::Builder::new().configure(config).build(pattern).ok()
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
            if let Some(table) = automaton(regex.as_str()) {
                let found = table.try_search_fwd(&Input::new(&text).earliest(true)).unwrap();
                prop_assert_eq!(found.is_some(), regex.is_match(&text));
            }
        }
    }
}
