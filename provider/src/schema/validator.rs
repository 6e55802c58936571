//! What a configured value must satisfy, attribute by attribute, judged offline.
//!
//! These are facts of form (a name's alphabet, a number's range). What a control demands is the
//! catalog's business.

use crate::value::Value;

/// A condition on one value. Null and unknown always pass.
#[derive(Clone, Copy, Debug)]
pub enum Validator {
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A whole number from the first to the second, both allowed.
    Range(i64, i64),
    /// Text of this many characters, both bounds allowed.
    Length(usize, usize),
    /// Anything else: `Err` says what is wrong, as in "must be …".
    Custom(fn(&Value) -> Result<(), String>),
}

impl Validator {
    /// `Err` says what is wrong, worded to follow the attribute's name.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        if !value.is_set() {
            return Ok(());
        }
        match self {
            Validator::OneOf(words) => one_of(words, value),
            Validator::Range(least, most) => match value.as_i64() {
                Some(number) if (*least..=*most).contains(&number) => Ok(()),
                _ => Err(format!("must be a whole number from {least} to {most}")),
            },
            Validator::Length(least, most) => match value.as_str() {
                Some(text) if (*least..=*most).contains(&text.chars().count()) => Ok(()),
                _ => Err(format!("must have {least} to {most} characters")),
            },
            Validator::Custom(check) => check(value),
        }
    }
}

fn one_of(words: &[&str], value: &Value) -> Result<(), String> {
    let elements = value.elements();
    let texts = if elements.is_empty() { std::slice::from_ref(value) } else { elements };
    let wrong = texts
        .iter()
        .filter(|text| text.is_set())
        .find(|text| text.as_str().is_none_or(|text| !words.contains(&text)));
    match wrong.and_then(Value::as_str) {
        None => Ok(()),
        Some(found) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            Err(format!("is `{found}`, must be one of {}", words.join(", ")))
        }
    }
}
