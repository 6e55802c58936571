//! Values that may be absent.

use super::{Function, MISMATCH, Returns, Sort, global, member};
use crate::value::{Duration, Value};

use Sort::{Bool, Dyn, Optional};

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "optional.of",
        &[Dyn],
        Returns::OptionalOf(0),
        "a value that is there",
        "optional.of(1).value() == 1",
        |tools, arguments| match arguments {
            [value] => Ok(Value::Optional(Some(tools.arena.alloc(*value)))),
            _ => Err(MISMATCH),
        },
    )
    .shallow(),
    global(
        "optional.ofNonZeroValue",
        &[Dyn],
        Returns::OptionalOf(0),
        "a value that is there unless it is empty, zero, false or null",
        "!optional.ofNonZeroValue('').hasValue()",
        |tools, arguments| match arguments {
            [value] if is_zero(value) => Ok(Value::Optional(None)),
            [value] => Ok(Value::Optional(Some(tools.arena.alloc(*value)))),
            _ => Err(MISMATCH),
        },
    )
    .shallow(),
    global(
        "optional.none",
        &[],
        Returns::Sort(Optional),
        "no value",
        "!optional.none().hasValue()",
        |_, _| Ok(Value::Optional(None)),
    ),
    member(
        "hasValue",
        &[Optional],
        Returns::Sort(Bool),
        "whether there is a value",
        "{'a': 1}.?a.hasValue()",
        |_, arguments| match arguments {
            [Value::Optional(value)] => Ok(Value::Bool(value.is_some())),
            _ => Err(MISMATCH),
        },
    )
    .shallow(),
    member(
        "value",
        &[Optional],
        Returns::Inner(0),
        "the value; an error where there is none",
        "{'a': 1}.?a.value() == 1",
        |_, arguments| match arguments {
            [Value::Optional(Some(value))] => Ok(**value),
            [Value::Optional(None)] => Err("there is no value"),
            _ => Err(MISMATCH),
        },
    )
    .shallow(),
];

fn is_zero(value: &Value<'_>) -> bool {
    match value {
        Value::Null
        | Value::Bool(false)
        | Value::Int(0)
        | Value::Uint(0)
        | Value::Duration(Duration::ZERO)
        | Value::Optional(None) => true,
        Value::Double(number) => *number == 0.0,
        Value::Timestamp(time) => time.is_first(),
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Dictionary(entries) => entries.is_empty(),
        _ => false,
    }
}
