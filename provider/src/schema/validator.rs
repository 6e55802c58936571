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

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(validator: Validator, value: impl Into<Value>) -> String {
        validator.check(&value.into()).err().unwrap_or_default()
    }

    #[test]
    fn each_says_what_is_wrong() {
        let word = Validator::OneOf(&["on", "off"]);
        assert_eq!(problem(word, "on"), "");
        assert_eq!(problem(word, "maybe"), "is `maybe`, must be one of `on`, `off`");
        let set = Value::set_of(["on".into(), "up".into(), Value::Unknown]);
        assert_eq!(problem(word, set), "is `up`, must be one of `on`, `off`");

        let range = Validator::Range(7, 30);
        assert_eq!(problem(range, 7) + &problem(range, 30), "");
        assert_eq!(problem(range, 31), "must be a whole number from 7 to 30");
        let fraction = Value::Number("7.5".parse().unwrap());
        assert_eq!(problem(range, fraction), "must be a whole number from 7 to 30");

        let length = Validator::Length(2, 3);
        assert_eq!(problem(length, "äöü"), "", "characters, not bytes");
        assert_eq!(problem(length, "a"), "must have 2 to 3 characters");

        let custom = Validator::Custom(|_| Err("is not to my liking".to_owned()));
        assert_eq!(problem(custom, "x"), "is not to my liking");
    }

    #[test]
    fn null_and_unknown_are_never_wrong() {
        let custom = Validator::Custom(|_| Err(String::new()));
        for validator in
            [Validator::OneOf(&[]), Validator::Range(1, 0), Validator::Length(9, 9), custom]
        {
            assert_eq!(validator.check(&Value::Null), Ok(()));
            assert_eq!(validator.check(&Value::Unknown), Ok(()));
        }
    }
}
