//! Frameworks: what is said of them, and judging by one alone (`probity check --framework`).

use harness::cli::{Ran, probity};

/// A pod that pss-restricted accepts, and that our own controls would warn of for its image.
const RESTRICTED: &str = "
apiVersion: v1
kind: Pod
metadata: { name: ledger, namespace: payments }
spec:
  securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
  containers:
    - name: app
      image: registry.example/ledger:latest
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
";

fn judged(framework: &str, text: &str) -> Ran {
    probity(["check", "--framework", framework, "-"]).reading(text).run()
}

/// The same pod as the template of a Deployment.
fn deployed(pod: &str) -> String {
    let template = pod.split_once("spec:").unwrap().1.replace('\n', "\n    ");
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: ledger, namespace: payments }}\n\
         spec:\n  template:\n    metadata: {{ labels: {{ app: ledger }} }}\n    spec:{template}"
    )
}

fn debugged(pod: &str, security: &str) -> String {
    format!(
        "{pod}  ephemeralContainers:\n    - {{ name: debug, image: debug, securityContext: {security} }}\n"
    )
}

#[test]
fn a_framework_accepts_or_refuses_and_nothing_else() {
    let good = "{ allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }";
    let root = RESTRICTED.replace("runAsNonRoot: true", "runAsNonRoot: true, runAsUser: 0");
    for (text, code) in [
        (RESTRICTED.to_owned(), 0),
        (deployed(RESTRICTED), 0),
        (debugged(RESTRICTED, good), 0),
        (debugged(RESTRICTED, "{}"), 1),
        (root.clone(), 1),
        (deployed(&root), 1),
    ] {
        let ran = judged("pss-restricted", &text);
        assert_eq!((ran.code, ran.err.as_str()), (code, ""), "{text}\n{}", ran.out);
    }
    // Baseline says nothing of the user.
    assert_eq!(judged("pss-baseline", &root).code, 0);
}

#[test]
fn what_is_written_counts_not_what_the_webhook_would_make_of_it() {
    let bare = RESTRICTED.replace(
        "allowPrivilegeEscalation: false, capabilities: { drop: [ALL] }",
        "readOnlyRootFilesystem: true",
    );
    let report = judged("pss-restricted", &bare);
    assert_eq!(report.code, 1, "{}", report.out);
    insta::assert_snapshot!(report.normal());
    let arguments = ["check", "--framework", "pss-restricted", "--format", "json", "-"];
    let report = probity(arguments).reading(bare.as_str()).run().json();
    let finding = &report["subjects"][0]["findings"][0];
    assert_eq!(finding["check"], "PSS-allowPrivilegeEscalation/pod");
    assert_eq!(finding["reported_under"], serde_json::json!(["POD-006"]));
    let everyday = probity(["check", "--format", "json", "-"]).reading(bare.as_str()).run();
    let failed = everyday.controls("fail");
    assert!(!failed.contains(&"POD-006".to_owned()), "{failed:?}");
}

#[test]
fn every_failure_refuses_under_a_framework_whatever_the_settings_say() {
    let folder = tempfile::tempdir().unwrap();
    let text = "environment: dev\n\
                enforcement: { IMG-003: { action: audit, owner: platform, until: 2027-03-31 } }\n";
    std::fs::write(folder.path().join("probity.yaml"), text).unwrap();
    let tagged = RESTRICTED.replace(":latest", ":4.2.1");
    let run = |arguments: &[&str]| {
        let arguments = ["check", "--format", "json"].iter().chain(arguments).chain(&["-"]);
        probity(arguments).within(folder.path()).reading(tagged.as_str()).run()
    };
    let under = run(&["--framework", "iso27001"]);
    assert_eq!(under.code, 1, "{}", under.out);
    assert!(under.controls("fail").contains(&"IMG-003".to_owned()));
    let report = under.json();
    assert_eq!(report["settings"]["framework"], "iso27001");
    let findings = report["subjects"][0]["findings"].as_array().unwrap();
    for finding in findings.iter().filter(|finding| finding["verdict"] == "fail") {
        assert_eq!(finding["action"], "deny", "{finding}");
        let asked = finding["asked_by"][0].as_str().unwrap();
        assert!(asked.starts_with("ISO 27001 "), "{asked}");
    }
    assert_eq!(run(&[]).json()["settings"]["framework"], serde_json::Value::Null);
}

#[test]
fn a_plan_is_judged_by_a_framework_too() {
    let plan = "tests/fixtures/plans/ledger/plan.json";
    let by =
        |framework| probity(["check", "--framework", framework, "--format", "json", plan]).run();
    // The plan breaks RET-003, which NIST 800-53 asks for and SEC 17a-4 does not.
    let asked = by("nist-800-53");
    assert_eq!((asked.code, asked.controls("fail")), (1, vec!["RET-003".to_owned()]));
    let other = by("sec17a4");
    assert_eq!((other.code, other.controls("fail")), (0, Vec::new()));
}

#[test]
fn an_unknown_framework_is_named_with_the_nearest() {
    let ran = judged("pss-restrictd", RESTRICTED);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let said = "there is no framework `pss-restrictd`\n = help: did you mean `pss-restricted`?\n";
    assert!(ran.err.ends_with(said), "{}", ran.err);
    let asked = probity(["framework", "pss-restrictd"]).run();
    let said = "there is no framework `pss-restrictd`; did you mean `pss-restricted`?\n";
    assert!(asked.code == 2 && asked.err.ends_with(said), "{}", asked.err);
}

#[test]
fn the_checks_of_a_standard_are_listed_with_it_and_explained() {
    let everyday = probity(["list"]).run();
    assert!(!everyday.out.contains("PSS-"), "{}", everyday.out);
    let listed = probity(["list", "--framework", "pss-baseline"]).run();
    assert_eq!((listed.code, listed.out.lines().count()), (0, 1 + 12), "{}", listed.out);
    assert!(listed.out.lines().skip(1).all(|line| line.starts_with("PSS-")), "{}", listed.out);
    let explained = probity(["explain", "pss-privileged"]).run();
    assert_eq!(explained.code, 0, "{}", explained.err);
    let under = "reported under\n  POD-001  No privileged containers\n";
    assert!(explained.out.contains(under), "{}", explained.out);
}

#[test]
fn a_framework_is_shown_with_what_covers_it() {
    let ran = probity(["framework", "pss-baseline"]).run();
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!(ran.out);
    let colored = probity(["framework", "pss-baseline", "--color", "always"]).run();
    assert!(colored.out.contains("\u{1b}[32min full"), "{}", colored.out);
}

#[test]
fn a_requirement_is_covered_as_far_as_is_known() {
    let shown = probity(["framework", "gdpr", "--format", "json"]).run().json();
    let of = |id: &str| {
        let requirements = shown["requirements"].as_array().unwrap();
        requirements.iter().find(|own| own["id"] == id).cloned().unwrap()
    };
    assert_eq!(shown["complete"], false);
    let encrypted = of("32.1.a");
    assert_eq!(encrypted["coverage"], "part");
    assert_eq!(encrypted["controls"][0]["id"], "ENC-001");
    assert_eq!(encrypted["controls"][0]["verified"], true);
    let officer = of("37.1");
    assert_eq!(
        (&officer["coverage"], &officer["controls"]),
        (&"manual".into(), &serde_json::json!([]))
    );
    assert!(officer["because"].is_string());
    let text = probity(["framework", "gdpr"]).run().out;
    assert!(text.contains("; what is not listed is not covered\n"), "{text}");
    assert!(text.contains("\nnot by machine 37.1  "), "{text}");
}

#[test]
fn all_frameworks_are_listed_with_their_counts() {
    let listed = probity(["framework", "--format", "json"]).run().json();
    let listed = listed.as_array().unwrap();
    let text = probity(["framework"]).run().out;
    assert_eq!(text.lines().count(), listed.len() + 1, "{text}");
    for id in ["cobit", "pci-dss", "pss"] {
        let own = listed.iter().find(|own| own["framework"] == id).unwrap();
        assert_eq!(own.get("requirements"), None);
        let page = probity(["framework", id, "--format", "json"]).run().json();
        let requirements = page["requirements"].as_array().unwrap();
        let counts = page["counts"].as_object().unwrap();
        let counted: u64 = counts.values().filter_map(serde_json::Value::as_u64).sum();
        assert_eq!(counted, u64::try_from(requirements.len()).unwrap(), "{id}");
        assert_eq!(&page["counts"], &own["counts"], "{id}");
    }
}

/// Nothing of ours is said to be covered in full but what is the standard itself.
#[test]
fn full_coverage_is_claimed_for_the_standards_own_checks_alone() {
    let listed = probity(["framework", "--format", "json"]).run().json();
    let claims: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|own| own["counts"]["full"] != 0)
        .map(|own| (own["framework"].as_str().unwrap(), own["complete"].as_bool().unwrap()))
        .collect();
    assert_eq!(claims, [("pss-baseline", true), ("pss-restricted", true)]);
}
