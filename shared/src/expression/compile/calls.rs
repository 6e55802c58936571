//! Calls: operators and functions and their overloads.

use super::constants::is_constant;
use super::names::nearest;
use super::never::{Side, no_order};
use super::types::{comparable, either, ordered, settled};
use super::{Compiler, Typed, guards, names, node};
use crate::expression::CompileError;
use crate::expression::functions::{self, Body, Function};
use crate::expression::node::{Comparison, Effective, Element, Node, Op};
use crate::expression::syntax::{Form, Literal, Syntax};
use crate::shape::Type;

impl Compiler<'_> {
    pub(super) fn call(
        &mut self,
        syntax: &Syntax,
        target: Option<&Syntax>,
        name: &str,
        arguments: &[Syntax],
    ) -> Typed {
        let Some(target) = target else {
            return self.global(syntax, name, arguments);
        };
        if root(target) == Some("authorizer") && !self.is_variable("authorizer") {
            let error = CompileError::new("`authorizer` is not offered", syntax.range.clone());
            let help = "it asks the API server, and a control sees only what is judged";
            return self.error(error.with_help(help));
        }
        // `sets.contains(…)`: the target is the first part of a name, not a value.
        if let Some(prefix) = target.qualified_name().filter(|prefix| !self.is_variable(prefix)) {
            let full = format!("{prefix}.{name}");
            if full == "cel.bind" {
                return self.bind(syntax, arguments);
            }
            if functions::overloads(&full, false).next().is_some() {
                return self.function(syntax, &full, None, arguments);
            }
        }
        if let Some(typed) = self.macro_call(syntax, target, name, arguments) {
            return typed;
        }
        match (name, arguments) {
            ("orValue", [other]) => self.or_value_call(syntax, target, other),
            ("or", [other]) => {
                let (optional, kind) = self.optional(target, "or")?;
                let (other, _) = self.optional(other, "or")?;
                Some((node(syntax, Op::Or2(Box::new([optional, other]))), kind))
            }
            ("includes", [item]) => {
                let (target, item) = (self.lower(target), self.lower(item));
                let op = Op::Includes(Box::new([target?.0, item?.0]));
                Some((node(syntax, op), Type::Bool))
            }
            _ => self.function(syntax, name, Some(target), arguments),
        }
    }

    /// Whether a name, or the first part of it, is a variable here.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        let root = name.split('.').next().unwrap_or(name);
        self.scope.slot(root).is_some() || self.locals.iter().any(|own| own.bound.name == root)
    }

    fn global(&mut self, syntax: &Syntax, name: &str, arguments: &[Syntax]) -> Typed {
        match (name, arguments) {
            ("_&&_" | "_||_", [_, _]) => self.junction(syntax, name),
            ("!_", [operand]) => {
                let operand = self.truth(operand, "!")?;
                Some((node(syntax, Op::Not(Box::new(operand))), Type::Bool))
            }
            ("_?_:_", [condition, yes, no]) => self.conditional(syntax, condition, yes, no),
            ("_==_" | "_!=_", [left, right]) => self.equality(syntax, name == "_==_", left, right),
            ("@in", [item, collection]) => self.membership(syntax, item, collection),
            ("has", [Syntax { form: Form::Select { operand, field, .. }, range, .. }]) => {
                let (holder, kind) = self.lower(operand)?;
                if self.refuses_null(operand, &kind, "has") {
                    return None;
                }
                self.field(range, settled(&kind), field)?;
                let op = Op::Has(Box::new(holder), field.as_str().into());
                Some((Node { span: range.into(), op }, Type::Bool))
            }
            ("has", _) => {
                let error = CompileError::new(
                    "`has` takes a field, as in `has(a.b)`",
                    syntax.range.clone(),
                );
                self.error(error)
            }
            ("effective", [container, field]) => self.effective(syntax, container, field),
            (_, [left, right]) if let Some(comparison) = Comparison::of(name) => {
                self.comparison(syntax, comparison, left, right)
            }
            _ => self.function(syntax, name, None, arguments),
        }
    }

    fn equality(&mut self, syntax: &Syntax, equal: bool, left: &Syntax, right: &Syntax) -> Typed {
        let (left_typed, right_typed) = (self.compared(left, right), self.compared(right, left));
        let ((left_node, left_kind), (right_node, right_kind)) = (left_typed?, right_typed?);
        let left = Side { syntax: left, node: &left_node, kind: &left_kind };
        let right = Side { syntax: right, node: &right_node, kind: &right_kind };
        if self.never_equal(syntax, left, right) {
            return None;
        }
        let (left, right) = (left_node, right_node);
        let pair = Box::new([left, right]);
        let op = if equal { Op::Equal(pair) } else { Op::NotEqual(pair) };
        Some((node(syntax, op), Type::Bool))
    }

    /// Lowers one side of an equation. To ask twice whether something is null is no mistake: the
    /// first answer is forgotten here.
    fn compared(&mut self, syntax: &Syntax, other: &Syntax) -> Typed {
        if !matches!(other.form, Form::Literal(Literal::Null)) {
            return self.lower(syntax);
        }
        let Some(spelling) = self.spelling(syntax) else { return self.lower(syntax) };
        let known = self.known.clone();
        for fact in self.known.iter_mut().filter(|fact| fact.spelling == spelling) {
            fact.is_set = false;
        }
        let lowered = self.lower(syntax);
        self.known = known;
        lowered
    }

    fn comparison(
        &mut self,
        syntax: &Syntax,
        comparison: Comparison,
        left: &Syntax,
        right: &Syntax,
    ) -> Typed {
        let (left_typed, right_typed) = (self.lower(left), self.lower(right));
        let ((left_node, left_kind), (right_node, right_kind)) = (left_typed?, right_typed?);
        let user = functions::operator(comparison.name()).unwrap_or_default();
        let sides = [(left, &left_kind), (right, &right_kind)];
        if sides.into_iter().any(|(side, kind)| self.refuses_null(side, kind, user)) {
            return None;
        }
        if self.strict && !ordered(&left_kind, &right_kind) {
            return self.error(no_order(syntax, &left_kind, &right_kind));
        }
        let left = Side { syntax: left, node: &left_node, kind: &left_kind };
        let right = Side { syntax: right, node: &right_node, kind: &right_kind };
        if self.never_ordered(syntax, comparison, left, right) {
            return None;
        }
        let (left, right) = (left_node, right_node);
        Some((node(syntax, Op::Compare(comparison, Box::new([left, right]))), Type::Bool))
    }

    fn membership(&mut self, syntax: &Syntax, item: &Syntax, collection: &Syntax) -> Typed {
        let (item_typed, collection_typed) = (self.lower(item), self.lower(collection));
        let ((item_node, item_kind), (collection_node, kind)) = (item_typed?, collection_typed?);
        if self.refuses_null(collection, &kind, "in") {
            return None;
        }
        let fits = match &kind {
            Type::Dyn => true,
            Type::List(element) => comparable(element, &item_kind),
            Type::Map(key, _) => comparable(key, &item_kind),
            Type::Object(_) => comparable(&Type::String, &item_kind),
            _ => false,
        };
        if self.strict && !fits {
            let message = format!("a value of type {item_kind} is never in one of type {kind}");
            let error = CompileError::new(message, syntax.range.clone());
            let help = match (&kind, names::written(collection)) {
                (Type::Optional(inner), Some(text)) => guards::default_of(&text, inner),
                _ => None,
            };
            return self.error(help.map_or(error.clone(), |help| error.with_help(help)));
        }
        let side = Side { syntax: item, node: &item_node, kind: &item_kind };
        if self.never_among(side, collection) {
            return None;
        }
        let (item, collection) = (item_node, collection_node);
        let op = match collection.op {
            Op::List(elements)
                if elements
                    .iter()
                    .all(|element| is_constant(&element.node) && !element.optional) =>
            {
                let constants = elements.into_iter().filter_map(|element| match element.node.op {
                    Op::Constant(literal) => Some(literal),
                    _ => None,
                });
                Op::InConstants(Box::new(item), constants.collect())
            }
            op => Op::In(Box::new([item, Node { op, span: collection.span }])),
        };
        Some((node(syntax, op), Type::Bool))
    }

    /// Lowers an operand that must be an optional.
    pub(super) fn optional(&mut self, syntax: &Syntax, user: &str) -> Typed {
        let (node, kind) = self.lower(syntax)?;
        if self.strict && !matches!(kind, Type::Optional(_) | Type::Dyn) {
            let message =
                format!("`{user}` needs a value that may be absent, not one of type {kind}");
            let error = CompileError::new(message, syntax.range.clone());
            return self.error(error.with_help("`a.?b` selects a field that may be absent"));
        }
        Some((node, kind))
    }

    fn or_value_call(&mut self, syntax: &Syntax, target: &Syntax, other: &Syntax) -> Typed {
        let optional = self.optional(target, "orValue");
        let (other_range, other) = (other.range.clone(), self.lower(other));
        let ((optional, kind), (other, other_kind)) = (optional?, other?);
        let inner = match kind {
            Type::Optional(inner) => (*inner).clone(),
            _ => Type::Dyn,
        };
        if self.strict && other_kind != Type::Null && !comparable(&inner, &other_kind) {
            let message =
                format!("the value is of type {inner}, the other one of type {other_kind}");
            return self.error(CompileError::new(message, other_range));
        }
        let kind = match (&inner, &other.op) {
            // The words, and the one that stands for absence.
            (Type::Word(words), Op::Constant(Literal::String(text))) => {
                let more = Some(&**text).filter(|text| !words.iter().any(|word| word == text));
                Type::word(words.iter().map(String::as_str).chain(more))
            }
            _ => either(&inner, &other_kind),
        };
        if let Some(error) = self.never_absent(target, &inner) {
            return self.error(error);
        }
        Some((Self::or_value(syntax, optional, other), kind))
    }

    fn effective(&mut self, syntax: &Syntax, container: &Syntax, field: &Syntax) -> Typed {
        let Some(name) = field.as_text() else {
            let message = "`effective` needs the name of the field written out";
            return self.error(CompileError::new(message, field.range.clone()));
        };
        let Some(pod) = self.scope.slot("pod") else {
            let message = "`effective` needs the variable `pod`, which is not here";
            return self.error(CompileError::new(message, syntax.range.clone()));
        };
        let (container, kind) = self.lower(container)?;
        let pod_kind = self.scope.kind("pod").cloned().unwrap_or(Type::Dyn);
        let own = self.field(&syntax.range, &kind, "securityContext")?.kind;
        let shared = self.field(&syntax.range, &pod_kind, "securityContext")?.kind;
        // A field of either context will do; the container's is the one that messages name.
        let has = |kind: &Type| match kind {
            Type::Object(object) => object.field(name).map(|field| field.kind.clone()),
            _ => Some(Type::Dyn),
        };
        let kind = match has(&own).or_else(|| has(&shared)) {
            Some(kind) => kind,
            None => self.field(&field.range, &own, name)?.kind,
        };
        let spelling = self.spelling(syntax);
        let is_set = self.is_known(spelling.as_deref(), true);
        let kind = if is_set { kind } else { kind.nullable() };
        let op = Op::Effective(Box::new(Effective { container, pod: pod.0, field: name.into() }));
        Some((node(syntax, op), kind))
    }

    fn function(
        &mut self,
        syntax: &Syntax,
        name: &str,
        target: Option<&Syntax>,
        arguments: &[Syntax],
    ) -> Typed {
        let name = name.trim_start_matches('.');
        let all: Vec<&'static Function> = functions::overloads(name, target.is_some()).collect();
        if all.is_empty() {
            return self.unknown_function(syntax, name, target.is_some());
        }
        let typed: Vec<Typed> =
            target.into_iter().chain(arguments).map(|argument| self.lower(argument)).collect();
        let (nodes, kinds): (Vec<Node>, Vec<Type>) =
            typed.into_iter().collect::<Option<Vec<_>>>()?.into_iter().unzip();
        let given: Vec<&Syntax> = target.into_iter().chain(arguments).collect();
        if self.refuses_null_argument(name, &all, &given, &kinds) {
            return None;
        }
        let (nodes, kinds) = gathered(syntax, name, nodes, kinds);
        let fitting: Vec<&'static Function> = all
            .iter()
            .copied()
            .filter(|function| matches!(function.body, Body::Strict(_)))
            .filter(|function| {
                if self.strict {
                    function.admits(&kinds)
                } else {
                    function.parameters.len() == kinds.len()
                }
            })
            .collect();
        if fitting.is_empty() {
            return self.wrong_arguments(syntax, name, &all, &kinds, target.is_some());
        }
        let results: Vec<Type> = fitting.iter().map(|function| function.result(&kinds)).collect();
        let kind = super::common(&results);
        let op = self.call_op(syntax, name, fitting, nodes)?;
        Some((node(syntax, op), kind))
    }

    /// Whether an argument may be null and would do if it were not; reports if so.
    fn refuses_null_argument(
        &mut self,
        name: &str,
        all: &[&'static Function],
        given: &[&Syntax],
        kinds: &[Type],
    ) -> bool {
        let settled: Vec<Type> = kinds.iter().map(|kind| settled(kind).clone()).collect();
        let admits = |kinds: &[Type]| all.iter().any(|function| function.admits(kinds));
        if admits(kinds) || !admits(&settled) {
            return false;
        }
        let shown = functions::operator(name).unwrap_or(name);
        given.iter().zip(kinds).any(|(syntax, kind)| self.refuses_null(syntax, kind, shown))
    }

    fn unknown_function(&mut self, syntax: &Syntax, name: &str, is_member: bool) -> Typed {
        let error =
            CompileError::new(format!("there is no function `{name}`"), syntax.range.clone());
        if let Some(help) = of_other_languages(name) {
            return self.error(error.with_help(help));
        }
        if let Some(other) = functions::overloads(name, !is_member).next() {
            return self.error(error.with_help(format!("it is called as `{other}`")));
        }
        let same_style = functions::all().filter(|function| function.is_member == is_member);
        let any = functions::all().map(|function| function.name);
        let near = nearest(name, same_style.map(|function| function.name));
        let error = match near.or_else(|| nearest(name, any)) {
            Some(near) => error.with_help(did_you_mean(near, is_member)),
            None => error,
        };
        self.error(error)
    }

    fn wrong_arguments(
        &mut self,
        syntax: &Syntax,
        name: &str,
        all: &[&'static Function],
        kinds: &[Type],
        is_member: bool,
    ) -> Typed {
        let shown = functions::operator(name).unwrap_or(name);
        let own = usize::from(is_member);
        let arity = |function: &&&Function| function.parameters.len() == kinds.len();
        let message = if all.iter().any(|function| arity(&function)) {
            let types = kinds.iter().map(ToString::to_string).collect::<Vec<_>>();
            format!("`{shown}` does not take ({})", types.join(", "))
        } else {
            let counts: Vec<String> =
                all.iter().map(|function| (function.parameters.len() - own).to_string()).collect();
            let mut counts = counts;
            counts.dedup();
            let noun = if counts == ["1"] { "argument" } else { "arguments" };
            format!("`{shown}` takes {} {noun}, not {}", counts.join(" or "), kinds.len() - own)
        };
        // Of many, those that one of the arguments fits.
        let fits = |function: &&&Function| {
            let pairs = function.parameters.iter().zip(kinds);
            { pairs }.any(|(sort, kind)| *kind != Type::Dyn && sort.admits(kind))
        };
        let mut near: Vec<_> = all.iter().filter(fits).collect();
        if near.is_empty() {
            near = all.iter().collect();
        }
        let forms =
            near.iter().map(|function| format!("`{function}`")).collect::<Vec<_>>().join(", ");
        self.error(
            CompileError::new(message, syntax.range.clone()).with_help(format!("there is {forms}")),
        )
    }
}

/// The nearest function, as it is called.
fn did_you_mean(near: &str, is_member: bool) -> String {
    let mut forms = functions::overloads(near, is_member);
    match forms.next().or_else(|| functions::overloads(near, !is_member).next()) {
        Some(form) => format!("did you mean `{form}`?"),
        None => format!("did you mean `{near}`?"),
    }
}

/// What other languages call by another name.
fn of_other_languages(name: &str) -> Option<&'static str> {
    Some(match name {
        "len" | "length" | "count" => "`size(x)` counts elements and characters",
        "any" | "some" => "`list.exists(x, …)` is true where one element makes it so",
        "every" => "`list.all(x, …)` is true where every element makes it so",
        "hasKey" | "has_key" => "`x in list` and `\"key\" in map` ask that",
        "isNull" | "is_null" | "isnull" => "`x == null` asks that",
        "lower" | "toLowerCase" | "toLower" => "`text.lowerAscii()` does that",
        "upper" | "toUpperCase" | "toUpper" => "`text.upperAscii()` does that",
        "match" | "regex" | "regexMatch" => "`text.matches(\"…\")` asks that",
        _ => return None,
    })
}

/// `math.greatest` and `math.least` take a list of more than two numbers as arguments.
fn gathered(
    syntax: &Syntax,
    name: &str,
    nodes: Vec<Node>,
    kinds: Vec<Type>,
) -> (Vec<Node>, Vec<Type>) {
    if nodes.len() < 3 || !matches!(name, "math.greatest" | "math.least") {
        return (nodes, kinds);
    }
    let elements = nodes.into_iter().map(|node| Element { node, optional: false });
    let list = node(syntax, Op::List(elements.collect()));
    (vec![list], vec![Type::list(super::common(&kinds))])
}

/// The name that a chain of calls and fields begins with.
fn root(syntax: &Syntax) -> Option<&str> {
    match &syntax.form {
        Form::Name(name) => Some(name),
        Form::Select { operand, .. } => root(operand),
        Form::Call { target: Some(target), .. } => root(target),
        _ => None,
    }
}
