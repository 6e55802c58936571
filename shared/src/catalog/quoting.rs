//! Expressions that YAML reads otherwise than they were meant: `!` begins a tag, ` #` a comment,
//! `: ` ends a name. Knows lines of control files, not what is wrong with them.

/// What YAML made of a line, and how to write it.
pub(super) struct Advice {
    /// What happened, where that is not said by the mistake itself.
    pub(super) message: Option<&'static str>,
    /// The way out.
    pub(super) help: String,
}

/// The keys whose values are expressions, or may hold some.
const KEYS: [&str; 6] = ["allowed", "cap", "expression", "found", "path", "when"];

/// What to say about a mistake on a line of which YAML has taken a part for its own.
pub(super) fn advice(line: &str) -> Option<Advice> {
    let indentation = line.len() - line.trim_start().len();
    if line.get(..indentation)?.contains('\t') {
        let help = "YAML is indented with spaces, not with tabs".to_owned();
        return Some(Advice { message: None, help });
    }
    let (key, value) = line.trim().trim_start_matches("- ").split_once(": ")?;
    let value = value.trim();
    if !KEYS.contains(&key) || value.is_empty() {
        return None;
    }
    let first = value.chars().next()?;
    let (message, reason) = match first {
        '!' => (
            Some("YAML takes what begins with `!` for a tag, so nothing is left"),
            "put it in quotes",
        ),
        '"' | '\'' if is_quoted_in_part(value, first) => (None, "put the whole in quotes"),
        '"' | '\'' => return None,
        '&' | '*' | '{' | '[' | '%' | '@' | '`' => {
            (None, "YAML gives its beginning a meaning: put it in quotes")
        }
        _ if value.contains(" #") => (None, "YAML begins a comment at ` #`: put it in quotes"),
        _ if value.contains(": ") => (None, "YAML ends a name at `: `: put it in quotes"),
        _ => return None,
    };
    Some(Advice { message, help: format!("{reason}: `{key}: {}`", quoted(value)) })
}

/// Whether the quote that opens a value is closed before its end.
fn is_quoted_in_part(value: &str, quote: char) -> bool {
    let inside = value.get(quote.len_utf8()..).unwrap_or_default();
    inside.find(quote).is_some_and(|end| end + quote.len_utf8() < inside.len())
}

fn quoted(value: &str) -> String {
    if !value.contains('\'') {
        format!("'{value}'")
    } else if !value.contains(['"', '\\']) {
        format!("\"{value}\"")
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_yaml_takes_for_its_own_is_said() {
        let help = |line: &str| advice(line).map(|advice| advice.help);
        for (line, expected) in [
            ("    expression: !has(pod.x)", "put it in quotes: `expression: '!has(pod.x)'`"),
            ("    - when: 'a' in x", "put the whole in quotes: `when: \"'a' in x\"`"),
            (
                "  expression: a ? b : c",
                "YAML ends a name at `: `: put it in quotes: `expression: 'a ? b : c'`",
            ),
            ("\texpression: a", "YAML is indented with spaces, not with tabs"),
        ] {
            assert_eq!(help(line).as_deref(), Some(expected), "{line}");
        }
        for line in ["  expression: a == b", "  expression: \"a: b\"", "  title: a # b", "", "a"] {
            assert_eq!(help(line), None, "{line}");
        }
    }
}
