//! What is known of types before evaluation: which can be equal, which have an order, what two of
//! them have in common. Must not know syntax.

use crate::shape::Type;
use crate::value::Kind;

/// Whether two values of these types can be equal.
pub(in crate::expression) fn comparable(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Dyn, _)
        | (_, Type::Dyn)
        | (Type::Null | Type::Nullable(_), Type::Null | Type::Nullable(_))
        | (Type::Object(_), Type::Object(_) | Type::Map(..))
        | (Type::Map(..), Type::Object(_)) => true,
        (Type::Nullable(a), b) => comparable(a, b),
        (a, Type::Nullable(b)) => comparable(a, b),
        (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => comparable(a, b),
        (Type::Map(ka, va), Type::Map(kb, vb)) => comparable(ka, kb) && comparable(va, vb),
        (Type::Word(a), Type::Word(b)) => a.iter().any(|word| b.contains(word)),
        (Type::String | Type::Word(_), Type::String | Type::Word(_)) => true,
        (Type::IntOrString, other) | (other, Type::IntOrString) => {
            is_number(other) || is_text(other) || a == b
        }
        // An amount is a text, spelt as the API server spells it.
        (Type::Quantity, other) | (other, Type::Quantity) => is_text(other) || a == b,
        (a, b) => a == b || (is_number(a) && is_number(b)),
    }
}

/// Whether two values of these types can have an order.
pub(super) fn ordered(a: &Type, b: &Type) -> bool {
    let has_order = |kind: &Type| {
        is_number(kind)
            || is_text(kind)
            || is_time(kind)
            || matches!(kind, Type::Bool | Type::Bytes)
    };
    match (a, b) {
        (Type::Dyn, Type::Dyn) | (Type::Bool, Type::Bool) | (Type::Bytes, Type::Bytes) => true,
        (Type::Dyn, other) | (other, Type::Dyn) => has_order(other),
        (Type::Plain(_), Type::Plain(_)) => a == b && is_time(a),
        (a, b) => (is_number(a) && is_number(b)) || (is_text(a) && is_text(b)),
    }
}

/// The type of both, if they have one.
pub(super) fn either(a: &Type, b: &Type) -> Type {
    match (a, b) {
        (a, b) if a == b => a.clone(),
        (Type::Null, other) | (other, Type::Null) => other.clone().nullable(),
        (Type::Nullable(a), Type::Nullable(b)) => either(a, b).nullable(),
        (Type::Nullable(a), b) | (b, Type::Nullable(a)) => either(a, b).nullable(),
        (a, b) if is_text(a) && is_text(b) => Type::String,
        // What stands for an absent port or amount is one itself.
        (Type::IntOrString, other) | (other, Type::IntOrString)
            if is_number(other) || is_text(other) =>
        {
            Type::IntOrString
        }
        (Type::Quantity, other) | (other, Type::Quantity) if is_text(other) => Type::Quantity,
        (Type::List(a), Type::List(b)) => Type::list(either(a, b)),
        _ => Type::Dyn,
    }
}

/// The type of all, if they have one.
pub(super) fn common(kinds: &[Type]) -> Type {
    match kinds {
        [first, rest @ ..] => rest.iter().fold(first.clone(), |all, kind| either(&all, kind)),
        [] => Type::Dyn,
    }
}

/// What a value of this type is where it is there and not null.
pub(super) fn settled(kind: &Type) -> &Type {
    match kind {
        Type::Optional(inner) | Type::Nullable(inner) => settled(inner),
        other => other,
    }
}

/// Whether it may be null, or may hold null where it is there.
pub(super) fn is_nullable(kind: &Type) -> bool {
    match kind {
        Type::Nullable(_) | Type::Null => true,
        Type::Optional(inner) => is_nullable(inner),
        _ => false,
    }
}

/// How the value that absence stands for is written, where there is a natural one.
pub(super) fn nothing(kind: &Type) -> Option<&'static str> {
    match settled(kind) {
        Type::Bool => Some("false"),
        Type::Int | Type::Uint | Type::Double => Some("0"),
        Type::String | Type::Word(_) | Type::Quantity => Some("\"\""),
        Type::List(_) => Some("[]"),
        Type::Map(..) => Some("{}"),
        _ => None,
    }
}

fn is_number(kind: &Type) -> bool {
    matches!(kind, Type::Int | Type::Uint | Type::Double)
}

fn is_time(kind: &Type) -> bool {
    matches!(kind, Type::Plain(Kind::Timestamp | Kind::Duration))
}

fn is_text(kind: &Type) -> bool {
    matches!(kind, Type::String | Type::Word(_))
}
