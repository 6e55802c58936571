//! Source text to syntax tree, by the grammar of CEL: each rule of it is a function here. What was
//! written is what the compiler sees; macros are calls like all others.
//!
//! The first mistake ends it. How deep brackets nest and how deep a tree becomes is bounded, since
//! all who walk it do so recursively. A test holds every tree against the one that the parser of
//! the `cel` crate makes. Called by `compile`.

use std::ops::Range;

use super::CompileError;
use super::literal::literal;
use super::slips::slip;
use super::syntax::{Form, Item, Literal, Syntax};
use super::token::{Kind, Token};

/// The longest source; the longest of the catalog has a few hundred bytes.
const MAX_LENGTH: usize = 8 * 1024;
/// How deep the tree may be; the compiler and the evaluator walk it recursively.
pub(super) const MAX_DEPTH: usize = 64;

/// Words that are literals or operators, and never names.
pub(crate) const KEYWORDS: [&str; 4] = ["in", "true", "false", "null"];

/// Words that name nothing but fields and functions of values.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
];

/// Operators between two operands: how closely they bind, and the name of the function.
const OPERATORS: [(&str, u8, &str); 14] = [
    ("||", 1, "_||_"),
    ("&&", 2, "_&&_"),
    ("==", 3, "_==_"),
    ("!=", 3, "_!=_"),
    ("<", 3, "_<_"),
    ("<=", 3, "_<=_"),
    (">", 3, "_>_"),
    (">=", 3, "_>=_"),
    ("in", 3, "@in"),
    ("+", 4, "_+_"),
    ("-", 4, "_-_"),
    ("*", 5, "_*_"),
    ("/", 5, "_/_"),
    ("%", 5, "_%_"),
];

/// Parses a source.
pub(super) fn parse(source: &str) -> Result<Syntax, CompileError> {
    if source.trim().is_empty() {
        return Err(CompileError::new("the expression is empty", 0..source.len()));
    }
    if source.len() > MAX_LENGTH {
        let message = format!("the expression is longer than {MAX_LENGTH} bytes");
        return Err(CompileError::new(message, 0..source.len()));
    }
    let mut parser = Parser { source, token: Token { kind: Kind::End, range: 0..0 }, open: 0 };
    parser.advance()?;
    let whole = parser.expression()?;
    match parser.token.kind {
        Kind::End => Ok(whole),
        Kind::Sign => Err(parser.stop(format!("`{}` does not belong here", parser.text()))),
        _ => Err(parser.stop(format!("an operator is missing before `{}`", parser.text()))),
    }
}

struct Parser<'s> {
    source: &'s str,
    /// The next token.
    token: Token,
    /// How many expressions are open around it.
    open: usize,
}

type Parsed<T = Syntax> = Result<T, CompileError>;

impl<'s> Parser<'s> {
    /// `a || b ? c || d : expression`
    fn expression(&mut self) -> Parsed {
        self.open += 1;
        if self.open > MAX_DEPTH + 1 {
            return Err(too_deep(self.token.range.clone()));
        }
        let condition = self.operation(0)?;
        let whole = match self.take("?")? {
            None => condition,
            Some(sign) => {
                let yes = self.operation(0)?;
                self.close(":", &sign)?;
                let no = self.expression()?;
                operator(sign, "_?_:_", vec![condition, yes, no])?
            }
        };
        self.open -= 1;
        Ok(whole)
    }

    /// `a + b * c && d`, as far as its operators bind at least so closely.
    fn operation(&mut self, least: u8) -> Parsed {
        let mut left = self.unary()?;
        while let Some((sign, binds, name)) = OPERATORS.into_iter().find(|(sign, ..)| self.is(sign))
            && binds >= least
        {
            let mut others = Vec::new();
            while let Some(range) = self.take(sign)? {
                others.push((range, self.operation(binds + 1)?));
                // What is no chain is taken from left to right, whatever binds alike.
                if !matches!(sign, "||" | "&&") {
                    break;
                }
            }
            left = balanced(name, left, others)?;
        }
        Ok(left)
    }

    /// `!a`, `-a`; two of a kind undo each other.
    fn unary(&mut self) -> Parsed {
        let operators = [("!", "!_"), ("-", "-_")];
        let next = operators.into_iter().find(|(sign, _)| self.is(sign));
        let Some((sign, name)) = next.filter(|_| !self.is_negative_number()) else {
            return self.member();
        };
        let first = self.advance()?;
        let mut is_odd = true;
        while self.take(sign)?.is_some() {
            is_odd = !is_odd;
        }
        let operand = self.member()?;
        if is_odd { operator(first, name, vec![operand]) } else { Ok(operand) }
    }

    /// `a.b`, `a.?b`, `a.b(c)`, `a[b]`, `a[?b]`
    fn member(&mut self) -> Parsed {
        let mut whole = self.primary()?;
        loop {
            whole = if self.take(".")?.is_some() {
                self.field(whole)?
            } else if let Some(range) = self.take("[")? {
                let optional = self.take("?")?.is_some();
                let index = Box::new(self.expression()?);
                self.close("]", &range)?;
                part(range, Form::Index { operand: Box::new(whole), index, optional })?
            } else if self.is("{")
                && let Some(name) = whole.qualified_name()
            {
                let message = format!("there is no message type `{name}`");
                return Err(CompileError::new(message, self.token.range.clone()));
            } else {
                return Ok(whole);
            };
        }
    }

    /// What follows a dot.
    fn field(&mut self, operand: Syntax) -> Parsed {
        let optional = self.take("?")?.is_some();
        let operand = Box::new(operand);
        let (name, range) = match self.token.kind {
            Kind::Escaped => {
                let range = self.advance()?;
                (self.written(range.start + 1..range.end - 1), range.start + 1..range.end - 1)
            }
            Kind::Word if !KEYWORDS.contains(&self.text()) => {
                let range = self.advance()?;
                let name = self.written(range.clone());
                if !optional && self.is("(") {
                    return self.call(range, Some(operand), name.to_owned());
                }
                (name, range)
            }
            _ => return Err(self.missing("the name of a field")),
        };
        part(range, Form::Select { operand, field: name.to_owned(), optional })
    }

    fn primary(&mut self) -> Parsed {
        let text = self.text();
        match (self.token.kind, text) {
            (Kind::Int | Kind::Uint | Kind::Double | Kind::Text | Kind::Bytes, _) => {
                self.literal(literal(text, &self.token, false)?)
            }
            (Kind::Sign, "-") if self.is_negative_number() => {
                self.advance()?;
                self.literal(literal(self.text(), &self.token, true)?)
            }
            (Kind::Word, "true" | "false") => self.literal(Literal::Bool(text == "true")),
            (Kind::Word, "null") => self.literal(Literal::Null),
            (Kind::Word, _) => self.name(""),
            (Kind::Sign, ".") => {
                self.advance()?;
                self.name(".")
            }
            (Kind::Sign, "(") => self.nested(),
            (Kind::Sign, "[") => {
                let (open, items) = self.items("]", Self::item)?;
                part(open, Form::List(items))
            }
            (Kind::Sign, "{") => {
                let (open, entries) = self.items("}", Self::entry)?;
                part(open, Form::Map(entries))
            }
            _ => Err(self.missing("a value")),
        }
    }

    fn literal(&mut self, value: Literal) -> Parsed {
        part(self.advance()?, Form::Literal(value))
    }

    /// A variable or the call of a function, perhaps behind a dot.
    fn name(&mut self, dot: &str) -> Parsed {
        let name = self.text();
        if self.token.kind != Kind::Word || KEYWORDS.contains(&name) {
            return Err(self.missing("a value"));
        }
        if RESERVED.contains(&name) {
            return Err(self.stop(format!("`{name}` is a reserved word")));
        }
        let range = self.advance()?;
        if self.is("(") {
            return self.call(range, None, format!("{dot}{name}"));
        }
        part(range, Form::Name(name.to_owned()))
    }

    /// A call, from its opening bracket on.
    fn call(&mut self, range: Range<usize>, target: Option<Box<Syntax>>, name: String) -> Parsed {
        let open = self.advance()?;
        let mut arguments = Vec::new();
        if !self.is(")") {
            arguments.push(self.expression()?);
            while self.take(",")?.is_some() {
                arguments.push(self.expression()?);
            }
        }
        self.close(")", &open)?;
        part(range, Form::Call { target, name, arguments })
    }

    /// `(expression)`
    fn nested(&mut self) -> Parsed {
        let open = self.advance()?;
        let inner = self.expression()?;
        self.close(")", &open)?;
        Ok(inner)
    }

    /// The opening bracket that is next, and what stands up to the other; a comma may follow the last.
    fn items<T>(
        &mut self,
        close: &str,
        item: fn(&mut Self) -> Parsed<T>,
    ) -> Parsed<(Range<usize>, Vec<T>)> {
        let (open, mut items) = (self.advance()?, Vec::new());
        if self.take(",")?.is_none() {
            while !self.is(close) {
                items.push(item(self)?);
                if self.take(",")?.is_none() {
                    break;
                }
            }
        }
        self.close(close, &open)?;
        Ok((open, items))
    }

    fn item(&mut self) -> Parsed<Item> {
        let optional = self.take("?")?.is_some();
        Ok(Item { value: self.expression()?, optional })
    }

    fn entry(&mut self) -> Parsed<(Syntax, Item)> {
        let Item { value: key, optional } = self.item()?;
        if self.take(":")?.is_none() {
            return Err(self.missing("`:`"));
        }
        Ok((key, Item { value: self.expression()?, optional }))
    }

    /// Goes on to the next token; the place of the one that was next.
    fn advance(&mut self) -> Parsed<Range<usize>> {
        let next = Token::after(self.source, self.token.range.end).map_err(|error| {
            let at = error.range.start;
            slip(self.source, at).unwrap_or(error)
        })?;
        Ok(std::mem::replace(&mut self.token, next).range)
    }

    /// Goes on if this is next.
    fn take(&mut self, sign: &str) -> Parsed<Option<Range<usize>>> {
        if self.is(sign) { self.advance().map(Some) } else { Ok(None) }
    }

    fn is(&self, text: &str) -> bool {
        self.text() == text
    }

    /// A minus before a number belongs to it.
    fn is_negative_number(&self) -> bool {
        let is_number = |token: Token| matches!(token.kind, Kind::Int | Kind::Double);
        self.is("-") && Token::after(self.source, self.token.range.end).is_ok_and(is_number)
    }

    fn text(&self) -> &'s str {
        self.written(self.token.range.clone())
    }

    fn written(&self, range: Range<usize>) -> &'s str {
        self.source.get(range).unwrap_or_default()
    }

    /// Goes on behind a bracket, or the `:` of a choice, that must be next.
    fn close(&mut self, sign: &str, open: &Range<usize>) -> Parsed<()> {
        if self.take(sign)?.is_some() {
            return Ok(());
        }
        if self.token.kind == Kind::End && sign != ":" {
            let message = format!("`{}` is never closed", self.written(open.clone()));
            return Err(CompileError::new(message, open.clone()));
        }
        Err(self.missing(&format!("`{sign}`")))
    }

    /// A mistake at the next token, as a known slip where it is one.
    fn stop(&self, message: impl Into<String>) -> CompileError {
        let range = self.token.range.clone();
        slip(self.source, range.start).unwrap_or_else(|| CompileError::new(message, range))
    }

    /// A mistake: something else should come next.
    fn missing(&self, what: &str) -> CompileError {
        match self.token.kind {
            Kind::End => self.stop(format!("{what} is missing at the end")),
            _ => self.stop(format!("{what} is missing before `{}`", self.text())),
        }
    }
}

/// A part of the tree, unless that makes it too deep.
fn part(range: Range<usize>, form: Form) -> Parsed {
    let syntax = Syntax::new(range, form);
    if syntax.depth > MAX_DEPTH { Err(too_deep(syntax.range)) } else { Ok(syntax) }
}

/// An operator is the call of a function.
fn operator(range: Range<usize>, name: &str, arguments: Vec<Syntax>) -> Parsed {
    part(range, Form::Call { target: None, name: name.to_owned(), arguments })
}

/// A chain as a tree that is no deeper than it must be.
fn balanced(name: &str, first: Syntax, mut others: Vec<(Range<usize>, Syntax)>) -> Parsed {
    let mut behind = others.split_off(others.len() / 2).into_iter();
    let Some((sign, middle)) = behind.next() else { return Ok(first) };
    let left = balanced(name, first, others)?;
    let right = balanced(name, middle, behind.collect())?;
    operator(sign, name, vec![left, right])
}

fn too_deep(range: Range<usize>) -> CompileError {
    CompileError::new(format!("the expression is nested deeper than {MAX_DEPTH} levels"), range)
}
