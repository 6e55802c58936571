//! Fields, elements and what may be absent.

use super::{Evaluated, FREE_LENGTH, Fault, Machine, Truth};
use crate::expression::node::{Effective, Node, PathOr};
use crate::value::{Entry, Value};

impl<'a> Machine<'_, 'a> {
    pub(super) fn select(
        &mut self,
        node: &'a Node,
        operand: &'a Node,
        field: &str,
    ) -> Evaluated<'a> {
        let operand = self.operand(operand)?;
        match operand {
            Value::Map(_) | Value::Dictionary(_) => match self.find(node, &operand, field)? {
                Some(value) => Ok(*value),
                None => self.fail(node, format_args!("there is no `{field}`")),
            },
            Value::Unknown => Ok(Value::Unknown),
            Value::Optional(_) => self.select_optional(node, operand, field, false),
            other => {
                self.fail(node, format_args!("{other} has no fields, so there is no `{field}`"))
            }
        }
    }

    pub(super) fn optional_select(
        &mut self,
        node: &'a Node,
        operand: &'a Node,
        field: &str,
    ) -> Evaluated<'a> {
        let operand = self.operand(operand)?;
        self.select_optional(node, operand, field, true)
    }

    /// Selects from what may be absent. A field that is not there gives nothing; null has no
    /// fields, which is absent where `?` asks and an error where not; any other value is an error.
    fn select_optional(
        &mut self,
        node: &'a Node,
        operand: Value<'a>,
        field: &str,
        asked: bool,
    ) -> Evaluated<'a> {
        match operand {
            Value::Map(_) | Value::Dictionary(_) => Ok(match self.find(node, &operand, field)? {
                // Whether it will be there is not known either.
                Some(Value::Unknown) => Value::Unknown,
                found => Value::Optional(found),
            }),
            Value::Unknown => Ok(Value::Unknown),
            Value::Optional(None) => Ok(operand),
            Value::Optional(Some(inner)) => self.select_optional(node, *inner, field, asked),
            Value::Null if asked => Ok(Value::Optional(None)),
            other => {
                self.fail(node, format_args!("{other} has no fields, so there is no `{field}`"))
            }
        }
    }

    pub(super) fn path_or(&mut self, node: &'a Node, path: &'a PathOr) -> Evaluated<'a> {
        let mut current = self.operand(&path.base)?;
        for field in &path.fields {
            while let Value::Optional(Some(inner)) = current {
                current = *inner;
            }
            match current {
                Value::Map(_) | Value::Dictionary(_) => match self.find(node, &current, field)? {
                    Some(value) => current = *value,
                    None => return self.operand(&path.default),
                },
                Value::Null | Value::Optional(None) => return self.operand(&path.default),
                Value::Unknown => return Ok(Value::Unknown),
                other => {
                    return self.fail(
                        node,
                        format_args!("{other} has no fields, so there is no `{field}`"),
                    );
                }
            }
        }
        Ok(current)
    }

    pub(super) fn has(&mut self, node: &'a Node, operand: &'a Node, field: &str) -> Truth<'a> {
        let mut operand = self.operand(operand)?;
        while let Value::Optional(Some(inner)) = operand {
            operand = *inner;
        }
        match operand {
            Value::Map(_) | Value::Dictionary(_) => Ok(match self.find(node, &operand, field)? {
                Some(Value::Unknown) => None,
                found => Some(found.is_some()),
            }),
            Value::Unknown => Ok(None),
            Value::Optional(None) => Ok(Some(false)),
            other => {
                self.fail(node, format_args!("{other} has no fields, so there is no `{field}`"))
            }
        }
    }

    /// A field of a map.
    #[inline]
    fn find(
        &mut self,
        node: &'a Node,
        map: &Value<'a>,
        field: &str,
    ) -> Result<Option<&'a Value<'a>>, &'a Fault<'a>> {
        if let Value::Map(entries) = map {
            self.charge(node, step(entries) as usize)?;
            return Ok(Value::Map(entries).field(field));
        }
        self.charge(node, 1 + map.entry_count())?;
        Ok(map.field(field))
    }

    pub(super) fn index(
        &mut self,
        node: &'a Node,
        [operand, index]: &'a [Node; 2],
        asked: bool,
    ) -> Evaluated<'a> {
        let (mut operand, index) = (self.operand(operand)?, self.operand(index)?);
        let mut optional = asked;
        while let Value::Optional(inner) = operand {
            let Some(inner) = inner else { return Ok(operand) };
            operand = *inner;
            optional = true;
        }
        if operand.is_unknown() || index.is_unknown() {
            return Ok(Value::Unknown);
        }
        let found = match operand {
            Value::List(items) => {
                let Some(position) = whole(&index) else {
                    return self.fail(node, format_args!("{index} is not a position in a list"));
                };
                usize::try_from(position).ok().and_then(|position| items.get(position)).copied()
            }
            Value::Map(_) | Value::Dictionary(_) => {
                if !matches!(index, Value::String(_) | Value::Bool(_)) && whole(&index).is_none() {
                    return self.fail(node, format_args!("{index} cannot be a key of a map"));
                }
                self.charge(node, 1 + operand.entry_count() / FREE_LENGTH)?;
                operand.at_key(&index)
            }
            Value::Null if asked => None,
            other => {
                return self.fail(node, format_args!("{other} is neither a list nor a map"));
            }
        };
        match (found, optional) {
            (Some(Value::Unknown), _) => Ok(Value::Unknown),
            (Some(value), false) => Ok(value),
            (Some(value), true) => Ok(Value::Optional(Some(self.tools.arena.alloc(value)))),
            (None, true) => Ok(Value::Optional(None)),
            (None, false) => self.fail(node, format_args!("there is nothing at {index}")),
        }
    }

    /// `orValue`, and `or`, which gives the optional itself.
    pub(super) fn or_value(
        &mut self,
        node: &'a Node,
        [optional, other]: &'a [Node; 2],
        keeps: bool,
    ) -> Evaluated<'a> {
        self.charge(node, 1)?;
        match self.value(optional)? {
            kept @ Value::Optional(Some(_)) if keeps => Ok(kept),
            Value::Optional(Some(inner)) => Ok(*inner),
            Value::Optional(None) => self.value(other),
            Value::Unknown => Ok(Value::Unknown),
            other => self.fail(node, format_args!("{other} is not a value that may be absent")),
        }
    }

    /// `optMap` (wraps its result) and `optFlatMap`.
    pub(super) fn optional_map(
        &mut self,
        node: &'a Node,
        slot: usize,
        wraps: bool,
        [optional, result]: &'a [Node; 2],
    ) -> Evaluated<'a> {
        self.charge(node, 1)?;
        match self.value(optional)? {
            Value::Optional(None) => Ok(Value::Optional(None)),
            Value::Optional(Some(inner)) => {
                self.set_local(slot, *inner);
                match self.value(result)? {
                    Value::Unknown => Ok(Value::Unknown),
                    value if wraps => Ok(Value::Optional(Some(self.tools.arena.alloc(value)))),
                    value @ Value::Optional(_) => Ok(value),
                    other => {
                        self.fail(node, format_args!("{other} is not a value that may be absent"))
                    }
                }
            }
            Value::Unknown => Ok(Value::Unknown),
            other => self.fail(node, format_args!("{other} is not a value that may be absent")),
        }
    }

    /// A security setting: the container's own, else the pod's, else null.
    pub(super) fn effective(&mut self, node: &'a Node, effective: &'a Effective) -> Evaluated<'a> {
        self.charge(node, 1)?;
        let container = self.value(&effective.container)?;
        match self.setting(node, container, &effective.field)? {
            Value::Null => {
                let pod = self.variable(node, effective.pod)?;
                self.setting(node, pod, &effective.field)
            }
            own => Ok(own),
        }
    }

    /// `holder.securityContext.field`; null where a step is absent or null.
    fn setting(&mut self, node: &'a Node, holder: Value<'a>, field: &str) -> Evaluated<'a> {
        let mut current = holder;
        for step in ["securityContext", field] {
            current = match current {
                Value::Map(_) => self.find(node, &current, step)?.copied().unwrap_or_default(),
                Value::Null | Value::Unknown => return Ok(current),
                other => {
                    return self.fail(
                        node,
                        format_args!("{other} has no fields, so there is no `{step}`"),
                    );
                }
            };
        }
        Ok(current)
    }
}

/// What finding a field of a map costs. Large maps cost more.
pub(in crate::expression) fn step(entries: &[Entry<'_>]) -> u32 {
    u32::try_from(1 + entries.len() / FREE_LENGTH).unwrap_or(u32::MAX)
}

/// A whole number of any kind.
fn whole(value: &Value<'_>) -> Option<i64> {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "whole and small, checked before")]
        Value::Double(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Some(*number as i64)
        }
        other => other.as_int(),
    }
}
