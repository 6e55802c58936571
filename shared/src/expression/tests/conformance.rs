//! The official CEL conformance cases (`../shared/cel-conformance` beside the checkout).

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value as Json;

use super::super::*;
use crate::value::{Duration, Kind, Timestamp};

mod skipped;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    section: Vec<Section>,
}

#[derive(Deserialize)]
struct Section {
    name: String,
    #[serde(default)]
    test: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    expr: String,
    #[serde(default)]
    bindings: BTreeMap<String, Json>,
    #[serde(default)]
    disable_check: bool,
    value: Option<Json>,
    eval_error: Option<Json>,
    any_eval_errors: Option<Json>,
    typed_result: Option<Json>,
    container: Option<String>,
    disable_macros: Option<bool>,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Passed,
    /// Refused when compiled; right for a case that expects an error.
    Refused(String),
    Failed(String),
}

#[test]
fn official_conformance_cases() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/cel-conformance");
    if !folder.is_dir() {
        // They are not part of the repository. Past the capture of output: a run without them must
        // be seen to be one.
        let text =
            format!("\nNOT RUN: the conformance cases are missing at {}\n", folder.display());
        std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).unwrap();
        return;
    }
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let (mut passed, mut skipped, mut problems) = (0, 0, Vec::new());
    let mut unused = skipped::all();
    for path in files {
        let file_name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let file: File = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for section in file.section {
            for case in section.test {
                let id = format!("{file_name}/{}/{}", section.name, case.name);
                let outcome = run(&case);
                let expects_error = case.eval_error.is_some() || case.any_eval_errors.is_some();
                let reason = skipped::reason(&id, &mut unused);
                match (reason, outcome) {
                    (None, Outcome::Passed) => passed += 1,
                    (None, Outcome::Refused(_)) if expects_error => passed += 1,
                    (None, other) => problems.push(format!("{id}: {} -> {other:?}", case.expr)),
                    (Some(reason), Outcome::Passed) => {
                        problems.push(format!("{id} is listed as skipped ({reason}) but passes"));
                    }
                    (Some(_), _) => skipped += 1,
                }
            }
        }
    }
    problems.extend(unused.into_iter().map(|entry| format!("no case is called {entry}")));
    println!("conformance: {passed} cases pass, {skipped} are skipped");
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

fn run(case: &Case) -> Outcome {
    if case.container.is_some() || case.disable_macros == Some(true) {
        return Outcome::Refused("containers and disabled macros are not supported".to_owned());
    }
    let arena = Arena::new();
    let mut scope = Scope::new();
    let mut values = Vec::new();
    for (name, binding) in &case.bindings {
        let Some(value) = binding.get("value").and_then(|value| value_of(value, &arena)) else {
            return Outcome::Refused("a binding is of a type that does not exist".to_owned());
        };
        scope = scope.with(name, Type::Dyn);
        values.push(value);
    }
    let mut bindings = scope.bindings();
    for (slot, value) in values.into_iter().enumerate() {
        bindings.set(Slot(slot), value);
    }
    let expression = match Expression::compile_with(&case.expr, &scope, rigour(case.disable_check))
    {
        Ok(expression) => expression,
        Err(errors) => return Outcome::Refused(format!("{errors:?}")),
    };
    let result = expression.evaluate(&bindings, &arena, &mut Cost::default());
    let wanted = case.value.clone().or_else(|| case.typed_result.as_ref()?.get("result").cloned());
    let expects_error = case.eval_error.is_some() || case.any_eval_errors.is_some();
    match (result, wanted) {
        (Err(_), None) if expects_error => Outcome::Passed,
        (Err(error), _) => Outcome::Failed(error.to_string()),
        (Ok(value), _) if expects_error => Outcome::Failed(format!("{value} is no error")),
        (Ok(value), wanted) => {
            let wanted = match wanted {
                Some(wanted) => value_of(&wanted, &arena),
                None => Some(Value::Bool(true)),
            };
            match wanted {
                Some(wanted) if is_same(&value, &wanted) => Outcome::Passed,
                Some(wanted) => Outcome::Failed(format!("{value} instead of {wanted}")),
                None => Outcome::Refused("the result is of a type that does not exist".to_owned()),
            }
        }
    }
}

/// Equal and of the same kinds.
fn is_same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Double(a), Value::Double(b)) if a.is_nan() => b.is_nan(),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(*b).all(|(a, b)| is_same(a, b))
        }
        _ => a.kind() == b.kind() && a == b,
    }
}

/// A value in protobuf's JSON mapping; `None` for kinds that expressions do not have.
fn value_of<'a>(json: &Json, arena: &'a Arena) -> Option<Value<'a>> {
    let (kind, inner) = json.as_object()?.iter().next()?;
    let text = || inner.as_str().map(|text| &*arena.alloc_str(text));
    Some(match kind.as_str() {
        "null_value" => Value::Null,
        "bool_value" => Value::Bool(inner.as_bool()?),
        "int64_value" => Value::Int(text()?.parse().ok()?),
        "uint64_value" => Value::Uint(text()?.parse().ok()?),
        "double_value" => Value::Double(match inner.as_str() {
            Some("Infinity") => f64::INFINITY,
            Some("-Infinity") => f64::NEG_INFINITY,
            Some(_) => f64::NAN,
            None => inner.as_f64()?,
        }),
        "string_value" => Value::String(text()?),
        "bytes_value" => Value::Bytes(arena.alloc_slice_copy(&STANDARD.decode(text()?).ok()?)),
        "type_value" => {
            Value::Type(Kind::NAMED.into_iter().find(|kind| Some(kind.name()) == inner.as_str())?)
        }
        "object_value" => {
            let written = inner.get("value").and_then(Json::as_str);
            match inner.get("@type").and_then(Json::as_str)? {
                "type.googleapis.com/google.protobuf.Duration" => {
                    Value::Duration(Duration::parse(written?)?)
                }
                "type.googleapis.com/google.protobuf.Timestamp" => {
                    Value::Timestamp(Timestamp::parse(written?)?)
                }
                _ => return None,
            }
        }
        "list_value" => {
            let items = inner.get("values").and_then(Json::as_array).cloned().unwrap_or_default();
            let items =
                items.iter().map(|item| value_of(item, arena)).collect::<Option<Vec<_>>>()?;
            Value::List(arena.alloc_slice_copy(&items))
        }
        "map_value" => {
            let entries =
                inner.get("entries").and_then(Json::as_array).cloned().unwrap_or_default();
            let entries = entries
                .iter()
                .map(|entry| {
                    Some((
                        value_of(entry.get("key")?, arena)?,
                        value_of(entry.get("value")?, arena)?,
                    ))
                })
                .collect::<Option<Vec<_>>>()?;
            Value::Dictionary(arena.alloc_slice_copy(&entries))
        }
        _ => return None,
    })
}

fn rigour(disable_check: bool) -> Rigour {
    if disable_check { Rigour::Lenient } else { Rigour::Strict }
}
