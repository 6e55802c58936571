//! How a value is shown in a finding: compact, and never longer than a line can hold.

use std::fmt::{self, Write};

use super::{Value, is_hidden};

/// No text or collection is shown past this many characters.
const LONGEST: usize = 200;

/// `"nginx:latest"`, `true`, `["NET_ADMIN", "SYS_TIME"]`, `{"a": 1}`; what is long ends in `…`.
impl fmt::Display for Value<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Bounded { out, left: LONGEST };
        let written = write_value(&mut text, self);
        // What did not fit was cut on purpose.
        if text.left == 0 { Ok(()) } else { written }
    }
}

/// Passes on what fits and then ends with `…`.
struct Bounded<'w, 'f> {
    out: &'w mut fmt::Formatter<'f>,
    left: usize,
}

impl fmt::Write for Bounded<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.left == 1 {
                self.left = 0;
                self.out.write_char('…')?;
                return Err(fmt::Error);
            }
            self.left -= 1;
            self.out.write_char(character)?;
        }
        Ok(())
    }
}

fn write_value(out: &mut Bounded<'_, '_>, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::Null => out.write_str("null"),
        Value::Bool(truth) => write!(out, "{truth}"),
        Value::Int(number) => write!(out, "{number}"),
        Value::Uint(number) => write!(out, "{number}u"),
        Value::Double(number) => write!(out, "{number:?}"),
        Value::String(text) => write_text(out, text),
        Value::Bytes(bytes) => write!(out, "{} bytes", bytes.len()),
        Value::List(items) => {
            out.write_char('[')?;
            for (position, item) in items.iter().enumerate() {
                separate(out, position)?;
                write_value(out, item)?;
            }
            out.write_char(']')
        }
        Value::Map(_) | Value::Dictionary(_) => {
            out.write_char('{')?;
            for (position, (key, item)) in value.entries().enumerate() {
                separate(out, position)?;
                write_value(out, &key)?;
                out.write_str(": ")?;
                write_value(out, &item)?;
            }
            out.write_char('}')
        }
        Value::Type(kind) => out.write_str(kind.name()),
        Value::Timestamp(time) => write!(out, "{time}"),
        Value::Duration(duration) => write!(out, "{duration}"),
        // What it was read from may hold anything that text may hold.
        Value::Opaque(opaque) => write_text(out, &opaque.to_string()),
        Value::Optional(None) => out.write_str("unset"),
        Value::Optional(Some(value)) => write_value(out, value),
        Value::Unknown => out.write_str("unknown"),
    }
}

fn separate(out: &mut Bounded<'_, '_>, position: usize) -> fmt::Result {
    if position == 0 { Ok(()) } else { out.write_str(", ") }
}

/// Quoted as JSON does, what is hidden written as escapes.
fn write_text(out: &mut Bounded<'_, '_>, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            _ if is_hidden(character) => write!(out, "{}", character.escape_default())?,
            _ => out.write_char(character)?,
        }
    }
    out.write_char('"')
}
