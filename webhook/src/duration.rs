//! Durations as Go writes them (`3s`, `1m30s`, `250ms`).
//!
//! The API server says in `?timeout=` how long it will wait, and the flags use the same form.
//! Knows nothing of requests or flags; called by `config` and `admission::deadline`.

use std::time::Duration;

/// A text that is not a duration.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not a duration; write for example `250ms`, `3s` or `1m30s`")]
pub struct DurationError(String);

/// Reads a non-negative duration.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let invalid = || DurationError(text.chars().take(40).collect());
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut seconds = 0.0_f64;
    let mut rest = text;
    if rest.is_empty() {
        return Err(invalid());
    }
    while !rest.is_empty() {
        let number_end =
            rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(invalid)?;
        let (number, tail) = rest.split_at_checked(number_end).ok_or_else(invalid)?;
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, next) = tail.split_at_checked(unit_end).ok_or_else(invalid)?;
        let number: f64 = number.parse().map_err(|_| invalid())?;
        seconds += number * unit_seconds(unit).ok_or_else(invalid)?;
        rest = next;
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| invalid())
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_go_writes() {
        for (text, millis) in [
            ("3s", 3_000),
            ("10s", 10_000),
            ("250ms", 250),
            ("1m30s", 90_000),
            ("1.5s", 1_500),
            ("0", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["", "3", "s", "-1s", "3x", "3s4", "1..5s", ".s", "1e3s", "9e99h", " 3s"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
