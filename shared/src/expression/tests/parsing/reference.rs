//! What the parser of the `cel` crate makes of a source, in our tree: its grammar is the official
//! one, and its positions are those of its tokens.

use std::ops::Range;

use cel::Env;
use cel::common::ast::{EntryExpr, Expr, IdedEntryExpr, IdedExpr, LiteralValue, SourceInfo};

use crate::expression::syntax::{Form, Item, Literal, Syntax};

/// More than its parser can use on what tests ask.
const STACK: usize = 128 * 1024 * 1024;

/// The tree of a source; `None` where it is refused. It runs without macros, on a stack of its own.
pub(super) fn parse(source: &str) -> Option<Syntax> {
    let parse = || {
        let parser = Env::default().parser();
        let parser = parser.enable_optional_syntax(true).enable_ident_escape_syntax(true);
        let (expression, info) = parser.parse_with_source_info(source).ok()?;
        Converter { source, info: &info }.convert(expression)
    };
    std::thread::scope(|threads| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(threads, parse);
        thread.unwrap().join().unwrap()
    })
}

struct Converter<'s> {
    source: &'s str,
    info: &'s SourceInfo,
}

impl Converter<'_> {
    fn convert(&self, expression: IdedExpr) -> Option<Syntax> {
        let token = self.token(expression.id);
        let all = |inner: Vec<IdedExpr>| {
            inner.into_iter().map(|inner| self.convert(inner)).collect::<Option<Vec<_>>>()
        };
        let (range, form) = match expression.expr {
            Expr::Literal(value) => (token, Form::Literal(literal(value))),
            Expr::Ident(name) => (token, Form::Name(name.trim_start_matches('.').to_owned())),
            Expr::Select(select) => {
                let range = self.name_after(&token, &select.field);
                let operand = Box::new(self.convert(*select.operand)?);
                (range, Form::Select { operand, field: select.field, optional: false })
            }
            Expr::List(list) => {
                let optional = list.optional_indices;
                let items = all(list.elements)?.into_iter().enumerate();
                let items =
                    items.map(|(place, value)| Item { value, optional: optional.contains(&place) });
                (token, Form::List(items.collect()))
            }
            Expr::Map(map) => {
                let entries = map.entries.into_iter().map(|entry| self.entry(entry));
                (token, Form::Map(entries.collect::<Option<_>>()?))
            }
            Expr::Call(call) => {
                let target = match call.target {
                    Some(target) => Some(self.convert(*target)?),
                    None => None,
                };
                self.call(token, target, call.func_name, all(call.args)?)
            }
            Expr::Struct(_) | Expr::Comprehension(_) | Expr::Unspecified => return None,
        };
        Some(Syntax::new(range, form))
    }

    fn entry(&self, entry: IdedEntryExpr) -> Option<(Syntax, Item)> {
        let EntryExpr::MapEntry(entry) = entry.expr else { return None };
        let (key, value) = (self.convert(entry.key)?, self.convert(entry.value)?);
        Some((key, Item { value, optional: entry.optional }))
    }

    fn call(
        &self,
        token: Range<usize>,
        target: Option<Syntax>,
        name: String,
        arguments: Vec<Syntax>,
    ) -> (Range<usize>, Form) {
        let optional = matches!(name.as_str(), "_?._" | "_[?_]");
        match (name.as_str(), <[Syntax; 2]>::try_from(arguments)) {
            ("_?._", Ok([operand, field])) => {
                let field = field.as_text().unwrap_or_default().to_owned();
                let range = self.name_after(&token, &field);
                (range, Form::Select { operand: Box::new(operand), field, optional })
            }
            ("_[_]" | "_[?_]", Ok([operand, index])) => {
                let (operand, index) = (Box::new(operand), Box::new(index));
                (token, Form::Index { operand, index, optional })
            }
            (_, arguments) => {
                let arguments = arguments.map_or_else(|all| all, Vec::from);
                let range = if self.source.get(token.clone()) == Some("(") {
                    self.name_before(&token, &name)
                } else {
                    token
                };
                let target = target.map(Box::new);
                (range, Form::Call { target, name, arguments })
            }
        }
    }

    /// The bytes of the token that an expression was made of.
    fn token(&self, id: u64) -> Range<usize> {
        let (start, stop) = self.info.offset_for(id).unwrap_or_default();
        let end = (stop as usize + 1).min(self.source.len());
        (start as usize).min(end)..end
    }

    /// A field's name stands after its dot, perhaps after `?` or a backtick.
    fn name_after(&self, token: &Range<usize>, name: &str) -> Range<usize> {
        let rest = self.source.get(token.end..).unwrap_or_default();
        let start = token.end + rest.find(name).unwrap_or_default();
        start..start + name.len()
    }

    /// A function's name stands before its parenthesis.
    fn name_before(&self, token: &Range<usize>, name: &str) -> Range<usize> {
        let before = self.source.get(..token.start).unwrap_or_default();
        let name = name.trim_start_matches('.');
        let start = before.rfind(name).unwrap_or_default();
        start..start + name.len()
    }
}

fn literal(value: LiteralValue) -> Literal {
    match value {
        LiteralValue::Boolean(truth) => Literal::Bool(*truth.inner()),
        LiteralValue::Bytes(bytes) => Literal::Bytes(bytes.inner().into()),
        LiteralValue::Double(number) => Literal::Double(*number.inner()),
        LiteralValue::Int(number) => Literal::Int(*number.inner()),
        LiteralValue::Null => Literal::Null,
        LiteralValue::String(text) => Literal::String(text.inner().into()),
        LiteralValue::UInt(number) => Literal::Uint(*number.inner()),
    }
}
