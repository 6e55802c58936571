//! THE function table: everything an expression can call, operators and macros included.
//!
//! One entry per overload: name, parameters, result, what it costs, documentation with an example
//! that a test evaluates, and the code. To offer a function, add an entry to one of the groups.
//! Bodies are pure; they get arguments of the declared sorts, never unknown ones (see `shallow`).

mod addresses;
mod classes;
mod conversions;
mod encoders;
mod format;
mod formats;
mod forms;
mod iam;
mod images;
mod lists;
mod math;
mod operators;
mod optionals;
mod quantities;
mod regexes;
mod secrets;
mod sets;
mod sort;
mod strings;
mod times;
mod tools;
mod urls;
mod versions;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use crate::shape::Type;
use crate::value::Value;

pub(crate) use images::image_tag;
pub(super) use lists::sorted;
pub(super) use regexes::{Pattern, Patterns, check_regex};
pub use sort::{Returns, Sort};
use tools::MISMATCH;
pub(super) use tools::{EXHAUSTED, Tools};

/// Functions that belong together.
#[derive(Debug)]
pub struct Group {
    /// As documentation heads it.
    pub title: &'static str,
    /// The version of Kubernetes that first had these, but for those that say otherwise.
    kubernetes: Option<&'static str>,
    /// The functions.
    pub functions: &'static [Function],
}

const fn group(
    title: &'static str,
    kubernetes: Option<&'static str>,
    functions: &'static [Function],
) -> Group {
    Group { title, kubernetes, functions }
}

/// The first version of Kubernetes that had CEL.
const FIRST: Option<&str> = Some("1.25");

/// Every function, by group, in the order of the documentation.
pub static GROUPS: [Group; 21] = [
    group("Operators and macros", FIRST, forms::FUNCTIONS),
    group("Arithmetic and sizes", FIRST, operators::FUNCTIONS),
    group("Conversions and types", FIRST, conversions::FUNCTIONS),
    group("Texts", Some("1.29"), strings::FUNCTIONS),
    group("Texts from a pattern", Some("1.29"), format::FUNCTIONS),
    group("Regular expressions", FIRST, regexes::FUNCTIONS),
    group("Lists", FIRST, lists::FUNCTIONS),
    group("Sets", Some("1.29"), sets::FUNCTIONS),
    group("Values that may be absent", Some("1.28"), optionals::FUNCTIONS),
    group("Times", FIRST, times::FUNCTIONS),
    group("Quantities", Some("1.28"), quantities::FUNCTIONS),
    group("Addresses and networks", Some("1.30"), addresses::FUNCTIONS),
    group("URLs", FIRST, urls::FUNCTIONS),
    group("Versions", Some("1.33"), versions::FUNCTIONS),
    group("Named formats", Some("1.31"), formats::FUNCTIONS),
    group("Mathematics", None, math::FUNCTIONS),
    group("Base64", None, encoders::FUNCTIONS),
    group("Image references", None, images::FUNCTIONS),
    group("Classes of data", None, classes::FUNCTIONS),
    group("AWS policies", None, iam::FUNCTIONS),
    group("Secrets", None, secrets::FUNCTIONS),
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
    /// Since when Kubernetes has it.
    pub(super) offered: Offered,
    /// Whether a call of constants that fails is refused when the catalog is loaded.
    pub(super) checked: bool,
    /// Whether its answer does not depend on what lists and maps hold, so that unknown elements
    /// do not make it unknown.
    pub(super) shallow: bool,
    pub(super) body: Body,
}

/// Since when Kubernetes has a function.
#[derive(Clone, Copy, Debug)]
pub(super) enum Offered {
    WithGroup,
    Since(&'static str),
    Never,
}

impl Group {
    /// The version of Kubernetes that first had one of these functions; `None`: none has it.
    pub fn since(&self, function: &Function) -> Option<&'static str> {
        match function.offered {
            Offered::WithGroup => self.kubernetes,
            Offered::Since(version) => Some(version),
            Offered::Never => None,
        }
    }
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
    Function {
        name,
        is_member: false,
        parameters,
        returns,
        cost: Charge::Constant,
        doc,
        example,
        offered: Offered::WithGroup,
        checked: false,
        shallow: false,
        body,
    }
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

    /// Kubernetes has the others of its group, but not this one.
    const fn only_here(mut self) -> Self {
        self.offered = Offered::Never;
        self
    }

    /// Kubernetes got it later than the others of its group.
    const fn since(mut self, version: &'static str) -> Self {
        self.offered = Offered::Since(version);
        self
    }

    const fn checked(mut self) -> Self {
        self.checked = true;
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
        self.returns.kind(types)
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

/// The overloads by their name and by the way in which they are called.
type ByName = BTreeMap<(&'static str, bool), Vec<&'static Function>>;

static BY_NAME: LazyLock<ByName> = LazyLock::new(|| {
    let mut by_name = ByName::new();
    for function in all() {
        by_name.entry((function.name, function.is_member)).or_default().push(function);
    }
    by_name
});

/// All overloads of a name, called one way.
pub(super) fn overloads(name: &str, is_member: bool) -> impl Iterator<Item = &'static Function> {
    BY_NAME.get(&(name, is_member)).into_iter().flatten().copied()
}

/// Every function there is, in the order of the documentation.
pub fn all() -> impl Iterator<Item = &'static Function> {
    GROUPS.iter().flat_map(|group| group.functions)
}

/// How an operator is written: `_+_` is `+`.
pub(super) fn operator(name: &str) -> Option<&str> {
    match name {
        "_?_:_" => Some("?:"),
        "_?._" => Some(".?"),
        "_[?_]" => Some("[?]"),
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
