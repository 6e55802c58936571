//! What an expression reads: the fields that are written out under its variables.

use std::collections::BTreeSet;

use super::syntax::{Form, Syntax};
use super::{Read, Scope};

/// All reads of an expression, sorted.
pub(super) fn reads(syntax: &Syntax, scope: &Scope) -> Vec<Read> {
    let mut reader = Reader { scope, locals: Vec::new(), found: BTreeSet::new() };
    reader.visit(syntax);
    reader.found.into_iter().collect()
}

struct Reader<'s> {
    scope: &'s Scope,
    locals: Vec<&'s str>,
    found: BTreeSet<Read>,
}

impl<'s> Reader<'s> {
    fn visit(&mut self, syntax: &'s Syntax) {
        if let Some(read) = self.chain(syntax) {
            self.found.insert(read);
            return;
        }
        match &syntax.seen().form {
            Form::Literal(_) | Form::Name(_) | Form::Variable(_) => {}
            Form::Select { operand, .. } => self.visit(operand),
            Form::Index { operand, index, .. } => {
                self.visit(operand);
                self.visit(index);
            }
            Form::List(items) => items.iter().for_each(|item| self.visit(&item.value)),
            Form::Map(entries) => entries.iter().for_each(|(key, item)| {
                self.visit(key);
                self.visit(&item.value);
            }),
            Form::Call { target, name, arguments } => self.call(target.as_deref(), name, arguments),
        }
    }

    fn call(&mut self, target: Option<&'s Syntax>, name: &str, arguments: &'s [Syntax]) {
        let count = bound(name, target, arguments);
        // `effective(c, "f")` reads the setting of both.
        if let ("effective", [container, field]) = (name, arguments)
            && let Some(field) = field.as_text()
        {
            let fields = ["securityContext".to_owned(), field.to_owned()];
            let pod = Some(Read { root: "pod".to_owned(), fields: Vec::new() });
            for mut read in [self.chain(container), pod].into_iter().flatten() {
                read.fields.extend(fields.iter().cloned());
                self.found.insert(read);
            }
            return;
        }
        if let Some(target) = target {
            self.visit(target);
        }
        let (names, rest) = arguments.split_at_checked(count).unwrap_or((&[], arguments));
        let depth = self.locals.len();
        // A name that `cel.bind` binds is not bound in its value, which hides nothing in practice.
        self.locals.extend(names.iter().filter_map(|name| match &name.form {
            Form::Name(name) => Some(name.as_str()),
            _ => None,
        }));
        for argument in rest {
            self.visit(argument);
        }
        self.locals.truncate(depth);
    }

    /// The read that a chain of fields from a variable is.
    fn chain(&self, syntax: &Syntax) -> Option<Read> {
        match &syntax.seen().form {
            Form::Name(name) => {
                let is_variable =
                    self.scope.slot(name).is_some() && !self.locals.contains(&name.as_str());
                is_variable.then(|| Read { root: name.clone(), fields: Vec::new() })
            }
            Form::Select { operand, field, .. } => self.chain(operand).map(|mut read| {
                read.fields.push(field.clone());
                read
            }),
            Form::Index { operand, index, .. } => {
                let field = index.as_text()?;
                self.chain(operand).map(|mut read| {
                    read.fields.push(field.to_owned());
                    read
                })
            }
            _ => None,
        }
    }
}

/// How many of a call's arguments are names that it binds.
pub(super) fn bound(name: &str, target: Option<&Syntax>, arguments: &[Syntax]) -> usize {
    let is_name = |position: usize| {
        matches!(arguments.get(position), Some(Syntax { form: Form::Name(_), .. }))
    };
    match (name, arguments.len()) {
        _ if target.is_none() || !is_name(0) => 0,
        ("all" | "exists" | "existsOne", 3)
        | ("transformList" | "transformMap" | "transformMapEntry", 3 | 4)
            if is_name(1) =>
        {
            2
        }
        (
            "all" | "exists" | "exists_one" | "existsOne" | "filter" | "map" | "optMap"
            | "optFlatMap" | "sortBy",
            2,
        )
        | ("map" | "bind", 3) => 1,
        _ => 0,
    }
}
