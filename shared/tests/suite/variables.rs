//! Variables of a control: what is computed by them, and what is said of mistakes in them.

use crate::support::{PRIVILEGED, admit, folder_of, said, small, snapshot_of};
use probity_catalog::Catalog;

const FILE: &str = "controls/pod/POD-901-no-privileged/control.yaml";

/// A control with these variables and this text for its checks.
fn control(variables: &str, checks: &str) -> String {
    let (head, _) = PRIVILEGED.split_once("checks:").unwrap();
    format!("{head}{variables}checks:\n{checks}")
}

fn files(control: &str) -> Vec<(&'static str, &str)> {
    let mut files = small();
    files.retain(|(name, _)| *name != FILE);
    files.push((FILE, control));
    files
}

/// What is said of a control, line by line from the first place on.
fn mistakes(variables: &str, checks: &str) -> String {
    let text = control(variables, checks);
    let folder = folder_of(&files(&text));
    match Catalog::load(folder.path()) {
        Ok(_) => String::new(),
        Err(errors) => errors.to_string().replace(
            &format!("{}/controls/pod/POD-901-no-privileged/", folder.path().display()),
            "",
        ),
    }
}

const VARIABLES: &str = "variables:
  - name: privileged
    expression: c.?securityContext.?privileged.orValue(false)
  - name: trusted
    expression: podMeta.?annotations[?\"trusted\"].orValue(\"\").split(\"_\")
  - name: is_trusted
    expression: c.name in variables.trusted
";

const CHECKS: &str = "  pod:
    - each: containers.all
      when: variables.is_trusted
      expression: \"!variables.privileged\"
      path: securityContext.privileged
      found: '\"privileged among \" + variables.trusted.join(\", \")'
      allowed: \"false in {variables.trusted}\"
      cap: size(variables.trusted) > 2
";

#[test]
fn every_expression_of_a_rule_may_use_them() {
    assert_eq!(mistakes(VARIABLES, CHECKS), "");
    let text = control(VARIABLES, CHECKS);
    let snapshot = snapshot_of(&files(&text), "");
    let judged = |trusted: &str| {
        let container =
            |name| format!("{{ name: {name}, image: a, securityContext: {{ privileged: true }} }}");
        let pod = format!(
            "{{ apiVersion: v1, kind: Pod, metadata: {{ name: a, annotations: {{ trusted: {trusted} }} }}, \
             spec: {{ containers: [{}, {}] }} }}",
            container("a"),
            container("b"),
        );
        admit(&snapshot, &pod, None)
    };
    let decision = judged("b_c");
    assert_eq!(
        said(&decision),
        ["POD-901 spec.containers[1].securityContext.privileged fail deny"]
    );
    assert_eq!(decision.findings[0].found, "privileged among b, c");
    assert_eq!(decision.findings[0].allowed, "false in b, c");
    let path = "spec.containers[0].securityContext.privileged";
    assert_eq!(said(&judged("a_c_d")), [format!("POD-901 {path} pass-with-cap audit")]);
    assert_eq!(said(&judged("x")), [""; 0]);
}

#[test]
fn fixes_may_use_them() {
    let checks = "  pod:
    - each: containers.all
      expression: \"!variables.privileged\"
      path: securityContext.privileged
      allowed: \"false\"
      fix:
        - each: containers.all
          when: variables.is_trusted
          set: { workingDir: \"/{variables.trusted[0]}\" }
";
    let text = control(VARIABLES, checks);
    let snapshot = snapshot_of(&files(&text), "");
    let arena = probity_catalog::Arena::new();
    let pod = "{ apiVersion: v1, kind: Pod, metadata: { name: a, annotations: { trusted: c_b } }, \
               spec: { containers: [{ name: a, image: a }, { name: b, image: b }] } }";
    let subject = crate::support::pod_subject(crate::support::yaml(pod, &arena), &arena);
    let (found, _) = crate::support::fixed(&snapshot, &subject, &arena);
    let shown: Vec<_> =
        found.iter().map(|fix| format!("{} {:?}", fix.path, fix.operation)).collect();
    assert_eq!(shown, [r#"spec.containers[1].workingDir Set(String("/c"))"#]);
}

#[test]
fn a_mistake_in_a_variable_is_shown_once_and_where_it_stands() {
    let variables = VARIABLES.replace("privileged.orValue", "privleged.orValue");
    let checks = format!(
        "{CHECKS}    - each: containers.all\n      expression: \"!variables.privileged\"\n      path: image\n      allowed: none\n"
    );
    assert_eq!(
        mistakes(&variables, &checks),
        "[POD-901] control.yaml:10:37: `privleged` is not a field of SecurityContext\n   \
         |\n10 |     expression: c.?securityContext.?privleged.orValue(false)\n   \
         |                                     ^^^^^^^^^\n   \
         = help: did you mean `privileged`?\n1 mistake in the catalog"
    );
}

#[test]
fn a_mistake_in_a_use_is_shown_there() {
    for (from, to, expected) in [
        (
            "when: variables.is_trusted",
            "when: variables.is_trused",
            "[POD-901] control.yaml:18:23: there is no `variables.is_trused`\n   \
             |\n18 |       when: variables.is_trused\n   \
             |                       ^^^^^^^^^\n   \
             = help: did you mean `is_trusted`?\n1 mistake in the catalog",
        ),
        (
            "- each: containers.all",
            "- each: volumes",
            "[POD-901] control.yaml:18:23: `variables.is_trusted` reads `c`, which is not known here\n   \
             |\n18 |       when: variables.is_trusted\n   \
             |                       ^^^^^^^^^^\n   \
             = help: `each: containers.all` in the rule binds `c`\n",
        ),
        (
            "{variables.trusted}",
            "{variables.trusted + 1}",
            "[POD-901] control.yaml:22:45: `+` does not take (list(string), int)",
        ),
    ] {
        assert!(CHECKS.contains(from), "{from}");
        let shown = mistakes(VARIABLES, &CHECKS.replace(from, to));
        assert!(shown.starts_with(expected), "{expected}\nis not in\n{shown}");
    }
}

#[test]
fn declarations_are_checked() {
    for (from, to, expected) in [
        ("name: trusted", "name: 1st", "control.yaml:11:11: `1st` is not a name for a variable\n"),
        ("name: trusted", "name: in", "control.yaml:11:11: `in` is not a name for a variable\n"),
        (
            "name: trusted",
            "name: needs-token",
            "= help: letters, digits and `_`, no digit first, and not `in`, `true`, `false` or `null`\n",
        ),
        ("name: is_trusted", "name: trusted", "control.yaml:13:11: `trusted` is declared twice\n"),
        ("split(\"_\")", "split(", "control.yaml:12:68: a value is missing at the end"),
        (
            "in variables.trusted",
            "in variables.is_trusted",
            "`variables.is_trusted` is declared here\n",
        ),
        (
            "    expression: c.name in",
            "    expresion: c.name in",
            "= help: did you mean `expression`?\n",
        ),
    ] {
        assert!(VARIABLES.contains(from), "{from}");
        let shown = mistakes(&VARIABLES.replace(from, to), CHECKS);
        assert!(shown.contains(expected), "{expected}\nis not in\n{shown}");
    }
    let unused = format!("{VARIABLES}  - name: other\n    expression: variables.privileged\n");
    assert_eq!(
        mistakes(&unused, CHECKS),
        "[POD-901] control.yaml:15:11: nothing uses `variables.other`\n   \
         |\n15 |   - name: other\n   \
         |           ^^^^^\n1 mistake in the catalog"
    );
    // Who is misspelt where it is used need not hear that nobody uses it.
    let shown = mistakes(&unused, &CHECKS.replace("is_trusted", "is_trused"));
    assert!(shown.ends_with("\n1 mistake in the catalog"), "{shown}");
}
