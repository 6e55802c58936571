//! Macros: calls that bind names. Each becomes a node of its own.

use super::types::settled;
use super::{Compiler, Local, MAX_LOCALS, Typed, guards, names, node};
use crate::expression::CompileError;
use crate::expression::known::{Bound, Known, element_of};
use crate::expression::node::{Binds, Gives, Node, Op, Quantifier, QuantifierKind, Transform};
use crate::expression::syntax::{Form, Syntax};
use crate::shape::Type;

/// A macro's names, its other arguments, and what it makes of them.
enum Shape<'s> {
    Quantifier(QuantifierKind, &'s Syntax),
    Transform { condition: Option<&'s Syntax>, result: Option<&'s Syntax>, gives: Gives },
    OptionalMap { wraps: bool, result: &'s Syntax },
}

impl Compiler<'_> {
    /// Lowers a macro; `None` if the call is none.
    pub(super) fn macro_call(
        &mut self,
        syntax: &Syntax,
        target: &Syntax,
        name: &str,
        arguments: &[Syntax],
    ) -> Option<Typed> {
        let (names, shape) = shape(name, arguments)?;
        Some(self.expand(syntax, target, name, names, &shape))
    }

    fn expand(
        &mut self,
        syntax: &Syntax,
        target: &Syntax,
        name: &str,
        names: &[Syntax],
        shape: &Shape<'_>,
    ) -> Typed {
        if let Shape::OptionalMap { wraps, result } = shape {
            return self.optional_map(syntax, target, names, name, *wraps, result);
        }
        let (range, kind) = self.lower(target)?;
        if self.refuses_null(target, &kind, name) {
            return None;
        }
        let kinds = match elements(&kind, names.len()) {
            Some(kinds) => kinds,
            None if self.strict => {
                let message = format!("`{name}` needs a list or a map, not a value of type {kind}");
                let error = CompileError::new(message, target.range.clone());
                let help = match (&kind, names::written(target)) {
                    (Type::Optional(inner), Some(text)) => guards::default_of(&text, inner),
                    _ => None,
                };
                return self.error(help.map_or(error.clone(), |help| error.with_help(help)));
            }
            None => vec![Type::Dyn; names.len()],
        };
        let element = kinds.first().cloned().unwrap_or(Type::Dyn);
        let (known, spellings) = self.elements_of(target, &kind, names.len());
        let binds = self.enter(names, kinds, spellings)?;
        let typed =
            self.knowing(known, |this| this.body(syntax, name, shape, range, binds, element));
        self.locals.truncate(binds.first);
        typed
    }

    /// How what a macro binds is spelt, and what is known of it: what all elements were found to
    /// be, what a filter before it let through, and that a map has its own keys.
    fn elements_of(
        &mut self,
        list: &Syntax,
        kind: &Type,
        names: usize,
    ) -> (Vec<Known>, Vec<Option<String>>) {
        if !self.strict {
            return (Vec::new(), vec![None; names]);
        }
        self.spellings += 1;
        let own = format!("#{}", self.spellings);
        let (mut known, unfiltered) = self.speller().of_filtered(list, &own);
        let Some(list) = self.spelling(unfiltered) else {
            return (known, vec![None; names]);
        };
        let all = element_of(&list);
        for fact in &self.known {
            if let Some(rest) = fact.spelling.strip_prefix(&all) {
                known.push(Known { spelling: format!("{own}{rest}"), is_set: fact.is_set });
            }
        }
        let is_map = matches!(settled(kind), Type::Map(..) | Type::Object(_));
        if is_map {
            known.push(Known { spelling: format!("{list}[{own}]"), is_set: false });
        }
        let spellings = match (names, is_map) {
            (1, _) => vec![Some(own)],
            (_, true) => vec![Some(own.clone()), Some(format!("{list}[{own}]"))],
            (_, false) => vec![None, Some(own)],
        };
        (known, spellings)
    }

    fn body(
        &mut self,
        syntax: &Syntax,
        name: &str,
        shape: &Shape<'_>,
        range: Node,
        binds: Binds,
        element: Type,
    ) -> Typed {
        match shape {
            Shape::Quantifier(kind, body) => {
                let body = self.truth(body, name)?;
                let quantifier = Quantifier { kind: *kind, range, binds, body };
                Some((node(syntax, Op::Quantifier(Box::new(quantifier))), Type::Bool))
            }
            Shape::Transform { condition, result, gives } => {
                let mut settled = Vec::new();
                let condition = match condition {
                    Some(condition) => {
                        settled = self.holds(condition, true);
                        Some(self.truth(condition, name)?)
                    }
                    None => None,
                };
                let (lowered, kind) = match result {
                    Some(result) => {
                        let (result, kind) = self.knowing(settled, |this| this.lower(result))?;
                        (Some(result), kind)
                    }
                    None => (None, element.clone()),
                };
                let kind = match (gives, kind) {
                    (Gives::List, kind) => Type::list(kind),
                    (Gives::Map, kind) => Type::Map(element.into(), kind.into()),
                    (Gives::Sorted, _) => Type::list(element),
                    (Gives::Entries, kind @ (Type::Map(..) | Type::Dyn)) => kind,
                    (Gives::Entries, _) if !self.strict => Type::Dyn,
                    (Gives::Entries, kind) => {
                        let message = format!("`{name}` needs a map, not a value of type {kind}");
                        let range = result.map_or(&syntax.range, |result| &result.range).clone();
                        return self.error(CompileError::new(message, range));
                    }
                };
                let transform =
                    Transform { range, binds, condition, result: lowered, gives: *gives };
                Some((node(syntax, Op::Transform(Box::new(transform))), kind))
            }
            Shape::OptionalMap { .. } => None,
        }
    }

    fn optional_map(
        &mut self,
        syntax: &Syntax,
        target: &Syntax,
        names: &[Syntax],
        name: &str,
        wraps: bool,
        result: &Syntax,
    ) -> Typed {
        let (optional, kind) = self.optional(target, name)?;
        let inner = match kind {
            Type::Optional(inner) => (*inner).clone(),
            _ => Type::Dyn,
        };
        let spelling = self.spelling(target);
        let binds = self.enter(names, vec![inner], vec![spelling])?;
        let typed = self.lower(result);
        self.locals.truncate(binds.first);
        let (result, kind) = typed?;
        let op = Op::OptionalMap(binds.first, wraps, Box::new([optional, result]));
        Some((node(syntax, op), if wraps { Type::optional(kind) } else { kind }))
    }

    /// `cel.bind(name, value, expression)`
    pub(super) fn bind(&mut self, syntax: &Syntax, arguments: &[Syntax]) -> Typed {
        let [name, value, body] = arguments else {
            let message = "`cel.bind` takes a name, a value and an expression";
            return self.error(CompileError::new(message, syntax.range.clone()));
        };
        let spelling = self.spelling(value);
        let (value, kind) = self.lower(value)?;
        let binds = self.enter(std::slice::from_ref(name), vec![kind], vec![spelling])?;
        let typed = self.lower(body);
        self.locals.truncate(binds.first);
        let (body, kind) = typed?;
        Some((node(syntax, Op::Bind(binds.first, Box::new([value, body]))), kind))
    }

    /// Binds names; an error if one is no name, or if there are too many.
    fn enter(
        &mut self,
        names: &[Syntax],
        kinds: Vec<Type>,
        spellings: Vec<Option<String>>,
    ) -> Option<Binds> {
        let first = self.locals.len();
        if first + names.len() > MAX_LOCALS {
            let message = format!("more than {MAX_LOCALS} variables are bound inside each other");
            let range = names.first().map_or(0..0, |name| name.range.clone());
            self.errors.push(CompileError::new(message, range));
            return None;
        }
        for ((syntax, kind), spelling) in names.iter().zip(kinds).zip(spellings) {
            let Form::Name(name) = &syntax.form else {
                self.locals.truncate(first);
                let message = "a macro binds a plain name here";
                self.errors.push(CompileError::new(message, syntax.range.clone()));
                return None;
            };
            let bound = Bound { name: name.clone(), spelling };
            self.locals.push(Local { bound, kind });
        }
        self.most_locals = self.most_locals.max(self.locals.len());
        Some(Binds { first, second: (names.len() == 2).then_some(first + 1) })
    }
}

/// Which macro a call is, by its name and the number of its arguments.
fn shape<'s>(name: &str, arguments: &'s [Syntax]) -> Option<(&'s [Syntax], Shape<'s>)> {
    let transform = |condition, result, gives| Shape::Transform { condition, result, gives };
    let quantifier = match name {
        "all" => Some(QuantifierKind::All),
        "exists" => Some(QuantifierKind::Exists),
        "exists_one" | "existsOne" => Some(QuantifierKind::ExistsOne),
        _ => None,
    };
    Some(match (name, arguments, quantifier) {
        (_, [_, body], Some(kind)) => (arguments.get(..1)?, Shape::Quantifier(kind, body)),
        (_, [_, _, body], Some(kind)) if name != "exists_one" => {
            (arguments.get(..2)?, Shape::Quantifier(kind, body))
        }
        ("filter", [_, condition], _) => {
            (arguments.get(..1)?, transform(Some(condition), None, Gives::List))
        }
        ("map", [_, result], _) => {
            (arguments.get(..1)?, transform(None, Some(result), Gives::List))
        }
        ("map", [_, condition, result], _) => {
            (arguments.get(..1)?, transform(Some(condition), Some(result), Gives::List))
        }
        ("sortBy", [_, key], _) => (arguments.get(..1)?, transform(None, Some(key), Gives::Sorted)),
        (_, [_, _, result], _) if two_variables(name).is_some() => {
            (arguments.get(..2)?, transform(None, Some(result), two_variables(name)?))
        }
        (_, [_, _, condition, result], _) if two_variables(name).is_some() => {
            (arguments.get(..2)?, transform(Some(condition), Some(result), two_variables(name)?))
        }
        ("optMap", [_, result], _) => {
            (arguments.get(..1)?, Shape::OptionalMap { wraps: true, result })
        }
        ("optFlatMap", [_, result], _) => {
            (arguments.get(..1)?, Shape::OptionalMap { wraps: false, result })
        }
        _ => return None,
    })
}

/// What a transforming macro with two variables gives.
fn two_variables(name: &str) -> Option<Gives> {
    match name {
        "transformList" => Some(Gives::List),
        "transformMap" => Some(Gives::Map),
        "transformMapEntry" => Some(Gives::Entries),
        _ => None,
    }
}

/// The types of what a macro over this type binds; `None` if it cannot be walked.
fn elements(kind: &Type, names: usize) -> Option<Vec<Type>> {
    let pair = |key: Type, value: Type| if names == 2 { vec![key, value] } else { vec![key] };
    Some(match kind {
        Type::Dyn => vec![Type::Dyn; names],
        Type::List(element) if names == 2 => vec![Type::Int, (**element).clone()],
        Type::List(element) => vec![(**element).clone()],
        Type::Map(key, value) => pair((**key).clone(), (**value).clone()),
        Type::Object(_) => pair(Type::String, Type::Dyn),
        _ => return None,
    })
}
