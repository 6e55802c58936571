//! Variables of a control: expressions under a name, which others use as `variables.name`. A use is
//! worth what the text of the variable would be in its place: the tree of the one is hung into the
//! other before it is compiled, so types, guards, reads, costs and unknowns need nothing more, and
//! what several expressions use is computed once as all that they share.
//!
//! A variable sees the variables before it and what its user sees, but nothing that a macro binds
//! there. Must not know controls; the loader declares variables, `compile` resolves their uses.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::compile::suggest;
use super::parse::{MAX_DEPTH, parse};
use super::reads::bound;
use super::syntax::{Form, Named, Syntax};
use super::{CompileError, Scope};
use crate::shape::{self, COLLECTIONS, Type};

/// What variables are used under.
pub(super) const VARIABLES: &str = "variables";

/// How many parts an expression may have when its variables are written out: variables of
/// variables would grow without bound.
const MAX_PARTS: usize = 8 * 1024;

const BEFORE: &str = "a variable sees those before it";

/// The variables of a control, in their order.
#[derive(Clone, Debug, Default)]
pub struct Variables(Arc<[Variable]>);

#[derive(Debug)]
struct Variable {
    name: String,
    /// Nothing where it is a mistake, or uses one.
    syntax: Option<Arc<Syntax>>,
    found: Found,
}

/// What is found on the way through an expression.
#[derive(Clone, Debug, Default)]
struct Found {
    /// The names that it uses and does not bind itself.
    free: BTreeSet<String>,
    /// The variables that it uses, and those that these use.
    used: BTreeSet<usize>,
    /// Whether it uses a variable that is a mistake.
    is_broken: bool,
    parts: usize,
    depth: usize,
}

impl Variables {
    /// Declares variables, each by its name and its source, and says what is wrong with them as far
    /// as that does not hang on who uses them.
    pub fn declare(sources: &[(&str, &str)]) -> (Self, Vec<CompileError>) {
        let (mut all, mut errors): (Vec<Variable>, Vec<_>) = (Vec::new(), Vec::new());
        for (index, (name, source)) in sources.iter().enumerate() {
            let later = sources.iter().skip(index).map(|(name, _)| *name).collect();
            let mut resolver = Resolver::new(&all, later, None);
            let syntax = parse(source).map(|mut syntax| {
                resolver.visit(&mut syntax, 0);
                syntax
            });
            let (found, mut mistakes) = (resolver.found, resolver.errors);
            let syntax = syntax.map_err(|broken| mistakes.push(broken)).ok();
            let syntax = syntax.filter(|_| mistakes.is_empty() && !found.is_broken);
            let own = |error| CompileError { variable: Some(index), ..error };
            errors.extend(mistakes.into_iter().map(own));
            all.push(Variable { name: (*name).to_owned(), syntax: syntax.map(Arc::new), found });
        }
        (Self(all.into()), errors)
    }

    /// Whether one of them has this name.
    pub(super) fn declare_one_called(&self, name: &str) -> bool {
        self.0.iter().any(|variable| variable.name == name)
    }

    /// Hangs variables into an expression where it uses them. Gives the places of those that it
    /// uses, itself or through others, and what is wrong with its uses.
    pub(super) fn resolve(
        &self,
        syntax: &mut Syntax,
        scope: &Scope,
    ) -> (BTreeSet<usize>, Vec<CompileError>) {
        if self.0.is_empty() {
            return Default::default();
        }
        let mut resolver = Resolver::new(&self.0, Vec::new(), Some(scope));
        resolver.visit(syntax, 0);
        (resolver.found.used, resolver.errors)
    }
}

struct Resolver<'v> {
    known: &'v [Variable],
    /// The names of those that may not be used yet, the first of which is the one at hand.
    later: Vec<&'v str>,
    /// Where the expression will be evaluated, if that is known.
    scope: Option<&'v Scope>,
    /// What macros bind around this place.
    bound: Vec<String>,
    found: Found,
    errors: Vec<CompileError>,
}

impl<'v> Resolver<'v> {
    fn new(known: &'v [Variable], later: Vec<&'v str>, scope: Option<&'v Scope>) -> Self {
        let (bound, found, errors) = (Vec::new(), Found::default(), Vec::new());
        Self { known, later, scope, bound, found, errors }
    }

    fn is_bound(&self, name: &str) -> bool {
        self.bound.iter().any(|own| own == name)
    }

    fn is_variables(&self, syntax: &Syntax) -> bool {
        matches!(&syntax.form, Form::Name(name) if name == VARIABLES) && !self.is_bound(VARIABLES)
    }

    fn visit(&mut self, syntax: &mut Syntax, depth: usize) {
        self.found.parts += 1;
        self.found.depth = self.found.depth.max(depth);
        let variable = match &syntax.form {
            Form::Select { operand, field, optional: false } if self.is_variables(operand) => {
                let name = field.clone();
                self.used(&name, depth).map(|(index, syntax)| Named { name, index, syntax })
            }
            _ if self.is_variables(syntax) => Err(self.alone()),
            _ => return self.visit_parts(syntax, depth),
        };
        syntax.form = Form::Variable(variable.unwrap_or_else(|error| {
            self.errors.push(CompileError { range: syntax.range.clone(), ..error });
            Named::default()
        }));
    }

    fn visit_parts(&mut self, syntax: &mut Syntax, depth: usize) {
        match &mut syntax.form {
            Form::Literal(_) | Form::Variable(_) => {}
            Form::Name(name) if self.is_bound(name) => {}
            Form::Name(name) => {
                self.found.free.insert(name.clone());
            }
            Form::Select { operand, .. } => self.visit(operand, depth + 1),
            Form::Index { operand, index, .. } => {
                self.visit(operand, depth + 1);
                self.visit(index, depth + 1);
            }
            Form::List(items) => {
                for item in items {
                    self.visit(&mut item.value, depth + 1);
                }
            }
            Form::Map(entries) => {
                for (key, item) in entries {
                    self.visit(key, depth + 1);
                    self.visit(&mut item.value, depth + 1);
                }
            }
            Form::Call { target, name, arguments } => {
                let binds = bound(name, target.as_deref(), arguments);
                if let Some(target) = target {
                    self.visit(target, depth + 1);
                }
                let around = self.bound.len();
                let Some((names, rest)) = arguments.split_at_mut_checked(binds) else { return };
                self.bound.extend(names.iter().filter_map(|name| match &name.form {
                    Form::Name(name) => Some(name.clone()),
                    _ => None,
                }));
                for argument in rest {
                    self.visit(argument, depth + 1);
                }
                self.bound.truncate(around);
            }
        }
    }

    /// The variable of that name, if it can be used at this place. Errors are without their place.
    fn used(
        &mut self,
        name: &str,
        depth: usize,
    ) -> Result<(usize, Option<Arc<Syntax>>), CompileError> {
        let known = self.known;
        let own = known.iter().enumerate().find(|(_, variable)| variable.name == name);
        let Some((index, variable)) = own else { return Err(self.unknown(name)) };
        self.found.used.insert(index);
        let Some(syntax) = &variable.syntax else {
            self.found.is_broken = true;
            return Ok((index, None));
        };
        let Found { free, used, parts, depth: below, .. } = &variable.found;
        if let Some(error) = free.iter().find_map(|free| self.misread(name, free)) {
            return Err(error);
        }
        self.found.free.extend(free.iter().cloned());
        self.found.used.extend(used);
        self.found.parts += parts;
        // Whoever walks the tree comes one level deeper by the name alone.
        self.found.depth = self.found.depth.max(depth + 1 + below);
        if self.found.parts > MAX_PARTS || self.found.depth > MAX_DEPTH {
            let message = format!(
                "with `variables.{name}` written out, the expression has more than {MAX_PARTS} parts \
                 or is nested deeper than {MAX_DEPTH} levels"
            );
            return Err(placeless(message));
        }
        Ok((index, Some(Arc::clone(syntax))))
    }

    fn alone(&self) -> CompileError {
        let known: Vec<_> = self.known.iter().map(|own| own.name.as_str()).collect();
        placeless("`variables` is used with a name").with_help(match known.as_slice() {
            [] => BEFORE.to_owned(),
            known => format!("write `variables.` and one of: {}", known.join(", ")),
        })
    }

    fn unknown(&self, name: &str) -> CompileError {
        if self.later.contains(&name) {
            let is_itself = self.later.first() == Some(&name);
            let place = if is_itself { "here" } else { "further down" };
            return placeless(format!("`variables.{name}` is declared {place}")).with_help(BEFORE);
        }
        let known = self.known.iter().map(|own| own.name.as_str());
        suggest(placeless(format!("there is no `variables.{name}`")), name, known, "there is")
    }

    /// Why a variable that reads a name cannot be used here, if it cannot.
    fn misread(&self, variable: &str, name: &str) -> Option<CompileError> {
        let (is_bound, lacks) =
            (self.is_bound(name), self.scope.is_some_and(|own| own.lacks(name)));
        let why = match (is_bound, lacks) {
            (false, false) => return None,
            (true, _) => "but never the one that a macro binds here",
            (false, true) => "which is not known here",
        };
        let error = placeless(format!("`variables.{variable}` reads `{name}`, {why}"));
        Some(match collection_of(name).filter(|_| lacks) {
            Some(each) => error.with_help(format!("`each: {each}` in the rule binds `{name}`")),
            None if is_bound => error.with_help("give what the macro binds another name"),
            None => error,
        })
    }
}

/// What is wrong at a place that only the caller knows.
fn placeless(message: impl Into<String>) -> CompileError {
    CompileError::new(message, 0..0)
}

impl Scope {
    /// Whether expressions elsewhere in a catalog know this name, and those here do not.
    fn lacks(&self, name: &str) -> bool {
        let elsewhere = || Scope::common(Type::Dyn).kubernetes().terraform("");
        self.slot(name).is_none()
            && (elsewhere().slot(name).is_some() || collection_of(name).is_some())
    }
}

/// A collection whose elements go by this name.
fn collection_of(name: &str) -> Option<&'static str> {
    let is_it = |each: &&&str| shape::element(each).is_some_and(|(own, _)| own == name);
    COLLECTIONS.iter().find(is_it).copied()
}
