//! `RawFramework` to `Framework`: controls that exist, and no claim without its ground.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{
    Basis, Coverage, Framework, Requirement,
    place::{Errors, Place, Unit},
};
use crate::control::{
    ControlId,
    raw::{RawBasis, RawCoverage, RawFramework, RawRequirement},
};

/// A framework; `exists` says which controls there are.
pub(super) fn framework(
    unit: &Unit,
    raw: &RawFramework,
    exists: &dyn Fn(&ControlId) -> bool,
    errors: &mut Errors,
) -> Framework {
    if unit.stem() != raw.framework {
        let message = format!("`{}` stands in `{}.yaml`", raw.framework, unit.stem());
        errors.add(unit.at("framework").error(message));
    }
    let mut seen = BTreeSet::new();
    let mut requirements = Vec::new();
    for (index, requirement) in raw.requirements.iter().enumerate() {
        let at = unit.at("requirements").index(index);
        if !seen.insert(&requirement.id) {
            let message = format!("requirement `{}` stands here twice", requirement.id);
            errors.add(at.clone().field("id").error(message));
        }
        let controls = controls(requirement, &at, exists, errors);
        requirements.push(Requirement {
            id: requirement.id.clone(),
            title: requirement.title.clone(),
            coverage: coverage(requirement, &at, errors),
            because: requirement.because.as_deref().map(|text| text.trim().to_owned()),
            controls,
        });
    }
    Framework {
        id: raw.framework.clone(),
        name: raw.name.clone(),
        title: raw.title.clone(),
        complete: raw.complete,
        requirements,
    }
}

fn controls(
    requirement: &RawRequirement,
    at: &Place<'_>,
    exists: &dyn Fn(&ControlId) -> bool,
    errors: &mut Errors,
) -> BTreeMap<ControlId, Basis> {
    let mut controls = BTreeMap::new();
    for (text, basis) in &requirement.controls {
        let at = at.clone().field("controls").field(text);
        match text.parse::<ControlId>() {
            Ok(id) if exists(&id) => {
                controls.insert(id, basis_of(*basis));
            }
            Ok(id) => {
                let family = id.family().to_ascii_lowercase();
                let help = format!("it would stand in `controls/{family}/{id}-…/control.yaml`");
                errors.add(at.error(format!("there is no control {id}")).with_help(help));
            }
            Err(error) => errors.add(at.error(format!("{error}"))),
        }
    }
    controls
}

/// Controls cover a requirement in part, none not yet; anything else is a claim that an auditor
/// will ask about, and needs its ground.
fn coverage(requirement: &RawRequirement, at: &Place<'_>, errors: &mut Errors) -> Coverage {
    let has_controls = !requirement.controls.is_empty();
    let mut complain = |field: &str, message: &str, help: &str| {
        errors.add(at.clone().field(field).error(message).with_help(help));
    };
    let ground = requirement.because.as_deref().unwrap_or_default().trim();
    match requirement.coverage {
        None if ground.is_empty() => {}
        None => complain("because", "there is no claim here to give a ground for", "remove it"),
        Some(_) if ground.is_empty() => {
            complain("coverage", "a claim without a ground", "say why in `because`");
        }
        Some(RawCoverage::Full) if !has_controls => {
            complain(
                "coverage",
                "covered in full by no control",
                "name the controls, or remove it",
            );
        }
        Some(RawCoverage::Manual) if has_controls => {
            let message = "not checkable by machine, and controls check it";
            complain("coverage", message, "remove the line: it is covered in part");
        }
        Some(_) => {}
    }
    match requirement.coverage {
        Some(RawCoverage::Full) => Coverage::Full,
        Some(RawCoverage::Manual) => Coverage::Manual,
        None if has_controls => Coverage::Part,
        None => Coverage::None,
    }
}

fn basis_of(raw: RawBasis) -> Basis {
    match raw {
        RawBasis::Verified => Basis::Verified,
        RawBasis::Memory => Basis::Memory,
    }
}
