//! How large a pattern can become when it is compiled: never less than it does, so that what stays
//! small by this need not be compiled to be known to. Must not know how patterns are searched.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A state of the compiled pattern, of which each part makes a few.
const STATE: usize = 64;
/// What a range of characters beyond ASCII comes to: some sequences of up to four bytes.
const RANGE: usize = 32 * STATE;

/// No fewer bytes than the compiled pattern has.
pub(super) fn bound(pattern: &Hir) -> usize {
    let own = match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(literal) => STATE * literal.0.len(),
        HirKind::Class(Class::Unicode(class)) if !class.is_ascii() => RANGE * class.ranges().len(),
        HirKind::Class(Class::Unicode(class)) => STATE * class.ranges().len(),
        HirKind::Class(Class::Bytes(class)) => STATE * class.ranges().len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1) as usize;
            times.saturating_mul(bound(&repetition.sub).saturating_add(4 * STATE))
        }
        HirKind::Capture(capture) => bound(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(bound).fold(0, usize::saturating_add)
        }
    };
    own.saturating_add(4 * STATE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::expression::functions::regexes::{REGEX_SIZE, compile_regex};

    const PARTS: [&str; 20] = [
        "a",
        "é",
        ".",
        "[^a]",
        "[a-f0-9]",
        "[à-ÿĀ-ſ]",
        "(?i:k)",
        r"\pL",
        r"\b",
        "^",
        "a?",
        "(x*)+",
        "(a|bc|)",
        "(a|b){2,}",
        "a{3}",
        "[^*?]{2}",
        "(?:(?:a{4}){4}){4}",
        "(é?){5}",
        "(?s:.)*?",
        r"[^\x{ffff}]",
    ];

    proptest! {
        /// Up to where it says that a pattern is small.
        #[test]
        fn what_is_small_is_never_too_large(
            parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 1..4),
        ) {
            let mut pattern = parts.concat();
            while bound(&regex_syntax::parse(&pattern).unwrap()) <= REGEX_SIZE {
                prop_assert!(compile_regex(&pattern).is_ok(), "{}", pattern);
                pattern.push_str(&pattern.clone());
            }
        }
    }

    #[test]
    fn patterns_of_controls_are_small() {
        for pattern in ["^sha256:[a-f0-9]{64}$", "(?i)(pass(word|wd)?|api[_-]?key)", "^[^=]*"] {
            assert!(bound(&regex_syntax::parse(pattern).unwrap()) < REGEX_SIZE / 4, "{pattern}");
        }
    }
}
