//! What an interpreter says, in a form that does not depend on the interpreter.

/// A value, or that there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A value, as text: `1`, `"a"`, `[1, 2]`.
    Value(String),
    /// It cannot be computed.
    Error(String),
    /// It is refused before it is computed: types that never fit, a constant that is no regular
    /// expression. Only an interpreter with a type checker does that, and no other can check it.
    Refused(String),
}

/// Whether two answers are the same; the words of errors do not count.
pub fn close(one: &Answer, other: &Answer) -> bool {
    match (one, other) {
        (Answer::Value(one), Answer::Value(other)) => one == other,
        (Answer::Error(_), Answer::Error(_))
        | (Answer::Refused(_), _)
        | (_, Answer::Refused(_)) => true,
        _ => false,
    }
}
