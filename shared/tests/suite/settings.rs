//! Settings files: where they are found, what is wrong in them, how voices merge.

use std::{ffi::OsString, fs, path::Path, sync::Arc};

use probity_catalog::{
    Catalog, Environment, Settings, Snapshot, Target,
    control::{Classification, ParameterValue},
};
use tempfile::TempDir;

use crate::support::{KEPT, TODAY, admit, folder_of, small, snapshot, snapshot_of};

fn mistakes(settings: &str) -> String {
    let read = Settings::parse(settings, "probity.yaml");
    let catalog = Catalog::embedded().unwrap_or_else(|e| panic!("{e}"));
    match read.and_then(|settings| Snapshot::new(catalog, settings)) {
        Ok(_) => String::new(),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn the_flag_wins_over_the_variable_and_the_file_at_hand_comes_last() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, environment: &str| {
        fs::write(folder.path().join(name), format!("environment: {environment}\n")).unwrap();
    };
    let found = |flag: Option<&str>, variable: Option<&str>| {
        let variable = variable.map(OsString::from);
        Settings::discover(flag.map(Path::new), folder.path(), |name| {
            assert_eq!(name, "PROBITY_SETTINGS");
            variable.clone()
        })
    };
    assert_eq!(found(None, None).unwrap().environment, None);
    write("probity.yaml", "dev");
    write("variable.yaml", "staging");
    write("flag.yaml", "production");
    assert_eq!(found(None, None).unwrap().environment, Some(Environment::Dev));
    assert_eq!(found(None, Some("")).unwrap().environment, Some(Environment::Dev));
    let variable = found(None, Some("variable.yaml")).unwrap();
    assert_eq!(variable.environment, Some(Environment::Staging));
    let flag = found(Some("flag.yaml"), Some("variable.yaml")).unwrap();
    assert_eq!(flag.environment, Some(Environment::Production));
    assert_eq!(flag.file(), Some("flag.yaml"));
    let missing = found(Some("missing.yaml"), None).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read settings `missing.yaml`: "), "{missing}");
}

#[test]
fn an_unset_environment_is_production_and_says_so() {
    let unset = snapshot("");
    assert_eq!(unset.environment(), Environment::Production);
    assert_eq!(unset.environment_shown(), "production (default)");
    assert_eq!(snapshot("environment: production\n").environment_shown(), "production");
}

#[test]
fn flags_and_file_merge_towards_the_stricter() {
    let file =
        || Settings::parse("environment: staging\nregimes: [sox]\n", "probity.yaml").unwrap();
    let merged = file().with_regimes(["gdpr"]).with_environment(Some(Environment::Dev));
    assert_eq!(merged.environment, Some(Environment::Staging));
    assert!(merged.regimes.iter().eq(["gdpr", "sox"]));
    let merged = file().with_environment(Some(Environment::Production));
    assert_eq!(merged.environment, Some(Environment::Production));
    assert_eq!(file().with_environment(None).environment, Some(Environment::Staging));
}

#[test]
fn every_mistake_is_shown_at_its_place() {
    let text = "regimes: [sox, gpdr]\nparameters:\n  record_retention_dys: 1\n  \
                rotation_period_days: 400\nenforcement:\n  \
                POD-001: { action: warn, owner: x, until: 2027-01-01 }\n";
    let shown = mistakes(text);
    for expected in [
        "probity.yaml:1:16: there is no regime `gpdr`",
        "did you mean `gdpr`?",
        "probity.yaml:3:25: there is no parameter `record_retention_dys`",
        "did you mean `record_retention_days`?",
        "probity.yaml:4:25: `rotation_period_days`: `400` is outside 90 to 365",
        "probity.yaml:6:3: POD-001 is mandatory: settings cannot change what it leads to",
    ] {
        assert!(shown.contains(expected), "{expected}\nis not in\n{shown}");
    }
}

#[test]
fn unknown_keys_name_the_nearest() {
    let shown = mistakes("enviroment: dev\n");
    assert!(shown.contains("probity.yaml:1:1"), "{shown}");
    assert!(shown.contains("`enviroment`") && shown.contains("`environment`"), "{shown}");
    assert!(!mistakes("waivers: waivers/\n").is_empty());
    assert!(mistakes("environment: prod\n").contains("dev"), "{}", mistakes("environment: prod\n"));
    let date = mistakes("enforcement:\n  IMG-003: { action: warn, owner: x, until: soon }\n");
    assert!(date.contains("`soon` is not a date"), "{date}");
    assert!(mistakes("catalog_version: new\n").contains("`new` is not a version"));
}

#[test]
fn the_bank_may_not_be_looser_than_a_regime() {
    let shown = mistakes("regimes: [sox]\nparameters: { record_retention_days: 365 }\n");
    assert!(
        shown.contains("`record_retention_days` is 365, looser than the 2555 that sox asks for"),
        "{shown}"
    );
    assert_eq!(mistakes("regimes: [sox]\nparameters: { record_retention_days: 3650 }\n"), "");
    assert_eq!(mistakes("parameters: { record_retention_days: 365 }\n"), "");
}

#[test]
fn the_object_cannot_go_below_the_minimum_class() {
    let class = |settings: &str, label: Option<&str>| {
        let labels = label
            .map(|class| format!("labels: {{ probity.dev/data-classification: {class} }}"))
            .unwrap_or_default();
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  {labels}\nspec: {{ containers: [] }}\n"
        );
        admit(&snapshot(settings), &pod, None).classification
    };
    assert_eq!(class("", None), Classification::Confidential);
    assert_eq!(class("classification: internal\n", None), Classification::Internal);
    assert_eq!(class("classification: internal\n", Some("public")), Classification::Public);
    assert_eq!(class("", Some("Restricted")), Classification::Restricted);
    let floor = "minimum_classification: internal\nclassification: public\n";
    assert_eq!(class(floor, Some("public")), Classification::Internal);
    assert_eq!(class(floor, None), Classification::Internal);
    assert_eq!(class("", Some("secret")), Classification::Confidential);
}

#[test]
fn overrides_end_and_do_not_reach_far() {
    let snapshot = |until: &str| {
        let settings = format!(
            "enforcement: {{ RET-901: {{ action: audit, owner: team-a, until: {until} }} }}\n"
        );
        snapshot_of(&small(), &settings)
    };
    let action = |until: &str| {
        let decision = crate::support::bucket(
            &snapshot(until),
            "{ name: a, classification: internal, object_lock: { retention_days: 0 } }",
        );
        decision.findings[0].action.unwrap().as_str()
    };
    assert_eq!(action("2026-11-21"), "audit");
    assert_eq!(action("2026-11-20"), "warn");
    assert_eq!(action("2027-12-31"), "warn");
    let notices = |until: &str| snapshot(until).notices(TODAY);
    assert_eq!(notices("2026-11-21"), [""; 0]);
    assert_eq!(
        notices("2026-11-20"),
        ["the override of RET-901 ended on 2026-11-20 and counts no more; ask team-a"]
    );
    assert!(notices("2027-12-31")[0].contains("more than 180 days ahead"));
}

#[test]
fn a_control_newer_than_the_pinned_catalog_warns_for_thirty_days() {
    let mut files = small();
    files.push((
        "releases.yaml",
        "releases:\n  - { version: 0.1.0, date: 2026-01-01 }\n  - { version: 0.2.0, date: 2026-11-01 }\n",
    ));
    let newer = crate::support::PRIVILEGED.replace("since: 0.1.0", "since: 0.2.0");
    for file in &mut files {
        if file.1 == crate::support::PRIVILEGED {
            file.1 = &newer;
        }
    }
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n    \
               - { name: a, image: a, securityContext: { privileged: true } }\n";
    let action = |settings: &str| {
        let decision = crate::support::admit(&snapshot_of(&files, settings), pod, None);
        let finding = decision.findings[0].clone();
        (finding.action.unwrap().as_str(), finding.note)
    };
    let note = "new in this catalog: refused from 2026-12-01 on".to_owned();
    assert_eq!(action("catalog_version: 0.1.0\n"), ("warn", Some(note)));
    assert_eq!(action("catalog_version: 0.2.0\n"), ("deny", None));
    assert_eq!(action(""), ("deny", None));
}

#[test]
fn who_decided_a_parameter_can_be_explained() {
    let folder = folder_of(&small());
    let catalog = Arc::new(Catalog::load(folder.path()).unwrap_or_else(|e| panic!("{e}")));
    let mut settings = Settings::default();
    settings.parameters.insert("least_days".to_owned(), ParameterValue::Int(3650));
    let snapshot = Snapshot::new(catalog, settings.with_regimes(["sox"])).unwrap();
    let control = "RET-901".parse().unwrap();
    let explained =
        snapshot.explain(&control, probity_catalog::Target::S3, Classification::Internal);
    let days = explained.iter().find(|parameter| parameter.name == "least_days").unwrap();
    assert_eq!(days.value, "3650");
    let voices: Vec<_> = days
        .voices
        .iter()
        .map(|voice| {
            (voice.who.as_str(), voice.value.as_str(), voice.decides, voice.when.is_some())
        })
        .collect();
    assert_eq!(voices, [("settings", "3650", true, false), ("sox", "2555", false, true)]);
}

#[test]
fn a_parameter_that_a_control_cannot_do_without_is_missed_until_somebody_sets_it() {
    let kept = KEPT.replace("fold: intersect,", "fold: intersect, expected: true,");
    let mut files = small();
    files.retain(|(name, _)| *name != "controls/ret/RET-901-kept/control.yaml");
    files.push(("controls/ret/RET-901-kept/control.yaml", &kept));
    let idle = |settings: &str, target| snapshot_of(&files, settings).idle(&[target]);
    let said = "RET-901 judges nothing, since nobody sets `regions`: Allowed regions";
    assert_eq!(idle("{}", Target::S3), [said]);
    assert_eq!(idle("{}", Target::Pod), [""; 0], "the control has no check there");
    assert_eq!(idle("regimes: [sox]", Target::S3), [""; 0]);
    assert_eq!(idle("parameters: { regions: [] }", Target::S3), [""; 0], "an empty list is said");
}
