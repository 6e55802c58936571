//! Texts from a pattern with places for values: `'%s has %d'.format(['a', 1])`.

use std::fmt::{self, Write};

use bumpalo::collections::String as ArenaString;

use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, member};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[member(
    "format",
    &[Sort::String, Sort::List],
    Returns::Sort(Sort::String),
    "the text with the values of a list in the places of %s (any), %d (number), %f and %e (with digits: %.2f), %b, %o, %x and %X (binary, octal, hexadecimal); %% is a percent sign",
    "'%s has %d, %.1f%%'.format(['a', 1, 12.34]) == 'a has 1, 12.3%'",
    |tools, arguments| match arguments {
        [Value::String(pattern), Value::List(values)] => format(tools, pattern, values),
        _ => Err(MISMATCH),
    },
)
.own_cost()];

/// Digits after the point where none are asked for, and the most that can be.
const DIGITS: usize = 6;
const MOST_DIGITS: usize = 100;

fn format<'a>(tools: &mut Tools<'a>, pattern: &'a str, values: &[Value<'a>]) -> Outcome<'a> {
    tools.charge(1 + pattern.len() / 8)?;
    let mut out = Output { text: ArenaString::new_in(tools.arena), tools };
    let (mut rest, mut values) = (pattern, values.iter());
    while let Some((before, after)) = rest.split_once('%') {
        out.text.push_str(before);
        rest = if let Some(rest) = after.strip_prefix('%') {
            out.text.push('%');
            rest
        } else {
            let value = values.next().ok_or("`format` has more places than values")?;
            out.clause(after, value)?
        };
    }
    out.text.push_str(rest);
    if values.next().is_some() {
        return Err("`format` has more values than places");
    }
    Ok(Value::String(out.text.into_bump_str()))
}

struct Output<'t, 'a> {
    text: ArenaString<'a>,
    tools: &'t mut Tools<'a>,
}

impl<'a> Output<'_, 'a> {
    /// Writes a value as a clause says; gives what follows the clause.
    fn clause<'p>(&mut self, pattern: &'p str, value: &Value<'a>) -> Result<&'p str, &'a str> {
        let (digits, rest) = match pattern.strip_prefix('.') {
            Some(rest) => {
                let length = rest.bytes().take_while(u8::is_ascii_digit).count();
                let (digits, rest) = rest.split_at_checked(length).unwrap_or(("", rest));
                match digits.parse() {
                    Ok(digits) if digits <= MOST_DIGITS => (digits, rest),
                    _ => {
                        return self.tools.fail(format_args!(
                            "`%.` takes a number of digits up to {MOST_DIGITS}"
                        ));
                    }
                }
            }
            None => (DIGITS, pattern),
        };
        let mut letters = rest.chars();
        let clause = letters.next().ok_or("the pattern ends inside of a place")?;
        match clause {
            's' => self.any(value)?,
            'd' => self.number(value)?,
            'f' => self.double(value, clause, |number| format!("{number:.digits$}"))?,
            'e' => self.double(value, clause, |number| scientific(number, digits))?,
            'b' | 'o' => self.whole(value, clause)?,
            'x' | 'X' => self.hexadecimal(value, clause)?,
            other => {
                return self.tools.fail(format_args!("`format` knows no place `%{other}`"));
            }
        }
        Ok(letters.as_str())
    }

    /// Pays for what was written from a position on.
    fn paid(&mut self, from: usize) -> Result<(), &'a str> {
        self.tools.charge(1 + (self.text.len() - from) / 8)
    }

    fn push(&mut self, text: fmt::Arguments<'_>) -> Result<(), &'a str> {
        let from = self.text.len();
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(text);
        self.paid(from)
    }

    fn unfit(&self, value: &Value<'_>, clause: char) -> Result<(), &'a str> {
        let kind = value.kind().label();
        self.tools.fail(format_args!("`%{clause}` does not take a value of type {kind}"))
    }

    fn any(&mut self, value: &Value<'a>) -> Result<(), &'a str> {
        match value {
            Value::Null => self.push(format_args!("null")),
            Value::Bool(truth) => self.push(format_args!("{truth}")),
            Value::Int(_) | Value::Uint(_) | Value::Double(_) => self.number(value),
            Value::String(text) => self.push(format_args!("{text}")),
            Value::Bytes(bytes) => self.push(format_args!("{}", String::from_utf8_lossy(bytes))),
            Value::Type(kind) => self.push(format_args!("{}", kind.name())),
            Value::Timestamp(time) => self.push(format_args!("{time}")),
            Value::Duration(duration) => self.push(format_args!("{duration}")),
            Value::List(items) => {
                self.text.push('[');
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        self.text.push_str(", ");
                    }
                    self.any(item)?;
                }
                self.text.push(']');
                Ok(())
            }
            Value::Map(_) | Value::Dictionary(_) => self.map(value),
            Value::Optional(_) | Value::Opaque(_) | Value::Unknown => self.unfit(value, 's'),
        }
    }

    /// In the order of the keys as they are written.
    fn map(&mut self, map: &Value<'a>) -> Result<(), &'a str> {
        let from = self.text.len();
        let mut entries = Vec::with_capacity(map.entry_count());
        for (key, item) in map.entries() {
            self.any(&key)?;
            let middle = self.text.len();
            self.any(&item)?;
            let (written, item) = self
                .text
                .get(from..)
                .unwrap_or_default()
                .split_at_checked(middle - from)
                .unwrap_or_default();
            entries.push((written.to_owned(), item.to_owned()));
            self.text.truncate(from);
        }
        entries.sort();
        let written: Vec<String> =
            entries.into_iter().map(|(key, item)| format!("{key}: {item}")).collect();
        self.push(format_args!("{{{}}}", written.join(", ")))
    }

    fn number(&mut self, value: &Value<'a>) -> Result<(), &'a str> {
        match value {
            Value::Int(number) => self.push(format_args!("{number}")),
            Value::Uint(number) => self.push(format_args!("{number}")),
            Value::Double(number) if number.is_finite() => self.push(format_args!("{number}")),
            Value::Double(number) => self.push(format_args!("{}", special(*number))),
            other => self.unfit(other, 'd'),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "CEL rounds to the nearest double")]
    fn double(
        &mut self,
        value: &Value<'a>,
        clause: char,
        write: impl Fn(f64) -> String,
    ) -> Result<(), &'a str> {
        let number = match value {
            Value::Int(number) => *number as f64,
            Value::Uint(number) => *number as f64,
            Value::Double(number) if !number.is_finite() => {
                return self.push(format_args!("{}", special(*number)));
            }
            Value::Double(number) => *number,
            other => return self.unfit(other, clause),
        };
        self.push(format_args!("{}", write(number)))
    }

    fn whole(&mut self, value: &Value<'a>, clause: char) -> Result<(), &'a str> {
        let (sign, size) = match value {
            Value::Bool(truth) if clause == 'b' => ("", u64::from(*truth)),
            Value::Int(number) => (sign(*number), number.unsigned_abs()),
            Value::Uint(number) => ("", *number),
            other => return self.unfit(other, clause),
        };
        match clause {
            'b' => self.push(format_args!("{sign}{size:b}")),
            'o' => self.push(format_args!("{sign}{size:o}")),
            'x' => self.push(format_args!("{sign}{size:x}")),
            _ => self.push(format_args!("{sign}{size:X}")),
        }
    }

    fn hexadecimal(&mut self, value: &Value<'a>, clause: char) -> Result<(), &'a str> {
        let bytes = match value {
            Value::String(text) => text.as_bytes(),
            Value::Bytes(bytes) => bytes,
            other => return self.whole(other, clause),
        };
        self.tools.charge(bytes.len() / 4)?;
        for byte in bytes {
            let written = if clause == 'x' {
                write!(self.text, "{byte:02x}")
            } else {
                write!(self.text, "{byte:02X}")
            };
            // Writing to a string cannot fail.
            let _ = written;
        }
        Ok(())
    }
}

fn sign(number: i64) -> &'static str {
    if number < 0 { "-" } else { "" }
}

fn special(number: f64) -> &'static str {
    match number {
        _ if number.is_nan() => "NaN",
        _ if number < 0.0 => "-Infinity",
        _ => "Infinity",
    }
}

/// With two digits of the exponent at least: `1.5e+03`.
fn scientific(number: f64, digits: usize) -> String {
    let written = format!("{number:.digits$e}");
    let Some((mantissa, exponent)) = written.split_once('e') else { return written };
    let (sign, size) = match exponent.strip_prefix('-') {
        Some(size) => ('-', size),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{size:0>2}")
}
