//! A set of values in one canonical order, so that two equal sets are equal as Rust values.
//!
//! Unknown elements never collapse: two values that are not known yet may turn out to differ.

use super::Value;

/// The elements of a set: sorted, without repetition among those that are wholly known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ValueSet(Vec<Value>);

impl ValueSet {
    /// The elements in canonical order.
    pub fn as_slice(&self) -> &[Value] {
        &self.0
    }

    /// The elements in canonical order, one by one.
    pub fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.0.iter()
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this very value is an element.
    pub fn contains(&self, value: &Value) -> bool {
        self.0.binary_search(value).is_ok()
    }
}

impl FromIterator<Value> for ValueSet {
    fn from_iter<I: IntoIterator<Item = Value>>(elements: I) -> Self {
        let mut elements: Vec<Value> = elements.into_iter().collect();
        elements.sort();
        elements.dedup_by(|left, right| left == right && left.is_wholly_known());
        ValueSet(elements)
    }
}

impl IntoIterator for ValueSet {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a ValueSet {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
