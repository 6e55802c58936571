//! A snapshot: the catalog and the settings in force, checked against each other and prepared
//! for judging. Immutable; a front end swaps whole snapshots. Must not know front ends.

use std::sync::Arc;

use time::{Date, Duration};

use crate::{
    catalog::{Basis, Catalog, Framework, Level, Regime},
    control::{Action, Check, Classification, Control, ControlId, Environment, Parameter, Target},
    expression::Plan,
    settings::{Settings, SettingsErrors},
    subject::{self, Marks, Subject},
};

pub use explain::{Explained, Voiced};
pub(crate) use parameters::{Condition, Current, Tables};

mod digest;
mod explain;
mod parameters;
mod verify;

/// How long a control that is newer than the pinned catalog only warns.
const GRACE: Duration = Duration::days(30);

/// How long a bank's own action may hold from today.
const LONGEST_OVERRIDE: Duration = Duration::days(180);

/// How many references of frameworks that are not in force are shown.
const OTHER_REFERENCES: usize = 3;

/// The catalog and the settings in force.
#[derive(Debug)]
pub struct Snapshot {
    catalog: Arc<Catalog>,
    settings: Settings,
    /// The framework judged by, instead of the catalog's own controls.
    framework: Option<String>,
    /// For each target the checks, as places in the catalog's controls.
    checks: Vec<(Target, Vec<(usize, usize)>)>,
    /// For each control, who asks for it.
    asked_by: Vec<Arc<[String]>>,
    parameters: parameters::Tables,
    /// Who decides what nobody has set.
    baseline: Arc<str>,
}

impl Snapshot {
    /// Checks the settings against the catalog; all mistakes at once.
    pub fn new(catalog: Arc<Catalog>, settings: Settings) -> Result<Self, SettingsErrors> {
        Self::of(catalog, settings, None)
    }

    /// The same, judging by the controls that one framework names and by no other: each of them
    /// either holds or refuses.
    pub fn of_framework(
        catalog: Arc<Catalog>,
        settings: Settings,
        framework: &str,
    ) -> Result<Self, SettingsErrors> {
        Self::of(catalog, settings, Some(framework.to_owned()))
    }

    fn of(
        catalog: Arc<Catalog>,
        settings: Settings,
        framework: Option<String>,
    ) -> Result<Self, SettingsErrors> {
        let mut errors = verify::settings(&catalog, &settings);
        errors.extend(framework.iter().filter_map(|id| verify::framework(&catalog, id)));
        if !errors.is_empty() {
            return Err(SettingsErrors(errors));
        }
        let selected = |control: &Control| selects(&catalog, framework.as_deref(), control);
        let checks = Target::ALL
            .iter()
            .map(|target| {
                let own = catalog.controls().enumerate();
                let own = own.filter(|(_, control)| selected(control));
                let places = own.flat_map(|(at, control)| {
                    let checks = control.checks.iter().enumerate();
                    checks
                        .filter(|(_, check)| check.id.target == *target)
                        .map(move |(check, _)| (at, check))
                });
                (*target, places.collect())
            })
            .collect();
        let asked_by = references(&catalog, &settings, framework.as_deref());
        let parameters = parameters::Tables::new(&catalog, &settings);
        let baseline = Arc::from("");
        let mut snapshot =
            Self { catalog, settings, framework, checks, asked_by, parameters, baseline };
        snapshot.baseline = format!("baseline; {}", snapshot.environment_shown()).into();
        Ok(snapshot)
    }

    /// The catalog.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The settings as given.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The framework judged by, where it is one alone.
    pub fn framework(&self) -> Option<&Framework> {
        self.framework.as_deref().and_then(|id| self.catalog.framework(id))
    }

    /// The controls judged by, by id.
    pub fn controls(&self) -> impl Iterator<Item = &Control> {
        let framework = self.framework.as_deref();
        self.catalog.controls().filter(move |control| selects(&self.catalog, framework, control))
    }

    /// The environment in force.
    pub fn environment(&self) -> Environment {
        self.settings.environment_in_force()
    }

    /// Whether nobody said which environment this is.
    pub fn environment_is_default(&self) -> bool {
        self.settings.environment.is_none()
    }

    /// The environment as reports show it: `production (default)`.
    pub fn environment_shown(&self) -> String {
        let suffix = if self.environment_is_default() { " (default)" } else { "" };
        format!("{}{suffix}", self.environment())
    }

    /// Who decides what no setting and no regime speaks of, as findings show it.
    pub(crate) fn baseline(&self) -> &Arc<str> {
        &self.baseline
    }

    /// The regimes in force, by id.
    pub fn regimes(&self) -> impl Iterator<Item = &Regime> {
        self.settings.regimes.iter().filter_map(|id| self.catalog.regime(id))
    }

    /// The class that a subject is judged under: its own, else that of the settings, else
    /// confidential; never below the settings' minimum, nor below what its marks ask for. And the
    /// classes that it may turn out to have; none where its class is known.
    pub(crate) fn classes(
        &self,
        subject: &Subject<'_>,
        marks: &Marks<'_>,
    ) -> (Classification, Vec<Classification>) {
        let (mut floor, mut may_be) = (self.at_least_minimum(Classification::Public), Vec::new());
        for own in self.catalog.floors() {
            for said in marks.said(&own.mark) {
                match own.holds(said) {
                    Some(true) => floor = floor.max(own.class),
                    Some(false) => {}
                    None => may_be.push(own.class),
                }
            }
        }
        let claim = subject.claimed_classification();
        if claim.is_some_and(|claim| claim.is_unknown()) {
            may_be = Classification::ALL.iter().copied().filter(|class| *class >= floor).collect();
            return (self.default_classification().max(floor), may_be);
        }
        let own = claim.and_then(subject::class_of);
        let certain = own.unwrap_or_else(|| self.default_classification()).max(floor);
        may_be.retain(|class| *class > certain);
        if !may_be.is_empty() {
            may_be.push(certain);
            may_be.sort();
            may_be.dedup();
        }
        (certain, may_be)
    }

    /// Regimes that a subject names and the settings do not, by id, and whether there may be more.
    pub(crate) fn own_regimes(&self, marks: &Marks<'_>) -> (Vec<&Regime>, bool) {
        let (mut own, mut is_open) = (Vec::new(), false);
        for said in marks.regimes() {
            is_open |= said.is_unknown();
            for word in subject::regimes_in(said) {
                let mut regimes = self.catalog.regimes();
                let named = regimes.find(|regime| regime.id.eq_ignore_ascii_case(word));
                own.extend(named.filter(|regime| {
                    !self.settings.regimes.contains(&regime.id)
                        && !own.iter().any(|known: &&Regime| known.id == regime.id)
                }));
            }
        }
        own.sort_by(|a, b| a.id.cmp(&b.id));
        (own, is_open)
    }

    /// The class of subjects that do not say their own.
    pub fn default_classification(&self) -> Classification {
        let class = self.settings.classification.unwrap_or(Classification::Confidential);
        self.at_least_minimum(class)
    }

    fn at_least_minimum(&self, class: Classification) -> Classification {
        self.settings.minimum_classification.map_or(class, |minimum| class.max(minimum))
    }

    /// The checks of a target, each with its control and who asks for that.
    pub(crate) fn checks(&self, target: Target) -> impl Iterator<Item = Judged<'_>> {
        let places = self.checks.iter().find(|(own, _)| *own == target);
        places.into_iter().flat_map(|(_, places)| places).filter_map(|(control, check)| {
            let asked_by = self.asked_by.get(*control)?;
            let control = self.catalog.control_at(*control)?;
            Some(Judged { control, check: control.checks.get(*check)?, asked_by })
        })
    }

    /// What the expressions of a target share.
    pub(crate) fn plan(&self, target: Target) -> Option<&Plan> {
        self.catalog.plan(target)
    }

    /// How many checks judge a target.
    pub fn check_count(&self, target: Target) -> usize {
        self.checks.iter().find(|(own, _)| *own == target).map_or(0, |(_, places)| places.len())
    }

    /// Who asks for a control of a subject that names these regimes beyond those of the settings.
    pub(crate) fn asked_by(&self, control: &Control, own: &[&Regime]) -> Vec<String> {
        let regimes: Vec<_> = self.regimes().chain(own.iter().copied()).collect();
        references_of(&self.catalog, self.framework.as_deref(), &regimes, control)
    }

    pub(crate) fn parameters(&self) -> &parameters::Tables {
        &self.parameters
    }

    pub(crate) fn level(&self, class: Classification) -> Option<&Level> {
        self.catalog.level(class)
    }

    /// The bank's own action for a control, where it is in force on that day.
    pub fn override_of(&self, control: &ControlId, today: Date) -> Option<Action> {
        let entry = self.settings.enforcement.get(control)?;
        let in_force = today <= entry.until && entry.until - today <= LONGEST_OVERRIDE;
        in_force.then_some(entry.action)
    }

    /// The day until which a control only warns because it is newer than the pinned catalog.
    pub(crate) fn grace_until(&self, control: &Control, today: Date) -> Option<Date> {
        let pinned = self.settings.catalog_version?;
        if control.since <= pinned {
            return None;
        }
        let until = self.catalog.released(control.since)?.saturating_add(GRACE);
        (today < until).then_some(until)
    }

    /// What is to be said once, at start: controls on these targets that judge nothing, since
    /// nobody sets a parameter that they cannot do without.
    pub fn idle(&self, targets: &[Target]) -> Vec<String> {
        let unset = self.parameters.unset(targets);
        // Under a framework only its own controls judge.
        let judges = |parameter: &&Parameter| {
            let declares = |judged: Judged<'_>| judged.control.id == parameter.declared_by;
            parameter.expected && targets.iter().any(|t| self.checks(*t).any(declares))
        };
        let said = |parameter: &Parameter| {
            let Parameter { name, declared_by, description, .. } = parameter;
            let what = description.trim().trim_end_matches('.');
            format!("{declared_by} judges nothing, since nobody sets `{name}`: {what}")
        };
        unset.filter(judges).map(said).collect()
    }

    /// What is to be said once, at start: settings that count for nothing.
    pub fn notices(&self, today: Date) -> Vec<String> {
        let mut notices = Vec::new();
        for (id, entry) in &self.settings.enforcement {
            let until = entry.until;
            if until < today {
                notices.push(format!(
                    "the override of {id} ended on {until} and counts no more; ask {}",
                    entry.owner
                ));
            } else if until - today > LONGEST_OVERRIDE {
                let days = LONGEST_OVERRIDE.whole_days();
                notices.push(format!(
                    "the override of {id} runs until {until}, more than {days} days ahead, and \
                     does not count"
                ));
            }
        }
        notices
    }
}

/// A check as `evaluate` needs it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged<'s> {
    pub(crate) control: &'s Control,
    pub(crate) check: &'s Check,
    pub(crate) asked_by: &'s Arc<[String]>,
}

/// Whether a control is judged by: those that the framework names, else the catalog's own. The
/// check of a standard is never one of these: it says something of the standard alone.
fn selects(catalog: &Catalog, framework: Option<&str>, control: &Control) -> bool {
    match framework {
        Some(id) => catalog.asked_by(&control.id).any(|(framework, ..)| framework.id == id),
        None => control.id.standard_check().is_none(),
    }
}

/// For each control, the requirements that ask for it.
fn references(
    catalog: &Catalog,
    settings: &Settings,
    framework: Option<&str>,
) -> Vec<Arc<[String]>> {
    let regimes: Vec<_> = settings.regimes.iter().filter_map(|id| catalog.regime(id)).collect();
    let of_control = |control| references_of(catalog, framework, &regimes, control).into();
    catalog.controls().map(of_control).collect()
}

/// The requirements that ask for a control: all those of the framework judged by and of the
/// regimes, then one each of a few other frameworks, regulations and what was read in the source
/// first.
fn references_of(
    catalog: &Catalog,
    framework: Option<&str>,
    regimes: &[&Regime],
    control: &Control,
) -> Vec<String> {
    let in_force: Vec<_> = framework
        .into_iter()
        .chain(regimes.iter().flat_map(|regime| regime.frameworks.iter().map(String::as_str)))
        .collect();
    let regulations: Vec<_> = catalog.regimes().flat_map(|regime| &regime.frameworks).collect();
    let mut shown = Vec::new();
    let mut others: Vec<(bool, bool, &String, String)> = Vec::new();
    for (framework, requirement, basis) in catalog.asked_by(&control.id) {
        let reference = framework.cite(requirement);
        if in_force.contains(&framework.id.as_str()) {
            shown.push(reference);
        } else {
            let regulation = regulations.contains(&&framework.id);
            others.push((!regulation, basis == Basis::Memory, &framework.id, reference));
        }
    }
    others.sort();
    others.dedup_by(|next, first| next.2 == first.2);
    shown.extend(others.into_iter().take(OTHER_REFERENCES).map(|(.., reference)| reference));
    if shown.is_empty() {
        shown.push("baseline".to_owned());
    }
    shown
}
