//! The digest of an object: SHA-256 of its canonical JSON.
//!
//! Canonical is RFC 8785 (no white space, keys in order of UTF-16 code units, strings escaped only
//! where they must be), but for integers, which keep all 64 bits. So it is the same for every copy
//! of an object, however it was indented or ordered; for all that Kubernetes serves, `jq -cS` writes
//! the same form. Knows values, not what they mean. Called by `audit`.

use std::cmp::Ordering;
use std::io::Write as _;

use probity_catalog::value::{Entry, Value, plain_length};
use sha2::{Digest as _, Sha256};

/// Text waits here until there is enough of it to be worth hashing.
const BATCH: usize = 16 << 10;

/// The digest of `value`, in lower-case hexadecimal; `source` is the JSON that it was read from.
pub(super) fn sha256(value: Value<'_>, source: &[u8]) -> String {
    let mut writer = Writer::new(source);
    writer.value(value);
    writer.hasher.update(&writer.text);
    hexadecimal(&writer.hasher.finalize())
}

/// Two digits for each byte.
fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
}

struct Writer<'a> {
    source: &'a [u8],
    /// UTF-8 that is not hashed yet.
    text: Vec<u8>,
    hasher: Sha256,
    /// Entries of the maps that are open, each map's in their order.
    sorted: Vec<Entry<'a>>,
}

impl<'a> Writer<'a> {
    fn new(source: &'a [u8]) -> Self {
        // Room for most objects, and for the string that goes beyond a batch.
        let text = Vec::with_capacity(BATCH + 1_024);
        Self { source, text, hasher: Sha256::new(), sorted: Vec::with_capacity(64) }
    }

    fn value(&mut self, value: Value<'a>) {
        match value {
            Value::Bool(truth) => self.ascii(if truth { "true" } else { "false" }),
            Value::Int(number) => self.integer(number),
            Value::Double(number) => self.double(number),
            Value::String(text) => self.string(text),
            Value::List(items) => {
                self.text.push(b'[');
                for (position, item) in items.iter().enumerate() {
                    self.separate(position);
                    self.value(*item);
                }
                self.text.push(b']');
            }
            Value::Map(entries) => self.map(entries),
            // JSON makes nothing else.
            _ => self.ascii("null"),
        }
    }

    fn map(&mut self, entries: &'a [Entry<'a>]) {
        self.text.push(b'{');
        // What has two fields, and most has, is in order more often than not.
        if entries.is_sorted_by(|(a, _), (b, _)| order(a, b).is_le()) {
            for (position, entry) in entries.iter().enumerate() {
                self.entry(position, *entry);
            }
        } else {
            self.unordered(entries);
        }
        self.text.push(b'}');
    }

    fn unordered(&mut self, entries: &[Entry<'a>]) {
        let start = self.sorted.len();
        self.sorted.extend_from_slice(entries);
        let own = self.sorted.get_mut(start..).unwrap_or_default();
        own.sort_unstable_by(|(a, _), (b, _)| order(a, b));
        for position in 0..entries.len() {
            let Some(entry) = self.sorted.get(start + position).copied() else { break };
            self.entry(position, entry);
        }
        self.sorted.truncate(start);
    }

    fn entry(&mut self, position: usize, (key, value): Entry<'a>) {
        self.separate(position);
        self.string(key);
        self.text.push(b':');
        self.value(value);
    }

    fn separate(&mut self, position: usize) {
        if position > 0 {
            self.text.push(b',');
        }
        if self.text.len() >= BATCH {
            self.hasher.update(&self.text);
            self.text.clear();
        }
    }

    fn ascii(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    fn string(&mut self, text: &str) {
        if let Some(written) = self.as_written(text) {
            return self.text.extend_from_slice(written);
        }
        self.text.push(b'"');
        let mut rest = text.as_bytes();
        loop {
            let (plain, from) = rest.split_at(plain_length(rest).min(rest.len()));
            self.text.extend_from_slice(plain);
            let Some((special, after)) = from.split_first() else { break };
            self.escape(*special);
            rest = after;
        }
        self.text.push(b'"');
    }

    /// A string as it stands in the source, quotes included. What was read without an escape is
    /// borrowed from there, and so is written without one: nothing in it has to be looked at.
    fn as_written(&self, text: &str) -> Option<&'a [u8]> {
        let at = (text.as_ptr() as usize).checked_sub(self.source.as_ptr() as usize)?;
        let written = self.source.get(at.checked_sub(1)?..at.checked_add(text.len() + 1)?)?;
        matches!(written, [b'"', .., b'"']).then_some(written)
    }

    #[cold]
    fn escape(&mut self, special: u8) {
        match special {
            b'"' => self.ascii("\\\""),
            b'\\' => self.ascii("\\\\"),
            8 => self.ascii("\\b"),
            b'\t' => self.ascii("\\t"),
            b'\n' => self.ascii("\\n"),
            12 => self.ascii("\\f"),
            b'\r' => self.ascii("\\r"),
            // Writing into memory does not fail; the same below.
            control => {
                let _ = write!(self.text, "\\u{control:04x}");
            }
        }
    }

    fn integer(&mut self, number: i64) {
        if let Ok(digit @ 0..10) = u8::try_from(number) {
            return self.text.push(b'0' + digit);
        }
        let _ = write!(self.text, "{number}");
    }

    /// As ECMAScript writes it: the shortest digits that say the number, with an exponent below
    /// 1e-6 and from 1e21 on.
    fn double(&mut self, number: f64) {
        if number == 0.0 {
            return self.text.push(b'0'); // the negative one as well
        }
        let magnitude = number.abs();
        if (1e-6..1e21).contains(&magnitude) {
            let _ = write!(self.text, "{number}");
        } else {
            let shortest = format!("{number:e}");
            let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
            let sign = if exponent.starts_with('-') { "" } else { "+" };
            let _ = write!(self.text, "{digits}e{sign}{exponent}");
        }
    }
}

/// By UTF-16 code units: as by bytes, but that characters beyond the basic plane, whose first byte
/// is `F0` or above, come before those that begin with `EE` or `EF`.
fn order(a: &str, b: &str) -> Ordering {
    let mut pairs = a.bytes().zip(b.bytes());
    match pairs.find(|(a, b)| a != b) {
        Some((0xEE | 0xEF, 0xF0..)) => Ordering::Greater,
        Some((0xF0.., 0xEE | 0xEF)) => Ordering::Less,
        Some((a, b)) => a.cmp(&b),
        None => a.len().cmp(&b.len()),
    }
}

#[cfg(test)]
mod tests {
    use probity_catalog::value::{Arena, read_json};
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> String {
        let arena = Arena::new();
        let value = read_json(text.as_bytes(), &arena).unwrap();
        let mut writer = Writer::new(text.as_bytes());
        writer.value(value);
        String::from_utf8(writer.text).unwrap()
    }

    /// The example of RFC 8785, section 3.2.2, and its order of keys, section 3.2.3.
    #[test]
    fn the_rfcs_own_examples_hold() {
        let sample = r#"{
          "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
          "literals": [null, true, false]
        }"#;
        assert_eq!(
            canonical(sample),
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
        let keys = r#"{"\u20ac":5,"\r":4,"\ufb33":7,"1":3,"\ud83d\ude00":6,"\u0080":2,"\u00f6":1}"#;
        assert_eq!(
            canonical(keys),
            "{\"\\r\":4,\"1\":3,\"\u{80}\":2,\"ö\":1,\"€\":5,\"\u{1f600}\":6,\"\u{fb33}\":7}"
        );
    }

    #[test]
    fn integers_keep_all_their_digits() {
        assert_eq!(canonical("[9007199254740993, -0, -0.0, 1e21]"), "[9007199254740993,0,0,1e+21]");
    }

    #[test]
    fn where_the_source_is_makes_no_difference() {
        let arena = Arena::new();
        let text = r#"{"b":"\"quoted\"","a":"plain","c":["\u0041","","\\"]}"#;
        let value = read_json(text.as_bytes(), &arena).unwrap();
        let digests = [text, "", "another"].map(|source| sha256(value, source.as_bytes()));
        assert!(digests.iter().all(|own| *own == digests[0]), "{digests:?}");
        // A part of a string that was read is no string that was read.
        let part = value.get("a").and_then(|text| text.as_str()?.get(1..3)).map(Value::String);
        let alone = hexadecimal(&Sha256::digest(r#""la""#));
        assert_eq!(part.map(|part| sha256(part, text.as_bytes())), Some(alone));
    }

    #[test]
    fn the_digest_is_that_of_the_text() {
        let arena = Arena::new();
        let value = read_json(br#"{ "b": 1, "a": 2 }"#, &arena).unwrap();
        let text = r#"{"a":2,"b":1}"#;
        assert_eq!(sha256(value, &[]), hexadecimal(&Sha256::digest(text)));
        // What does not fit into one batch is hashed all the same.
        let long = format!("[{}1]", r#""0123456789abcdef","#.repeat(1_000));
        let value = read_json(long.as_bytes(), &arena).unwrap();
        assert_eq!(sha256(value, long.as_bytes()), hexadecimal(&Sha256::digest(&long)));
    }

    proptest! {
        #[test]
        fn keys_stand_in_the_order_of_their_code_units(
            a in "[a\u{ff}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,4}",
            b in "[a\u{ff}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,4}",
        ) {
            prop_assert_eq!(order(&a, &b), a.encode_utf16().cmp(b.encode_utf16()));
        }

        #[test]
        fn it_is_json_that_says_the_same(keys in prop::collection::btree_map(any::<String>(), any::<(String, i64)>(), 0..8)) {
            let written = serde_json::to_string(&keys).unwrap();
            let again: std::collections::BTreeMap<String, (String, i64)> =
                serde_json::from_str(&canonical(&written)).unwrap();
            prop_assert_eq!(again, keys);
        }
    }
}
