//! Names in messages: "did you mean", and a part of an expression as a person writes it.

use super::CompileError;
use crate::expression::syntax::{Form, Syntax};
use crate::expression::variables::VARIABLES;
pub(super) use crate::source::nearest;

/// How many known names are listed where none is near.
const LISTED: usize = 12;

/// Adds the nearest known name as help, or the known names where there are few.
pub(in crate::expression) fn suggest<'n>(
    error: CompileError,
    name: &str,
    known: impl Iterator<Item = &'n str>,
    introduction: &str,
) -> CompileError {
    let known: Vec<&str> = known.collect();
    if let Some(near) = nearest(name, known.iter().copied()) {
        return error.with_help(format!("did you mean `{near}`?"));
    }
    match known.len() {
        1..=LISTED => error.with_help(format!("{introduction}: {}", known.join(", "))),
        _ => error,
    }
}

/// Where a variable is known that is not here, or what a word of another language is called.
pub(super) fn of_another_place(name: &str) -> Option<&'static str> {
    Some(match name {
        "True" | "TRUE" => "did you mean `true`?",
        "False" | "FALSE" => "did you mean `false`?",
        "None" | "nil" | "undefined" | "NULL" => "did you mean `null`?",
        "c" | "container" => "`each: containers.all` in the rule binds each container to `c`",
        "volume" => "`each: volumes` in the rule binds each volume to `volume`",
        "image" => "`each: images` in the rule binds each reference to `image`",
        "spec" | "self" => {
            "the pod's specification is `pod`, a resource's attributes are `resource`"
        }
        VARIABLES => "a control declares its variables under `variables`, beside `checks`",
        "metadata" => "the pod's metadata is `podMeta`, the object's `object.metadata`",
        _ => return None,
    })
}

/// A variable, a constant or a chain of fields as it is written; nothing for the rest, which is
/// too long to be repeated.
pub(super) fn written(syntax: &Syntax) -> Option<String> {
    match &syntax.form {
        Form::Name(name) => Some(name.clone()),
        Form::Literal(literal) => literal.written(),
        Form::Select { operand, field, optional } => {
            let question = if *optional { "?" } else { "" };
            Some(format!("{}.{question}{field}", written(operand)?))
        }
        Form::Index { operand, index, optional } => {
            let question = if *optional { "?" } else { "" };
            Some(format!("{}[{question}{}]", written(operand)?, written(index)?))
        }
        Form::Call { target: None, name, arguments } if name == "effective" => {
            let arguments: Option<Vec<_>> = arguments.iter().map(written).collect();
            Some(format!("effective({})", arguments?.join(", ")))
        }
        Form::Call { target: Some(target), name, arguments } if name == "orValue" => {
            let arguments: Option<Vec<_>> = arguments.iter().map(written).collect();
            Some(format!("{}.orValue({})", written(target)?, arguments?.join(", ")))
        }
        Form::Variable(variable) => Some(format!("{VARIABLES}.{}", variable.name)),
        Form::Call { .. } | Form::List(_) | Form::Map(_) => None,
    }
}
