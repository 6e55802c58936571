//! Holds a JSON document against a JSON Schema, as far as ours use the language: what a schema says
//! in words that are not known here fails, and so does a field that it does not declare.
//!
//! Called by the suite `cli`.

use serde_json::Value;

/// Panics with the place at fault where a document does not fit.
pub fn assert_fits(document: &Value, schema: &Value) {
    if let Err(fault) = fits(document, schema, schema, "$") {
        panic!("{fault}");
    }
}

/// Words that say nothing of what is valid.
const SILENT: [&str; 7] =
    ["$schema", "$defs", "title", "description", "default", "format", "examples"];

fn fits(value: &Value, schema: &Value, root: &Value, at: &str) -> Result<(), String> {
    let Value::Object(words) = schema else {
        return Err(format!("{at}: a schema of words was expected, not {schema}"));
    };
    for (word, said) in words {
        let fault = |what: &str| Err(format!("{at}: {what}: {said}, found {value}"));
        match word.as_str() {
            word if SILENT.contains(&word) => {}
            "$ref" => {
                let name = said.as_str().and_then(|name| name.strip_prefix("#/$defs/"));
                let found = name.and_then(|name| root.get("$defs")?.get(name));
                fits(value, found.ok_or_else(|| format!("{at}: no {said}"))?, root, at)?;
            }
            "anyOf" | "oneOf" => {
                let fitting = list(said).filter(|one| fits(value, one, root, at).is_ok()).count();
                if fitting == 0 || (word == "oneOf" && fitting > 1) {
                    return fault("it fits none, or more than one, of these");
                }
            }
            "const" if said == value => {}
            "enum" if list(said).any(|known| known == value) => {}
            "type" => {
                let is = |kind: &Value| kind.as_str() == Some(kind_of(value, kind));
                if !is(said) && !list(said).any(is) {
                    return fault("its type is not");
                }
            }
            "minimum" => {
                if value.as_f64() < said.as_f64() {
                    return fault("it is less than");
                }
            }
            "maximum" => {
                if value.as_f64() > said.as_f64() && !value.is_null() {
                    return fault("it is more than");
                }
            }
            "items" => {
                for (index, item) in list(value).enumerate() {
                    fits(item, said, root, &format!("{at}[{index}]"))?;
                }
            }
            "properties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    let at = format!("{at}.{name}");
                    let schema = said.get(name).ok_or_else(|| format!("{at}: not declared"))?;
                    fits(value, schema, root, &at)?;
                }
            }
            "required" if value.is_object() => {
                for name in list(said).filter_map(Value::as_str) {
                    value.get(name).ok_or_else(|| format!("{at}.{name}: missing"))?;
                }
            }
            "required" => {}
            "const" | "enum" => return fault("it is not"),
            word => return Err(format!("{at}: the word `{word}` is not known here")),
        }
    }
    Ok(())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The type of a value; a whole number is a number too.
fn kind_of<'k>(value: &Value, asked: &'k Value) -> &'k str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) if asked == "number" => "number",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_does_not_fit_is_named() {
        let schema = json!({
            "type": "object",
            "properties": {
                "a": { "$ref": "#/$defs/word" },
                "b": { "type": ["array", "null"], "items": { "type": "integer", "minimum": 0 } },
            },
            "required": ["a"],
            "$defs": { "word": { "oneOf": [{ "const": "x" }, { "enum": ["y", "z"] }] } },
        });
        let fault = |document: Value| fits(&document, &schema, &schema, "$").err();
        assert_eq!(fault(json!({ "a": "x", "b": [1] })), None);
        assert_eq!(fault(json!({ "a": "z", "b": null })), None);
        for (document, at) in [
            (json!({ "b": [] }), "$.a: missing"),
            (json!({ "a": "x", "c": 1 }), "$.c: not declared"),
            (json!({ "a": "w" }), "$.a: it fits none"),
            (json!({ "a": "x", "b": [0, -1] }), "$.b[1]: it is less than"),
            (json!({ "a": "x", "b": [0.5] }), "$.b[0]: its type is not"),
            (json!([]), "$: its type is not"),
        ] {
            let fault = fault(document).unwrap();
            assert!(fault.starts_with(at), "{fault}");
        }
        let unknown = json!({ "pattern": "x" });
        assert!(fits(&json!("x"), &unknown, &unknown, "$").is_err());
    }
}
