//! Invariants over the whole catalog: what no single file can be wrong about. They hold for our
//! catalog and for every other one alike, since the loader calls them.

use std::{collections::BTreeSet, path::Path as FilePath};

use super::{
    Catalog,
    place::{Errors, Unit},
};
use crate::{
    control::{
        Target,
        raw::{RawControl, RawRegime},
    },
    source::nearest,
};

/// Words that a slug or a title leaves out: they say what a tool does, not what is so.
const VERBS: [&str; 6] = ["ensure", "check", "verify", "validate", "enforce", "should"];

/// The files as read.
pub(super) struct Whole<'w> {
    pub(super) controls: &'w [(Unit, RawControl)],
    pub(super) regimes: &'w [(Unit, RawRegime)],
    /// Those that could not be read: what they ask for is not known.
    pub(super) broken_frameworks: &'w BTreeSet<String>,
}

/// Checks everything that needs more than one file. What follows from another mistake is not said
/// as well.
pub(super) fn catalog(
    catalog: &Catalog,
    read: &Whole<'_>,
    folder: Option<&FilePath>,
    errors: &mut Errors,
) {
    let Whole { controls, regimes, broken_frameworks } = read;
    for (unit, raw) in *controls {
        standard(catalog, unit, errors);
        let is_named_well = unit.control.is_some() && names(unit, raw, errors);
        if is_named_well && broken_frameworks.is_empty() {
            asked_for(catalog, unit, errors);
        }
        if let Some(folder) = folder {
            cases(unit, raw, folder, errors);
        }
    }
    frameworks_of(catalog, regimes, broken_frameworks, errors);
    // A control that was refused may be the one that reads a parameter.
    if errors.is_empty() {
        parameters_used(catalog, controls, errors);
    }
}

/// `controls/<family>/<ID>-<slug>/control.yaml`, the slug made of words of the title.
/// False where the id is not the folder's.
fn names(unit: &Unit, raw: &RawControl, errors: &mut Errors) -> bool {
    let parts: Vec<_> = unit.name.split('/').collect();
    let ["controls", family, folder, "control.yaml"] = parts.as_slice() else {
        let message = "a control stands in `controls/<family>/<ID>-<title>/control.yaml`";
        errors.add(unit.at("id").error(message));
        return false;
    };
    let Some(slug) = folder.strip_prefix(raw.id.as_str()).and_then(|rest| rest.strip_prefix('-'))
    else {
        let message = format!("the folder `{folder}` does not begin with `{}-`", raw.id);
        errors
            .add(unit.at("id").error(message).with_help("the folder begins with the control's id"));
        return false;
    };
    if !raw.id.to_ascii_lowercase().starts_with(&format!("{family}-")) {
        let message = format!("{} does not belong into the folder `{family}`", raw.id);
        errors.add(unit.at("id").error(message));
    }
    let words: Vec<_> = words(slug).collect();
    if words.join("-") != slug || words.is_empty() {
        let message = format!("`{slug}` is not a slug: small letters and digits, joined by `-`");
        errors.add(unit.at("title").error(message));
    }
    if let Some(verb) = words.iter().find(|word| VERBS.contains(&word.as_str())) {
        let message = format!("`{verb}` in the folder's name: name the required state");
        errors.add(unit.at("title").error(message));
    }
    let title: Vec<_> = self::words(&raw.title).collect();
    if let Some(strange) = words.iter().find(|word| !title.iter().any(|own| same_word(own, word))) {
        let message = format!("the folder `{folder}` says `{strange}`, the title does not");
        errors.add(unit.at("title").error(message).with_help("name the folder after the title"));
    }
    true
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
}

/// Singular and plural are one word.
fn same_word(left: &str, right: &str) -> bool {
    left.trim_end_matches('s') == right.trim_end_matches('s')
}

/// A control that nobody asks for is an opinion.
fn asked_for(catalog: &Catalog, unit: &Unit, errors: &mut Errors) {
    if let Some(id) = &unit.control
        && catalog.asked_by(id).next().is_none()
    {
        let message = format!("no framework asks for {id}");
        let help = "add it to a requirement in `frameworks/<framework>.yaml`";
        errors.add(unit.at("id").error(message).with_help(help));
    }
}

/// A check of a standard is a requirement of that standard: what it is called there, and under
/// which controls it is reported, is in the framework of its family.
fn standard(catalog: &Catalog, unit: &Unit, errors: &mut Errors) {
    let Some(id) = &unit.control else { return };
    let Some(name) = id.standard_check() else { return };
    let family = id.family().to_ascii_lowercase();
    let known: Vec<_> = catalog
        .framework(&family)
        .into_iter()
        .flat_map(|framework| &framework.requirements)
        .map(|requirement| requirement.id.as_str())
        .collect();
    if !known.contains(&name) {
        let message = format!("`{name}` is not a requirement of `frameworks/{family}.yaml`");
        let error = unit.at("id").error(message);
        errors.add(match nearest(name, known) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error.with_help("a control of your own ends in three digits"),
        });
    }
}

/// One case that passes and one that fails per target; for Terraform an unknown one too.
fn cases(unit: &Unit, raw: &RawControl, folder: &FilePath, errors: &mut Errors) {
    let Some((own, _)) = unit.name.rsplit_once('/') else { return };
    for word in raw.checks.keys() {
        let Ok(target) = word.parse::<Target>() else { continue };
        let cases = folder.join(own).join("cases").join(word);
        let names: Vec<_> = std::fs::read_dir(&cases)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        let has = |verdict: &str| names.iter().any(|name| name.starts_with(verdict));
        let mut missing: Vec<_> =
            ["pass-", "fail-"].into_iter().filter(|verdict| !has(verdict)).collect();
        if target.is_terraform() && !has("unknown-") {
            missing.push("unknown-");
        }
        for verdict in missing {
            let message = format!("there is no case `cases/{word}/{verdict}….yaml`");
            errors.add(unit.at("checks").field(word).error(message));
        }
    }
}

/// The frameworks of a regime exist.
fn frameworks_of(
    catalog: &Catalog,
    units: &[(Unit, RawRegime)],
    broken: &BTreeSet<String>,
    errors: &mut Errors,
) {
    for (unit, raw) in units {
        for (index, framework) in raw.frameworks.iter().enumerate() {
            if catalog.framework(framework).is_none() && !broken.contains(framework) {
                let message = format!("there is no framework `{framework}`");
                errors.add(unit.at("frameworks").index(index).error(message));
            }
        }
    }
}

/// A parameter that no rule reads decides nothing.
fn parameters_used(catalog: &Catalog, units: &[(Unit, RawControl)], errors: &mut Errors) {
    let read: BTreeSet<_> = catalog
        .controls()
        .flat_map(|control| &control.checks)
        .flat_map(|check| &check.rules)
        .flat_map(|rule| rule.parameters.iter().chain(&rule.parameters_of_fixes))
        .collect();
    for (unit, raw) in units {
        for name in raw.parameters.keys() {
            let is_bound =
                catalog.parameters().any(|other| other.at_most.as_deref() == Some(name.as_str()));
            if !read.contains(name) && !is_bound && catalog.parameter(name).is_some() {
                let message = format!("no rule reads `{name}`");
                errors.add(unit.at("parameters").field(name).error(message));
            }
        }
    }
}
