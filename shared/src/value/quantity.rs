//! Kubernetes' quantities: `500m`, `1.5Gi`, `3e6`.
//!
//! A number and a power of ten, exact down to a billionth. What has more digits than 128 bits
//! hold is not read, where Kubernetes goes on without bound.

use std::cmp::Ordering;
use std::fmt;

/// An amount of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    mantissa: i128,
    /// The power of ten that it is multiplied by; never below -9.
    scale: i32,
    /// Whether Kubernetes keeps it in 64 bits, which is when it gives it out as an integer.
    small: bool,
}

const NANO: i32 = -9;

/// How an amount is scaled.
enum Suffix {
    /// By a power of ten.
    Decimal(i32),
    /// By a power of two.
    Binary(u32),
}

impl Quantity {
    /// An integer.
    pub(crate) fn from_int(number: i64) -> Self {
        Quantity { mantissa: number.into(), scale: 0, small: true }
    }

    /// Reads an amount with its suffix.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, rest) = rest.split_at_checked(digits(rest))?;
        let whole = whole.trim_start_matches('0');
        let (part, suffix) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at_checked(digits(rest))?,
            None => ("", rest),
        };
        let suffix = suffix_of(suffix)?;
        let mantissa: i128 = match format!("{whole}{part}") {
            none if none.is_empty() => 0,
            number => number.parse().ok()?,
        };
        let mantissa = if negative { -mantissa } else { mantissa };
        let count = |text: &str| i32::try_from(text.len()).ok();
        let (whole, part) = (count(whole)?.max(1), count(part)?);
        match suffix {
            Suffix::Decimal(exponent) => {
                let scale = exponent.checked_sub(part)?;
                let small = 18 - whole - part >= 0 && scale >= NANO;
                Quantity { mantissa, scale, small }.rounded()
            }
            Suffix::Binary(exponent) => {
                let mantissa = mantissa.checked_mul(1_i128.checked_shl(exponent)?)?;
                let room = 15 - whole - i32::try_from(exponent).ok()? * 3 / 10 - 1;
                let small = part == 0 && room >= 0 && i64::try_from(mantissa).is_ok();
                let quantity = Quantity { mantissa, scale: -part, small }.rounded()?;
                Some(if small { quantity } else { quantity.capped() })
            }
        }
    }

    /// Away from zero to a billionth.
    fn rounded(self) -> Option<Self> {
        if self.scale >= NANO {
            return Some(self);
        }
        let excess = NANO.checked_sub(self.scale)?.unsigned_abs();
        let (whole, is_exact) = match 10_i128.checked_pow(excess) {
            Some(divisor) => (self.mantissa / divisor, self.mantissa % divisor == 0),
            None => (0, self.mantissa == 0),
        };
        let mantissa = if is_exact { whole } else { whole + self.mantissa.signum() };
        Some(Quantity { mantissa, scale: NANO, small: false })
    }

    /// What is written with a binary suffix ends at 64 bits.
    fn capped(self) -> Self {
        let most = Quantity::from_int(i64::MAX);
        let size = Quantity { mantissa: self.mantissa.abs(), ..self };
        if size.compare(&most).is_gt() {
            let mantissa = most.mantissa * self.mantissa.signum();
            return Quantity { mantissa, scale: 0, small: false };
        }
        self
    }

    /// By amount.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let sign = self.mantissa.signum();
        if sign == 0 || sign != other.mantissa.signum() {
            return sign.cmp(&other.mantissa.signum());
        }
        // A mantissa that cannot be multiplied up to the other's scale is the larger one.
        let further = if sign > 0 { Ordering::Greater } else { Ordering::Less };
        if self.scale >= other.scale {
            match raised(self.mantissa, self.scale, other.scale) {
                Some(mantissa) => mantissa.cmp(&other.mantissa),
                None => further,
            }
        } else {
            match raised(other.mantissa, other.scale, self.scale) {
                Some(mantissa) => self.mantissa.cmp(&mantissa),
                None => further.reverse(),
            }
        }
    }

    /// The sum; `None` where it has too many digits.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        if other.mantissa == 0 && (other.small || !self.small) {
            return Some(self);
        }
        if self.mantissa == 0 && (self.small || !other.small) {
            return Some(other);
        }
        let scale = self.scale.min(other.scale);
        let (a, b) = (
            raised(self.mantissa, self.scale, scale)?,
            raised(other.mantissa, other.scale, scale)?,
        );
        let mantissa = a.checked_add(b)?;
        let fits = [a, b, mantissa].into_iter().all(|number| i64::try_from(number).is_ok());
        Some(Quantity { mantissa, scale, small: self.small && other.small && fits })
    }

    /// The difference; `None` where it has too many digits.
    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.plus(Quantity { mantissa: other.mantissa.checked_neg()?, ..other })
    }

    /// -1, 0 or 1.
    pub(crate) fn sign(self) -> i64 {
        i64::try_from(self.mantissa.signum()).unwrap_or_default()
    }

    /// The amount, if it is kept as an integer: `1000m` is not.
    pub(crate) fn as_int(self) -> Option<i64> {
        if !self.small || self.scale < 0 {
            return None;
        }
        i64::try_from(raised(self.mantissa, self.scale, 0)?).ok()
    }

    /// In billionths; `None` where that has too many digits.
    pub(crate) fn in_billionths(self) -> Option<i128> {
        raised(self.mantissa, self.scale, NANO)
    }

    /// The nearest double.
    pub(crate) fn as_double(self) -> f64 {
        // Every such text is a number; one beyond all doubles is infinite.
        format!("{}e{}", self.mantissa, self.scale).parse().unwrap_or(f64::NAN)
    }
}

/// A mantissa at a lower scale; `None` where it does not fit.
fn raised(mantissa: i128, from: i32, to: i32) -> Option<i128> {
    if mantissa == 0 {
        return Some(0);
    }
    let steps = i64::from(from) - i64::from(to);
    mantissa.checked_mul(10_i128.checked_pow(u32::try_from(steps).ok()?)?)
}

fn suffix_of(text: &str) -> Option<Suffix> {
    Some(match text {
        "" => Suffix::Decimal(0),
        "n" => Suffix::Decimal(-9),
        "u" => Suffix::Decimal(-6),
        "m" => Suffix::Decimal(-3),
        "k" => Suffix::Decimal(3),
        "M" => Suffix::Decimal(6),
        "G" => Suffix::Decimal(9),
        "T" => Suffix::Decimal(12),
        "P" => Suffix::Decimal(15),
        "E" => Suffix::Decimal(18),
        "Ki" => Suffix::Binary(10),
        "Mi" => Suffix::Binary(20),
        "Gi" => Suffix::Binary(30),
        "Ti" => Suffix::Binary(40),
        "Pi" => Suffix::Binary(50),
        "Ei" => Suffix::Binary(60),
        _ => Suffix::Decimal(text.strip_prefix(['e', 'E'])?.parse().ok()?),
    })
}

/// As a decimal number: `0.5`, `1610612736`, `12e30` where it is very large.
impl fmt::Display for Quantity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale > 18 {
            return write!(out, "{}e{}", self.mantissa, self.scale);
        }
        if let Some(whole) = raised(self.mantissa, self.scale, 0) {
            return write!(out, "{whole}");
        }
        let divisor = 10_u128.pow(self.scale.unsigned_abs().min(9));
        let (size, sign) = (self.mantissa.unsigned_abs(), if self.mantissa < 0 { "-" } else { "" });
        let width = self.scale.unsigned_abs() as usize;
        let part = format!("{:0width$}", size % divisor);
        let part = part.trim_end_matches('0');
        let point = if part.is_empty() { "" } else { "." };
        write!(out, "{sign}{}{point}{part}", size / divisor)
    }
}
