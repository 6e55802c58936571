//! The customary `timeouts` block and Go's spelling of durations (`1h30m`).

use std::time::Duration;

use super::{Attribute, Block, Validator};
use crate::value::Value;

/// Default time of each operation; becomes the block `timeouts { create = "…" … }`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TimeoutsBlock {
    /// Time to create.
    pub create: Duration,
    /// Time to read.
    pub read: Duration,
    /// Time to update.
    pub update: Duration,
    /// Time to delete.
    pub delete: Duration,
}

/// The time each operation of one resource has, as configured.
pub type Timeouts = TimeoutsBlock;

/// Why a text is not a duration.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("is `{0}`, must be a duration such as `30s`, `40m` or `1h30m`")]
pub struct DurationError(String);

impl TimeoutsBlock {
    /// The same time for everything.
    pub fn all(time: Duration) -> Self {
        TimeoutsBlock { create: time, read: time, update: time, delete: time }
    }

    /// The times that a resource's value asks for, these where it does not.
    #[must_use]
    pub fn configured(&self, resource: &Value) -> Timeouts {
        let block = resource.get("timeouts");
        let time = |name: &str, default: Duration| {
            block.get(name).as_str().and_then(|text| parse_duration(text).ok()).unwrap_or(default)
        };
        TimeoutsBlock {
            create: time("create", self.create),
            read: time("read", self.read),
            update: time("update", self.update),
            delete: time("delete", self.delete),
        }
    }

    pub(super) fn block() -> Block {
        let attribute = |name, description| {
            Attribute::string(name).describe(description).validate(Validator::Custom(is_duration))
        };
        Block {
            description: "How long operations may take, as in `40m` or `1h30m`.",
            attributes: vec![
                attribute("create", "Time to create."),
                attribute("read", "Time to read."),
                attribute("update", "Time to update."),
                attribute("delete", "Time to delete."),
            ],
            ..Block::default()
        }
    }
}

fn is_duration(value: &Value) -> Result<(), String> {
    let text = value.as_str().unwrap_or_default();
    parse_duration(text).map(|_| ()).map_err(|error| error.to_string())
}

/// Reads a duration as Go writes it: numbers with `h`, `m`, `s` or `ms`, largest first or not.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let wrong = || DurationError(text.to_owned());
    let mut total = Duration::ZERO;
    let mut rest = text;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, next) = tail.split_at(letters);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return Err(wrong()),
        };
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let part = Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())?;
        total = total.checked_add(part).ok_or_else(wrong)?;
        rest = next;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, seconds) in
            [("30s", 30.0), ("40m", 2400.0), ("1h30m", 5400.0), ("1.5h", 5400.0), ("250ms", 0.25)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "30", "m", "1x", "-5m", "1..5h", "9999999999999999999999h", "5 m"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
