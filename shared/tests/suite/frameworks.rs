//! Frameworks in files: claims need their ground, and the check of a standard is one of its
//! requirements and is judged where the standard is asked for alone.

use std::sync::Arc;

use probity_catalog::{Catalog, Settings, Snapshot, catalog::Coverage};

use crate::support::{PRIVILEGED, folder_of, small};

/// The small catalog with another framework file, and more files.
fn load(framework: &str, more: &[(&'static str, &str)]) -> Result<Catalog, String> {
    let mut files: Vec<(&str, &str)> = small();
    files.retain(|(name, _)| *name != "frameworks/sox.yaml");
    files.push(("frameworks/sox.yaml", framework));
    files.extend(more);
    let folder = folder_of(&files);
    let shown = format!("{}/", folder.path().display());
    Catalog::load(folder.path()).map_err(|errors| errors.to_string().replace(&shown, ""))
}

/// A requirement that asks for everything, and one as given.
fn sox(requirement: &str) -> String {
    format!(
        "framework: sox\nname: SOX\ntitle: Sarbanes-Oxley Act\nrequirements:\n  \
         - {{ id: \"404\", title: All of it, controls: {{ POD-901: verified, RET-901: memory }} }}\n  \
         - {{ id: \"1\", title: One more, {requirement} }}\n"
    )
}

#[test]
fn how_much_is_covered_follows_from_controls_and_claims() {
    for (requirement, expected) in [
        ("", Coverage::None),
        ("controls: { POD-901: verified }", Coverage::Part),
        ("controls: { POD-901: verified }, coverage: full, because: It is all.", Coverage::Full),
        ("coverage: manual, because: People do it.", Coverage::Manual),
    ] {
        let catalog = load(&sox(requirement), &[]).unwrap_or_else(|errors| panic!("{errors}"));
        let framework = catalog.framework("sox").unwrap();
        assert_eq!(framework.requirements[1].coverage, expected, "{requirement}");
        assert_eq!(
            (framework.count(expected), framework.complete),
            (1 + usize::from(expected == Coverage::Part), false)
        );
    }
}

#[test]
fn a_claim_without_ground_is_refused() {
    for (requirement, expected) in [
        ("controls: { POD-901: verified }, coverage: full", "a claim without a ground"),
        ("coverage: manual", "a claim without a ground"),
        ("coverage: full, because: So be it.", "covered in full by no control"),
        (
            "controls: { POD-901: verified }, coverage: manual, because: No.",
            "not checkable by machine, and controls check it",
        ),
        ("because: Nobody asked.", "there is no claim here to give a ground for"),
        ("coverage: part", "`part` is not one of `full`, `manual`"),
        ("controls: { POD-902: verified }", "there is no control POD-902"),
    ] {
        let errors = load(&sox(requirement), &[]).expect_err(requirement);
        assert!(errors.contains(expected), "{expected}\nis not in\n{errors}");
        assert!(errors.contains("frameworks/sox.yaml:6:"), "{errors}");
    }
}

const CONTROL: &str = "controls/pub/PUB-noRoot-no-privileged/control.yaml";
const PASS: &str = "controls/pub/PUB-noRoot-no-privileged/cases/pod/pass-plain.yaml";
const FAIL: &str = "controls/pub/PUB-noRoot-no-privileged/cases/pod/fail-privileged.yaml";
const STANDARD: &str = "framework: pub
name: PUB
title: A published standard
complete: true
requirements:
  - { id: noRoot, title: No root there, controls: { POD-901: verified } }
";
const LEVEL: &str = "framework: pub-strict
name: PUB strict
title: Its strict level
requirements:
  - { id: noRoot, title: No root there, controls: { PUB-noRoot: verified } }
";

fn standard(id: &str) -> Vec<(&'static str, String)> {
    vec![
        (CONTROL, PRIVILEGED.replace("POD-901", id)),
        (PASS, "verdict: pass\n".to_owned()),
        (FAIL, "verdict: fail\n".to_owned()),
        ("frameworks/pub.yaml", STANDARD.to_owned()),
        ("frameworks/pub-strict.yaml", LEVEL.to_owned()),
    ]
}

fn loaded(files: &[(&'static str, String)]) -> Result<Catalog, String> {
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    load(&sox(""), &files)
}

#[test]
fn the_check_of_a_standard_is_judged_where_the_standard_is_asked_for() {
    let catalog = loaded(&standard("PUB-noRoot")).unwrap_or_else(|errors| panic!("{errors}"));
    let id = "PUB-noRoot".parse().unwrap();
    let own: Vec<_> = catalog.counterparts(&id).map(ToString::to_string).collect();
    assert_eq!(own, ["POD-901"]);
    assert_eq!(catalog.find("pub-noroot").map(|control| control.id.as_str()), Some("PUB-noRoot"));
    let catalog = Arc::new(catalog);
    let ids = |snapshot: Snapshot| -> Vec<String> {
        snapshot.controls().map(|control| control.id.to_string()).collect()
    };
    let plain = Snapshot::new(Arc::clone(&catalog), Settings::default()).unwrap();
    assert_eq!(ids(plain), ["POD-901", "RET-901"]);
    let by =
        |framework| Snapshot::of_framework(Arc::clone(&catalog), Settings::default(), framework);
    assert_eq!(ids(by("pub-strict").unwrap()), ["PUB-noRoot"]);
    assert_eq!(ids(by("pub").unwrap()), ["POD-901"]);
    let unknown = by("pub-strct").unwrap_err().to_string();
    assert_eq!(unknown, "there is no framework `pub-strct`\n = help: did you mean `pub-strict`?");
}

#[test]
fn the_check_of_a_standard_has_the_name_that_the_standard_gives_it() {
    let errors = loaded(&standard("PUB-noRot")).unwrap_err();
    let expected = "`noRot` is not a requirement of `frameworks/pub.yaml`";
    assert!(errors.contains(expected) && errors.contains("did you mean `noRoot`?"), "{errors}");
}

#[test]
fn a_framework_that_asks_for_nothing_cannot_be_judged_by() {
    let empty = "framework: void\nname: Void\ntitle: Nothing yet\nrequirements: []\n";
    let catalog = load(&sox(""), &[("frameworks/void.yaml", empty)]).unwrap();
    let refused = Snapshot::of_framework(Arc::new(catalog), Settings::default(), "void");
    let said = refused.unwrap_err().to_string();
    assert_eq!(said, "no control of this catalog answers to `void` yet");
}
