//! Points in time and lengths of time, in CEL's ranges. Neither reads a clock.
//!
//! JSON has neither: they come from `timestamp("…")` and `duration("…")` in expressions.

use std::fmt;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// A point in time from year 1 to year 9999, to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

/// A length of time in nanoseconds: some 292 years either way, as in Kubernetes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

const NANOS: i64 = 1_000_000_000;

/// The first and the last second of the range, since 1970.
const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

impl Timestamp {
    /// So many seconds after 1970; `None` outside of the range.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        DateTime::from_timestamp(seconds, 0).and_then(Self::in_range)
    }

    /// Reads RFC 3339: `2026-11-21T18:30:00Z`, with a fraction or an offset. Digits past the
    /// nanosecond are cut.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let (clock, rest) = rest.strip_prefix('T')?.split_at_checked(8)?;
        let [year, month, day] = parts(date, '-', [4, 2, 2])?;
        let [hour, minute, second] = parts(clock, ':', [2, 2, 2])?;
        let (nanos, zone) = match rest.strip_prefix('.') {
            Some(rest) => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let (digits, zone) = rest.split_at_checked(digits)?;
                (fraction(digits)?, zone)
            }
            None => (0, rest),
        };
        let offset = match (zone, zone.get(..1)) {
            ("Z", _) => 0,
            (_, Some(sign @ ("+" | "-"))) => {
                let [hours, minutes] = parts(zone.get(1..)?, ':', [2, 2])?;
                let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
                if hours > 23 || minutes > 59 {
                    return None;
                }
                if sign == "-" { -seconds } else { seconds }
            }
            _ => return None,
        };
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        let local = date.and_hms_nano_opt(hour, minute, second, nanos)?.and_utc();
        local.checked_sub_signed(TimeDelta::seconds(offset)).and_then(Self::in_range)
    }

    fn in_range(at: DateTime<Utc>) -> Option<Self> {
        RANGE.contains(&at.timestamp()).then_some(Timestamp(at))
    }

    /// The first moment of the range, which counts as no time at all.
    pub(crate) fn is_first(self) -> bool {
        self.0.timestamp() == *RANGE.start() && self.0.timestamp_subsec_nanos() == 0
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// The calendar's view of it.
    pub(crate) fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// A later point; `None` outside of the range.
    pub fn plus(self, duration: Duration) -> Option<Self> {
        self.0.checked_add_signed(TimeDelta::nanoseconds(duration.0)).and_then(Self::in_range)
    }

    /// An earlier point; `None` outside of the range.
    pub fn minus(self, duration: Duration) -> Option<Self> {
        self.0.checked_sub_signed(TimeDelta::nanoseconds(duration.0)).and_then(Self::in_range)
    }

    /// How long after another point this one is; `None` where that is too long for a duration.
    pub fn since(self, other: Self) -> Option<Duration> {
        self.0.signed_duration_since(other.0).num_nanoseconds().map(Duration)
    }
}

/// Numbers of so many digits with a separator in between.
fn parts<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u32; N]> {
    let mut found = [0; N];
    let mut fields = text.split(separator);
    for (place, width) in found.iter_mut().zip(widths) {
        let field = fields.next()?;
        if field.len() != width || !field.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *place = field.parse().ok()?;
    }
    fields.next().is_none().then_some(found)
}

/// The nanoseconds that the digits after a point stand for.
fn fraction(digits: &str) -> Option<u32> {
    let kept = digits.get(..digits.len().min(9)).filter(|kept| !kept.is_empty())?;
    let missing = u32::try_from(9 - kept.len()).ok()?;
    kept.parse::<u32>().ok().map(|number| number * 10_u32.pow(missing))
}

/// RFC 3339 in UTC, without the zeros at the end of the fraction.
impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0.format("%Y-%m-%dT%H:%M:%S"))?;
        let nanos = self.0.timestamp_subsec_nanos();
        if nanos != 0 {
            write!(out, ".{}", format!("{nanos:09}").trim_end_matches('0'))?;
        }
        out.write_str("Z")
    }
}

/// The units that a duration is written in, in nanoseconds.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// As far as a negative duration goes; a positive one ends one before.
const FURTHEST: u64 = 1 << 63;

impl Duration {
    /// No time.
    pub const ZERO: Self = Duration(0);

    /// So many nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Duration(nanos)
    }

    /// The whole of it in nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Reads `1h30m`, `-1.5s`, `300ms`: numbers with a unit each, or `0`.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Some(Duration(0));
        }
        let mut total = 0_u64;
        loop {
            let (nanos, left) = component(rest)?;
            total = total.checked_add(nanos).filter(|total| *total <= FURTHEST)?;
            rest = left;
            if rest.is_empty() {
                break;
            }
        }
        match i64::try_from(total) {
            Ok(nanos) => Some(Duration(if negative { -nanos } else { nanos })),
            Err(_) => negative.then_some(Duration(i64::MIN)),
        }
    }

    /// The sum; `None` where it is too long.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Duration)
    }

    /// The difference; `None` where it is too long.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Duration)
    }
}

/// The first number with its unit, in nanoseconds, and what follows it.
fn component(text: &str) -> Option<(u64, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at_checked(digits(text))?;
    let (part, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at_checked(digits(rest))?,
        None => ("", rest),
    };
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let length = rest.find(|next: char| next == '.' || next.is_ascii_digit());
    let (name, rest) = rest.split_at_checked(length.unwrap_or(rest.len()))?;
    let (_, unit) = UNITS.into_iter().find(|(own, _)| *own == name)?;
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let nanos = whole.checked_mul(unit).filter(|nanos| *nanos <= FURTHEST)?;
    Some((nanos.checked_add(share(part, unit))?, rest))
}

/// The digits after a point as a part of a unit, cut to the nanosecond.
fn share(digits: &str, unit: u64) -> u64 {
    // Eighteen digits are far more than an hour has nanoseconds.
    let kept = digits.get(..digits.len().min(18)).unwrap_or_default();
    let scale = 10_u128.pow(u32::try_from(kept.len()).unwrap_or_default());
    let number: u128 = kept.parse().unwrap_or_default();
    u64::try_from(number * u128::from(unit) / scale).unwrap_or_default()
}

/// In seconds: `5400s`, `0.25s`.
impl fmt::Display for Duration {
    #[expect(clippy::cast_precision_loss, reason = "CEL writes durations as doubles of seconds")]
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = (self.0 / NANOS) as f64 + (self.0 % NANOS) as f64 / NANOS as f64;
        write!(out, "{seconds}s")
    }
}
