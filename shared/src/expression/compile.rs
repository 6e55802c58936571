//! Syntax tree to nodes: names become slots, types are inferred as far as they are known, and
//! what cannot work is refused with the place and the way out. Collects all mistakes of an
//! expression, not only the first.

mod calls;
mod constants;
mod macros;
mod names;

use super::node::{Comparison, Element, Node, Op, PathOr};
use super::parse::parse;
use super::syntax::{Form, Item, Literal, Syntax};
use super::{CompileError, Scope};
use crate::shape::Type;
use crate::value::Kind;

/// How many variables macros may bind inside each other.
pub(super) const MAX_LOCALS: usize = 12;

/// What compiling gives.
pub(super) struct Compiled {
    pub(super) node: Node,
    pub(super) kind: Type,
    pub(super) locals: usize,
    pub(super) syntax: Syntax,
}

/// Compiles a source. Without `strict`, types are not compared before evaluation.
pub(super) fn compile(
    source: &str,
    scope: &Scope,
    strict: bool,
) -> Result<Compiled, Vec<CompileError>> {
    let syntax = parse(source)?;
    let (locals, errors) = (Vec::new(), Vec::new());
    let mut compiler = Compiler { scope, strict, locals, most_locals: 0, errors };
    let typed = compiler.lower(&syntax);
    let locals = compiler.most_locals;
    match (typed, compiler.errors) {
        (Some((node, kind)), errors) if errors.is_empty() => {
            Ok(Compiled { node, kind, locals, syntax })
        }
        (_, errors) => Err(errors),
    }
}

/// A node with its type; `None` after an error that has been recorded.
type Typed = Option<(Node, Type)>;

struct Compiler<'s> {
    scope: &'s Scope,
    strict: bool,
    /// What the macros around this place bind, outermost first.
    locals: Vec<(String, Type)>,
    most_locals: usize,
    errors: Vec<CompileError>,
}

impl Compiler<'_> {
    fn lower(&mut self, syntax: &Syntax) -> Typed {
        match &syntax.form {
            Form::Literal(literal) => {
                Some((node(syntax, Op::Constant(literal.clone())), literal.kind()))
            }
            Form::Name(name) => self.name(syntax, name),
            Form::Select { operand, field, optional: false } => self.select(syntax, operand, field),
            Form::Select { operand, field, optional: true } => {
                let (operand, kind) = self.lower(operand)?;
                let kind = Type::optional(self.field(syntax, &kind, field)?);
                Some((
                    node(syntax, Op::OptionalSelect(Box::new(operand), field.as_str().into())),
                    kind,
                ))
            }
            Form::Index { operand, index, optional } => {
                self.index(syntax, operand, index, *optional)
            }
            Form::Call { target, name, arguments } => {
                self.call(syntax, target.as_deref(), name, arguments)
            }
            Form::List(items) => self.list(syntax, items),
            Form::Map(entries) => self.map(syntax, entries),
        }
    }

    fn error(&mut self, error: CompileError) -> Typed {
        self.errors.push(error);
        None
    }

    fn name(&mut self, syntax: &Syntax, name: &str) -> Typed {
        if let Some(slot) = self.locals.iter().rposition(|(own, _)| own == name) {
            let kind = self.locals.get(slot).map_or(Type::Dyn, |(_, kind)| kind.clone());
            return Some((node(syntax, Op::Local(slot)), kind));
        }
        if let Some(slot) = self.scope.slot(name) {
            let kind = self.scope.kind(name).cloned().unwrap_or(Type::Dyn);
            return Some((node(syntax, Op::Variable(slot.0)), kind));
        }
        if let Some(kind) = Kind::NAMED.into_iter().find(|kind| kind.name() == name) {
            return Some((node(syntax, Op::Kind(kind)), Type::Kind));
        }
        let known: Vec<&str> =
            self.locals.iter().map(|(own, _)| own.as_str()).chain(self.scope.names()).collect();
        let error =
            CompileError::new(format!("there is no variable `{name}` here"), syntax.range.clone());
        let error = names::suggest(error, name, known.iter().copied(), "known here");
        self.error(error)
    }

    fn select(&mut self, syntax: &Syntax, operand: &Syntax, field: &str) -> Typed {
        // A variable may have dots in its name, and the longest name wins.
        if let Some(name) = syntax.qualified_name()
            && name.contains('.')
            && self.scope.slot(&name).is_some()
            && self.locals.iter().all(|(own, _)| !name.starts_with(&format!("{own}.")))
        {
            return self.name(syntax, &name);
        }
        if let Some(kind) = self.named_type(syntax) {
            return Some((node(syntax, Op::Kind(kind)), Type::Kind));
        }
        let (operand, kind) = self.lower(operand)?;
        let kind = match &kind {
            // Selecting from what may be absent gives what may be absent.
            Type::Optional(inner) => Type::optional(self.field(syntax, inner, field)?),
            other => self.field(syntax, other, field)?,
        };
        Some((node(syntax, Op::Select(Box::new(operand), field.into())), kind))
    }

    /// The type that a name with dots names: `google.protobuf.Duration`, `net.IP`.
    fn named_type(&self, syntax: &Syntax) -> Option<Kind> {
        let name = syntax.qualified_name()?;
        let kind = Kind::NAMED.into_iter().find(|kind| kind.name() == name)?;
        (!self.is_variable(&name)).then_some(kind)
    }

    /// The type of a field of something; an error where a shape has no such field.
    fn field(&mut self, syntax: &Syntax, kind: &Type, field: &str) -> Option<Type> {
        let message = match kind {
            Type::Dyn | Type::Null => return Some(Type::Dyn),
            Type::Map(_, value) => return Some((**value).clone()),
            Type::Optional(inner) => return self.field(syntax, &inner.clone(), field),
            Type::Object(object) => match object.field(field) {
                Some(field) => return Some(field.kind.clone()),
                None if !self.strict => return Some(Type::Dyn),
                None => {
                    let (noun, name) = (object.noun, &object.name);
                    let article =
                        if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                    let message = format!("`{field}` is not {article} {noun} of {name}");
                    let error = CompileError::new(message, syntax.range.clone());
                    let known = object.fields.iter().map(|field| field.name.as_str());
                    self.errors.push(names::suggest(error, field, known, "it has"));
                    return None;
                }
            },
            _ if !self.strict => return Some(Type::Dyn),
            other => format!("a value of type {other} has no fields, so there is no `{field}`"),
        };
        self.errors.push(CompileError::new(message, syntax.range.clone()));
        None
    }

    fn index(
        &mut self,
        syntax: &Syntax,
        operand: &Syntax,
        index: &Syntax,
        optional: bool,
    ) -> Typed {
        let operand = self.lower(operand);
        let index_text = index.as_text();
        let index = self.lower(index);
        let ((operand, kind), (index, index_kind)) = (operand?, index?);
        let (inner, absent) = match &kind {
            Type::Optional(inner) => ((**inner).clone(), true),
            other => (other.clone(), optional),
        };
        let is_number = matches!(index_kind, Type::Int | Type::Uint | Type::Double | Type::Dyn);
        let element = match &inner {
            Type::Dyn => Some(Type::Dyn),
            Type::List(element) if is_number || !self.strict => Some((**element).clone()),
            Type::Map(key, value) if comparable(key, &index_kind) || !self.strict => {
                Some((**value).clone())
            }
            Type::Object(_) => match index_text {
                Some(field) => Some(self.field(syntax, &inner, field)?),
                None => Some(Type::Dyn),
            },
            _ if !self.strict => Some(Type::Dyn),
            _ => None,
        };
        let Some(element) = element else {
            let message =
                format!("a value of type {kind} has no element at one of type {index_kind}");
            return self.error(CompileError::new(message, syntax.range.clone()));
        };
        let pair = Box::new([operand, index]);
        let op = if optional { Op::OptionalIndex(pair) } else { Op::Index(pair) };
        Some((node(syntax, op), if absent { Type::optional(element) } else { element }))
    }

    fn item(&mut self, item: &Item) -> Option<(Element, Type)> {
        let (node, kind) = self.lower(&item.value)?;
        let kind = match (item.optional, kind) {
            (true, Type::Optional(inner)) => (*inner).clone(),
            (true, Type::Dyn) => Type::Dyn,
            (true, kind) if self.strict => {
                let message =
                    format!("`?` needs a value that may be absent, not one of type {kind}");
                self.errors.push(CompileError::new(message, item.value.range.clone()));
                return None;
            }
            (_, kind) => kind,
        };
        Some((Element { node, optional: item.optional }, kind))
    }

    fn list(&mut self, syntax: &Syntax, items: &[Item]) -> Typed {
        let typed: Vec<_> = items.iter().map(|item| self.item(item)).collect();
        if items.is_empty() {
            let op = Op::Constant(Literal::EmptyList);
            return Some((node(syntax, op), Type::list(Type::Dyn)));
        }
        let (elements, kinds): (Vec<_>, Vec<_>) =
            typed.into_iter().collect::<Option<Vec<_>>>()?.into_iter().unzip();
        Some((node(syntax, Op::List(elements.into())), Type::list(common(&kinds))))
    }

    fn map(&mut self, syntax: &Syntax, entries: &[(Syntax, Item)]) -> Typed {
        if entries.is_empty() {
            let literal = Literal::EmptyMap;
            let kind = literal.kind();
            return Some((node(syntax, Op::Constant(literal)), kind));
        }
        let (mut nodes, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for (key, item) in entries {
            let (key_node, key_kind) = self.lower(key)?;
            let allowed = [Type::Dyn, Type::Bool, Type::Int, Type::Uint, Type::String];
            if !allowed.contains(&key_kind) && self.strict {
                let message = format!("a value of type {key_kind} cannot be a key of a map");
                return self.error(CompileError::new(message, key.range.clone()));
            }
            let (element, value) = self.item(item)?;
            nodes.push((key_node, element));
            keys.push(key_kind);
            values.push(value);
        }
        let kind = Type::Map(common(&keys).into(), common(&values).into());
        Some((node(syntax, Op::Map(nodes.into())), kind))
    }

    /// `x.?a.?b.orValue(y)` in one walk.
    fn or_value(syntax: &Syntax, optional: Node, default: Node) -> Node {
        if !matches!(optional.op, Op::OptionalSelect(..)) {
            return node(syntax, Op::OrValue(Box::new([optional, default])));
        }
        let (mut base, mut fields) = (optional, Vec::new());
        while let Op::OptionalSelect(operand, field) = base.op {
            fields.push(field);
            base = *operand;
        }
        fields.reverse();
        node(syntax, Op::PathOr(Box::new(PathOr { base, fields: fields.into(), default })))
    }
}

/// A node that stands where this syntax does.
fn node(syntax: &Syntax, op: Op) -> Node {
    Node { span: (&syntax.range).into(), op }
}

/// The type of all, if they have one.
fn common(kinds: &[Type]) -> Type {
    match kinds {
        [first, rest @ ..] if rest.iter().all(|kind| kind == first) => first.clone(),
        _ => Type::Dyn,
    }
}

/// Whether two values of these types can be equal.
fn comparable(a: &Type, b: &Type) -> bool {
    let is_number = |kind: &Type| matches!(kind, Type::Int | Type::Uint | Type::Double);
    match (a, b) {
        (Type::Dyn | Type::Null, _)
        | (_, Type::Dyn | Type::Null)
        | (Type::Object(_), Type::Object(_) | Type::Map(..))
        | (Type::Map(..), Type::Object(_)) => true,
        (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => comparable(a, b),
        (Type::Map(ka, va), Type::Map(kb, vb)) => comparable(ka, kb) && comparable(va, vb),
        (a, b) => a == b || (is_number(a) && is_number(b)),
    }
}

/// Whether two values of these types can have an order.
fn ordered(a: &Type, b: &Type) -> bool {
    let is_time = |kind: &Type| matches!(kind, Type::Plain(Kind::Timestamp | Kind::Duration));
    let is_number = |kind: &Type| matches!(kind, Type::Int | Type::Uint | Type::Double);
    match (a, b) {
        (Type::Dyn, Type::Dyn)
        | (Type::Bool, Type::Bool)
        | (Type::String, Type::String)
        | (Type::Bytes, Type::Bytes) => true,
        (Type::Dyn, other) | (other, Type::Dyn) => {
            is_number(other)
                || is_time(other)
                || matches!(other, Type::Bool | Type::String | Type::Bytes)
        }
        (Type::Plain(a), Type::Plain(b)) => a == b && is_time(&Type::Plain(*a)),
        (a, b) => is_number(a) && is_number(b),
    }
}

impl Comparison {
    fn of(name: &str) -> Option<Self> {
        match name {
            "_<_" => Some(Comparison::Less),
            "_<=_" => Some(Comparison::LessOrEqual),
            "_>_" => Some(Comparison::Greater),
            "_>=_" => Some(Comparison::GreaterOrEqual),
            _ => None,
        }
    }
}

impl Literal {
    fn kind(&self) -> Type {
        match self {
            Literal::Null => Type::Null,
            Literal::Bool(_) => Type::Bool,
            Literal::Int(_) => Type::Int,
            Literal::Uint(_) => Type::Uint,
            Literal::Double(_) => Type::Double,
            Literal::String(_) => Type::String,
            Literal::Bytes(_) => Type::Bytes,
            Literal::Timestamp(_) => Type::Plain(Kind::Timestamp),
            Literal::Duration(_) => Type::Plain(Kind::Duration),
            Literal::Opaque(opaque) => Type::Plain(opaque.kind()),
            Literal::EmptyList => Type::list(Type::Dyn),
            Literal::EmptyMap => Type::Map(Type::Dyn.into(), Type::Dyn.into()),
        }
    }
}
