//! AWS policy documents in a form that a control can judge: one shape for what AWS lets people
//! spell in many. Knows the document's grammar, nothing of what a policy should say. Used by the
//! table of functions (`iamStatements`).

use super::{Function, MISMATCH, Returns, Sort, global};
use crate::value::{Arena, Entry, Value, read_json};

pub(super) static FUNCTIONS: &[Function] = &[global(
    "iamStatements",
    &[Sort::String],
    Returns::Sort(Sort::List),
    "the statements of an AWS policy (a document, a list or one statement, as JSON) as maps of sid, effect, principals, actions, resources (lists) and conditions (operator, key, values); actions and keys in lower case, what a negation covers is `*`; an error where it cannot be read",
    "iamStatements('{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\"}')[0].actions == ['s3:getobject']",
    |tools, arguments| match arguments {
        [Value::String(text)] => match statements(text, tools.arena) {
            Ok(found) => Ok(found),
            Err(problem) => tools.fail(format_args!("{problem}")),
        },
        _ => Err(MISMATCH),
    },
)
.linear()];

/// The statements of a document, of a list of statements, or of a single one.
///
/// Each is `{sid, effect, principals, actions, resources, conditions}`: lists where AWS takes one
/// text as well, actions and condition keys in lower case as AWS compares them, conditions as a
/// list of `{operator, key, values}`. What a negation (`NotPrincipal`, `NotAction`,
/// `NotResource`) covers is everything but a few, and is shown as `*`.
fn statements<'a>(text: &'a str, arena: &'a Arena) -> Result<Value<'a>, String> {
    let document = read_json(text.as_bytes(), arena)
        .map_err(|error| format!("the policy is not valid JSON: {error}"))?;
    let statements = document.get("Statement").unwrap_or(document);
    let found = one_or_many(&statements)
        .iter()
        .enumerate()
        .map(|(index, statement)| {
            normalise(*statement, arena)
                .map_err(|problem| format!("statement {} of the policy {problem}", index + 1))
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Value::List(arena.alloc_slice_copy(&found)))
}

fn normalise<'a>(statement: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, String> {
    if statement.as_map().is_none() {
        return Err("is not an object".to_owned());
    }
    let effect = statement.get("Effect").and_then(|effect| effect.as_str());
    let Some(effect @ ("Allow" | "Deny")) = effect else {
        return Err("has no `Effect` of Allow or Deny".to_owned());
    };
    let entries: [Entry<'a>; 6] = [
        ("sid", statement.get("Sid").filter(|sid| !sid.is_null()).unwrap_or(Value::String(""))),
        ("effect", Value::String(effect)),
        ("principals", principals(statement, arena)?),
        ("actions", texts_of(statement, "Action", "NotAction", true, arena)?),
        ("resources", texts_of(statement, "Resource", "NotResource", false, arena)?),
        ("conditions", conditions(statement, arena)?),
    ];
    Ok(Value::Map(arena.alloc_slice_copy(&entries)))
}

const EVERYTHING: Value<'static> = Value::List(&[Value::String("*")]);

fn principals<'a>(statement: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, String> {
    if statement.get("NotPrincipal").is_some() {
        return Ok(EVERYTHING);
    }
    let Some(principal) = statement.get("Principal") else { return Ok(Value::List(&[])) };
    let mut found = Vec::new();
    match principal {
        Value::Map(kinds) => {
            for (_, named) in kinds {
                texts("Principal", *named, false, arena, &mut found)?;
            }
        }
        other => texts("Principal", other, false, arena, &mut found)?,
    }
    Ok(Value::List(arena.alloc_slice_copy(&found)))
}

fn texts_of<'a>(
    statement: Value<'a>,
    field: &str,
    negated: &str,
    lower: bool,
    arena: &'a Arena,
) -> Result<Value<'a>, String> {
    if statement.get(negated).is_some() {
        return Ok(EVERYTHING);
    }
    let mut found = Vec::new();
    if let Some(value) = statement.get(field) {
        texts(field, value, lower, arena, &mut found)?;
    }
    Ok(Value::List(arena.alloc_slice_copy(&found)))
}

fn conditions<'a>(statement: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, String> {
    let mut found: Vec<Value<'a>> = Vec::new();
    let operators = match statement.get("Condition") {
        None | Some(Value::Null) => &[],
        Some(Value::Map(operators)) => operators,
        Some(_) => return Err("has a `Condition` that is not an object".to_owned()),
    };
    for (operator, keys) in operators {
        let Value::Map(keys) = keys else {
            return Err(format!("has a condition `{operator}` that is not an object"));
        };
        for (key, values) in *keys {
            let mut wanted = Vec::new();
            texts(key, *values, false, arena, &mut wanted)?;
            let condition: [Entry<'a>; 3] = [
                ("operator", Value::String(operator)),
                ("key", Value::String(arena.alloc_str(&key.to_ascii_lowercase()))),
                ("values", Value::List(arena.alloc_slice_copy(&wanted))),
            ];
            found.push(Value::Map(arena.alloc_slice_copy(&condition)));
        }
    }
    Ok(Value::List(arena.alloc_slice_copy(&found)))
}

/// The texts of a value that is one or a list; flags and numbers as they are spelt.
fn texts<'a>(
    field: &str,
    value: Value<'a>,
    lower: bool,
    arena: &'a Arena,
    found: &mut Vec<Value<'a>>,
) -> Result<(), String> {
    for item in one_or_many(&value) {
        let text: &'a str = match item {
            Value::String(text) if lower => arena.alloc_str(&text.to_ascii_lowercase()),
            Value::String(text) => text,
            Value::Bool(_) | Value::Int(_) | Value::Double(_) => arena.alloc_str(&item.to_string()),
            _ => return Err(format!("has something in `{field}` that is not text")),
        };
        found.push(Value::String(text));
    }
    Ok(())
}

fn one_or_many<'v, 'a>(value: &'v Value<'a>) -> &'v [Value<'a>] {
    match value {
        Value::List(items) => items,
        one => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<serde_json::Value, String> {
        let arena = Arena::new();
        statements(text, &arena).map(|found| found.to_json())
    }

    #[test]
    fn every_spelling_becomes_one_form() {
        let expected = serde_json::json!([{
            "sid": "", "effect": "Allow", "principals": ["*"], "actions": ["s3:getobject"],
            "resources": ["*"],
            "conditions": [{"operator": "Bool", "key": "aws:securetransport", "values": ["false"]}],
        }]);
        let tail = r#""Effect": "Allow", "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": false}}"#;
        for text in [
            format!(r#"{{"Principal": "*", "Action": "s3:GetObject", {tail}}}"#),
            format!(r#"[{{"Principal": {{"AWS": "*"}}, "Action": ["S3:GetObject"], {tail}}}]"#),
            format!(
                r#"{{"Statement": [{{"NotPrincipal": {{"AWS": "x"}}, "Action": "s3:getObject", {tail}}}]}}"#
            ),
        ] {
            assert_eq!(read(&text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn a_negated_action_covers_everything() {
        let found =
            read(r#"{"Effect": "Allow", "Principal": "*", "NotAction": "s3:GetObject"}"#).unwrap();
        assert_eq!(found[0]["actions"], serde_json::json!(["*"]));
    }

    #[test]
    fn what_is_no_policy_is_an_error_that_says_where() {
        for (text, problem) in [
            ("Allow: everything", "not valid JSON"),
            (r#"["Allow"]"#, "statement 1 of the policy is not an object"),
            (r#"[{"Effect": "allow"}]"#, "no `Effect` of Allow or Deny"),
            (r#"[{"Effect": "Deny"}, {"Effect": "Allow", "Action": {"s3": 1}}]"#, "statement 2"),
            (r#"{"Effect": "Allow", "Condition": []}"#, "`Condition`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
