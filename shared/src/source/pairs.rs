//! A mapping in the making, for both readers: each name once, the last one wins.

use std::collections::HashMap;

use super::{Entry, Mapping, Span};

/// How a pair came into its mapping.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Origin {
    Own,
    Merged,
}

/// A mapping in the making; indexed once it is large, so that hostile input stays linear.
#[derive(Default)]
pub(super) struct Pairs {
    pub(super) mapping: Mapping,
    origins: Vec<Origin>,
    index: HashMap<String, usize>,
}

/// Up to here a scan is faster than an index.
const SMALL: usize = 16;

impl Pairs {
    /// Sets a name; gives the place of the own pair that this replaces.
    pub(super) fn set(&mut self, entry: Entry, origin: Origin) -> Option<Span> {
        let position = self.position(&entry.key);
        if let Some(position) = position
            && let Some(slot) = self.mapping.entries.get_mut(position)
            && let Some(of_slot) = self.origins.get_mut(position)
        {
            let replaced = (*of_slot == Origin::Own).then_some(slot.key_span);
            *slot = entry;
            *of_slot = origin;
            return replaced;
        }
        if !self.index.is_empty() {
            self.index.insert(entry.key.clone(), self.mapping.entries.len());
        }
        self.mapping.entries.push(entry);
        self.origins.push(origin);
        None
    }

    fn position(&mut self, key: &str) -> Option<usize> {
        let entries = &self.mapping.entries;
        if entries.len() <= SMALL {
            return entries.iter().position(|entry| entry.key == key);
        }
        if self.index.is_empty() {
            let pairs = entries.iter().enumerate();
            self.index = pairs.map(|(position, entry)| (entry.key.clone(), position)).collect();
        }
        self.index.get(key).copied()
    }
}
