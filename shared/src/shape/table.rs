//! Reads the tables in which shapes are written down: readable, and checked by a test.
//!
//! A line without indentation names an object, the indented lines under it are its fields with
//! their types: `bool int double string quantity int-or-string any`, `string(a|b)` (these words),
//! `[T]` (list), `{T}` (map from strings), an object of a line further up. After it, `?`: may be
//! null, `!`: is always there, `~`: may be absent. `#` begins a comment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Field, Object, Type};

/// Objects by name, and what the table got wrong (a test asserts: nothing).
#[derive(Debug, Default)]
pub(super) struct Table {
    objects: BTreeMap<String, Arc<Object>>,
    pub(super) mistakes: Vec<String>,
}

impl Table {
    /// Reads a table whose fields are called `noun` in messages, and may be absent or not where
    /// nothing else is said.
    pub(super) fn read(text: &str, noun: &'static str, optional: bool) -> Self {
        let mut table = Table::default();
        let mut open: Option<Object> = None;
        for line in text.lines().map(|line| line.split('#').next().unwrap_or_default()) {
            if line.trim().is_empty() {
                continue;
            }
            match (line.starts_with(' '), &mut open) {
                (true, Some(object)) => match table.field(line.trim(), optional) {
                    Some(field) => object.fields.push(field),
                    None => table.mistakes.push(line.trim().to_owned()),
                },
                (true, None) => table.mistakes.push(line.trim().to_owned()),
                (false, _) => {
                    let name = line.trim().to_owned();
                    table.close(open.replace(Object { name, noun, fields: Vec::new() }));
                }
            }
        }
        table.close(open);
        table
    }

    /// The object of that name as a type; `dyn` where there is none, which a test excludes.
    pub(super) fn get(&self, name: &str) -> Type {
        self.object(name).map_or(Type::Dyn, Type::Object)
    }

    /// The object of that name.
    pub(super) fn object(&self, name: &str) -> Option<Arc<Object>> {
        self.objects.get(name).cloned()
    }

    fn close(&mut self, object: Option<Object>) {
        if let Some(object) = object {
            self.objects.insert(object.name.clone(), Arc::new(object));
        }
    }

    fn field(&self, line: &str, optional: bool) -> Option<Field> {
        let (name, kind) = line.split_once(' ')?;
        let written = kind.trim();
        let kind = written.trim_end_matches(['?', '!', '~']);
        let marks = written.get(kind.len()..)?;
        Some(Field {
            name: name.to_owned(),
            kind: self.kind(kind)?,
            nullable: marks.contains('?'),
            optional: marks.contains('~') || (optional && !marks.contains('!')),
        })
    }

    fn kind(&self, text: &str) -> Option<Type> {
        let inside = |open, close| text.strip_prefix(open)?.strip_suffix(close);
        if let Some(element) = inside('[', ']') {
            return self.kind(element).map(Type::list);
        }
        if let Some(value) = inside('{', '}') {
            return self.kind(value).map(Type::map);
        }
        if let Some(words) = text.strip_prefix("string(") {
            let words = words.strip_suffix(')')?.split('|').map(str::to_owned).collect();
            return Some(Type::Word(words));
        }
        Some(match text {
            "any" => Type::Dyn,
            "bool" => Type::Bool,
            "int" => Type::Int,
            "double" => Type::Double,
            "string" => Type::String,
            "quantity" => Type::Quantity,
            "int-or-string" => Type::IntOrString,
            name => Type::Object(self.object(name)?),
        })
    }
}
