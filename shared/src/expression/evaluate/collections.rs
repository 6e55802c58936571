//! Lists and maps: literals, membership, and the macros that walk them.

use super::absorb::Undecided;
use super::{Evaluated, FREE_LENGTH, Fault, Machine, Truth};
use crate::expression::functions;
use crate::expression::node::{Binds, Element, Gives, Node, Quantifier, QuantifierKind, Transform};
use crate::expression::syntax::Literal;
use crate::value::{Entry, Kind, Value, same_name};

/// What a macro walks.
#[derive(Clone, Copy)]
enum Walk<'a> {
    List(&'a [Value<'a>]),
    Map(&'a [Entry<'a>]),
    Dictionary(&'a [(Value<'a>, Value<'a>)]),
}

impl<'a> Walk<'a> {
    fn len(self) -> usize {
        match self {
            Walk::List(items) => items.len(),
            Walk::Map(entries) => entries.len(),
            Walk::Dictionary(entries) => entries.len(),
        }
    }

    /// Key and value at a step; the key of a list's element is its position.
    fn step(self, position: usize) -> (Value<'a>, Value<'a>) {
        let found = match self {
            Walk::List(items) => items
                .get(position)
                .map(|item| (Value::Int(i64::try_from(position).unwrap_or(i64::MAX)), *item)),
            Walk::Map(entries) => {
                entries.get(position).map(|(key, item)| (Value::String(key), *item))
            }
            Walk::Dictionary(entries) => entries.get(position).copied(),
        };
        found.unwrap_or_default()
    }
}

impl<'a> Machine<'_, 'a> {
    pub(super) fn list(&mut self, node: &'a Node, elements: &'a [Element]) -> Evaluated<'a> {
        self.charge(node, 1 + elements.len())?;
        let mut items =
            bumpalo::collections::Vec::with_capacity_in(elements.len(), self.tools.arena);
        for element in elements {
            match self.element(element)? {
                // It could still turn out an error, which a list does not absorb.
                Some(Value::Unknown) => return Ok(Value::Unknown),
                Some(value) => items.push(value),
                None => {}
            }
        }
        Ok(Value::List(items.into_bump_slice()))
    }

    /// An element's value; `None` for an optional one that is absent.
    fn element(&mut self, element: &'a Element) -> Result<Option<Value<'a>>, &'a Fault<'a>> {
        let value = self.value(&element.node)?;
        match value {
            _ if !element.optional => Ok(Some(value)),
            Value::Optional(inner) => Ok(inner.copied()),
            Value::Unknown => Ok(Some(value)),
            other => {
                self.fail(&element.node, format_args!("{other} is not a value that may be absent"))
            }
        }
    }

    pub(super) fn map(&mut self, node: &'a Node, entries: &'a [(Node, Element)]) -> Evaluated<'a> {
        self.charge(node, 1 + entries.len())?;
        let mut pairs =
            bumpalo::collections::Vec::with_capacity_in(entries.len(), self.tools.arena);
        for (key, element) in entries {
            let key_value = self.value(key)?;
            let value = match self.element(element)? {
                Some(Value::Unknown) => return Ok(Value::Unknown),
                Some(value) => value,
                None => continue,
            };
            match key_value {
                Value::Unknown => return Ok(Value::Unknown),
                Value::String(_) | Value::Bool(_) | Value::Int(_) | Value::Uint(_) => {}
                other => return self.fail(key, format_args!("{other} cannot be a key of a map")),
            }
            self.charge(key, pairs.len() / FREE_LENGTH)?;
            if pairs.iter().any(|(own, _)| *own == key_value) {
                return self.fail(key, format_args!("the key {key_value} stands twice in the map"));
            }
            pairs.push((key_value, value));
        }
        Ok(self.map_of(&pairs))
    }

    /// The smallest kind of map that holds these entries.
    fn map_of(&mut self, pairs: &[(Value<'a>, Value<'a>)]) -> Value<'a> {
        let arena = self.tools.arena;
        if pairs.iter().all(|(key, _)| matches!(key, Value::String(_))) {
            let fields =
                pairs.iter().map(|(key, value)| (key.as_str().unwrap_or_default(), *value));
            let mut entries = bumpalo::collections::Vec::with_capacity_in(pairs.len(), arena);
            entries.extend(fields);
            return Value::Map(entries.into_bump_slice());
        }
        Value::Dictionary(arena.alloc_slice_copy(pairs))
    }

    pub(super) fn membership(
        &mut self,
        node: &'a Node,
        [item, collection]: &'a [Node; 2],
    ) -> Truth<'a> {
        let (item, collection) = (self.operand(item)?, self.operand(collection)?);
        match collection {
            _ if item.is_unknown() => Ok(None),
            Value::List(items) => {
                self.charge(node, items.len())?;
                Ok(any(items.iter().map(|own| own.equals(&item))))
            }
            Value::Map(_) | Value::Dictionary(_) => {
                self.charge(node, collection.entry_count() / FREE_LENGTH)?;
                Ok(Some(collection.at_key(&item).is_some()))
            }
            Value::Unknown => Ok(None),
            other => self.fail(node, format_args!("{other} is neither a list nor a map")),
        }
    }

    /// An element of a list, or the value itself.
    pub(super) fn includes(&mut self, node: &'a Node, [target, item]: &'a [Node; 2]) -> Truth<'a> {
        let (target, item) = (self.operand(target)?, self.operand(item)?);
        match target {
            _ if item.is_unknown() => Ok(None),
            Value::List(items) => {
                let cost = super::weight(&item).saturating_add(1).saturating_mul(items.len());
                self.charge(node, cost)?;
                Ok(any(items.iter().map(|own| own.equals(&item))))
            }
            other => {
                self.charge(node, super::weight(&other).min(super::weight(&item)))?;
                Ok(other.equals(&item))
            }
        }
    }

    pub(super) fn in_constants(
        &mut self,
        node: &'a Node,
        item: &'a Node,
        constants: &'a [Literal],
    ) -> Truth<'a> {
        let item = self.operand(item)?;
        self.charge(node, constants.len())?;
        if item.is_unknown() {
            return Ok(None);
        }
        if let Value::String(text) = item {
            let is_it = |own: &Literal| matches!(own, Literal::String(own) if same_name(own, text));
            return Ok(Some(constants.iter().any(is_it)));
        }
        Ok(any(constants.iter().map(|own| own.value().equals(&item))))
    }

    fn walk(&mut self, node: &'a Node) -> Result<Option<Walk<'a>>, &'a Fault<'a>> {
        match self.value(node)? {
            Value::List(items) => Ok(Some(Walk::List(items))),
            Value::Map(entries) => Ok(Some(Walk::Map(entries))),
            Value::Dictionary(entries) => Ok(Some(Walk::Dictionary(entries))),
            Value::Unknown => Ok(None),
            other => self.fail(node, format_args!("{other} is neither a list nor a map")),
        }
    }

    /// Binds what a macro binds at a step; gives the key and the element.
    fn enter(&mut self, walk: Walk<'a>, position: usize, binds: Binds) -> (Value<'a>, Value<'a>) {
        let (key, item) = walk.step(position);
        match (binds.second, walk) {
            (Some(second), _) => {
                self.set_local(binds.first, key);
                self.set_local(second, item);
            }
            (None, Walk::List(_)) => self.set_local(binds.first, item),
            (None, _) => self.set_local(binds.first, key),
        }
        (key, item)
    }

    pub(super) fn quantifier(&mut self, node: &'a Node, quantifier: &'a Quantifier) -> Truth<'a> {
        let Some(walk) = self.walk(&quantifier.range)? else { return Ok(None) };
        if quantifier.kind == QuantifierKind::ExistsOne {
            return self.exactly_one(node, walk, quantifier);
        }
        let decides = quantifier.kind == QuantifierKind::Exists;
        let mut seen = Undecided::default();
        for position in 0..walk.len() {
            match (walk, quantifier.binds.second) {
                // The commonest, without what the others need.
                (Walk::List(items), None) => {
                    self.set_local(
                        quantifier.binds.first,
                        items.get(position).copied().unwrap_or_default(),
                    );
                }
                _ => {
                    self.enter(walk, position, quantifier.binds);
                }
            }
            let operand = self.truth(&quantifier.body);
            if seen.is_decided_by(operand, decides)? {
                return Ok(Some(decides));
            }
        }
        seen.answer(decides)
    }

    /// Absorbs no error, therefore what is unknown leaves it open even after two that hold.
    fn exactly_one(
        &mut self,
        node: &'a Node,
        walk: Walk<'a>,
        quantifier: &'a Quantifier,
    ) -> Truth<'a> {
        let (mut count, mut unknown) = (0_usize, false);
        for position in 0..walk.len() {
            self.charge(node, 1)?;
            self.enter(walk, position, quantifier.binds);
            match self.truth(&quantifier.body)? {
                Some(truth) => count += usize::from(truth),
                None => unknown = true,
            }
        }
        Ok((!unknown).then_some(count == 1))
    }

    pub(super) fn transform(&mut self, node: &'a Node, transform: &'a Transform) -> Evaluated<'a> {
        self.charge(node, 1)?;
        let Some(walk) = self.walk(&transform.range)? else { return Ok(Value::Unknown) };
        let (mut items, mut unknown) = (bumpalo::collections::Vec::new_in(self.tools.arena), false);
        let mut keys = bumpalo::collections::Vec::new_in(self.tools.arena);
        for position in 0..walk.len() {
            self.charge(node, 1)?;
            let (key, item) = self.enter(walk, position, transform.binds);
            if let Some(condition) = &transform.condition {
                match self.truth(condition)? {
                    Some(true) => {}
                    Some(false) => continue,
                    None => {
                        unknown = true;
                        continue;
                    }
                }
            }
            items.push(match (&transform.result, walk) {
                (Some(result), _) => {
                    let value = self.value(result)?;
                    unknown |= value.is_unknown();
                    value
                }
                (None, Walk::List(_)) => item,
                (None, _) => key,
            });
            if transform.gives == Gives::Map {
                keys.push(key);
            }
        }
        if unknown {
            return Ok(Value::Unknown);
        }
        match (transform.gives, walk) {
            (Gives::List, _) => Ok(Value::List(items.into_bump_slice())),
            (Gives::Map, _) => {
                let pairs: Vec<_> = keys.into_iter().zip(items).collect();
                Ok(self.map_of(&pairs))
            }
            (Gives::Entries, _) => self.merge(node, &items),
            (Gives::Sorted, Walk::List(elements)) => {
                functions::sorted(&mut self.tools, elements, items.into_bump_slice())
                    .map_err(|message| self.fault(node, message))
            }
            (Gives::Sorted, _) => self.fail(node, format_args!("`sortBy` needs a list, not a map")),
        }
    }

    /// One map of the entries of many.
    fn merge(&mut self, node: &'a Node, maps: &[Value<'a>]) -> Evaluated<'a> {
        let mut pairs: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        for map in maps {
            if map.kind() != Kind::Map {
                return self.fail(node, format_args!("`transformMapEntry` needs maps, not {map}"));
            }
            for (key, value) in map.entries() {
                self.charge(node, 1 + pairs.len() / FREE_LENGTH)?;
                if pairs.iter().any(|(own, _)| *own == key) {
                    return self.fail(node, format_args!("the key {key} comes twice"));
                }
                pairs.push((key, value));
            }
        }
        Ok(self.map_of(&pairs))
    }
}

/// True wins over unknown, unknown over false.
fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(false);
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            Some(false) => {}
            None => all = None,
        }
    }
    all
}
