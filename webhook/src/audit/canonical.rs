//! The digest of an object: SHA-256 of its canonical JSON.
//!
//! Canonical is RFC 8785 (no white space, keys in order of UTF-16 code units, strings escaped only
//! where they must be), but for integers, which keep all 64 bits. So it is the same for every copy
//! of an object, however it was indented or ordered; for all that Kubernetes serves, `jq -cS` writes
//! the same form. Knows values, not what they mean. Called by `audit`.

use std::cmp::Ordering;
use std::fmt::Write as _;

use probity_catalog::value::{Entry, Value};
use sha2::{Digest as _, Sha256};

/// Text waits here until there is enough of it to be worth hashing.
const BATCH: usize = 4 << 10;

/// The digest of `value`, in lower-case hexadecimal.
pub(super) fn sha256(value: Value<'_>) -> String {
    let mut writer = Writer { text: String::with_capacity(BATCH * 2), hasher: Sha256::new() };
    writer.value(value);
    writer.hasher.update(&writer.text);
    hexadecimal(&writer.hasher.finalize())
}

/// Two digits for each byte.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

struct Writer {
    text: String,
    hasher: Sha256,
}

impl Writer {
    fn value(&mut self, value: Value<'_>) {
        match value {
            Value::Bool(truth) => self.text.push_str(if truth { "true" } else { "false" }),
            Value::Int(number) => {
                let _ = write!(self.text, "{number}");
            }
            Value::Double(number) => self.double(number),
            Value::String(text) => self.string(text),
            Value::List(items) => {
                self.text.push('[');
                for (position, item) in items.iter().enumerate() {
                    self.separate(position);
                    self.value(*item);
                }
                self.text.push(']');
            }
            Value::Map(entries) => self.map(entries),
            // JSON makes nothing else.
            _ => self.text.push_str("null"),
        }
    }

    fn map(&mut self, entries: &[Entry<'_>]) {
        let mut sorted: Vec<&Entry<'_>> = entries.iter().collect();
        sorted.sort_unstable_by(|(a, _), (b, _)| order(a, b));
        self.text.push('{');
        for (position, (key, value)) in sorted.into_iter().enumerate() {
            self.separate(position);
            self.string(key);
            self.text.push(':');
            self.value(*value);
        }
        self.text.push('}');
    }

    fn separate(&mut self, position: usize) {
        if position > 0 {
            self.text.push(',');
        }
        if self.text.len() >= BATCH {
            self.hasher.update(&self.text);
            self.text.clear();
        }
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|b| b < 0x20 || b == b'"' || b == b'\\') {
            let (plain, from) = rest.split_at(at);
            let (special, after) = from.split_at(1);
            self.text.push_str(plain);
            match special {
                "\"" => self.text.push_str("\\\""),
                "\\" => self.text.push_str("\\\\"),
                "\u{8}" => self.text.push_str("\\b"),
                "\t" => self.text.push_str("\\t"),
                "\n" => self.text.push_str("\\n"),
                "\u{c}" => self.text.push_str("\\f"),
                "\r" => self.text.push_str("\\r"),
                control => {
                    for byte in control.bytes() {
                        let _ = write!(self.text, "\\u{byte:04x}");
                    }
                }
            }
            rest = after;
        }
        self.text.push_str(rest);
        self.text.push('"');
    }

    /// As ECMAScript writes it: the shortest digits that say the number, with an exponent below
    /// 1e-6 and from 1e21 on.
    fn double(&mut self, number: f64) {
        if number == 0.0 {
            return self.text.push('0'); // the negative one as well
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

/// By UTF-16 code units; where both are ASCII, that is by bytes.
fn order(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

#[cfg(test)]
mod tests {
    use probity_catalog::value::{Arena, read_json};
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> String {
        let arena = Arena::new();
        let value = read_json(text.as_bytes(), &arena).unwrap();
        let mut writer = Writer { text: String::new(), hasher: Sha256::new() };
        writer.value(value);
        writer.text
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
    fn the_digest_is_that_of_the_text() {
        let arena = Arena::new();
        let value = read_json(br#"{ "b": 1, "a": 2 }"#, &arena).unwrap();
        let text = r#"{"a":2,"b":1}"#;
        assert_eq!(sha256(value), hexadecimal(&Sha256::digest(text)));
        // What does not fit into one batch is hashed all the same.
        let long = format!("[{}1]", r#""0123456789abcdef","#.repeat(1_000));
        let value = read_json(long.as_bytes(), &arena).unwrap();
        assert_eq!(sha256(value), hexadecimal(&Sha256::digest(&long)));
    }

    proptest! {
        #[test]
        fn it_is_json_that_says_the_same(keys in prop::collection::btree_map(any::<String>(), any::<(String, i64)>(), 0..8)) {
            let written = serde_json::to_string(&keys).unwrap();
            let again: std::collections::BTreeMap<String, (String, i64)> =
                serde_json::from_str(&canonical(&written)).unwrap();
            prop_assert_eq!(again, keys);
        }
    }
}
