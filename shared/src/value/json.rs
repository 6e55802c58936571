//! Reads JSON text into an arena, strings borrowed from the text where they hold no escape.
//!
//! Written by hand because the text comes from the network: it refuses what two parsers could
//! read differently (duplicate keys, lone surrogates, numbers out of range, trailing data), bounds
//! the depth, and allocates nothing per value. Called by front ends; knows nothing of them.

mod scan;
#[cfg(test)]
mod tests;

use std::fmt;

use super::{Arena, Entry, Value, same_name};
pub use scan::plain_length;

/// The deepest nesting of lists and objects that is read.
pub const MAX_DEPTH: usize = 128;

/// Objects up to this size are searched for duplicate keys pairwise, larger ones by sorting.
const PAIRWISE: usize = 16;

/// Why a text is not JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct JsonError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong, in words.
    pub problem: String,
}

/// Reads one JSON document. Integers that fit 64 bits are `Int`, all other numbers `Double`.
///
/// ```
/// use probity_catalog::value::{Arena, Value, read_json};
///
/// let arena = Arena::new();
/// let pod = read_json(br#"{"spec": {"hostPID": true}}"#, &arena).unwrap();
/// assert_eq!(pod.get("spec").and_then(|spec| spec.get("hostPID")), Some(Value::Bool(true)));
/// ```
pub fn read_json<'a>(bytes: &'a [u8], arena: &'a Arena) -> Result<Value<'a>, JsonError> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            return Err(locate(bytes, &Fault { at, problem: Problem::Utf8 }));
        }
    };
    let mut reader = Reader {
        text,
        bytes,
        at: 0,
        depth: 0,
        arena,
        items: Vec::with_capacity(64),
        entries: Vec::with_capacity(128),
    };
    reader.document().map_err(|fault| locate(bytes, &fault))
}

/// An error before its place is put into words.
#[derive(Debug)]
struct Fault {
    at: usize,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Control,
    Depth,
    Duplicate(String),
    End,
    Escape,
    Expected(&'static str),
    Number,
    Range,
    Surrogate,
    Trailing,
    Utf8,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Control => out.write_str("a control character in a string must be escaped"),
            Problem::Depth => write!(out, "nested deeper than {MAX_DEPTH} levels"),
            Problem::Duplicate(key) => {
                write!(out, "the key {} stands twice in one object", Value::String(key))
            }
            Problem::End => out.write_str("the text ends too early"),
            Problem::Escape => out.write_str("no such escape in a string"),
            Problem::Expected(what) => write!(out, "expected {what}"),
            Problem::Number => out.write_str("not a number"),
            Problem::Range => out.write_str("number out of range"),
            Problem::Surrogate => out.write_str("half of a surrogate pair in a string"),
            Problem::Trailing => out.write_str("something follows the document"),
            Problem::Utf8 => out.write_str("not UTF-8"),
        }
    }
}

fn locate(bytes: &[u8], fault: &Fault) -> JsonError {
    let before = bytes.get(..fault.at).unwrap_or(bytes);
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.split(|byte| *byte == b'\n').count();
    let is_first = |byte: &&u8| **byte & 0xC0 != 0x80;
    let column = before.iter().skip(line_start).filter(is_first).count() + 1;
    JsonError { line, column, problem: fault.problem.to_string() }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    arena: &'a Arena,
    /// Elements of the lists that are open; each is moved to the arena when it closes.
    items: Vec<Value<'a>>,
    /// The same for objects.
    entries: Vec<Entry<'a>>,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Value<'a>, Fault> {
        self.skip_space();
        let value = self.value()?;
        self.skip_space();
        if self.at == self.bytes.len() { Ok(value) } else { Err(self.fault(Problem::Trailing)) }
    }

    fn fault(&self, problem: Problem) -> Fault {
        let problem = if self.at >= self.bytes.len() { Problem::End } else { problem };
        Fault { at: self.at, problem }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Value<'a>, Fault> {
        match self.peek() {
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::list),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.fault(Problem::Expected("a value"))),
        }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, Fault> {
        if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            self.at += word.len();
            return Ok(value);
        }
        Err(self.fault(Problem::Expected("a value")))
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value<'a>, Fault>,
    ) -> Result<Value<'a>, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(self.fault(Problem::Depth));
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Value<'a>, Fault> {
        let start = self.items.len();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(&[]));
        }
        loop {
            let item = self.value()?;
            self.items.push(item);
            if self.closes(b']', "`,` or `]`")? {
                break;
            }
        }
        let items = self.items.get(start..).unwrap_or_default();
        let list = Value::List(self.arena.alloc_slice_copy(items));
        self.items.truncate(start);
        Ok(list)
    }

    fn object(&mut self) -> Result<Value<'a>, Fault> {
        let start = self.entries.len();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(&[]));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.fault(Problem::Expected("a key in quotes")));
            }
            let key = self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.fault(Problem::Expected("`:`")));
            }
            self.at += 1;
            self.skip_space();
            let value = self.value()?;
            self.entries.push((key, value));
            if self.closes(b'}', "`,` or `}`")? {
                break;
            }
        }
        let entries = self.entries.get(start..).unwrap_or_default();
        if let Some(key) = duplicate(entries) {
            let at = self.offset_of(key);
            return Err(Fault { at, problem: Problem::Duplicate(key.to_owned()) });
        }
        let map = Value::Map(self.arena.alloc_slice_copy(entries));
        self.entries.truncate(start);
        Ok(map)
    }

    /// Reads what follows an element: the end (true), or a comma and up to the next one.
    fn closes(&mut self, end: u8, expected: &'static str) -> Result<bool, Fault> {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.skip_space();
                Ok(false)
            }
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.fault(Problem::Expected(expected))),
        }
    }

    /// Where a key stands, if it was borrowed from the text; else here.
    fn offset_of(&self, key: &str) -> usize {
        let offset = (key.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if offset < self.text.len() { offset.saturating_sub(1) } else { self.at }
    }

    fn string(&mut self) -> Result<&'a str, Fault> {
        self.at += 1;
        let start = self.at;
        self.at += plain_length(self.bytes.get(start..).unwrap_or_default());
        if self.peek() == Some(b'"') {
            let text = self.slice(start);
            self.at += 1;
            return Ok(text);
        }
        self.escaped(start)
    }

    /// The text from `start` to here. Both ends stand beside an ASCII character.
    fn slice(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn escaped(&mut self, start: usize) -> Result<&'a str, Fault> {
        let mut text = bumpalo::collections::String::from_str_in(self.slice(start), self.arena);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text.into_bump_str());
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                _ => return Err(self.fault(Problem::Control)),
            }
            let plain = self.at;
            self.at += plain_length(self.bytes.get(plain..).unwrap_or_default());
            text.push_str(self.slice(plain));
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let character = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.code_point();
            }
            _ => return Err(self.fault(Problem::Escape)),
        };
        self.at += 1;
        Ok(character)
    }

    fn code_point(&mut self) -> Result<char, Fault> {
        let first = self.hexadecimal()?;
        let code = match first {
            0xD800..=0xDBFF => {
                if self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
                    return Err(self.fault(Problem::Surrogate));
                }
                self.at += 2;
                let second = self.hexadecimal()?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    return Err(self.fault(Problem::Surrogate));
                }
                0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            _ => first,
        };
        char::from_u32(code).ok_or_else(|| self.fault(Problem::Surrogate))
    }

    fn hexadecimal(&mut self) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            code = code << 4 | digit.ok_or_else(|| self.fault(Problem::Escape))?;
            self.at += 1;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<Value<'a>, Fault> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let first = self.peek();
        let digits = self.digits()?;
        if first == Some(b'0') && digits > 1 {
            self.at = start;
            return Err(self.fault(Problem::Number));
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
            whole = false;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
            whole = false;
        }
        let text = self.slice(start);
        if whole && let Ok(integer) = text.parse::<i64>() {
            return Ok(Value::Int(integer));
        }
        match text.parse::<f64>() {
            Ok(double) if double.is_finite() => Ok(Value::Double(double)),
            _ => Err(Fault { at: start, problem: Problem::Range }),
        }
    }

    /// Passes over digits, at least one.
    fn digits(&mut self) -> Result<usize, Fault> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { Err(self.fault(Problem::Number)) } else { Ok(self.at - start) }
    }
}

/// A key that stands twice. Sorting, not hashing, bounds what hostile keys can cost.
fn duplicate<'a>(entries: &[Entry<'a>]) -> Option<&'a str> {
    if entries.len() <= PAIRWISE {
        let mut rest = entries;
        while let Some(((key, _), before)) = rest.split_last() {
            if before.iter().any(|(own, _)| same_name(own, key)) {
                return Some(key);
            }
            rest = before;
        }
        return None;
    }
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| *key).collect();
    keys.sort_unstable();
    let twice = keys.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some((*a).max(*b)),
        _ => None,
    });
    twice.and_then(|key| entries.iter().rev().map(|(own, _)| *own).find(|own| *own == key))
}
