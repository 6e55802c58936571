//! THE function table: everything an expression can call, operators and macros included.
//!
//! One entry per overload: name, parameters, result, what it costs, documentation with an example
//! that a test evaluates, and the code. To offer a function, add an entry to one of the groups.
//! Bodies are pure; they get arguments of the declared sorts, never unknown ones (see `shallow`).

mod conversions;
mod forms;
mod iam;
mod images;
mod lists;
mod operators;
mod optionals;
mod sets;
mod strings;

use std::fmt;

use crate::shape::Type;
use crate::value::{Arena, Kind, Value};

pub(super) use strings::compile_regex;

/// Every function, by group.
pub(super) static GROUPS: [&[Function]; 9] = [
    forms::FUNCTIONS,
    operators::FUNCTIONS,
    conversions::FUNCTIONS,
    strings::FUNCTIONS,
    lists::FUNCTIONS,
    sets::FUNCTIONS,
    optionals::FUNCTIONS,
    images::FUNCTIONS,
    iam::FUNCTIONS,
];

/// One overload of a function.
#[derive(Debug)]
pub struct Function {
    /// `size`, `sets.contains`, `_+_`.
    pub name: &'static str,
    /// Whether it is called as `x.name(…)`; `x` is then the first parameter.
    pub is_member: bool,
    /// What it takes.
    pub parameters: &'static [Sort],
    /// What it gives.
    pub returns: Returns,
    /// What it costs beyond one unit.
    pub cost: Charge,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// An expression that uses it and is true.
    pub example: &'static str,
    /// Whether its answer does not depend on what lists and maps hold, so that unknown elements
    /// do not make it unknown.
    pub(super) shallow: bool,
    pub(super) body: Body,
}

/// How a function is computed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    /// From its arguments.
    Strict(Strict),
    /// By the compiler and the evaluator, since it does not always evaluate all its arguments.
    Form,
}

/// The code of a function: arguments in, a value or what is wrong out.
pub(super) type Strict = for<'a> fn(&mut Tools<'a>, &[Value<'a>]) -> Outcome<'a>;

/// What a function gives: a value, or why there is none.
pub(super) type Outcome<'a> = Result<Value<'a>, &'a str>;

/// What a parameter accepts, or a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Anything.
    Dyn,
    /// `bool`
    Bool,
    /// `bytes`
    Bytes,
    /// `double`
    Double,
    /// `int`
    Int,
    /// A type as a value.
    Kind,
    /// A list.
    List,
    /// A map.
    Map,
    /// `int`, `uint` or `double`.
    Number,
    /// A value that may be absent.
    Optional,
    /// `string`
    String,
    /// A list of strings.
    Strings,
    /// `uint`
    Uint,
}

/// The type of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// Always the same.
    Sort(Sort),
    /// That of an argument.
    Argument(usize),
    /// That of the elements of an argument.
    Element(usize),
    /// An optional of an argument's type.
    OptionalOf(usize),
    /// What an optional argument holds.
    Inner(usize),
}

/// What a call costs beyond one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// Nothing more.
    Constant,
    /// One unit per eight bytes of texts and one per element of lists and maps.
    Linear,
    /// For lists, the product of their lengths; the function charges itself.
    Own,
}

const fn entry(
    name: &'static str,
    parameters: &'static [Sort],
    returns: Returns,
    doc: &'static str,
    example: &'static str,
    body: Body,
) -> Function {
    let (cost, is_member, shallow) = (Charge::Constant, false, false);
    Function { name, is_member, parameters, returns, cost, doc, example, shallow, body }
}

/// A function called as `name(…)`.
const fn global(
    name: &'static str,
    parameters: &'static [Sort],
    returns: Returns,
    doc: &'static str,
    example: &'static str,
    body: Strict,
) -> Function {
    entry(name, parameters, returns, doc, example, Body::Strict(body))
}

/// A function called as `x.name(…)`.
const fn member(
    name: &'static str,
    parameters: &'static [Sort],
    returns: Returns,
    doc: &'static str,
    example: &'static str,
    body: Strict,
) -> Function {
    global(name, parameters, returns, doc, example, body).of_member()
}

/// Something the compiler knows by name.
const fn form(
    name: &'static str,
    parameters: &'static [Sort],
    returns: Sort,
    doc: &'static str,
    example: &'static str,
) -> Function {
    entry(name, parameters, Returns::Sort(returns), doc, example, Body::Form)
}

impl Function {
    const fn of_member(mut self) -> Self {
        self.is_member = true;
        self
    }

    const fn linear(mut self) -> Self {
        self.cost = Charge::Linear;
        self
    }

    const fn own_cost(mut self) -> Self {
        self.cost = Charge::Own;
        self
    }

    const fn shallow(mut self) -> Self {
        self.shallow = true;
        self
    }

    /// Whether these values are of the declared sorts.
    pub(super) fn accepts(&self, arguments: &[Value<'_>]) -> bool {
        self.parameters.len() == arguments.len()
            && self.parameters.iter().zip(arguments).all(|(sort, value)| sort.holds(value))
    }

    /// Whether arguments of these types can be of the declared sorts.
    pub(super) fn admits(&self, types: &[Type]) -> bool {
        self.parameters.len() == types.len()
            && self.parameters.iter().zip(types).all(|(sort, kind)| sort.admits(kind))
    }

    /// The type of the result for arguments of these types.
    pub(super) fn result(&self, types: &[Type]) -> Type {
        let argument = |position: usize| types.get(position).cloned().unwrap_or(Type::Dyn);
        match self.returns {
            Returns::Sort(sort) => sort.kind(),
            Returns::Argument(position) => argument(position),
            Returns::OptionalOf(position) => Type::optional(argument(position)),
            Returns::Element(position) => match argument(position) {
                Type::List(element) => (*element).clone(),
                _ => Type::Dyn,
            },
            Returns::Inner(position) => match argument(position) {
                Type::Optional(inner) => (*inner).clone(),
                _ => Type::Dyn,
            },
        }
    }
}

/// As it is called: `string.contains(string)`, `sets.contains(list, list)`, `int + int`.
impl fmt::Display for Function {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parameters = self.parameters.iter();
        if let Some(operator) = operator(self.name) {
            return match self.parameters {
                [one] => write!(out, "{operator}{}", one.name()),
                [left, right] => write!(out, "{} {operator} {}", left.name(), right.name()),
                _ => out.write_str(operator),
            };
        }
        if let (true, Some(receiver)) = (self.is_member, parameters.as_slice().first()) {
            write!(out, "{}.", receiver.name())?;
            parameters.next();
        }
        let list = parameters.map(|sort| sort.name()).collect::<Vec<_>>().join(", ");
        write!(out, "{}({list})", self.name)
    }
}

impl Sort {
    /// As messages and documentation show it.
    pub const fn name(self) -> &'static str {
        match self {
            Sort::Dyn => "any",
            Sort::Bool => "bool",
            Sort::Bytes => "bytes",
            Sort::Double => "double",
            Sort::Int => "int",
            Sort::Kind => "type",
            Sort::List => "list",
            Sort::Map => "map",
            Sort::Number => "number",
            Sort::Optional => "optional",
            Sort::String => "string",
            Sort::Strings => "list(string)",
            Sort::Uint => "uint",
        }
    }

    fn holds(self, value: &Value<'_>) -> bool {
        match self {
            Sort::Dyn => true,
            Sort::Number => matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_)),
            Sort::Bool => matches!(value, Value::Bool(_)),
            Sort::Bytes => matches!(value, Value::Bytes(_)),
            Sort::Double => matches!(value, Value::Double(_)),
            Sort::Int => matches!(value, Value::Int(_)),
            Sort::Kind => matches!(value, Value::Type(_)),
            // The elements are looked at by the function, which walks them anyway.
            Sort::List | Sort::Strings => matches!(value, Value::List(_)),
            Sort::Map => value.kind() == Kind::Map,
            Sort::Optional => matches!(value, Value::Optional(_)),
            Sort::String => matches!(value, Value::String(_)),
            Sort::Uint => matches!(value, Value::Uint(_)),
        }
    }

    fn admits(self, kind: &Type) -> bool {
        match (self, kind) {
            (Sort::Dyn, _)
            | (_, Type::Dyn)
            | (Sort::Bool, Type::Bool)
            | (Sort::Bytes, Type::Bytes)
            | (Sort::Double, Type::Double)
            | (Sort::Int, Type::Int)
            | (Sort::Kind, Type::Kind)
            | (Sort::List, Type::List(_))
            | (Sort::Map, Type::Map(..) | Type::Object(_))
            | (Sort::Number, Type::Int | Type::Uint | Type::Double)
            | (Sort::Optional, Type::Optional(_))
            | (Sort::String, Type::String)
            | (Sort::Uint, Type::Uint) => true,
            (Sort::Strings, Type::List(element)) => Sort::String.admits(element),
            _ => false,
        }
    }

    fn kind(self) -> Type {
        match self {
            Sort::Dyn | Sort::Number => Type::Dyn,
            Sort::Bool => Type::Bool,
            Sort::Bytes => Type::Bytes,
            Sort::Double => Type::Double,
            Sort::Int => Type::Int,
            Sort::Kind => Type::Kind,
            Sort::List => Type::list(Type::Dyn),
            Sort::Map => Type::Map(Type::Dyn.into(), Type::Dyn.into()),
            Sort::Optional => Type::optional(Type::Dyn),
            Sort::String => Type::String,
            Sort::Strings => Type::list(Type::String),
            Sort::Uint => Type::Uint,
        }
    }
}

/// What functions work with: the arena for what they make, and the budget.
#[derive(Debug)]
pub(super) struct Tools<'a> {
    pub(super) arena: &'a Arena,
    pub(super) left: u64,
}

/// What is said when the budget is spent; this error is never absorbed.
pub(super) const EXHAUSTED: &str = "the expression costs more than it may";

impl<'a> Tools<'a> {
    /// Spends units.
    #[inline]
    pub(super) fn charge(&mut self, units: usize) -> Result<(), &'a str> {
        let left = self.left.checked_sub(units as u64);
        self.left = left.unwrap_or_default();
        if left.is_some() { Ok(()) } else { Err(EXHAUSTED) }
    }

    /// Spends what reading these values costs.
    pub(super) fn charge_linear(&mut self, arguments: &[Value<'a>]) -> Result<(), &'a str> {
        arguments.iter().try_for_each(|argument| self.charge(length(argument)))
    }

    /// Words an error.
    pub(super) fn fail<T>(&self, message: fmt::Arguments<'_>) -> Result<T, &'a str> {
        Err(self.write(message))
    }

    /// A text in the arena.
    pub(super) fn write(&self, text: fmt::Arguments<'_>) -> &'a str {
        let mut written = bumpalo::collections::String::new_in(self.arena);
        // Writing to a string cannot fail; a `Display` that does leaves what it wrote.
        let _ = fmt::write(&mut written, text);
        written.into_bump_str()
    }

    /// A copy of a text.
    pub(super) fn text(&self, text: &str) -> Value<'a> {
        Value::String(self.arena.alloc_str(text))
    }
}

fn length(value: &Value<'_>) -> usize {
    match value {
        Value::String(text) => text.len() / 8,
        Value::Bytes(bytes) => bytes.len() / 8,
        Value::List(items) => items.len(),
        Value::Map(_) | Value::Dictionary(_) => value.entry_count(),
        _ => 0,
    }
}

/// What a body answers when its arguments are not of its sorts, which dispatch excludes.
const MISMATCH: &str = "the arguments are of the wrong types";

/// All overloads of a name, called one way.
pub(super) fn overloads(name: &str, is_member: bool) -> impl Iterator<Item = &'static Function> {
    all().filter(move |function| function.name == name && function.is_member == is_member)
}

/// Every function there is, in the order of the documentation.
pub fn all() -> impl Iterator<Item = &'static Function> {
    GROUPS.iter().flat_map(|group| group.iter())
}

/// How an operator is written: `_+_` is `+`.
pub(super) fn operator(name: &str) -> Option<&str> {
    match name {
        "_?_:_" => Some("?:"),
        "_[_]" => Some("[]"),
        "@in" => Some("in"),
        _ if name.contains('_') && !name.contains(char::is_alphanumeric) => {
            Some(name.trim_matches('_'))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
