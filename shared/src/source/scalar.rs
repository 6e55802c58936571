//! Which value a YAML scalar is: the rules of YAML 1.1 as kubectl applies them.
//!
//! Pure text in, value out; called by the YAML reader. `privileged: yes` is true here, because it
//! is true in the cluster.

use super::Kind;

/// The tags that decide a scalar's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Binary,
    Bool,
    Float,
    Int,
    Null,
    Str,
}

/// The value of a plain scalar without a tag.
pub(super) fn plain(text: &str) -> Result<Kind, String> {
    let kind = match Resolved::of(text) {
        Resolved::Null => Kind::Null,
        Resolved::Bool(value) => Kind::Bool(value),
        Resolved::Int(value) => Kind::Int(value),
        Resolved::Big(value) => Kind::Float(rounded(value)),
        Resolved::Float(value) if value.is_finite() => number(value),
        Resolved::Float(_) => return Err(format!("`{text}` is a number that JSON cannot hold")),
        Resolved::Text => Kind::String(text.to_owned()),
    };
    Ok(kind)
}

/// The value of a scalar with a tag, quoted or not.
pub(super) fn tagged(tag: Tag, text: &str) -> Result<Kind, String> {
    let wrong = |what: &str| Err(format!("`{text}` is not {what}"));
    match tag {
        Tag::Str => Ok(Kind::String(text.to_owned())),
        Tag::Binary => match base64(text) {
            Some(bytes) => Ok(Kind::String(String::from_utf8_lossy(&bytes).into_owned())),
            None => wrong("base64"),
        },
        Tag::Bool => match Resolved::of(text) {
            Resolved::Bool(value) => Ok(Kind::Bool(value)),
            _ => wrong("a truth value"),
        },
        Tag::Int => match Resolved::of(text) {
            Resolved::Int(_) | Resolved::Big(_) => plain(text),
            _ => wrong("a whole number"),
        },
        Tag::Float => match Resolved::of(text) {
            Resolved::Int(_) | Resolved::Big(_) | Resolved::Float(_) => plain(text),
            _ => wrong("a number"),
        },
        Tag::Null => match Resolved::of(text) {
            Resolved::Null => Ok(Kind::Null),
            _ => wrong("null"),
        },
    }
}

/// The name that a plain key becomes: JSON has only strings.
pub(super) fn plain_key(text: &str) -> Result<String, String> {
    match Resolved::of(text) {
        Resolved::Text => Ok(text.to_owned()),
        Resolved::Bool(value) => Ok(value.to_string()),
        Resolved::Int(value) => Ok(value.to_string()),
        Resolved::Float(value) if value.is_nan() => Ok(".nan".to_owned()),
        Resolved::Float(value) => Ok(float_key(value)),
        Resolved::Null => Err("a key must not be null".to_owned()),
        Resolved::Big(_) => Err(format!("the key `{text}` is a number past 64 bits")),
    }
}

/// What the text of a plain scalar means.
#[derive(Debug, PartialEq)]
enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    /// Past `i64` and within `u64`.
    Big(u64),
    Float(f64),
    Text,
}

impl Resolved {
    fn of(text: &str) -> Self {
        match text.as_bytes().first() {
            None => Self::Null,
            Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
                word(text)
            }
            Some(b'.') => match text {
                ".nan" | ".NaN" | ".NAN" => Self::Float(f64::NAN),
                ".inf" | ".Inf" | ".INF" => Self::Float(f64::INFINITY),
                _ => dotted(text),
            },
            Some(b'+' | b'-' | b'0'..=b'9') => match text {
                "+.inf" | "+.Inf" | "+.INF" => Self::Float(f64::INFINITY),
                "-.inf" | "-.Inf" | "-.INF" => Self::Float(f64::NEG_INFINITY),
                _ => numeric(&text.replace('_', "")),
            },
            Some(_) => Self::Text,
        }
    }
}

fn word(text: &str) -> Resolved {
    match text {
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        _ => Resolved::Text,
    }
}

/// A number that starts with its point: underscores only between digits.
fn dotted(text: &str) -> Resolved {
    let bytes = text.as_bytes();
    let digit = |index: Option<usize>| {
        index.and_then(|index| bytes.get(index)).is_some_and(u8::is_ascii_digit)
    };
    let between = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'_')
        .all(|(index, _)| digit(index.checked_sub(1)) && digit(Some(index + 1)));
    if between { float(&text.replace('_', "")) } else { Resolved::Text }
}

fn numeric(plain: &str) -> Resolved {
    let (negative, digits) = match plain.as_bytes().first() {
        Some(b'-') => (true, plain.get(1..).unwrap_or_default()),
        Some(b'+') => (false, plain.get(1..).unwrap_or_default()),
        _ => (false, plain),
    };
    let signed = plain.len() != digits.len();
    let (radix, digits) = radix(digits);
    // `from_str_radix` would take a second sign.
    if digits.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && let Ok(magnitude) = u64::from_str_radix(digits, radix)
    {
        let value = if negative {
            0_i64.checked_sub_unsigned(magnitude)
        } else {
            i64::try_from(magnitude).ok()
        };
        match value {
            Some(value) => return Resolved::Int(value),
            None if !signed => return Resolved::Big(magnitude),
            None => {}
        }
    }
    float(plain)
}

/// `0x1F`, `0b101`, `0o644` and, as in YAML 1.1, `0644`.
fn radix(digits: &str) -> (u32, &str) {
    let rest = || digits.get(2..).unwrap_or_default();
    match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, rest()),
        [b'0', b'b' | b'B', ..] => (2, rest()),
        [b'0', b'o' | b'O', ..] => (8, rest()),
        [b'0', _, ..] => (8, digits.get(1..).unwrap_or_default()),
        _ => (10, digits),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, within the range of a double.
fn float(plain: &str) -> Resolved {
    let unsigned = plain.strip_prefix(['-', '+']).unwrap_or(plain);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    match plain.parse::<f64>() {
        Ok(value) if mantissa_fits && exponent_fits && value.is_finite() => Resolved::Float(value),
        _ => Resolved::Text,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number past 64 bits is rounded in JSON too")]
fn rounded(value: u64) -> f64 {
    value as f64
}

/// A float without a fraction is written to JSON as a whole number and read back as one.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(super) fn number(value: f64) -> Kind {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value) {
        Kind::Int(value as i64)
    } else {
        Kind::Float(value)
    }
}

/// The shortest digits in single precision, with an exponent below 1e-4 and from 1e6 on: as the
/// readers of Kubernetes format keys.
fn float_key(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "keys are formatted in single precision")]
    let value = value as f32;
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    match scientific.split_once('e').map(|(digits, exponent)| (digits, exponent.parse::<i32>())) {
        Some((digits, Ok(exponent))) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => format!("{value}"),
    }
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut bits, mut count, mut padding) = (0_u32, 0_u32, 0_usize, 0_usize);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                count += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        buffer = (buffer << 6 | u32::from(sextet)) & 0xff_ffff;
        bits += 6;
        count += 1;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).unwrap_or_default());
        }
    }
    (count % 4 == 0 && padding <= 2).then_some(bytes)
}
