//! The catalog against its register (`tests/fixtures/catalog/controls.tsv`), row by row: ids,
//! titles, severities, modes, targets and references are what auditors and waivers hold on to.
//! What the register has and the catalog has not yet is printed (`--nocapture`).

use std::collections::{BTreeMap, BTreeSet};

use probity_catalog::catalog::Basis;
use probity_catalog::control::Control;
use probity_catalog::{Catalog, Target};

/// A row of the register.
struct Row {
    title: &'static str,
    severity: &'static str,
    mode: &'static str,
    targets: &'static str,
    references: BTreeSet<&'static str>,
}

fn register() -> BTreeMap<&'static str, Row> {
    let rows = include_str!("../fixtures/catalog/controls.tsv").lines();
    let rows = rows.filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|line| {
        let cells: Vec<_> = line.split('\t').collect();
        let [id, title, severity, mode, targets, references] = cells[..] else {
            panic!("six cells, not {}: {line}", cells.len())
        };
        let references = references.split(';').collect();
        (id, Row { title, severity, mode, targets, references })
    })
    .collect()
}

/// The targets that exist and that a word of the register means. Words without one are to come.
fn targets(word: &str) -> Vec<Target> {
    let mean = |target: &Target| match target {
        Target::Pod => word == "kubernetes",
        Target::S3 | Target::Kms => word == "aws" || word == target.as_str(),
    };
    Target::ALL.iter().copied().filter(mean).collect()
}

/// What a framework file says of a control, as the register writes it.
fn references(catalog: &Catalog, control: &Control) -> BTreeSet<String> {
    let cite = |(framework, requirement, basis): (&probity_catalog::catalog::Framework, _, _)| {
        let requirement: &probity_catalog::catalog::Requirement = requirement;
        let mark = if basis == Basis::Memory { "~" } else { "" };
        format!("{}:{}{mark}", framework.id, requirement.id)
    };
    catalog.asked_by(&control.id).map(cite).collect()
}

fn catalog() -> std::sync::Arc<Catalog> {
    Catalog::embedded().unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn every_control_is_as_the_register_has_it() {
    let (catalog, register) = (catalog(), register());
    let frameworks: BTreeSet<_> = catalog.frameworks().iter().map(|f| f.id.as_str()).collect();
    for control in catalog.controls().filter(|control| control.id.standard_check().is_none()) {
        let id = control.id.as_str();
        let row = register.get(id).unwrap_or_else(|| panic!("{id} is not in the register"));
        assert_eq!(&*control.title, row.title, "{id}");
        assert_eq!(control.severity.as_str(), row.severity, "{id}");
        assert_eq!(control.mode.as_str(), row.mode, "{id}");
        let allowed: Vec<_> = row.targets.split(' ').flat_map(targets).collect();
        for check in &control.checks {
            let target = check.id.target;
            assert!(allowed.contains(&target), "{id} is no control on {target}: {}", row.targets);
        }
        let known = |reference: &&&str| {
            reference.split_once(':').is_some_and(|(framework, _)| frameworks.contains(framework))
        };
        let expected: BTreeSet<_> =
            row.references.iter().filter(known).map(|&text| text.to_owned()).collect();
        let mut found = references(&catalog, control);
        // The standards' own checks are mapped one by one, also where the register names the pair.
        found.retain(|reference| !reference.starts_with("pss:") || expected.contains(reference));
        assert_eq!(found, expected, "{id}");
    }
}

#[test]
fn what_is_still_to_come_is_listed() {
    let (catalog, register) = (catalog(), register());
    assert_eq!(register.len(), 152);
    let shipped: BTreeMap<_, _> = catalog.controls().map(|c| (c.id.as_str(), c)).collect();
    let mut whole = 0;
    for (id, row) in &register {
        let Some(control) = shipped.get(id) else {
            println!("to come: {id} {}", row.title);
            continue;
        };
        let missing: Vec<_> = row
            .targets
            .split(' ')
            .filter(|word| targets(word).iter().all(|target| control.check(*target).is_none()))
            .collect();
        if missing.is_empty() {
            whole += 1;
        } else {
            println!("to come: {id} on {}", missing.join(", "));
        }
    }
    assert!(whole > 0, "the register and the catalog have nothing in common");
}

#[test]
fn every_requirement_is_said_in_words_of_ours() {
    for framework in catalog().frameworks() {
        for requirement in &framework.requirements {
            let words = requirement.title.split_whitespace().count();
            let cited = framework.cite(requirement);
            assert!((2..=16).contains(&words), "{cited}: {}", requirement.title);
        }
    }
}
