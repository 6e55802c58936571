//! The parameters in force: for every target and class the fold over regimes, class,
//! environment and bank, prepared once; and per subject what conditional rows of regimes add.

use std::{borrow::Cow, collections::BTreeMap};

use super::digest;
use crate::{
    catalog::{Catalog, Regime},
    control::{Classification, Environment, Fold, Parameter, ParameterValue, Target},
    decision::ParametersDigest,
    expression::Expression,
    settings::Settings,
    value::{Arena, Entry, Value},
};

/// Who says something about a parameter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Voice {
    /// A regime in force.
    Regime(String),
    /// The class of the subject.
    Classification(Classification),
    /// The environment.
    Environment(Environment),
    /// The bank's settings.
    Settings,
}

impl Voice {
    /// Whether this is the environment, which every basis names anyway.
    pub(crate) fn is_environment(&self) -> bool {
        matches!(self, Self::Environment(_))
    }

    fn is_class(&self) -> bool {
        matches!(self, Self::Classification(_))
    }
}

impl std::fmt::Display for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Regime(id) => f.write_str(id),
            Self::Classification(class) => write!(f, "{class} data"),
            Self::Environment(environment) => environment.fmt(f),
            Self::Settings => f.write_str("settings"),
        }
    }
}

/// A parameter's value and who speaks for it; nobody means the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Folded {
    pub(crate) value: Option<ParameterValue>,
    /// What each voice says, sorted, so that the order of arrival is nowhere to be seen.
    pub(crate) voices: Vec<(Voice, ParameterValue)>,
}

impl Folded {
    pub(crate) fn new(parameter: &Parameter, mut voices: Vec<(Voice, ParameterValue)>) -> Self {
        voices.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.to_string().cmp(&b.1.to_string())));
        voices.dedup();
        let spoken = voices
            .iter()
            .map(|(_, value)| value.clone())
            .reduce(|left, right| parameter.stricter(&left, &right));
        Self { value: spoken.or_else(|| parameter.default.clone()), voices }
    }

    fn with(&self, parameter: &Parameter, voice: Voice, value: ParameterValue) -> Self {
        let mut voices = self.voices.clone();
        voices.push((voice, value));
        Self::new(parameter, voices)
    }

    /// The voices that made the value what it is.
    pub(crate) fn deciders(&self, fold: Fold) -> impl Iterator<Item = &Voice> {
        let together = matches!(fold, Fold::Union | Fold::Intersect);
        self.voices
            .iter()
            .filter(move |(_, value)| together || Some(value) == self.value.as_ref())
            .map(|(voice, _)| voice)
    }
}

/// Two demands that cannot both be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// The parameter.
    pub(crate) parameter: String,
    /// What clashes, in words.
    pub(crate) note: String,
    /// Whether the stricter side can be met all the same: a lower above an upper bound can.
    pub(crate) satisfiable: bool,
}

/// A row of a regime that speaks about some subjects only.
#[derive(Debug)]
struct Conditional {
    parameter: usize,
    /// The regime's place in the catalog is its id; the row's place in it finds the condition.
    regime: String,
    row: usize,
}

/// The parameters of one target.
#[derive(Debug)]
struct Table {
    target: Target,
    /// By class.
    folded: Vec<Vec<Folded>>,
    /// Their digests, by class.
    digests: Vec<ParametersDigest>,
    conditionals: Vec<Conditional>,
}

/// The parameters of all targets.
#[derive(Debug)]
pub(crate) struct Tables {
    /// In the order of their names, which is the order of every row here.
    parameters: Vec<Parameter>,
    tables: Vec<Table>,
}

impl Tables {
    pub(super) fn new(catalog: &Catalog, settings: &Settings) -> Self {
        let parameters: Vec<_> = catalog.parameters().cloned().collect();
        let tables = Target::ALL
            .iter()
            .map(|target| Table::new(*target, &parameters, catalog, settings))
            .collect();
        Self { parameters, tables }
    }

    pub(crate) fn all(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The parameters that have no value on any of these targets, whatever the class.
    pub(crate) fn unset(&self, targets: &[Target]) -> impl Iterator<Item = &Parameter> {
        let tables: Vec<_> = targets.iter().filter_map(|target| self.table(*target)).collect();
        self.parameters.iter().enumerate().filter_map(move |(at, parameter)| {
            let is_set = |table: &&Table| {
                table.conditionals.iter().any(|row| row.parameter == at)
                    || table.folded.iter().any(|row| row.get(at).is_some_and(|f| f.value.is_some()))
            };
            (!tables.iter().any(is_set)).then_some(parameter)
        })
    }

    /// Whether some parameter has another one as its upper bound.
    pub(crate) fn has_bounds(&self) -> bool {
        self.parameters.iter().any(|parameter| parameter.at_most.is_some())
    }

    /// The parameters before any condition is looked at.
    pub(crate) fn base(&self, target: Target, class: Classification) -> &[Folded] {
        self.table(target)
            .and_then(|table| table.folded.get(class as usize))
            .map_or(&[], Vec::as_slice)
    }

    fn base_digest(&self, target: Target, class: Classification) -> ParametersDigest {
        let digests = self.table(target).map(|table| &table.digests);
        digests.and_then(|digests| digests.get(class as usize)).copied().unwrap_or_default()
    }

    fn table(&self, target: Target) -> Option<&Table> {
        self.tables.iter().find(|table| table.target == target)
    }

    /// The conditions that some subjects of a target meet, each with its parameter's place.
    pub(crate) fn conditions<'c>(
        &'c self,
        target: Target,
        catalog: &'c Catalog,
    ) -> impl Iterator<Item = Condition<'c>> {
        let rows = self.table(target).into_iter().flat_map(|table| &table.conditionals);
        rows.filter_map(move |conditional| {
            let row = catalog.regime(&conditional.regime)?.parameters.get(conditional.row)?;
            Some(Condition {
                parameter: conditional.parameter,
                regime: &conditional.regime,
                value: &row.value,
                when: Some(row.condition(target)?),
            })
        })
    }

    /// What a regime that the settings do not name asks of subjects of a target.
    pub(crate) fn rows<'c>(
        &'c self,
        regime: &'c Regime,
        target: Target,
    ) -> impl Iterator<Item = Condition<'c>> {
        let rows = regime.parameters.iter().filter(move |row| row.concerns(target));
        rows.filter_map(move |row| {
            let name = row.name.as_str();
            let parameter = self.parameters.binary_search_by(|own| own.name.as_str().cmp(name));
            Some(Condition {
                parameter: parameter.ok()?,
                regime: &regime.id,
                value: &row.value,
                when: row.condition(target),
            })
        })
    }
}

/// What a regime asks of subjects that meet a condition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Condition<'c> {
    pub(crate) parameter: usize,
    pub(crate) regime: &'c str,
    pub(crate) value: &'c ParameterValue,
    /// All subjects of the target, where there is none.
    pub(crate) when: Option<&'c Expression>,
}

impl Table {
    fn new(
        target: Target,
        parameters: &[Parameter],
        catalog: &Catalog,
        settings: &Settings,
    ) -> Self {
        let place: BTreeMap<&str, usize> =
            parameters.iter().enumerate().map(|(at, p)| (p.name.as_str(), at)).collect();
        let mut everywhere: Vec<Vec<(Voice, ParameterValue)>> = vec![Vec::new(); parameters.len()];
        let mut conditionals = Vec::new();
        let mut say = |name: &str, voice: Voice, value: &ParameterValue| {
            let at = place.get(name).copied();
            if let Some(voices) = at.and_then(|at| everywhere.get_mut(at)) {
                voices.push((voice, value.clone()));
            }
        };
        for regime in settings.regimes.iter().filter_map(|id| catalog.regime(id)) {
            for (row, entry) in regime.parameters.iter().enumerate() {
                if !entry.concerns(target) {
                    continue;
                }
                match (entry.condition(target), place.get(entry.name.as_str())) {
                    (Some(_), Some(parameter)) => conditionals.push(Conditional {
                        parameter: *parameter,
                        regime: regime.id.clone(),
                        row,
                    }),
                    _ => say(&entry.name, Voice::Regime(regime.id.clone()), &entry.value),
                }
            }
        }
        let environment = settings.environment_in_force();
        for (name, value) in
            catalog.environments().row(environment).into_iter().flat_map(|row| &row.parameters)
        {
            say(name, Voice::Environment(environment), value);
        }
        for (name, value) in &settings.parameters {
            let normal = catalog.parameter(name).and_then(|p| p.accept(value).ok());
            say(name, Voice::Settings, normal.as_ref().unwrap_or(value));
        }
        let folded: Vec<Vec<Folded>> = Classification::ALL
            .iter()
            .map(|class| {
                let row = catalog.level(*class).map_or(&[][..], |level| &level.parameters);
                parameters
                    .iter()
                    .zip(&everywhere)
                    .map(|(parameter, voices)| {
                        let own = row
                            .iter()
                            .filter(|(name, _)| *name == parameter.name)
                            .map(|(_, value)| (Voice::Classification(*class), value.clone()));
                        Folded::new(parameter, voices.iter().cloned().chain(own).collect())
                    })
                    .collect()
            })
            .collect();
        let digests =
            folded.iter().map(|row| digest::of(parameters, row.iter(), |_| true)).collect();
        Self { target, folded, digests, conditionals }
    }
}

/// The parameters of one subject.
#[derive(Debug)]
pub(crate) struct Current<'s> {
    parameters: &'s [Parameter],
    folded: Vec<Cow<'s, Folded>>,
    /// The digest of the parameters before any condition is looked at.
    base: ParametersDigest,
    /// For parameters whose value hangs on something unknown: on what.
    unknown: BTreeMap<usize, Vec<&'s Expression>>,
}

impl<'s> Current<'s> {
    /// The parameters before any condition is looked at; where the class is not known, those
    /// that hang on it are unknown.
    pub(crate) fn new(tables: &'s Tables, target: Target, class: Classification) -> Self {
        let folded = tables.base(target, class).iter().map(Cow::Borrowed).collect();
        let base = tables.base_digest(target, class);
        Self { parameters: &tables.parameters, folded, base, unknown: BTreeMap::new() }
    }

    /// The same subject, had it another class: what conditions have added stays.
    pub(crate) fn under(&self, tables: &'s Tables, target: Target, class: Classification) -> Self {
        let base = tables.base(target, class).iter();
        let folded = base
            .zip(&self.folded)
            .zip(self.parameters)
            .map(|((base, own), parameter)| match own {
                Cow::Borrowed(_) => Cow::Borrowed(base),
                Cow::Owned(own) => {
                    let voices = own.voices.iter().filter(|(voice, _)| !voice.is_class());
                    let voices = voices.chain(&base.voices).cloned().collect();
                    Cow::Owned(Folded::new(parameter, voices))
                }
            })
            .collect();
        let base = tables.base_digest(target, class);
        Self { parameters: self.parameters, folded, base, unknown: BTreeMap::new() }
    }

    /// Marks what would be otherwise under another class that the subject may turn out to have.
    pub(crate) fn or_under(&mut self, tables: &'s Tables, target: Target, class: Classification) {
        for (at, other) in tables.base(target, class).iter().enumerate() {
            if self.folded.get(at).is_some_and(|own| own.value != other.value) {
                self.unknown.entry(at).or_default();
            }
        }
    }

    /// Adds what a regime asks because its condition is met.
    pub(crate) fn add(&mut self, condition: &Condition<'s>) {
        let at = condition.parameter;
        if let (Some(parameter), Some(folded)) = (self.parameters.get(at), self.folded.get_mut(at))
        {
            let voice = Voice::Regime(condition.regime.to_owned());
            *folded = Cow::Owned(folded.with(parameter, voice, condition.value.clone()));
        }
    }

    /// Notes that nobody knows yet whether a condition is met.
    pub(crate) fn may_add(&mut self, condition: &Condition<'s>) {
        let at = condition.parameter;
        let Some((parameter, folded)) = self.parameters.get(at).zip(self.folded.get(at)) else {
            return;
        };
        let voice = Voice::Regime(condition.regime.to_owned());
        if folded.with(parameter, voice, condition.value.clone()).value != folded.value {
            self.unknown.entry(at).or_default().extend(condition.when);
        }
    }

    /// The map that expressions see as `params`.
    pub(crate) fn value<'a>(&self, arena: &'a Arena) -> Value<'a>
    where
        's: 'a,
    {
        let entry = |at: usize, parameter: &'s Parameter, folded: &Cow<'s, Folded>| -> Entry<'a> {
            let value = match folded {
                _ if self.unknown.contains_key(&at) => Value::Unknown,
                Cow::Borrowed(folded) => borrow(folded.value.as_ref(), arena),
                Cow::Owned(folded) => copy(folded.value.as_ref(), arena),
            };
            (parameter.name.as_str(), value)
        };
        let entries = self.parameters.iter().zip(&self.folded).enumerate();
        Value::Map(arena.alloc_slice_fill_iter(
            entries.map(|(at, (parameter, folded))| entry(at, parameter, folded)),
        ))
    }

    /// Names these parameters; most subjects meet no condition, and theirs was made beforehand.
    pub(crate) fn digest(&self) -> ParametersDigest {
        let is_base = |folded: &Cow<'_, Folded>| matches!(folded, Cow::Borrowed(_));
        if self.unknown.is_empty() && self.folded.iter().all(is_base) {
            return self.base;
        }
        let folded = self.folded.iter().map(AsRef::as_ref);
        digest::of(self.parameters, folded, |at| !self.unknown.contains_key(&at))
    }

    /// The parameter of that name, its value and who speaks for it.
    pub(crate) fn get(&self, name: &str) -> Option<(&'s Parameter, &Folded)> {
        let at = self.parameters.binary_search_by(|own| own.name.as_str().cmp(name)).ok()?;
        Some((self.parameters.get(at)?, self.folded.get(at)?))
    }

    /// The conditions that a parameter's value still hangs on; `None` where it is known.
    pub(crate) fn waits_for(&self, name: &str) -> Option<&[&'s Expression]> {
        let at = self.parameters.binary_search_by(|own| own.name.as_str().cmp(name)).ok()?;
        self.unknown.get(&at).map(Vec::as_slice)
    }

    /// Demands of these parameters that cannot be met together.
    pub(crate) fn conflict(&self, names: &[String]) -> Option<Conflict> {
        names.iter().find_map(|name| {
            let (parameter, folded) = self.get(name)?;
            empty_set(parameter, folded).or_else(|| self.crossed(parameter, folded))
        })
    }

    fn crossed(&self, parameter: &Parameter, folded: &Folded) -> Option<Conflict> {
        let (upper, limit) = self.get(parameter.at_most.as_deref()?)?;
        match (&folded.value, &limit.value) {
            (Some(ParameterValue::Int(low)), Some(ParameterValue::Int(high))) if low > high => {
                let says = |name: &str, folded: &Folded, fold| {
                    let who: Vec<_> = folded.deciders(fold).map(ToString::to_string).collect();
                    let who = if who.is_empty() { "default".to_owned() } else { who.join(", ") };
                    let value = folded.value.as_ref().map(ToString::to_string).unwrap_or_default();
                    format!("{name} {value} ({who})")
                };
                Some(Conflict {
                    parameter: parameter.name.clone(),
                    note: format!(
                        "{} is above {}; the legal minimum is enforced",
                        says(&parameter.name, folded, parameter.fold),
                        says(&upper.name, limit, upper.fold)
                    ),
                    satisfiable: true,
                })
            }
            _ => None,
        }
    }
}

/// Two sets of what is allowed, neither empty, without a common member.
fn empty_set(parameter: &Parameter, folded: &Folded) -> Option<Conflict> {
    let empty =
        |value: &ParameterValue| matches!(value, ParameterValue::List(set) if set.is_empty());
    let clash = parameter.fold == Fold::Intersect
        && folded.value.as_ref().is_some_and(empty)
        // A default may be empty: then nobody disagrees.
        && !folded.voices.is_empty()
        && !folded.voices.iter().any(|(_, value)| empty(value));
    clash.then(|| {
        let says: Vec<_> =
            folded.voices.iter().map(|(voice, value)| format!("{voice} {value}")).collect();
        Conflict {
            parameter: parameter.name.clone(),
            note: format!("nothing satisfies {}: {}", parameter.name, says.join(", ")),
            satisfiable: false,
        }
    })
}

fn borrow<'a>(value: Option<&'a ParameterValue>, arena: &'a Arena) -> Value<'a> {
    match value {
        None => Value::Null,
        Some(ParameterValue::Bool(truth)) => Value::Bool(*truth),
        Some(ParameterValue::Int(number)) => Value::Int(*number),
        Some(ParameterValue::String(word)) => Value::String(word),
        Some(ParameterValue::List(words)) => {
            Value::List(arena.alloc_slice_fill_iter(words.iter().map(|word| Value::String(word))))
        }
    }
}

fn copy<'a>(value: Option<&ParameterValue>, arena: &'a Arena) -> Value<'a> {
    match value {
        None => Value::Null,
        Some(ParameterValue::Bool(truth)) => Value::Bool(*truth),
        Some(ParameterValue::Int(number)) => Value::Int(*number),
        Some(ParameterValue::String(word)) => Value::String(arena.alloc_str(word)),
        Some(ParameterValue::List(words)) => {
            Value::List(arena.alloc_slice_fill_iter(
                words.iter().map(|word| Value::String(arena.alloc_str(word))),
            ))
        }
    }
}
