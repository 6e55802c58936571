//! Regular expressions that are written out in the expression.

use super::{Evaluated, Fault, Machine, Truth};
use crate::expression::functions::Pattern;
use crate::expression::node::{Find, Node};
use crate::value::Value;

impl<'a> Machine<'_, 'a> {
    pub(super) fn matches(
        &mut self,
        node: &'a Node,
        text: &'a Node,
        pattern: &Pattern,
    ) -> Truth<'a> {
        let Some(text) = self.searched(node, text, "matches")? else { return Ok(None) };
        match pattern.is_match(text) {
            Some(found) => Ok(Some(found)),
            None => self.too_large(node, pattern),
        }
    }

    fn too_large<T>(&mut self, node: &'a Node, pattern: &Pattern) -> Result<T, &'a Fault<'a>> {
        let pattern = pattern.as_str();
        self.fail(node, format_args!("the regular expression `{pattern}` is too large"))
    }

    /// `find` and `findAll`.
    pub(super) fn find_text(&mut self, node: &'a Node, find: &'a Find) -> Evaluated<'a> {
        let name = if find.all { "findAll" } else { "find" };
        let limit = match &find.limit {
            Some(limit) => Some(self.operand(limit)?),
            None => None,
        };
        let text = self.searched(node, &find.text, name)?;
        let limit = match limit {
            Some(Value::Int(limit)) => usize::try_from(limit).unwrap_or(usize::MAX),
            Some(Value::Unknown) => return Ok(Value::Unknown),
            Some(other) => {
                return self.fail(node, format_args!("`findAll` needs an int, not {other}"));
            }
            None => usize::MAX,
        };
        let Some(text) = text else { return Ok(Value::Unknown) };
        let Some(regex) = find.pattern.regex() else {
            return self.too_large(node, &find.pattern);
        };
        if !find.all {
            return Ok(Value::String(regex.find(text).map_or("", |found| found.as_str())));
        }
        let mut items = bumpalo::collections::Vec::new_in(self.tools.arena);
        for found in regex.find_iter(text).take(limit) {
            self.charge(node, 1)?;
            items.push(Value::String(found.as_str()));
        }
        Ok(Value::List(items.into_bump_slice()))
    }

    /// The text that is searched, paid for; `None` where it is unknown.
    fn searched(
        &mut self,
        node: &'a Node,
        text: &'a Node,
        name: &str,
    ) -> Result<Option<&'a str>, &'a Fault<'a>> {
        match self.operand(text)? {
            Value::String(text) => {
                self.charge(node, text.len() / 8)?;
                Ok(Some(text))
            }
            Value::Unknown => Ok(None),
            other => self.fail(node, format_args!("`{name}` needs a string, not {other}")),
        }
    }
}
