//! Paths and values against the declared shapes: a path leads somewhere, a value that is filled in
//! is of the type of the place that it is put in.

use serde_json::Value as Json;

use crate::{control::ValueTemplate, shape::Type, source::nearest, value::Segment};

/// A path that leads nowhere.
pub(super) struct Astray {
    /// The step that is not there.
    pub(super) part: String,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// How many known names are listed where none is near.
const LISTED: usize = 12;

/// The type of what stands at a path in a shape.
pub(super) fn lead(start: &Type, path: &[Segment]) -> Result<Type, Astray> {
    let Some((segment, rest)) = path.split_first() else { return Ok(start.clone()) };
    match (start, segment) {
        (Type::Dyn, _) => Ok(Type::Dyn),
        (Type::Map(_, value), Segment::Field(_)) => lead(value, rest),
        (Type::List(element), Segment::Index(_)) => lead(element, rest),
        (Type::Object(object), Segment::Field(name)) => {
            if let Some(field) = object.field(name) {
                return lead(&field.kind, rest);
            }
            let known: Vec<_> = object.fields.iter().map(|field| field.name.as_str()).collect();
            let article = if object.noun.starts_with('a') { "an" } else { "a" };
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None => (known.len() <= LISTED).then(|| format!("it has: {}", known.join(", "))),
            };
            let message = format!("`{name}` is not {article} {} of {}", object.noun, object.name);
            Err(Astray { part: name.clone(), message, help })
        }
        (other, Segment::Field(name)) => {
            let message = format!("a value of type {other} has no field `{name}`");
            Err(Astray { part: name.clone(), message, help: None })
        }
        (other, Segment::Index(index)) => {
            let message = format!("a value of type {other} has no element {index}");
            Err(Astray { part: format!("[{index}]"), message, help: None })
        }
    }
}

/// Whether a value can stand where this type is declared; if not, why not.
pub(super) fn fits(value: &ValueTemplate, kind: &Type) -> Result<(), String> {
    let expected = |found: &str| Err(format!("takes a value of type {kind}, this is {found}"));
    match (value, kind) {
        // What anything can be put into, `gives` admits as well.
        (ValueTemplate::Expression(expression), _) => {
            if expression.gives(kind) {
                Ok(())
            } else {
                expected(&format!("of type {}", expression.kind()))
            }
        }
        (ValueTemplate::Text(template), Type::Word(words)) => match template.constant() {
            Some(text) if !words.iter().any(|word| word == text) => {
                let near = nearest(text, words.iter().map(String::as_str));
                let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
                Err(format!("is never `{text}`{near} It is one of {}", words.join(", ")))
            }
            _ => Ok(()),
        },
        (_, Type::Dyn)
        | (ValueTemplate::Text(_), Type::String | Type::IntOrString | Type::Quantity)
        | (ValueTemplate::Literal(Json::Bool(_)), Type::Bool)
        | (
            ValueTemplate::Literal(Json::Number(_)),
            Type::Int | Type::Uint | Type::Double | Type::IntOrString | Type::Quantity,
        )
        | (ValueTemplate::Literal(Json::Null), _)
        | (ValueTemplate::Object(_), Type::Map(..)) => Ok(()),
        (ValueTemplate::List(items), Type::List(element)) => {
            items.iter().try_for_each(|item| fits(item, element))
        }
        (ValueTemplate::Object(fields), Type::Object(object)) => {
            fields.iter().try_for_each(|(name, value)| match object.field(name) {
                Some(field) => {
                    fits(value, &field.kind).map_err(|why| format!("has a `{name}` that {why}"))
                }
                None => Err(format!("has no `{name}`")),
            })
        }
        (ValueTemplate::Text(_), _) => {
            expected("text: `\"{…}\"` alone keeps the type of what it computes")
        }
        (ValueTemplate::List(_), _) => expected("a list"),
        (ValueTemplate::Object(_), _) => expected("an object"),
        (ValueTemplate::Literal(value), _) => expected(&format!("`{value}`")),
    }
}
