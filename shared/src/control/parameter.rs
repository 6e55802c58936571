//! Parameters: what a control lets regimes, classes, environments and the bank decide, and how
//! several voices become one value. A fold is commutative, associative and idempotent, so the
//! order of arrival never matters. Knows nothing of where the values come from.

use std::fmt;

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, SeqAccess, Visitor},
};

use super::ControlId;

/// A value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ParameterValue {
    /// A flag.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A word.
    String(String),
    /// A set of words; kept sorted and without repetition once declared.
    List(Vec<String>),
}

impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::String(value) => f.write_str(value),
            Self::List(values) => write!(f, "[{}]", values.join(", ")),
        }
    }
}

/// By hand, since an untagged enum would lose both the place and the reason of an error.
impl<'de> Deserialize<'de> for ParameterValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ParameterValueVisitor)
    }
}

struct ParameterValueVisitor;

impl<'de> Visitor<'de> for ParameterValueVisitor {
    type Value = ParameterValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false, a whole number, a word, or a list of words")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(ParameterValue::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(ParameterValue::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
        i64::try_from(value)
            .map(ParameterValue::Int)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(ParameterValue::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = list.next_element()? {
            words.push(word);
        }
        Ok(ParameterValue::List(words))
    }
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ParameterType {
    /// A flag.
    Bool,
    /// A whole number.
    Int,
    /// A word.
    String,
    /// A set of words.
    StringList,
}

impl ParameterType {
    /// The spelling in control files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::String => "string",
            Self::StringList => "string-list",
        }
    }

    /// Whether `value` is of this type.
    pub const fn admits(self, value: &ParameterValue) -> bool {
        matches!(
            (self, value),
            (Self::Bool, ParameterValue::Bool(_))
                | (Self::Int, ParameterValue::Int(_))
                | (Self::String, ParameterValue::String(_))
                | (Self::StringList, ParameterValue::List(_))
        )
    }
}

/// How several values of one parameter become one: the strictest wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fold {
    /// The larger number is stricter.
    Max,
    /// The smaller number is stricter.
    Min,
    /// True is stricter (require-flags).
    Or,
    /// False is stricter (allow-flags).
    And,
    /// The larger set is stricter (what is denied or required).
    Union,
    /// The smaller set is stricter (what is allowed).
    Intersect,
    /// The later word of the declared `values` is stricter.
    EnumRank,
}

impl Fold {
    /// The spelling in control files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::Min => "min",
            Self::Or => "or",
            Self::And => "and",
            Self::Union => "union",
            Self::Intersect => "intersect",
            Self::EnumRank => "enum-rank",
        }
    }

    /// The type that this fold works on.
    pub const fn works_on(self) -> ParameterType {
        match self {
            Self::Max | Self::Min => ParameterType::Int,
            Self::Or | Self::And => ParameterType::Bool,
            Self::Union | Self::Intersect => ParameterType::StringList,
            Self::EnumRank => ParameterType::String,
        }
    }
}

/// A declared parameter: made only by the loader, which has checked that type, fold, default,
/// range and values agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name, unique in the catalog.
    pub name: String,
    /// The control that declares it.
    pub declared_by: ControlId,
    /// Its type.
    pub kind: ParameterType,
    /// How several values become one.
    pub fold: Fold,
    /// What holds where nobody speaks; without it the parameter is then unset.
    pub default: Option<ParameterValue>,
    /// The allowed numbers, both ends included.
    pub range: Option<(i64, i64)>,
    /// The allowed words; for `enum-rank` from the loosest to the strictest.
    pub values: Vec<String>,
    /// The unit, for people.
    pub unit: Option<String>,
    /// What it decides, for people.
    pub description: String,
    /// The parameter of which this one is the lower bound: above it there is a conflict.
    pub at_most: Option<String>,
    /// Whether the bank is told at start that nobody sets it.
    pub expected: bool,
}

/// Why a value does not suit a parameter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitValue {
    /// Another type than the declared one.
    #[error("`{value}` is not of type {expected}")]
    Type {
        /// The value as given.
        value: String,
        /// The declared type.
        expected: &'static str,
    },
    /// A number outside the declared range.
    #[error("`{value}` is outside {low} to {high}")]
    Range {
        /// The value as given.
        value: i64,
        /// The lowest allowed.
        low: i64,
        /// The highest allowed.
        high: i64,
    },
    /// A word outside the declared list.
    #[error("`{value}` is not one of {}", known.join(", "))]
    Word {
        /// The value as given.
        value: String,
        /// The declared words.
        known: Vec<String>,
    },
}

impl Parameter {
    /// The value in its normal form, or why it does not suit.
    pub fn accept(&self, value: &ParameterValue) -> Result<ParameterValue, UnfitValue> {
        if !self.kind.admits(value) {
            return Err(UnfitValue::Type {
                value: value.to_string(),
                expected: self.kind.as_str(),
            });
        }
        match value {
            ParameterValue::Int(number) => match self.range {
                Some((low, high)) if !(low..=high).contains(number) => {
                    Err(UnfitValue::Range { value: *number, low, high })
                }
                _ => Ok(value.clone()),
            },
            ParameterValue::String(word) => {
                self.accept_word(word)?;
                Ok(value.clone())
            }
            ParameterValue::List(words) => {
                words.iter().try_for_each(|word| self.accept_word(word))?;
                Ok(ParameterValue::List(as_set(words.iter().cloned())))
            }
            ParameterValue::Bool(_) => Ok(value.clone()),
        }
    }

    fn accept_word(&self, word: &str) -> Result<(), UnfitValue> {
        if self.values.is_empty() || self.values.iter().any(|known| known == word) {
            return Ok(());
        }
        Err(UnfitValue::Word { value: word.to_owned(), known: self.values.clone() })
    }

    /// The stricter of two values, both accepted before.
    #[must_use]
    pub fn stricter(&self, left: &ParameterValue, right: &ParameterValue) -> ParameterValue {
        use ParameterValue::{Bool, Int, List, String};
        match (self.fold, left, right) {
            (Fold::Max, Int(a), Int(b)) => Int(*a.max(b)),
            (Fold::Min, Int(a), Int(b)) => Int(*a.min(b)),
            (Fold::Or, Bool(a), Bool(b)) => Bool(*a || *b),
            (Fold::And, Bool(a), Bool(b)) => Bool(*a && *b),
            (Fold::Union, List(a), List(b)) => List(as_set(a.iter().chain(b).cloned())),
            (Fold::Intersect, List(a), List(b)) => {
                List(as_set(a.iter().filter(|word| b.contains(word)).cloned()))
            }
            (Fold::EnumRank, String(a), String(b)) => {
                String(if self.rank(a) >= self.rank(b) { a } else { b }.clone())
            }
            // Values of another type were refused by `accept`.
            _ => left.clone(),
        }
    }

    /// Whether `value` is looser than `floor`: it says something else, and the fold of both is
    /// the floor alone. Sets of which neither holds the other are not looser, they add up.
    pub fn is_looser(&self, value: &ParameterValue, floor: &ParameterValue) -> bool {
        value != floor && self.stricter(value, floor) == *floor
    }

    fn rank(&self, word: &str) -> Option<usize> {
        self.values.iter().position(|known| known == word)
    }
}

fn as_set(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<_> = words.collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests;
