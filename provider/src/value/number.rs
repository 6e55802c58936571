//! Numbers of any size in one canonical form, so that equal numbers are equal as Rust values.
//!
//! Terraform computes with 512 bits. What fits `i64`, `u64` or exactly an `f64` is kept as such;
//! everything else stays the decimal text it came as, normalised.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Longest decimal text that is read: far above 512 bits, far below an attack.
const LONGEST: usize = 4096;

/// A number.
#[derive(Clone, Debug)]
pub struct Number(Form);

#[derive(Clone, Debug)]
enum Form {
    Int(i64),
    /// INVARIANT: above `i64::MAX`.
    Uint(u64),
    /// INVARIANT: not a whole number, not NaN; infinities allowed.
    Float(f64),
    /// INVARIANT: fits none of the others.
    Decimal(Decimal),
}

/// `±0.digits × 10^exponent`, digits without leading or trailing zeros.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a number")]
pub struct NumberError;

/// How a number goes over the wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Wire {
    /// A whole number.
    Int(i64),
    /// A fraction that a float holds exactly.
    Float(f64),
    /// Decimal text for everything else.
    Text(String),
}

impl Number {
    /// The number, where it is whole and fits.
    pub fn as_i64(&self) -> Option<i64> {
        if let Form::Int(number) = self.0 { Some(number) } else { None }
    }

    /// The nearest `f64`.
    #[expect(clippy::cast_precision_loss, reason = "the nearest is what is asked for")]
    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            Form::Int(number) => *number as f64,
            Form::Uint(number) => *number as f64,
            Form::Float(number) => *number,
            Form::Decimal(decimal) => decimal.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// A number from a float.
    pub fn from_f64(number: f64) -> Result<Number, NumberError> {
        if number.is_nan() {
            return Err(NumberError);
        }
        if number.is_infinite() || number.fract() != 0.0 {
            return Ok(Number(Form::Float(number)));
        }
        // Display of a float is exact for whole numbers.
        format!("{number}").parse()
    }

    /// As cty writes it: integers that fit, exact floats, else decimal text.
    pub fn wire(&self) -> Wire {
        match &self.0 {
            Form::Int(number) => Wire::Int(*number),
            Form::Float(number) => Wire::Float(*number),
            Form::Uint(_) | Form::Decimal(_) => Wire::Text(self.to_string()),
        }
    }
}

impl Decimal {
    fn parse(text: &str) -> Result<Decimal, NumberError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().map_err(|_| NumberError)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return Err(NumberError);
        }
        let digits = format!("{whole}{fraction}");
        let leading = digits.len() - digits.trim_start_matches('0').len();
        let digits = digits.trim_matches('0').to_owned();
        let length = |count: usize| i64::try_from(count).map_err(|_| NumberError);
        let exponent = length(whole.len())? - length(leading)? + i64::from(power);
        if digits.is_empty() {
            return Ok(Decimal { negative: false, digits, exponent: 0 });
        }
        Ok(Decimal { negative, digits, exponent })
    }

    /// The digits of a whole number of at most 20 places.
    fn small_whole(&self) -> Option<String> {
        let places = usize::try_from(self.exponent).ok().filter(|places| *places <= 20)?;
        (self.digits.len() <= places).then(|| {
            let sign = if self.negative { "-" } else { "" };
            let zero = if self.digits.is_empty() { "0" } else { "" };
            format!("{sign}{zero}{}{}", self.digits, "0".repeat(places - self.digits.len()))
        })
    }

    fn is_whole(&self) -> bool {
        i64::try_from(self.digits.len()).is_ok_and(|length| length <= self.exponent)
    }

    /// The float that is exactly this fraction, if there is one.
    fn exact_float(&self) -> Option<f64> {
        if self.is_whole() || !(-400..400).contains(&self.exponent) {
            return None;
        }
        let float: f64 = self.to_string().parse().ok().filter(|float: &f64| float.is_finite())?;
        // 1,074 fraction digits write any float exactly.
        let exact = Decimal::parse(&format!("{float:.1074}")).ok()?;
        (exact == *self).then_some(float)
    }

    fn order(&self, other: &Decimal) -> Ordering {
        let size = self
            .exponent
            .cmp(&other.exponent)
            .then_with(|| self.digits.as_bytes().cmp(other.digits.as_bytes()));
        match (self.negative, other.negative) {
            (false, false) => size,
            (true, true) => size.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        let length = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        let zeros = self.exponent.saturating_sub(length);
        match usize::try_from(zeros) {
            Ok(zeros) if zeros <= LONGEST => write!(f, "{sign}{}{:0<zeros$}", self.digits, ""),
            _ => write!(f, "{sign}0.{}e{}", self.digits, self.exponent),
        }
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        if text.len() > LONGEST {
            return Err(NumberError);
        }
        let decimal = Decimal::parse(text)?;
        if let Some(whole) = decimal.small_whole() {
            if let Ok(number) = whole.parse() {
                return Ok(Number(Form::Int(number)));
            }
            if let Ok(number) = whole.parse() {
                return Ok(Number(Form::Uint(number)));
            }
        }
        Ok(Number(match decimal.exact_float() {
            Some(float) => Form::Float(float),
            None => Form::Decimal(decimal),
        }))
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Number(Form::Int(number))
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Number(i64::try_from(number).map_or(Form::Uint(number), Form::Int))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Int(number) => number.fmt(f),
            Form::Uint(number) => number.fmt(f),
            // All digits: the shortest text of a float is another number to Terraform.
            Form::Float(number) if number.is_finite() => {
                f.write_str(format!("{number:.1074}").trim_end_matches('0'))
            }
            Form::Float(number) => number.fmt(f),
            Form::Decimal(decimal) => decimal.fmt(f),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    /// Total and consistent with equality; between the forms it goes by form, not by size.
    fn cmp(&self, other: &Self) -> Ordering {
        fn rank(form: &Form) -> u8 {
            match form {
                Form::Int(_) => 0,
                Form::Uint(_) => 1,
                Form::Float(_) => 2,
                Form::Decimal(_) => 3,
            }
        }
        match (&self.0, &other.0) {
            (Form::Int(left), Form::Int(right)) => left.cmp(right),
            (Form::Uint(left), Form::Uint(right)) => left.cmp(right),
            (Form::Float(left), Form::Float(right)) => left.total_cmp(right),
            (Form::Decimal(left), Form::Decimal(right)) => left.order(right),
            (left, right) => rank(left).cmp(&rank(right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn spellings_of_one_number_are_equal() {
        for (left, right) in [
            ("1", "1.0"),
            ("100", "1e2"),
            ("-0", "0"),
            ("0.5", "5e-1"),
            ("18446744073709551615", "1.8446744073709551615e19"),
            ("36893488147419103232", "36893488147419103232.000"),
            ("0.1", "0.10"),
        ] {
            assert_eq!(number(left), number(right), "{left} {right}");
        }
        assert_ne!(number("0.1"), Number::from_f64(0.1).unwrap(), "cty compares exactly");
        assert_eq!(number("0.25"), Number::from_f64(0.25).unwrap());
        assert_ne!(number("36893488147419103232"), number("36893488147419103233"));
    }

    #[test]
    fn the_wire_form_is_the_one_of_cty() {
        assert_eq!(number("7").wire(), Wire::Int(7));
        assert_eq!(number("-9223372036854775808").wire(), Wire::Int(i64::MIN));
        assert_eq!(
            number("18446744073709551615").wire(),
            Wire::Text("18446744073709551615".into())
        );
        assert_eq!(number("0.5").wire(), Wire::Float(0.5));
        assert_eq!(number("1e30").wire(), Wire::Text("1000000000000000000000000000000".into()));
        let tenth = number("0.1");
        assert_eq!(number(&tenth.to_string()), tenth);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", ".", "e5", "1e", "0x10", "1_000", "NaN", "1e99999999999", " 1"] {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
        assert!("9".repeat(LONGEST + 1).parse::<Number>().is_err());
        assert!(Number::from_f64(f64::NAN).is_err());
    }

    #[test]
    fn a_huge_exponent_costs_nothing() {
        assert_eq!(number("1e2000000000").to_string(), "0.1e2000000001");
        assert_ne!(number("1e2000000000"), number("1e2000000001"));
        assert_eq!(number("1e-2000000000"), number("10e-2000000001"));
    }
}
