//! Texts and values with `{CEL}` in them. A brace is written twice to stand for itself.

use serde_json::Value as Json;

use super::control::compiled;
use crate::catalog::place::{Errors, Place};
use crate::{
    control::{Template, TemplatePart, ValueTemplate},
    expression::{Expression, Scope},
};

/// A text with expressions; `None` after an error.
pub(super) fn text(
    source: &str,
    scope: &Scope,
    at: &Place<'_>,
    errors: &mut Errors,
) -> Option<Template> {
    let pieces = match split(source) {
        Ok(pieces) => pieces,
        Err(message) => {
            errors.add(at.error(message));
            return None;
        }
    };
    let parts: Vec<_> = pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => Some(TemplatePart::Text(text)),
            Piece::Expression { source, offset } => {
                compiled(Expression::compile(source, scope), offset, at, errors)
                    .map(TemplatePart::Expression)
            }
        })
        .collect();
    Some(Template { parts: parts.into_iter().collect::<Option<_>>()? })
}

/// A value with expressions in its strings; `None` after an error.
pub(super) fn value(
    source: &Json,
    scope: &Scope,
    at: &Place<'_>,
    errors: &mut Errors,
) -> Option<ValueTemplate> {
    match source {
        Json::String(source) => string(source, scope, at, errors),
        Json::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| value(item, scope, &at.clone().index(index), errors))
            .collect::<Option<_>>()
            .map(ValueTemplate::List),
        Json::Object(fields) => fields
            .iter()
            .map(|(name, field)| {
                Some((name.clone(), value(field, scope, &at.clone().field(name), errors)?))
            })
            .collect::<Option<_>>()
            .map(ValueTemplate::Object),
        other => Some(ValueTemplate::Literal(other.clone())),
    }
}

fn string(
    source: &str,
    scope: &Scope,
    at: &Place<'_>,
    errors: &mut Errors,
) -> Option<ValueTemplate> {
    let mut template = text(source, scope, at, errors)?;
    if let [TemplatePart::Expression(_)] = template.parts.as_slice()
        && let Some(TemplatePart::Expression(expression)) = template.parts.pop()
    {
        return Some(ValueTemplate::Expression(expression));
    }
    Some(ValueTemplate::Text(template))
}

#[derive(Debug, PartialEq)]
enum Piece<'s> {
    Text(String),
    Expression { source: &'s str, offset: usize },
}

/// Splits at braces; quotes inside an expression hide braces, and braces there nest.
fn split(source: &str) -> Result<Vec<Piece<'_>>, &'static str> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = source;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            text.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            text.push('}');
            rest = after;
        } else if let Some(inside) = from.strip_prefix('{') {
            let length = expression_length(inside).ok_or("`{` is never closed; `{{` is a brace")?;
            let (expression, closing) = inside.split_at(length);
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            let offset = source.len() - inside.len();
            pieces.push(Piece::Expression { source: expression, offset });
            rest = closing.strip_prefix('}').unwrap_or(closing);
        } else {
            return Err("`}` closes nothing; `}}` is a brace");
        }
    }
    text.push_str(rest);
    if !text.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

/// The bytes up to the brace that closes the expression.
fn expression_length(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), closing) if open == closing => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(at),
            (None, '}') => depth -= 1,
            (Some(_) | None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_hold_expressions() {
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(split("false or unset").unwrap(), [text("false or unset")]);
        assert_eq!(split("").unwrap(), [text("")]);
        assert_eq!(
            split("at least {params.days} days").unwrap(),
            [
                text("at least "),
                Piece::Expression { source: "params.days", offset: 10 },
                text(" days")
            ]
        );
        assert_eq!(split("{{a}}").unwrap(), [text("{a}")]);
        assert_eq!(
            split(r#"{ {"a}": 1}["a}"] }"#).unwrap(),
            [Piece::Expression { source: r#" {"a}": 1}["a}"] "#, offset: 1 }]
        );
        assert!(split("{params.days").is_err());
        assert!(split("days}").is_err());
    }
}
