//! Source text to syntax tree: the only module that knows the `cel` crate.
//!
//! The parser runs without macros, so that what was written is what the compiler sees. Its tree
//! is as deep as the source makes it, therefore the length and the depth are bounded here, and
//! those that nest are parsed on a thread with a stack of its own.

use std::ops::Range;

use cel::Env;
use cel::common::ast::{EntryExpr, Expr, IdedEntryExpr, IdedExpr, LiteralValue, SourceInfo};
use cel::parser::ParseErrors;

use super::CompileError;
use super::slips::slip;
use super::syntax::{Form, Item, Literal, Syntax};

/// The longest source; the longest of the catalog has a few hundred bytes.
const MAX_LENGTH: usize = 8 * 1024;
/// Up to this many nested brackets, and this many dots and operators, a source is parsed on the
/// caller's stack: the parser takes some 64 KiB of it per bracket when it is not optimised.
const FLAT: (usize, usize) = (6, 48);
/// For all others: more than the parser can use on `MAX_LENGTH` bytes.
const STACK: usize = 128 * 1024 * 1024;
/// How deep the tree may be; the compiler and the evaluator walk it recursively.
pub(super) const MAX_DEPTH: usize = 64;

/// Parses a source.
pub(super) fn parse(source: &str) -> Result<Syntax, Vec<CompileError>> {
    if source.trim().is_empty() {
        return Err(vec![CompileError::new("the expression is empty", 0..source.len())]);
    }
    if source.len() > MAX_LENGTH {
        let message = format!("the expression is longer than {MAX_LENGTH} bytes");
        return Err(vec![CompileError::new(message, 0..source.len())]);
    }
    if is_flat(source) {
        return parse_here(source);
    }
    let failed = |_| vec![CompileError::new("the expression cannot be parsed", 0..source.len())];
    std::thread::scope(|threads| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(threads, || parse_here(source))
            .map_err(|error| {
                let message = format!("no thread to parse with: {error}");
                vec![CompileError::new(message, 0..source.len())]
            })?;
        thread.join().map_err(failed)?
    })
}

/// Whether a source is too simple to endanger the caller's stack. Text in quotes counts too,
/// which is safe: a thread is the worst that comes of it.
fn is_flat(source: &str) -> bool {
    let (mut depth, mut deepest, mut chained) = (0_usize, 0, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'?' | b'!' | b'<' | b'>' | b'=' => {
                chained += 1;
            }
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let (brackets, operators) = FLAT;
    deepest <= brackets && chained <= operators
}

fn parse_here(source: &str) -> Result<Syntax, Vec<CompileError>> {
    let parser =
        Env::default().parser().enable_optional_syntax(true).enable_ident_escape_syntax(true);
    let (expression, info) =
        parser.parse_with_source_info(source).map_err(|errors| reword(source, errors))?;
    Converter { source, info: &info }.convert(expression, 0).map_err(|error| vec![error])
}

/// The parser's messages, each with the bytes it is about. One mistake often makes several.
fn reword(source: &str, errors: ParseErrors) -> Vec<CompileError> {
    let mut reworded: Vec<CompileError> = Vec::new();
    for error in errors.errors {
        let (line, column) = error.pos;
        let start = offset(source, line, column);
        // What follows from a known slip need not be said as well.
        if let Some(slip) = slip(source, start) {
            return vec![slip];
        }
        let length =
            source.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let message = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg).to_owned();
        let message = match message.split_once(" expecting ") {
            // The list of everything that could have stood there helps nobody.
            Some((found, wanted)) if wanted.len() > 40 => found.to_owned(),
            _ => message,
        };
        if reworded.iter().all(|known| known.range.start != start) {
            reworded.push(CompileError::new(message, start..start + length));
        }
    }
    reworded
}

/// The byte at a line and column, both from 1, columns in characters.
fn offset(source: &str, line: isize, column: isize) -> usize {
    let line = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    let before: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    let text = source.get(before..).unwrap_or_default();
    before + text.chars().take(column).map(char::len_utf8).sum::<usize>()
}

struct Converter<'s> {
    source: &'s str,
    info: &'s SourceInfo,
}

impl Converter<'_> {
    fn convert(&self, expression: IdedExpr, depth: usize) -> Result<Syntax, CompileError> {
        let token = self.token(expression.id);
        if depth > MAX_DEPTH {
            let message = format!("the expression is nested deeper than {MAX_DEPTH} levels");
            return Err(CompileError::new(message, token));
        }
        let below = |inner| self.convert(inner, depth + 1);
        let all =
            |inner: Vec<IdedExpr>| inner.into_iter().map(below).collect::<Result<Vec<_>, _>>();
        let (range, form) = match expression.expr {
            Expr::Literal(value) => (token, Form::Literal(literal(value))),
            Expr::Ident(name) => (token, Form::Name(name.trim_start_matches('.').to_owned())),
            Expr::Select(select) => {
                let range = self.name_after(&token, &select.field);
                let operand = Box::new(below(*select.operand)?);
                (range, Form::Select { operand, field: select.field, optional: false })
            }
            Expr::List(list) => {
                let optional = list.optional_indices;
                let values = all(list.elements)?;
                let items = values.into_iter().enumerate().map(|(position, value)| Item {
                    value,
                    optional: optional.contains(&position),
                });
                (token, Form::List(items.collect()))
            }
            Expr::Map(map) => {
                let entries = map.entries.into_iter().map(|entry| self.entry(entry, depth));
                (token, Form::Map(entries.collect::<Result<_, _>>()?))
            }
            Expr::Call(call) => {
                let target = call.target.map(|target| below(*target)).transpose()?;
                let arguments = all(call.args)?;
                self.call(token, target, call.func_name, arguments)
            }
            Expr::Struct(message) => {
                let message = format!("there is no message type `{}`", message.type_name);
                return Err(CompileError::new(message, token));
            }
            Expr::Comprehension(_) | Expr::Unspecified => {
                return Err(CompileError::new("this cannot be parsed", token));
            }
        };
        Ok(Syntax { range, form })
    }

    fn entry(&self, entry: IdedEntryExpr, depth: usize) -> Result<(Syntax, Item), CompileError> {
        let token = self.token(entry.id);
        match entry.expr {
            EntryExpr::MapEntry(entry) => {
                let value = self.convert(entry.value, depth + 1)?;
                let key = self.convert(entry.key, depth + 1)?;
                Ok((key, Item { value, optional: entry.optional }))
            }
            EntryExpr::StructField(_) => Err(CompileError::new("a map key was expected", token)),
        }
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
        let start = before.rfind(name.trim_start_matches('.')).unwrap_or_default();
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
