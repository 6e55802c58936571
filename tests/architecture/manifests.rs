//! Which package may depend on which, by `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::{assert_none, repository};

const CATALOG: &str = "probity-catalog";
const FRONT_ENDS: [&str; 3] = ["probity-cli", "probity-webhook", "terraform-provider-probity"];
const SUITES: [&str; 3] = ["probity-tests", "probity-benches", "probity-test-client"];

/// What the catalog may never reach, not even through others: runtimes, HTTP, gRPC, Kubernetes,
/// clouds, TLS, command lines and terminals. A name that ends in `-` stands for all that start so.
const NOT_FOR_THE_CATALOG: [&str; 24] = [
    "anstream",
    "async-",
    "aws-",
    "axum",
    "azure_",
    "clap",
    "futures",
    "h2",
    "http",
    "hyper",
    "k8s-",
    "kube",
    "mio",
    "openssl",
    "prost",
    "rayon",
    "reqwest",
    "rustls",
    "smol",
    "tokio",
    "tonic",
    "tower",
    "tracing-subscriber",
    "ureq",
];

/// Package to the packages it needs to run or to be built; needs of tests are left out.
type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn catalog_knows_no_runtime_no_network_and_no_cloud() {
    assert_none(&catalog_violations(&graph()));
}

#[test]
fn front_ends_do_not_know_each_other() {
    assert_none(&front_end_violations(&graph()));
}

#[test]
fn wire_types_belong_to_the_provider() {
    assert_none(&wire_violations(&graph()));
}

#[test]
fn nothing_shipped_depends_on_the_suites() {
    let graph = graph();
    assert_none(&suite_violations(&graph));
}

#[test]
fn benchmarks_need_neither_a_cloud_nor_a_cluster() {
    assert_none(&benchmark_violations(&graph()));
}

/// Containment per call and per review needs unwinding, in whatever cargo builds.
#[test]
fn a_panic_unwinds_in_every_profile() {
    let read =
        |file: &str| (file.to_owned(), std::fs::read_to_string(repository().join(file)).unwrap());
    assert_none(&panic_violations(&["Cargo.toml", ".cargo/config.toml"].map(read)));
}

#[test]
fn rules_see_what_breaks_them() {
    let graph = |edges: &[(&str, &str)]| {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
            graph.entry((*to).to_owned()).or_default();
        }
        graph
    };
    let through_another =
        graph(&[(CATALOG, "cel"), ("cel", "tokio-util"), ("probity-cli", "clap")]);
    assert_eq!(
        catalog_violations(&through_another),
        ["probity-catalog reaches tokio-util, by probity-catalog > cel > tokio-util"]
    );
    assert!(catalog_violations(&graph(&[(CATALOG, "serde"), ("probity-cli", "clap")])).is_empty());
    assert_eq!(
        front_end_violations(&graph(&[("probity-cli", "helper"), ("helper", "probity-webhook")])),
        ["probity-cli reaches probity-webhook, by probity-cli > helper > probity-webhook"]
    );
    assert!(
        front_end_violations(&graph(&[("probity-cli", CATALOG), ("probity-webhook", CATALOG)]))
            .is_empty()
    );
    assert_eq!(
        wire_violations(&graph(&[
            ("probity-webhook", "tfplugin-proto"),
            ("probity-tests", "tfplugin-proto")
        ])),
        ["probity-webhook depends on tfplugin-proto"]
    );
    let manifest = |text: &str| ("Cargo.toml".to_owned(), text.to_owned());
    let sound =
        "[profile.dev]\npanic = \"unwind\"\n[profile.release]\nlto = true\npanic = \"unwind\"";
    let derived = "\n[profile.contained]\ninherits = \"release\"\n[profile.contained.package.a]\nopt-level = 0";
    assert!(panic_violations(&[manifest(&format!("{sound}{derived}"))]).is_empty());
    let aborting = format!("{sound}{derived}").replace("lto = true", "panic = \"abort\"");
    assert_eq!(panic_violations(&[manifest(&aborting)]), ["Cargo.toml: `panic = \"abort\"`"]);
    let silent = sound.replace("[profile.dev]\npanic = \"unwind\"", "[profile.dev]");
    assert_eq!(
        panic_violations(&[manifest(&silent), manifest("rustflags = [\"-C\", \"panic=abort\"]")]),
        [
            "Cargo.toml: [profile.dev] does not say panic = \"unwind\"",
            "Cargo.toml: `rustflags = [\"-C\", \"panic=abort\"]`",
        ]
    );
    assert_eq!(
        suite_violations(&graph(&[
            ("probity-benches", "probity-test-client"),
            ("probity-cli", "probity-test-client")
        ])),
        ["probity-cli depends on probity-test-client"]
    );
    assert_eq!(
        benchmark_violations(&graph(&[("probity-benches", "harness"), ("harness", "kube-client")])),
        ["probity-benches reaches kube-client, by probity-benches > harness > kube-client"]
    );
}

fn catalog_violations(graph: &Graph) -> Vec<String> {
    reached(graph, CATALOG, |name| is_of(name, &NOT_FOR_THE_CATALOG))
}

/// Whether a package is one of these or belongs to their family.
fn is_of(name: &str, families: &[&str]) -> bool {
    families.iter().any(|no| {
        let family = format!("{}-", no.trim_end_matches(['-', '_']));
        name == no.trim_end_matches(['-', '_']) || name.replace('_', "-").starts_with(&family)
    })
}

/// The first `make bench` of a machine would compile them for minutes.
fn benchmark_violations(graph: &Graph) -> Vec<String> {
    let slow = ["aws-config", "aws-sdk-", "azure_", "k8s-", "kube", "probity-tests"];
    reached(graph, "probity-benches", |name| is_of(name, &slow))
}

/// What is shipped knows nothing of how it is tested.
fn suite_violations(graph: &Graph) -> Vec<String> {
    let mut violations = Vec::new();
    for (name, needs) in graph.iter().filter(|(name, _)| !SUITES.contains(&name.as_str())) {
        let suites = SUITES.iter().filter(|suite| needs.contains(**suite));
        violations.extend(suites.map(|suite| format!("{name} depends on {suite}")));
    }
    violations
}

fn front_end_violations(graph: &Graph) -> Vec<String> {
    let others = |own: &'static str| move |name: &str| name != own && FRONT_ENDS.contains(&name);
    FRONT_ENDS.into_iter().flat_map(|own| reached(graph, own, others(own))).collect()
}

fn wire_violations(graph: &Graph) -> Vec<String> {
    let allowed = ["terraform-provider-probity", "probity-tests"];
    let users = graph.iter().filter(|(_, needs)| needs.contains("tfplugin-proto"));
    let wrong = users.filter(|(name, _)| !allowed.contains(&name.as_str()));
    wrong.map(|(name, _)| format!("{name} depends on tfplugin-proto")).collect()
}

/// The profiles that others inherit say that panics unwind, and nothing anywhere says otherwise.
fn panic_violations(files: &[(String, String)]) -> Vec<String> {
    let mut violations = Vec::new();
    for (file, text) in files {
        for section in text.split("\n[").filter(|part| part.contains("profile.")) {
            let (name, body) = section.trim_start_matches('[').split_once(']').unwrap();
            let roots = ["profile.dev", "profile.release"];
            let unwinds = body.lines().any(|line| line.starts_with("panic = \"unwind\""));
            if roots.contains(&name) && !unwinds {
                violations.push(format!("{file}: [{name}] does not say panic = \"unwind\""));
            }
        }
        let says = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let aborts = says.filter(|line| line.contains("panic") && line.contains("abort"));
        violations.extend(aborts.map(|line| format!("{file}: `{line}`")));
    }
    violations
}

/// A sentence for each forbidden package that `from` reaches, with the shortest way there.
fn reached(graph: &Graph, from: &str, forbidden: impl Fn(&str) -> bool) -> Vec<String> {
    let mut ways: BTreeMap<&str, Vec<&str>> = BTreeMap::from([(from, vec![from])]);
    let mut queue = VecDeque::from([from]);
    let mut violations = Vec::new();
    while let Some(name) = queue.pop_front() {
        let way = ways[name].clone();
        if forbidden(name) {
            violations.push(format!("{from} reaches {name}, by {}", way.join(" > ")));
            continue;
        }
        for next in graph.get(name).into_iter().flatten() {
            if !ways.contains_key(next.as_str()) {
                ways.insert(next, way.iter().copied().chain([next.as_str()]).collect());
                queue.push_back(next);
            }
        }
    }
    violations
}

/// The packages as cargo resolves them for the platform that this runs on.
fn graph() -> Graph {
    let metadata = metadata();
    let names: BTreeMap<_, _> =
        metadata.packages.iter().map(|package| (&package.id, package.name.to_string())).collect();
    let mut graph = Graph::new();
    for node in &metadata.resolve.as_ref().unwrap().nodes {
        let needs = node.deps.iter().filter(|dependency| {
            dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development)
        });
        let needs = needs.map(|dependency| names[&dependency.pkg].clone()).collect();
        graph.insert(names[&node.id].clone(), needs);
    }
    assert!(
        FRONT_ENDS.iter().all(|name| graph[*name].contains(CATALOG)),
        "a front end without the catalog"
    );
    graph
}

fn metadata() -> Metadata {
    let platform = format!("--filter-platform={}", host());
    MetadataCommand::new()
        .manifest_path(repository().join("Cargo.toml"))
        .other_options(["--locked".to_owned(), platform])
        .exec()
        .unwrap()
}

/// What rustc builds for here.
fn host() -> String {
    let output = std::process::Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}
