//! Fields and elements: what they are by the declared shapes, and what may lack on the way to them.

use std::ops::Range;

use super::guards::Lack;
use super::types::{comparable, is_nullable, settled};
use super::{Compiler, Typed, names, node};
use crate::expression::CompileError;
use crate::expression::node::Op;
use crate::expression::syntax::Syntax;
use crate::shape::{Field, Type};
use crate::value::Kind;

impl Compiler<'_> {
    pub(super) fn select(&mut self, syntax: &Syntax, operand: &Syntax, field: &str) -> Typed {
        // A variable may have dots in its name, and the longest name wins.
        if let Some(name) = syntax.qualified_name()
            && name.contains('.')
            && self.scope.slot(&name).is_some()
            && self.locals.iter().all(|own| !name.starts_with(&format!("{}.", own.bound.name)))
        {
            return self.name(syntax, &name);
        }
        if let Some(kind) = self.named_type(syntax) {
            return Some((node(syntax, Op::Kind(kind)), Type::Kind));
        }
        let place = &operand.range;
        let (operand, kind) = self.lower(operand)?;
        let kind = self.read(syntax, (place, &kind), field)?;
        Some((node(syntax, Op::Select(Box::new(operand), field.into())), kind))
    }

    /// The type that a name with dots names: `google.protobuf.Duration`, `net.IP`.
    fn named_type(&self, syntax: &Syntax) -> Option<Kind> {
        let name = syntax.qualified_name()?;
        let kind = Kind::NAMED.into_iter().find(|kind| kind.name() == name)?;
        (!self.is_variable(&name)).then_some(kind)
    }

    pub(super) fn optional_select(
        &mut self,
        syntax: &Syntax,
        operand: &Syntax,
        field: &str,
    ) -> Typed {
        let (operand, kind) = self.lower(operand)?;
        let found = self.field(&syntax.range, settled(&kind), field)?;
        let kind = Type::optional(self.kind_of(syntax, &found));
        Some((node(syntax, Op::OptionalSelect(Box::new(operand), field.into())), kind))
    }

    /// The type of what is read at `syntax`, a field of something at a place and of a type.
    /// Remembers what may lack on the way.
    fn read(
        &mut self,
        syntax: &Syntax,
        (place, kind): (&Range<usize>, &Type),
        field: &str,
    ) -> Option<Type> {
        let found = self.field(&syntax.range, settled(kind), field)?;
        // Selecting from what may be absent gives what may be absent; null has no fields even so.
        if is_nullable(kind) && *kind != Type::Null {
            self.lacks(place, Lack::Null);
        }
        let is_optional = matches!(kind, Type::Optional(_));
        if found.optional && !is_optional {
            let spelling = self.spelling(syntax);
            if spelling.is_some() && !self.is_known(spelling.as_deref(), false) {
                self.lacks(&syntax.range, Lack::Absent);
            }
        }
        let kind = self.kind_of(syntax, &found);
        Some(if is_optional { Type::optional(kind) } else { kind })
    }

    /// The type of a field, null included unless it is known not to be.
    fn kind_of(&self, syntax: &Syntax, field: &Field) -> Type {
        if !field.nullable || self.is_known(self.spelling(syntax).as_deref(), true) {
            return field.kind.clone();
        }
        field.kind.clone().nullable()
    }

    /// A field of something that is there; an error where a shape has no such field.
    pub(super) fn field(&mut self, place: &Range<usize>, kind: &Type, name: &str) -> Option<Field> {
        let field =
            |kind, optional| Field { name: name.to_owned(), kind, nullable: false, optional };
        let message = match kind {
            Type::Dyn | Type::Null => return Some(field(Type::Dyn, false)),
            Type::Map(key, value) => {
                // Only what has a shape says which of its keys are there.
                return Some(field((**value).clone(), **key != Type::Dyn));
            }
            Type::Object(object) => match object.field(name) {
                Some(field) => return Some(field.clone()),
                None if !self.strict => return Some(field(Type::Dyn, false)),
                None => {
                    let (noun, name_of) = (object.noun, &object.name);
                    let article =
                        if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                    let message = match noun {
                        "parameter" => format!("there is no parameter `{name}`"),
                        _ => format!("`{name}` is not {article} {noun} of {name_of}"),
                    };
                    let error = CompileError::new(message, place.clone());
                    let known = object.fields.iter().map(|field| field.name.as_str());
                    self.errors.push(names::suggest(error, name, known, "it has"));
                    return None;
                }
            },
            _ if !self.strict => return Some(field(Type::Dyn, false)),
            other => format!("a value of type {other} has no fields, so there is no `{name}`"),
        };
        self.errors.push(CompileError::new(message, place.clone()));
        None
    }

    pub(super) fn index(
        &mut self,
        syntax: &Syntax,
        operand: &Syntax,
        index: &Syntax,
        optional: bool,
    ) -> Typed {
        let place = &operand.range;
        let operand = self.lower(operand);
        let index_text = index.as_text();
        let index = self.apart(|this| this.lower(index));
        let ((operand, kind), (index, index_kind)) = (operand?, index?);
        let is_optional = optional || matches!(kind, Type::Optional(_));
        let is_number = matches!(index_kind, Type::Int | Type::Uint | Type::Double | Type::Dyn);
        let element = match settled(&kind) {
            Type::Dyn => Some(Type::Dyn),
            Type::List(element) if is_number || !self.strict => Some((**element).clone()),
            Type::Map(key, value) if comparable(key, &index_kind) || !self.strict => {
                let spelling = self.spelling(syntax);
                if !is_optional
                    && **key != Type::Dyn
                    && spelling.is_some()
                    && !self.is_known(spelling.as_deref(), false)
                {
                    self.lacks(&syntax.range, Lack::Absent);
                }
                Some((**value).clone())
            }
            Type::Object(_) => match index_text {
                Some(field) if optional => {
                    let found = self.field(&syntax.range, settled(&kind), field)?;
                    Some(self.kind_of(syntax, &found))
                }
                Some(field) => match self.read(syntax, (place, &kind), field)? {
                    Type::Optional(inner) => Some((*inner).clone()),
                    other => Some(other),
                },
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
        if !optional && is_nullable(&kind) && kind != Type::Null {
            self.lacks(place, Lack::Null);
        }
        let pair = Box::new([operand, index]);
        let op = if optional { Op::OptionalIndex(pair) } else { Op::Index(pair) };
        Some((node(syntax, op), if is_optional { Type::optional(element) } else { element }))
    }
}
