//! What SEC-001 finds is never printed, in whatever form the file and the report are: neither by
//! its own finding nor in the lines that other findings show.

use harness::cli::probity;

/// What is written where a secret should not be.
const SECRETS: [&str; 5] = [
    "hunter2",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "MIIBOgIBAAJBAKj",
    "sk_live_0123456789abcdef",
    "s3same",
];

const BLOCK: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ledger
  namespace: payments
  annotations:
    example.com/note: sk_live_0123456789abcdef
    kubectl.kubernetes.io/last-applied-configuration: |
      {\"spec\": {\"template\": {\"spec\": {\"containers\": [
        {\"name\": \"app\", \"env\": [{\"name\": \"TOKEN\", \"value\": \"s3same\"}]}]}}}}
spec:
  selector: { matchLabels: { app: ledger } }
  template:
    metadata: { labels: { app: ledger } }
    spec:
      containers:
        - name: app
          image: app:latest
          command: [app, --login, ghp_0123456789abcdefghijABCDEFGHIJ012345]
          env:
            - { name: DB_PASSWORD, value: hunter2 }
            - name: CONFIG
              value: |
                -----BEGIN RSA PRIVATE KEY-----
                MIIBOgIBAAJBAKj
                -----END RSA PRIVATE KEY-----
        - { name: other, image: other:latest, env: [{ name: API_KEY, value: hunter2 }], securityContext: { privileged: true } }
";

/// The same in one line, in which everything else is found, too.
fn one_line() -> String {
    let document = probity_catalog::source::Source::new("a.yaml", BLOCK).unwrap();
    let options = probity_catalog::source::Options::default();
    document.document(&options).unwrap().root.to_json().to_string()
}

#[test]
fn no_report_shows_what_was_found() {
    for text in [BLOCK.to_owned(), one_line()] {
        for flags in [
            &["--format", "json"][..],
            &[],
            &["--color", "always"],
            &["--no-mutation"],
            &["--profile"],
        ] {
            let arguments = ["check", "-"].iter().chain(flags);
            let ran = probity(arguments).reading(text.as_str()).run();
            assert_eq!(ran.code, 1, "{}", ran.err);
            assert!(ran.out.contains("SEC-001"), "{}", ran.out);
            for secret in SECRETS {
                let said = format!("{}{}", ran.out, ran.err);
                assert!(!said.contains(secret), "{secret} in\n{said}");
            }
        }
    }
}

/// A framework may not ask for the control that finds secrets; they are hidden all the same.
#[test]
fn judged_by_one_framework_alone_nothing_is_shown_either() {
    for text in [BLOCK.to_owned(), one_line()] {
        for format in ["text", "json"] {
            let arguments = ["check", "-", "--framework", "pss-baseline", "--format", format];
            let ran = probity(arguments).reading(text.as_str()).run();
            assert!(ran.out.contains("PSS-privileged") && !ran.out.contains("SEC-001"));
            for secret in SECRETS {
                assert!(!ran.out.contains(secret), "{secret} in\n{}", ran.out);
            }
        }
    }
}

#[test]
fn the_place_is_shown_all_the_same() {
    let ran = probity(["check", "-"]).reading(BLOCK).run();
    assert!(ran.out.contains("(a secret is in this line)"), "{}", ran.out);
    assert!(ran.out.contains("spec.template.spec.containers[0].env[0].value"), "{}", ran.out);
    assert!(ran.out.contains(":21:"), "{}", ran.out);
    assert!(ran.out.contains("image: app:latest"), "other lines are shown: {}", ran.out);
}

#[test]
fn a_value_that_is_no_text_is_not_shown_either() {
    let text = BLOCK.replace("value: hunter2 }\n", "value: 12345678 }\n");
    for format in ["text", "json"] {
        let ran = probity(["check", "-", "--format", format]).reading(text.as_str()).run();
        assert!(!ran.out.contains("12345678"), "{}", ran.out);
    }
}
