//! Which module may name which, by the paths in the sources.

use std::collections::BTreeMap;

use crate::source::{Source, sources};
use crate::{assert_none, repository};

/// Modules of the catalog crate; each may use only those to its left.
const CATALOG: &[&[&str]] = &[
    &["value"],
    &["source"],
    &["shape"],
    &["expression"],
    &["control"],
    &["catalog"],
    &["decision"],
    &["settings"],
    &["subject"],
    &["snapshot"],
    &["evaluate"],
    &["fix"],
    &["report"],
    &["cases"],
];

/// Modules of the provider, in tiers; each may use only tiers to its left and its own tier.
const PROVIDER: &[&[&str]] = &[
    &["policy", "logging"],
    &["cloud"],
    &["value", "diagnostics", "schema", "resource"],
    &["data_source"],
    &["provider"],
    // What Terraform means and how it says it; neither knows a resource by name.
    &["lifecycle"],
    &["codec"],
    &["protocol"],
    // What we offer; none of it knows who asks.
    &["config"],
    &["context"],
    &["gate"],
    &["resources", "data_sources"],
    &["probity"],
];

/// Modules that only these others may use, whatever the order says.
const PROVIDER_USERS: &[(&str, &[&str])] =
    &[("lifecycle", &["protocol"]), ("codec", &["protocol"]), ("protocol", &[])];

/// Modules of the webhook, in tiers. What serves and reloads knows nothing of admission.
const WEBHOOK: &[&[&str]] = &[
    &["duration", "metrics", "telemetry"],
    &["snapshot", "tls"],
    &["reload"],
    &["config"],
    &["admission", "audit", "gate", "mutate"],
    &["server"],
    &["process"],
];

#[test]
fn catalog_modules_keep_their_order() {
    assert_none(&order_violations(CATALOG, &sources(&repository(), "shared/src")));
}

#[test]
fn provider_modules_keep_their_order() {
    let files = sources(&repository(), "provider/src");
    assert_none(&order_violations(PROVIDER, &files));
    assert_none(&user_violations(PROVIDER_USERS, &files));
}

#[test]
fn webhook_modules_keep_their_order() {
    assert_none(&order_violations(WEBHOOK, &sources(&repository(), "webhook/src")));
}

#[test]
fn only_the_protocol_module_speaks_grpc() {
    assert_none(&wire_violations(&sources(&repository(), "provider/src")));
}

#[test]
fn only_the_gate_asks_the_catalog_to_judge() {
    for front_end in ["provider/src", "webhook/src", "cli/src"] {
        assert_none(&gate_violations(front_end, &sources(&repository(), front_end)));
    }
}

#[test]
fn files_say_what_they_are() {
    let files: Vec<Source> = ["shared", "provider", "webhook", "cli", "tests"]
        .iter()
        .flat_map(|folder| sources(&repository(), folder))
        .collect();
    assert!(files.len() > 50, "where are the sources?");
    assert_none(&file_violations(&files));
}

#[test]
fn rules_see_what_breaks_them() {
    let order: &[&[&str]] = &[&["low"], &["middle", "beside"], &["high"]];
    let files = [
        Source::new("x/src/low/part.rs", "use crate::high::A; use crate::low::B;"),
        Source::new("x/src/middle.rs", "use crate::low::A; fn f() { crate::beside::g() }"),
        Source::new("x/src/new.rs", "//! nothing"),
        Source::new("x/src/lib.rs", "mod high; pub use crate::high::A;"),
    ];
    assert_eq!(
        order_violations(order, &files),
        [
            "x/src/low/part.rs: `low` may not use `high`",
            "x/src/new.rs: `new` has no place in the order of modules: give it one",
        ]
    );

    let users: &[(&str, &[&str])] = &[("low", &["high"])];
    assert_eq!(user_violations(users, &files), ["x/src/middle.rs: `middle` may not use `low`"]);

    let wire = [
        Source::new("provider/src/protocol/rpc.rs", "use tonic::Status;"),
        Source::new("provider/src/lifecycle.rs", "fn f() -> tfplugin_proto::Diagnostic {}"),
    ];
    assert_eq!(
        wire_violations(&wire),
        ["provider/src/lifecycle.rs: only `protocol` may use `tfplugin_proto`"]
    );

    let gates = [
        Source::new("cli/src/gate.rs", "use probity_catalog::evaluate::{Context, evaluate};"),
        Source::new("cli/src/command.rs", "use probity_catalog::{evaluate::Context, fix::fixes};"),
    ];
    assert_eq!(
        gate_violations("cli/src", &gates),
        ["cli/src/command.rs: only `gate.rs` may use `probity_catalog::fix::fixes`"]
    );
    assert_eq!(
        gate_violations("cli/src", &gates[1..]).first().unwrap(),
        "cli/src has 0 files gate.rs"
    );

    let long = format!("//! Long.\n{}", "fn f() {}\n".repeat(LONGEST));
    let files = [
        Source::new("x/src/a.rs", "use std::fs;"),
        Source::new("x/src/b/mod.rs", "//! Old style."),
        Source::new("x/src/c.rs", long),
    ];
    assert_eq!(file_violations(&files).len(), 3);
}

/// Lines of a file before its tests, above which it has to be split by noun.
const LONGEST: usize = 600;

fn order_violations(tiers: &[&[&str]], files: &[Source]) -> Vec<String> {
    let ranks: BTreeMap<&str, usize> = tiers
        .iter()
        .enumerate()
        .flat_map(|(rank, tier)| tier.iter().map(move |module| (*module, rank)))
        .collect();
    let mut violations = Vec::new();
    for file in files {
        let Some(own) = file.module().into_iter().next() else { continue };
        let Some(rank) = ranks.get(own.as_str()) else {
            let what = "has no place in the order of modules: give it one";
            violations.push(format!("{}: `{own}` {what}", file.path.display()));
            continue;
        };
        for used in file.modules_used() {
            // A name that is no module is something that the crate's root re-exports.
            if ranks.get(used.as_str()).is_some_and(|other| other > rank) {
                violations.push(format!("{}: `{own}` may not use `{used}`", file.path.display()));
            }
        }
    }
    violations
}

fn user_violations(users: &[(&str, &[&str])], files: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files {
        let Some(own) = file.module().into_iter().next() else { continue };
        for used in file.modules_used() {
            let Some((_, allowed)) = users.iter().find(|(module, _)| *module == used) else {
                continue;
            };
            if own != used && !allowed.contains(&own.as_str()) {
                violations.push(format!("{}: `{own}` may not use `{used}`", file.path.display()));
            }
        }
    }
    violations
}

fn wire_violations(files: &[Source]) -> Vec<String> {
    let outside = files.iter().filter(|file| file.module().first().is_none_or(|m| m != "protocol"));
    let uses = outside.flat_map(|file| {
        let wire = ["tonic", "tonic_health", "tfplugin_proto"];
        let used = wire.into_iter().filter(|name| !file.paths_from(name).is_empty());
        used.map(|name| format!("{}: only `protocol` may use `{name}`", file.path.display()))
    });
    uses.collect()
}

fn gate_violations(front_end: &str, files: &[Source]) -> Vec<String> {
    let (gates, others): (Vec<_>, Vec<_>) =
        files.iter().partition(|file| file.path.ends_with("gate.rs"));
    let mut violations = Vec::new();
    if gates.len() != 1 {
        violations.push(format!("{front_end} has {} files gate.rs", gates.len()));
    }
    for file in others {
        for path in file.paths_from("probity_catalog") {
            if judges(&path) {
                let (file, path) = (file.path.display(), path.join("::"));
                violations.push(format!("{file}: only `gate.rs` may use `{path}`"));
            }
        }
    }
    violations
}

/// Whether a path into the catalog names a function that judges, or a module or glob to find it by.
fn judges(path: &[String]) -> bool {
    let judging = |name: &str| ["evaluate", "evaluate_watched", "fix", "fixes"].contains(&name);
    match path {
        [.., module, last] if last == "*" || last == "self" => judging(module),
        [.., last] => judging(last),
        [] => false,
    }
}

fn file_violations(files: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files {
        let path = file.path.display();
        if !file.text.starts_with("//! ") {
            violations.push(format!("{path}: does not start with `//! ` and what it is"));
        }
        if file.path.ends_with("mod.rs") {
            violations.push(format!("{path}: modules are `name.rs` beside `name/`"));
        }
        if file.production_lines() > LONGEST {
            let lines = file.production_lines();
            violations.push(format!("{path}: {lines} lines before its tests; split it by noun"));
        }
    }
    violations
}
