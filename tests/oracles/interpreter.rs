//! One way to ask an interpreter that comes in two versions with types of their own.

/// Defines `theirs`, for the crate that is called `interpreter` where this stands.
macro_rules! asked {
    () => {
        use interpreter::{Context, Program, Value};

        fn theirs(source: &str, mut context: Context) -> oracles::Answer {
            let variables = serde_json::from_str(oracles::VARIABLES).unwrap_or_default();
            if let serde_json::Value::Object(variables) = variables {
                for (name, value) in &variables {
                    context.add_variable_from_value(name.as_str(), from_json(value));
                }
            }
            let program = match Program::compile(source) {
                Ok(program) => program,
                Err(error) => return oracles::Answer::Error(error.to_string()),
            };
            // An oracle may panic; that is no answer either.
            let run = std::panic::AssertUnwindSafe(|| program.execute(&context));
            let Ok(result) = std::panic::catch_unwind(run) else {
                return oracles::Answer::Error("it panicked".to_owned());
            };
            match result {
                Ok(value) => to_json(&value).map_or_else(
                    || oracles::Answer::Error(format!("{value:?} has no JSON")),
                    |json| oracles::Answer::Value(json.to_string()),
                ),
                Err(error) => oracles::Answer::Error(error.to_string()),
            }
        }

        fn from_json(json: &serde_json::Value) -> Value {
            use serde_json::Value as Json;
            match json {
                Json::Null => Value::Null,
                Json::Bool(truth) => Value::Bool(*truth),
                Json::Number(number) => match number.as_i64() {
                    Some(number) => Value::Int(number),
                    None => Value::Float(number.as_f64().unwrap_or_default()),
                },
                Json::String(text) => Value::String(text.clone().into()),
                Json::Array(items) => {
                    Value::List(items.iter().map(from_json).collect::<Vec<_>>().into())
                }
                Json::Object(fields) => {
                    let fields =
                        fields.iter().map(|(name, value)| (name.clone(), from_json(value)));
                    Value::from(fields.collect::<std::collections::HashMap<String, Value>>())
                }
            }
        }

        fn to_json(value: &Value) -> Option<serde_json::Value> {
            use serde_json::Value as Json;
            Some(match value {
                Value::Null => Json::Null,
                Value::Bool(truth) => Json::Bool(*truth),
                Value::Int(number) => (*number).into(),
                Value::UInt(number) => (*number).into(),
                Value::Float(number) => (*number).into(),
                Value::String(text) => Json::String(text.to_string()),
                Value::List(items) => {
                    Json::Array(items.iter().map(to_json).collect::<Option<_>>()?)
                }
                Value::Map(map) => {
                    let field =
                        |(key, value): (_, &Value)| Some((format!("{key}"), to_json(value)?));
                    Json::Object(map.map.iter().map(field).collect::<Option<_>>()?)
                }
                _ => return None,
            })
        }
    };
}

pub(crate) use asked;
