//! Quantities (`500m`, `1.5Gi`, `1e3`) in the spelling that the API server gives them.
//!
//! Text in, text out; knows no field. Called by the normaliser, so that `1000m` in a file and `1`
//! in a review are the same value.

use crate::value::{Arena, Quantity, Value};

/// An amount in billionths, and the family of suffixes that it is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelt {
    nano: i128,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `k M G`, `m u n`, or nothing.
    Decimal,
    /// `Ki Mi Gi`.
    Binary,
    /// `e3`.
    Exponent,
}

const ONE: i128 = 1_000_000_000;
const MILLI: i128 = 1_000_000;

const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

impl Spelt {
    /// What a field holds: text, or a number that a file has in its place.
    pub(super) fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Int(number) => {
                Some(Self { nano: i128::from(number) * ONE, form: Form::Decimal })
            }
            Value::Double(number) => Self::parse(&number.to_string()),
            _ => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let nano = Quantity::parse(text)?.in_billionths()?;
        let exponent = text.trim_end_matches(|last: char| last.is_ascii_digit() || last == '-');
        let form = if text.ends_with('i') {
            Form::Binary
        } else if exponent.len() < text.len()
            && exponent.trim_end_matches('+').ends_with(['e', 'E'])
        {
            Form::Exponent
        } else {
            Form::Decimal
        };
        Some(Self { nano, form })
    }

    /// Rounded away from zero to thousandths, as resources are.
    pub(super) fn in_thousandths(self) -> Self {
        let excess = self.nano % MILLI;
        let away = if excess == 0 { 0 } else { MILLI * self.nano.signum() - excess };
        // What is so large that this overflows is a whole number, or as good as one.
        Self { nano: self.nano.checked_add(away).unwrap_or(self.nano), ..self }
    }

    /// The sum, in the form of the first that says anything.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let form = if self.nano == 0 { other.form } else { self.form };
        Some(Self { nano: self.nano.checked_add(other.nano)?, form })
    }

    /// The larger of the two.
    pub(super) fn or_more(self, other: Self) -> Self {
        if other.nano > self.nano { other } else { self }
    }

    /// The canonical text; nothing for amounts that have none.
    fn text(self) -> Option<String> {
        if self.nano == 0 {
            return Some("0".to_owned());
        }
        match self.form {
            Form::Binary if self.nano % ONE == 0 && self.nano.abs() >= 1024 * ONE => self.binary(),
            Form::Binary | Form::Decimal => {
                let (amount, exponent) = self.decimal();
                let (suffix, _) = DECIMAL.iter().find(|(_, power)| *power == exponent)?;
                Some(format!("{amount}{suffix}"))
            }
            Form::Exponent => Some(match self.decimal() {
                (amount, 0) => amount.to_string(),
                (amount, exponent) => format!("{amount}e{exponent}"),
            }),
        }
    }

    /// The shortest whole number with a power of a thousand.
    fn decimal(self) -> (i128, i32) {
        let (mut amount, mut exponent) = (self.nano, -9);
        while amount % 1000 == 0 {
            amount /= 1000;
            exponent += 3;
        }
        (amount, exponent)
    }

    fn binary(self) -> Option<String> {
        let (mut amount, mut power) = (self.nano / ONE, 0_usize);
        while amount % 1024 == 0 {
            amount /= 1024;
            power += 1;
        }
        let suffix = match power.checked_sub(1) {
            Some(index) => BINARY.get(index)?,
            None => "",
        };
        Some(format!("{amount}{suffix}"))
    }

    /// The canonical text as a value; nothing where `from` has it already.
    pub(super) fn respelt<'a>(self, from: Value<'a>, arena: &'a Arena) -> Option<Value<'a>> {
        let text = self.text()?;
        (from.as_str() != Some(&text)).then(|| Value::String(arena.alloc_str(&text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<String> {
        Spelt::parse(text)?.in_thousandths().text()
    }

    #[test]
    fn spelling_is_canonical() {
        for (written, expected) in [
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("0.5", "500m"),
            (".5", "500m"),
            ("1.", "1"),
            ("100m", "100m"),
            ("0", "0"),
            ("0Mi", "0"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("512Ki", "512Ki"),
            ("1023", "1023"),
            ("1000Ki", "1000Ki"),
            ("0.5Ki", "512"),
            ("1.1Ki", "1126400m"),
            ("128974848", "128974848"),
            ("100000", "100k"),
            ("1e3", "1e3"),
            ("1E3", "1e3"),
            ("1E", "1E"),
            ("0.5m", "1m"),
            ("1u", "1m"),
            ("+2", "2"),
            ("-1500m", "-1500m"),
        ] {
            assert_eq!(canonical(written).as_deref(), Some(expected), "{written}");
        }
        for text in ["", "1.2.3", "1 Gi", "1gi", "1e", "0x10", "--1", "1e400"] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn sums_keep_the_first_form() {
        let of = |text: &str| Spelt::parse(text).unwrap();
        let sum = |a: &str, b: &str| of(a).plus(of(b)).and_then(Spelt::text).unwrap();
        assert_eq!(sum("500m", "1"), "1500m");
        assert_eq!(sum("1Gi", "1Gi"), "2Gi");
        assert_eq!(sum("0", "1Gi"), "1Gi");
        assert_eq!(of("1").or_more(of("1500m")), of("1500m"));
    }
}
