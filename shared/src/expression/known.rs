//! What is known of values at a place of an expression because of what was asked before it:
//! `has(a.b) && …`, `a != null ? … : …`, `"k" in m`. A value goes by its spelling, which is the same
//! for `a.b`, `a.?b` and `a["b"]`; what macros bind has a spelling of its own.
//!
//! The compiler asks; scopes carry what conditions of the same rule have settled. Must not know
//! types.

use super::Scope;
use super::syntax::{Form, Literal, Syntax};

/// That a value is there, and perhaps that it is not null either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) spelling: String,
    pub(super) is_set: bool,
}

/// A variable that a macro binds, and how what it holds is spelt; nothing where that has no name.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) name: String,
    pub(super) spelling: Option<String>,
}

/// What a truth value settles, and how values are spelt.
#[derive(Debug)]
pub(super) struct Speller<'s> {
    pub(super) scope: &'s Scope,
    /// What macros bind around this place, outermost first.
    pub(super) bound: Vec<Bound>,
    /// How many parts of conditions may still be looked at: conditions within conditions would
    /// take time without bound.
    pub(super) left: usize,
}

/// What is looked at of a condition before nothing more is concluded from it.
pub(super) const PARTS: usize = 512;

impl Speller<'_> {
    /// How a value is spelt; nothing for what no condition can settle.
    pub(super) fn spelling(&self, syntax: &Syntax) -> Option<String> {
        match &syntax.seen().form {
            Form::Name(name) => match self.bound.iter().rfind(|bound| bound.name == *name) {
                Some(bound) => bound.spelling.clone(),
                None => self.scope.slot(name).map(|_| name.clone()),
            },
            Form::Select { operand, field, .. } => Some(below(&self.spelling(operand)?, field)),
            Form::Index { operand, index, .. } => {
                let operand = self.spelling(operand)?;
                Some(match &index.seen().form {
                    Form::Literal(Literal::String(field)) => below(&operand, field),
                    Form::Literal(literal) => format!("{operand}[{literal:?}]"),
                    _ => format!("{operand}[{}]", self.spelling(index)?),
                })
            }
            // An empty list stands for a list that is not there.
            Form::Call { target: Some(target), name, arguments } => {
                match (name.as_str(), arguments.as_slice()) {
                    ("orValue", [default]) if default.is_empty_collection() => {
                        self.spelling(target)
                    }
                    ("value", []) => self.spelling(target),
                    _ => None,
                }
            }
            Form::Call { target: None, name, arguments } if name == "effective" => {
                let [container, field] = arguments.as_slice() else { return None };
                Some(format!("effective({}, {})", self.spelling(container)?, field.as_text()?))
            }
            Form::Literal(_)
            | Form::Call { .. }
            | Form::List(_)
            | Form::Map(_)
            | Form::Variable(_) => None,
        }
    }

    /// What is known where `syntax` is `truth`.
    pub(super) fn holds(&mut self, syntax: &Syntax, truth: bool) -> Vec<Known> {
        let Some(left) = self.left.checked_sub(1) else { return Vec::new() };
        self.left = left;
        match &syntax.seen().form {
            Form::Call { target: None, name, arguments } => self.operator(name, arguments, truth),
            Form::Call { target: Some(target), name, arguments } => {
                self.member(target, name, arguments, truth)
            }
            _ => Vec::new(),
        }
    }

    fn operator(&mut self, name: &str, arguments: &[Syntax], truth: bool) -> Vec<Known> {
        match (name, arguments) {
            ("!_", [operand]) => self.holds(operand, !truth),
            ("_&&_" | "_||_", [left, right]) => {
                let (left, right) = (self.holds(left, truth), self.holds(right, truth));
                if (name == "_&&_") == truth { union(left, right) } else { shared(left, &right) }
            }
            ("_?_:_", [condition, yes, no]) => {
                let mut branch = |branch: &Syntax, taken| {
                    if branch.as_bool() == Some(!truth) {
                        return None;
                    }
                    let known = self.holds(condition, taken);
                    Some(union(known, self.holds(branch, truth)))
                };
                match (branch(yes, true), branch(no, false)) {
                    (Some(yes), Some(no)) => shared(yes, &no),
                    (Some(one), None) | (None, Some(one)) => one,
                    (None, None) => Vec::new(),
                }
            }
            ("has", [field]) if truth => self.reached(field, false),
            ("_==_" | "_!=_", [left, right]) => {
                let equal = (name == "_==_") == truth;
                union(self.compared(left, right, equal), self.compared(right, left, equal))
            }
            ("_<_" | "_<=_" | "_>_" | "_>=_", [left, right]) => {
                let counts = |zero: i64, number: i64| match name {
                    "_<_" => zero < number,
                    "_<=_" => zero <= number,
                    "_>_" => zero > number,
                    _ => zero >= number,
                };
                match (left.as_int(), right.as_int()) {
                    (None, Some(number)) if counts(0, number) != truth => self.counted(left),
                    (Some(number), None) if counts(number, 0) != truth => self.counted(right),
                    _ => Vec::new(),
                }
            }
            ("@in", [item, collection]) if truth => self.contained(item, collection),
            ("@in", [item, collection]) => self.not_contained(item, collection),
            _ => Vec::new(),
        }
    }

    fn member(
        &mut self,
        target: &Syntax,
        name: &str,
        arguments: &[Syntax],
        truth: bool,
    ) -> Vec<Known> {
        match (name, arguments) {
            ("hasValue", []) if truth => self.reached(target, false),
            // Had it been absent, the other truth value would stand here.
            ("orValue", [default]) if default.as_bool() == Some(!truth) => {
                self.reached(target, true)
            }
            ("contains" | "startsWith" | "endsWith", [part]) if truth => {
                match (or_value(target), part.as_text()) {
                    (Some((optional, Literal::String(default))), Some(part))
                        if !default.contains(part) =>
                    {
                        self.reached(optional, true)
                    }
                    _ => Vec::new(),
                }
            }
            ("matches", [_]) if truth => match or_value(target) {
                Some((optional, Literal::String(default))) if default.is_empty() => {
                    self.reached(optional, true)
                }
                _ => Vec::new(),
            },
            ("exists" | "exists_one" | "existsOne", [..]) if truth => self.counted_in(target),
            ("all", [element, condition]) if truth => self.of_all(target, element, condition),
            ("all", [..]) if !truth => self.counted_in(target),
            ("bind", [name, value, body]) if target.qualified_name().as_deref() == Some("cel") => {
                let spelling = self.spelling(value);
                self.within(name, spelling, |speller| speller.holds(body, truth))
            }
            _ => Vec::new(),
        }
    }

    /// What is known of elements that a filter let through, each spelt `element`.
    pub(super) fn of_filtered<'f>(
        &mut self,
        list: &'f Syntax,
        element: &str,
    ) -> (Vec<Known>, &'f Syntax) {
        let (mut known, mut list) = (Vec::new(), list.seen());
        while let Form::Call { target: Some(target), name, arguments } = &list.form
            && let ("filter", [own, condition]) = (name.as_str(), arguments.as_slice())
        {
            let spelling = Some(element.to_owned());
            known.extend(self.within(own, spelling, |speller| speller.holds(condition, true)));
            list = target.seen();
        }
        (known, list)
    }

    fn of_all(&mut self, list: &Syntax, element: &Syntax, condition: &Syntax) -> Vec<Known> {
        let Some(spelling) = self.spelling(list).map(|list| element_of(&list)) else {
            return Vec::new();
        };
        self.within(element, Some(spelling), |speller| speller.holds(condition, true))
    }

    fn within<T>(
        &mut self,
        name: &Syntax,
        spelling: Option<String>,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let Form::Name(name) = &name.form else { return inside(self) };
        self.bound.push(Bound { name: name.clone(), spelling });
        let result = inside(self);
        self.bound.pop();
        result
    }

    /// `one` is compared with `other`, and they are equal or not.
    fn compared(&mut self, one: &Syntax, other: &Syntax, equal: bool) -> Vec<Known> {
        let other = other.seen();
        let Form::Literal(literal) = &other.form else {
            return match (&other.form, or_value(one)) {
                (Form::List(_) | Form::Map(_), None) if equal => self.reached(one, true),
                _ => Vec::new(),
            };
        };
        let is_null = matches!(literal, Literal::Null);
        match or_value(one) {
            // It differs from what stands for absence, or equals something else.
            Some((optional, default)) if (default == literal) != equal => {
                let is_set = if equal { !is_null } else { is_null };
                self.reached(optional, is_set)
            }
            None if is_null != equal => {
                let mut known = self.reached(one, true);
                if let Literal::Int(number) = literal
                    && (*number != 0) == equal
                {
                    known.extend(self.counted(one));
                }
                known
            }
            None if *literal == Literal::Int(0) && !equal => self.counted(one),
            _ => Vec::new(),
        }
    }

    /// `syntax` is the size of something that has elements, so it is there.
    fn counted(&mut self, syntax: &Syntax) -> Vec<Known> {
        match &syntax.seen().form {
            Form::Call { target: Some(list), name, arguments }
                if name == "size" && arguments.is_empty() =>
            {
                self.counted_in(list)
            }
            Form::Call { target: None, name, arguments } if name == "size" => {
                arguments.first().map(|list| self.counted_in(list)).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// `list` has elements, so it is there.
    fn counted_in(&mut self, list: &Syntax) -> Vec<Known> {
        match or_value(list) {
            Some((optional, Literal::EmptyList | Literal::EmptyMap)) => {
                self.reached(optional, true)
            }
            _ => Vec::new(),
        }
    }

    fn contained(&mut self, item: &Syntax, collection: &Syntax) -> Vec<Known> {
        let is_null = |syntax: &Syntax| matches!(syntax.seen().form, Form::Literal(Literal::Null));
        let may_be_null = match &collection.seen().form {
            Form::List(items) => items.iter().any(|item| is_null(&item.value)),
            _ => false,
        };
        let mut known = match or_value(item) {
            None if !may_be_null => self.reached(item, true),
            _ => Vec::new(),
        };
        known.extend(self.counted_in(collection));
        if let Some(collection) = self.spelling(collection) {
            let spelling = match (item.as_text(), self.spelling(item)) {
                (Some(field), _) => Some(below(&collection, field)),
                (None, Some(item)) => Some(format!("{collection}[{item}]")),
                (None, None) => None,
            };
            known.extend(spelling.map(|spelling| Known { spelling, is_set: false }));
        }
        known
    }

    /// `!(item in [null, "a"])`
    fn not_contained(&mut self, item: &Syntax, collection: &Syntax) -> Vec<Known> {
        let Form::List(items) = &collection.seen().form else { return Vec::new() };
        let lists = |literal: &Literal| {
            items
                .iter()
                .any(|item| matches!(&item.value.seen().form, Form::Literal(own) if own == literal))
        };
        match or_value(item) {
            Some((optional, default)) if lists(default) => {
                self.reached(optional, lists(&Literal::Null))
            }
            None if lists(&Literal::Null) => self.reached(item, true),
            _ => Vec::new(),
        }
    }

    /// A chain of fields could be followed to its end: all before the end is there and not null.
    fn reached(&self, chain: &Syntax, is_set: bool) -> Vec<Known> {
        let mut known = Vec::new();
        let (mut next, mut is_set) = (Some(chain), is_set);
        while let Some(syntax) = next {
            known.extend(self.spelling(syntax).map(|spelling| Known { spelling, is_set }));
            is_set = true;
            next = match &syntax.seen().form {
                Form::Select { operand, .. } | Form::Index { operand, .. } => Some(operand),
                _ => None,
            };
        }
        known
    }
}

/// How an element of a list is spelt, whichever it is.
pub(super) fn element_of(list: &str) -> String {
    format!("{list}[*]")
}

fn below(operand: &str, field: &str) -> String {
    if field.contains('.') { format!("{operand}[{field:?}]") } else { format!("{operand}.{field}") }
}

/// `optional.orValue(default)` with a constant default.
fn or_value(syntax: &Syntax) -> Option<(&Syntax, &Literal)> {
    let Form::Call { target: Some(optional), name, arguments } = &syntax.seen().form else {
        return None;
    };
    let ("orValue", [default]) = (name.as_str(), arguments.as_slice()) else { return None };
    match &default.seen().form {
        Form::Literal(literal) => Some((optional, literal)),
        Form::List(items) if items.is_empty() => Some((optional, &Literal::EmptyList)),
        Form::Map(entries) if entries.is_empty() => Some((optional, &Literal::EmptyMap)),
        _ => None,
    }
}

fn union(mut all: Vec<Known>, more: Vec<Known>) -> Vec<Known> {
    all.extend(more);
    all
}

fn shared(mut all: Vec<Known>, other: &[Known]) -> Vec<Known> {
    all.retain(|known| other.contains(known));
    all
}
