//! Files to a catalog: every file is read, every mistake is reported, and only a catalog
//! without mistakes is made. Called with a folder by `Catalog::load` and with the packed files
//! by `Catalog::embedded`.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    path::Path as FilePath,
    sync::{Mutex, PoisonError},
    thread,
};

use serde::de::DeserializeOwned;
use time::{Date, macros::format_description};

use super::{
    AskedIn, Catalog, Framework, LoadError, LoadErrors, check,
    files::{self, CLASSIFICATION, ENVIRONMENTS, File, RELEASES},
    place::{Errors, Unit},
    quoting,
};
use crate::{
    control::{
        Control, ControlId, Each, Parameter, Target, Version,
        raw::{RawControl, RawFramework, RawRegime, RawReleases},
    },
    expression::{Expression, Plan, share},
    source::{Options, Source},
};
use scopes::Scopes;

mod control;
mod framework;
mod parameter;
mod regulation;
mod scopes;
mod shapes;
mod template;
mod variables;

/// The catalog in a folder. What it leaves out of classification, environments and releases is
/// taken from `fallback`, so that a bank's own catalog need not repeat them.
pub(super) fn folder(folder: &FilePath, fallback: &[File]) -> Result<Catalog, LoadErrors> {
    let files = match files::read_folder(folder) {
        Ok(files) => files,
        Err(errors) => return Err(LoadErrors(errors.into_iter().map(LoadError::from).collect())),
    };
    load(&files, fallback, Some(folder))
}

/// The catalog in files; `folder` is where their cases are, if anywhere.
pub(super) fn load(
    files: &[File],
    fallback: &[File],
    folder: Option<&FilePath>,
) -> Result<Catalog, LoadErrors> {
    let shown = |name: &str| match folder {
        Some(folder) => folder.join(name).display().to_string(),
        None => name.to_owned(),
    };
    let parts = by_two(files.iter(), |file| {
        let (mut read, mut errors) = (Read::default(), Errors::default());
        read.file(file, shown(&file.name), &mut errors);
        (read, errors)
    });
    let (mut read, mut errors) = (Read::default(), Errors::default());
    for (part, mistakes) in parts {
        read.join(part);
        errors.join(mistakes);
    }
    let mut borrowed = BTreeSet::new();
    for file in fallback.iter().filter(|file| !file.name.contains('/')) {
        if !files.iter().any(|own| own.name == file.name) {
            borrowed.insert(file.name.as_str());
            read.file(file, file.name.clone(), &mut errors);
        }
    }
    let catalog = read.finish(files, &borrowed, &mut errors);
    let read_whole = check::Whole {
        controls: &read.controls,
        regimes: &read.regimes,
        broken_frameworks: &read.broken_frameworks,
    };
    check::catalog(&catalog, &read_whole, folder, &mut errors);
    errors.into_result(catalog)
}

/// The files as read, before anything refers to anything else.
#[derive(Default)]
struct Read {
    /// The controls whose folders are there, whatever is wrong with their files.
    folders: BTreeSet<ControlId>,
    /// The frameworks whose files could not be read.
    broken_frameworks: BTreeSet<String>,
    controls: Vec<(Unit, RawControl)>,
    frameworks: Vec<(Unit, RawFramework)>,
    regimes: Vec<(Unit, RawRegime)>,
    classification: Option<Unit>,
    environments: Option<Unit>,
    releases: Option<Unit>,
}

/// The items of a list worked off by two threads, the results in the order of the items: a front
/// end cannot begin before its catalog is there. Where there is no second thread, by one.
fn by_two<T, R: Send>(
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let queue = Mutex::new(items.enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let take = || {
        let mut done = Vec::new();
        while let Some((place, item)) = next() {
            done.push((place, work(item)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let other = thread::Builder::new().spawn_scoped(scope, take);
        let mut done = take();
        match other.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(more)) => done.extend(more),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => {}
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

impl Read {
    fn join(&mut self, other: Self) {
        self.folders.extend(other.folders);
        self.broken_frameworks.extend(other.broken_frameworks);
        self.controls.extend(other.controls);
        self.frameworks.extend(other.frameworks);
        self.regimes.extend(other.regimes);
        self.classification = self.classification.take().or(other.classification);
        self.environments = self.environments.take().or(other.environments);
        self.releases = self.releases.take().or(other.releases);
    }

    fn file(&mut self, file: &File, shown: String, errors: &mut Errors) {
        self.folders.extend(folder_id(&file.name));
        let framework = file.name.strip_prefix("frameworks/").and_then(|f| f.strip_suffix(".yaml"));
        let Some(mut unit) = Unit::read(&file.name, shown, &file.bytes, errors) else {
            self.broken_frameworks.extend(framework.map(str::to_owned));
            return;
        };
        if file.name.starts_with("controls/") {
            unit.control = unit.root().get("id").and_then(|id| id.as_str()?.parse().ok());
            if let Some(raw) = unit.deserialize(errors) {
                self.controls.push((unit, raw));
            }
        } else if file.name.starts_with("frameworks/") {
            match unit.deserialize(errors) {
                Some(raw) => self.frameworks.push((unit, raw)),
                None => self.broken_frameworks.extend(framework.map(str::to_owned)),
            }
        } else if file.name.starts_with("regimes/") {
            if let Some(raw) = unit.deserialize(errors) {
                self.regimes.push((unit, raw));
            }
        } else {
            match file.name.as_str() {
                CLASSIFICATION => self.classification = Some(unit),
                ENVIRONMENTS => self.environments = Some(unit),
                RELEASES => self.releases = Some(unit),
                _ => {}
            }
        }
    }

    fn finish(&self, files: &[File], borrowed: &BTreeSet<&str>, errors: &mut Errors) -> Catalog {
        let parameters = self.parameters(errors);
        let scopes = Scopes::new(parameters.values());
        let controls = self.controls(&scopes, errors);
        let frameworks = self.frameworks(&controls, errors);
        let mut controls: Vec<Control> = controls.into_values().collect();
        let plans = plans(&mut controls, &scopes);
        let regimes = self
            .regimes
            .iter()
            .filter_map(|(unit, raw)| regulation::regime(unit, raw, &parameters, &scopes, errors))
            .map(|regime| (regime.id.clone(), regime))
            .collect();
        let known = |unit: &Option<Unit>| {
            unit.as_ref().map(|unit| (unit.clone(), borrowed.contains(unit.name.as_str())))
        };
        let (levels, floors) = known(&self.classification)
            .map(|(unit, lent)| regulation::classification(&unit, &parameters, lent, errors))
            .unwrap_or_default();
        let environments = known(&self.environments)
            .map(|(unit, lent)| regulation::environments(&unit, &parameters, lent, errors))
            .unwrap_or_default();
        let releases =
            self.releases.as_ref().map(|unit| releases(unit, errors)).unwrap_or_default();
        Catalog {
            controls,
            parameters,
            asked_in: asked_in(&frameworks),
            frameworks,
            regimes,
            levels,
            floors,
            environments,
            releases,
            version: super::embedded::version(),
            digest: files::digest(files),
            plans,
        }
    }

    fn parameters(&self, errors: &mut Errors) -> BTreeMap<String, Parameter> {
        let mut declared: BTreeMap<String, Parameter> = BTreeMap::new();
        for (unit, raw) in &self.controls {
            let Some(id) = &unit.control else { continue };
            for (name, parameter) in &raw.parameters {
                let at = unit.at("parameters").field(name);
                if let Some(other) = declared.get(name) {
                    let first = &other.declared_by;
                    let message = format!("`{name}` is declared by {first} already");
                    errors.add(at.error(message).with_help("use `params.` and its name here"));
                } else {
                    let parameter = parameter::declare(id, name, parameter, &at, errors);
                    declared.insert(name.clone(), parameter);
                }
            }
        }
        for (unit, raw) in &self.controls {
            for (name, parameter) in &raw.parameters {
                parameter::check_bound(unit, name, parameter, &declared, errors);
            }
        }
        declared
    }

    fn controls(&self, scopes: &Scopes, errors: &mut Errors) -> BTreeMap<ControlId, Control> {
        let mut seen: BTreeMap<ControlId, (&Unit, &RawControl)> = BTreeMap::new();
        for (unit, raw) in &self.controls {
            match raw.id.parse::<ControlId>() {
                Err(error) => errors.add(unit.at("id").error(format!("{error}"))),
                Ok(id) => match seen.entry(id) {
                    Entry::Vacant(place) => {
                        place.insert((unit, raw));
                    }
                    Entry::Occupied(place) => {
                        let (first, _) = place.get();
                        let first = first.name.trim_end_matches("/control.yaml");
                        let message = format!("{} exists already in `{first}`", place.key());
                        let help = "a number is never used twice: take the next free one";
                        errors.add(unit.at("id").error(message).with_help(help));
                    }
                },
            }
        }
        let parts = by_two(seen.into_iter(), |(id, (unit, raw))| {
            let mut errors = Errors::default();
            (control::control(unit, &id, raw, scopes, &mut errors), errors)
        });
        let mut controls = BTreeMap::new();
        for (control, mistakes) in parts {
            controls.extend(control.map(|control| (control.id.clone(), control)));
            errors.join(mistakes);
        }
        controls
    }

    fn frameworks(
        &self,
        controls: &BTreeMap<ControlId, Control>,
        errors: &mut Errors,
    ) -> Vec<Framework> {
        // A control that was refused exists all the same: one mistake, one error.
        let exists = |id: &ControlId| {
            controls.contains_key(id)
                || self.folders.contains(id)
                || self.controls.iter().any(|(unit, _)| unit.control.as_ref() == Some(id))
        };
        let frameworks = self.frameworks.iter();
        frameworks.map(|(unit, raw)| framework::framework(unit, raw, &exists, errors)).collect()
    }
}

/// The id that the folder of a control begins with.
fn folder_id(file: &str) -> Option<ControlId> {
    let folder = file.strip_prefix("controls/")?.split('/').nth(1)?;
    folder.match_indices('-').nth(1).and_then(|(end, _)| folder.get(..end)?.parse().ok())
}

/// Where each control is asked for, framework by framework.
fn asked_in(frameworks: &[Framework]) -> BTreeMap<ControlId, Vec<AskedIn>> {
    let mut places: BTreeMap<ControlId, Vec<AskedIn>> = BTreeMap::new();
    for (framework, own) in frameworks.iter().enumerate() {
        for (requirement, own) in own.requirements.iter().enumerate() {
            for (control, basis) in &own.controls {
                let place = AskedIn { framework, requirement, basis: *basis };
                places.entry(control.clone()).or_default().push(place);
            }
        }
    }
    places
}

/// Finds what the expressions of each target have in common: what decides a verdict, that is. What
/// is said of a finding and what fixes write is rare.
fn plans(controls: &mut [Control], scopes: &Scopes) -> Vec<(Target, Plan)> {
    let mut deciding: BTreeMap<Target, Vec<&mut Expression>> =
        Target::ALL.iter().map(|target| (*target, Vec::new())).collect();
    for check in controls.iter_mut().flat_map(|control| &mut control.checks) {
        let expressions = deciding.entry(check.id.target).or_default();
        for rule in &mut check.rules {
            expressions.extend(rule.when.iter_mut().chain(&mut rule.cap));
            expressions.push(&mut rule.expression);
        }
    }
    by_two(deciding.into_iter(), |(target, mut expressions)| {
        let each = (!target.is_terraform()).then_some(Each::AllContainers);
        let scope = scopes.scope(target, each);
        let element = each.and_then(|each| scope.slot(each.variable()));
        (target, share(&mut expressions, element))
    })
}

fn releases(unit: &Unit, errors: &mut Errors) -> BTreeMap<Version, Date> {
    let Some(raw) = unit.deserialize::<RawReleases>(errors) else { return BTreeMap::new() };
    let mut releases = BTreeMap::new();
    for (index, release) in raw.releases.iter().enumerate() {
        let at = unit.at("releases").index(index);
        let date = Date::parse(&release.date, format_description!("[year]-[month]-[day]"));
        match (release.version.parse(), date) {
            (Ok(version), Ok(date)) => {
                releases.insert(version, date);
            }
            (Err(error), _) => errors.add(at.field("version").error(format!("{error}"))),
            (_, Err(_)) => {
                let message = format!("`{}` is not a date such as `2026-11-21`", release.date);
                errors.add(at.field("date").error(message));
            }
        }
    }
    releases
}

impl Unit {
    /// Reads one file that holds one document; `None` after an error.
    fn read(name: &str, shown: String, bytes: &[u8], errors: &mut Errors) -> Option<Self> {
        let source = Source::new(shown, bytes);
        let read = source.and_then(|source| {
            let document = source.document(&Options::default())?;
            Ok((source, document))
        });
        match read {
            Ok((source, document)) => {
                for warning in &document.warnings {
                    errors.add(source.error(warning.span, warning.message.clone()).into());
                }
                Some(Self::new(name, source, document.root))
            }
            Err(error) => {
                let line = error.snippet.as_ref().map(|snippet| snippet.text.as_str());
                let advice = line.and_then(quoting::advice).filter(|_| error.help.is_none());
                errors.add(LoadError::from(match advice {
                    Some(advice) => error.with_help(advice.help),
                    None => error,
                }));
                None
            }
        }
    }

    /// The typed form of the document; `None` after an error.
    fn deserialize<T: DeserializeOwned>(&self, errors: &mut Errors) -> Option<T> {
        match self.typed() {
            Ok(raw) => Some(raw),
            Err(error) => {
                errors.add(error);
                None
            }
        }
    }
}
