//! `probity list`, `explain`, `test` and `--version`.

use std::fs;
use std::path::Path;

use harness::cli::probity;
use harness::tools::root;

#[test]
fn help_names_every_command_and_flag() {
    insta::assert_snapshot!(probity(["--help"]).run().out);
    insta::assert_snapshot!(probity(["check", "--help"]).run().out);
    let nothing = probity([] as [&str; 0]).run();
    assert_eq!((nothing.code, nothing.out.as_str()), (2, ""));
    assert_eq!(probity(["chekc"]).run().code, 2);
}

#[test]
fn the_version_names_the_catalog() {
    let ran = probity(["--version"]).run();
    assert_eq!(ran.code, 0);
    let own = env!("CARGO_PKG_VERSION");
    assert_eq!(ran.normal(), format!("probity {own}\ncatalog {own} (sha256 DIGEST)\n"));
}

#[test]
fn the_list_has_every_control() {
    let text = probity(["list"]).run();
    let head = text.out.lines().next().unwrap_or_default();
    let columns: Vec<_> = head.split_whitespace().collect();
    assert_eq!(columns, ["ID", "SEVERITY", "MODE", "TARGETS", "TITLE"]);
    let line = text.out.lines().find(|line| line.starts_with("RET-003")).unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!(words, ["RET-003", "high", "mandatory", "s3", "Versioning", "enabled"]);
    let json = probity(["list", "--format", "json"]).run().json();
    let listed = json.as_array().unwrap();
    assert_eq!(listed.len(), text.out.lines().count() - 1);
    let ret = listed.iter().find(|control| control["id"] == "RET-003").unwrap();
    assert_eq!(ret["targets"], serde_json::json!(["s3"]));
    assert_eq!(ret["severity"], "high");
}

#[test]
fn who_decided_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let write = |until: &str| {
        let text = format!(
            "regimes: [sox]\nparameters: {{ record_retention_days: 3650 }}\n\
             enforcement: {{ IMG-003: {{ action: warn, owner: platform, until: {until} }} }}\n"
        );
        fs::write(folder.path().join("probity.yaml"), text).unwrap();
    };
    let explain = |id: &str| probity(["explain", id]).within(folder.path()).run().out;
    write("2020-01-31");
    let text = explain("RET-001");
    let decided = "record_retention_days = 3650 days\n      How long records are kept at least; 0 \
                   where the store holds no records.\n    * settings: 3650\n      sox: 2555 where ";
    assert!(text.contains(decided), "{text}");
    assert!(!text.contains("\noverride\n"), "{text}");
    let over = "\noverride\n  warn instead, by the settings, until 2020-01-31; ask platform; not in force\n";
    assert!(explain("IMG-003").contains(over), "{}", explain("IMG-003"));
}

#[test]
fn what_a_control_takes_out_is_explained() {
    let text = probity(["explain", "IAM-003"]).run().out;
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let taken = lines.iter().position(|line| *line == "taken out mounts").unwrap();
    assert!(lines[taken + 1].starts_with("where   !has(pod.automount"), "{text}");
    assert!(lines.contains(&"filled in automountServiceAccountToken = false"), "{text}");
}

#[test]
fn what_a_control_calls_by_name_is_explained() {
    let text = probity(["explain", "IAM-003"]).run().out;
    let variables = "\nvariables\n  needs_token = \
                     podMeta.?annotations[?\"probity.dev/needs-api-token\"].orValue(\"\") == \"true\"\n  \
                     api_server = r\"";
    assert!(text.contains(variables), "{text}");
    assert!(text.contains("\ncheck IAM-003/pod\n  when      !variables.needs_token\n"), "{text}");
}

#[test]
fn what_only_a_namespace_can_ask_for_is_explained() {
    let text = probity(["explain", "IMG-004"]).run().out;
    let filled = "  filled in containers.all: imagePullPolicy = Always, also instead of \"IfNotPresent\"\n    \
                  only    in namespaces whose label probity.dev/mutate names IMG-004\n    \
                  where   image(c.image).digest == \"\"\n";
    assert!(text.contains(filled), "{text}");
}

#[test]
fn a_control_is_explained() {
    let ran = probity(["explain", "RET-001", "--sox"]).run();
    assert_eq!(ran.code, 0, "{}", ran.err);
    let sections: Vec<_> =
        ran.out.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())).collect();
    assert_eq!(
        sections,
        [
            "high, configurable, since 0.1.0",
            "fix",
            "check RET-001/s3",
            "parameters",
            "asked by",
            "links",
            &format!(
                "under production (default), sox; {}",
                ran.out.rsplit("; ").next().unwrap().trim_end()
            ),
        ]
    );
    let lines: Vec<_> = ran.out.lines().map(str::trim).collect();
    let parameter =
        lines.iter().position(|line| *line == "record_retention_days = 0 days (default)");
    let parameter = parameter.unwrap_or_else(|| panic!("{}", ran.out));
    let voices: Vec<_> =
        lines[parameter..].iter().filter(|line| line.starts_with("sox: ")).collect();
    assert!(
        voices.iter().all(|voice| voice.starts_with("sox: 2555 where resource.")),
        "{voices:?}"
    );
    assert!(!voices.is_empty() && lines.iter().any(|line| line.starts_with("SOX 802 ")));
    let unset = probity(["explain", "RES-001"]).run().out;
    assert!(unset.contains("\n  max_cpu_request = unset (default)\n"), "{unset}");
    let unknown = probity(["explain", "RET-0O1"]).run();
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("did you mean RET-001?"), "{}", unknown.err);
}

#[test]
fn every_case_of_every_control_is_as_expected() {
    let ran = probity(["test", "shared"]).run();
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains(": "), "{}", ran.out);
    let cases = count_cases(&root().join("shared/controls"));
    assert!(ran.out.contains(&format!("{cases} cases: {cases} as expected, 0 not")), "{}", ran.out);
}

fn count_cases(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_case = |path: &Path| {
        let yaml = path.extension().is_some_and(|extension| extension == "yaml");
        yaml && !path.ends_with("control.yaml")
    };
    entries
        .map(|path| if path.is_dir() { count_cases(&path) } else { usize::from(is_case(&path)) })
        .sum()
}

/// A copy of the catalog that a test may break.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn broken(file: &str, from: &str, to: &str) -> harness::cli::Ran {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("shared"), folder.path());
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    probity(["test", "."]).within(folder.path()).run()
}

const RET: &str = "controls/ret/RET-003-versioning-enabled/control.yaml";

#[test]
fn a_case_that_differs_is_shown_as_found_against_expected() {
    let ran = broken(RET, "resource.versioning == true", "resource.versioning == false");
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let shown: Vec<_> =
        ran.out.lines().skip_while(|line| !line.starts_with("FAIL RET-003")).take(4).collect();
    assert!(shown[1].contains("cases/s3/"), "{shown:?}");
    assert!(shown[2].trim_start().starts_with("expected "), "{shown:?}");
    assert!(shown[3].trim_start().starts_with("found "), "{shown:?}");
}

#[test]
fn a_mistake_in_a_control_is_shown_at_its_place() {
    let ran = broken(RET, "resource.versioning == true", "resource.versoning == true");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(ran.err.contains("RET-003-versioning-enabled/control.yaml:"), "{}", ran.err);
    assert!(ran.err.contains('^'), "{}", ran.err);
    assert!(ran.err.contains("versioning"), "{}", ran.err);
    let ran = broken(RET, "rationale:", "rationalle:");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `rationale`?"), "{}", ran.err);
}
