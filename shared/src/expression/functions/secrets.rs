//! What it takes to tell a secret from other texts: how random it is, and what is written in JSON
//! within a text. Which texts are looked at is the matter of controls.

use super::{Function, MISMATCH, Returns, Sort, global};
use crate::value::{Value, read_json};

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "entropy",
        &[Sort::String],
        Returns::Sort(Sort::Double),
        "how random a text looks, in bits per character (Shannon): 0 where all are the same, at most 6 for base64",
        "entropy('aaaa') == 0.0 && entropy('abcd') == 2.0",
        |_, arguments| match arguments {
            [Value::String(text)] => Ok(Value::Double(entropy(text))),
            _ => Err(MISMATCH),
        },
    )
    .linear(),
    global(
        "parseJson",
        &[Sort::String],
        Returns::Sort(Sort::Optional),
        "what a text in JSON says; absent where it is no JSON",
        "parseJson('{\"a\": [1]}').value().a == [1] && !parseJson('{').hasValue()",
        |tools, arguments| match arguments {
            [Value::String(text)] => {
                let value = read_json(text.as_bytes(), tools.arena).ok();
                Ok(Value::Optional(value.map(|value| &*tools.arena.alloc(value))))
            }
            _ => Err(MISMATCH),
        },
    )
    .linear(),
];

/// Bits per character; by bytes, since secrets are ASCII.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total: f64 = counts.iter().copied().map(f64::from).sum();
    let share = |count: u32| f64::from(count) / total;
    // Where nothing is seen there is nothing to sum up, and no division by 0.
    -counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| share(*count) * share(*count).log2())
        .sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::entropy;

    #[test]
    fn the_more_a_text_repeats_itself_the_less_it_says() {
        assert!(entropy("").abs() < 1e-9);
        assert!(entropy("aaaaaaaaaaaaaaaaaaaa").abs() < 1e-9);
        assert!((entropy("ababababab") - 1.0).abs() < 1e-9);
        assert!(entropy("passwordpassword") < 3.0);
        assert!(entropy("kQ9zX2vB7nM4tR8wL1pY") > 4.0);
    }
}
