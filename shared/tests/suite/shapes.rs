//! The shapes of Kubernetes against the API's own schemas, field by field; and who judges the fields
//! by which a pod can gain or lose safety.

use std::{collections::BTreeSet, fs, path::Path};

use k8s_openapi::api::{
    apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet},
    authentication::v1::UserInfo,
    batch::v1::{CronJob, Job},
    core::v1::{EphemeralContainer, Namespace, Pod, PodTemplate, ReplicationController},
};
use probity_catalog::{
    Catalog,
    shape::{Object, Type, kubernetes},
};
use serde_json::Value as Json;

/// What the schemas of 1.36 do not have: 1.37 brings it, or our containers are of all three lists.
const NEWER: [&str; 17] = [
    "ClusterTrustBundleProjection.user",
    "ConfigMapVolumeSource.defaultUser",
    "Container.targetContainerName",
    "DownwardAPIVolumeFile.user",
    "DownwardAPIVolumeSource.defaultUser",
    "EmptyDirVolumeSource.mode",
    "GRPCAction.mode",
    "HTTPGetAction.protocol",
    "JobSpec.scheduling",
    "KeyToPath.user",
    "PersistentVolumeClaimStatus.healthStatus",
    "PodCertificateProjection.user",
    "PodSpec.evictionResponders",
    "ProjectedVolumeSource.defaultUser",
    "SecretVolumeSource.defaultUser",
    "ServiceAccountTokenProjection.user",
    "VolumeMount.bindMountOptions",
];

/// What the schemas of 1.36 leave open and the API demands.
const DEMANDED: [(&str, &str); 5] = [
    ("Container", "image"),
    ("DaemonSet", "spec"),
    ("Deployment", "spec"),
    ("ReplicaSet", "spec"),
    ("StatefulSet", "spec"),
];

fn schemas() -> serde_json::Map<String, Json> {
    let mut all = schemars::SchemaGenerator::default();
    macro_rules! of {
        ($($kind:ty),*) => { $(all.subschema_for::<$kind>();)* };
    }
    of!(Pod, PodTemplate, ReplicationController, Deployment, ReplicaSet, StatefulSet, DaemonSet);
    of!(Job, CronJob, Namespace, UserInfo, EphemeralContainer);
    all.definitions().clone()
}

fn short(name: &str) -> &str {
    name.rsplit(['.', '/']).next().unwrap_or(name)
}

/// Why a declared type is not what a schema says; nothing where it is.
fn differs(schema: &Json, declared: &Type) -> Option<String> {
    let reference = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref"));
    let fits = match (reference.and_then(Json::as_str).map(short), declared) {
        (Some("EphemeralContainer"), Type::Object(object)) => object.name == "Container",
        (Some("Quantity"), kind) => *kind == Type::Quantity,
        (Some("IntOrString"), kind) => *kind == Type::IntOrString,
        (Some("Time" | "MicroTime"), kind) => *kind == Type::String,
        (Some("FieldsV1"), kind) => *kind == Type::Dyn,
        (Some(name), Type::Object(object)) => object.name == name,
        (Some(_), _) => false,
        (None, kind) => match (schema.get("type").and_then(Json::as_str), kind) {
            (Some("boolean"), Type::Bool)
            | (Some("integer"), Type::Int)
            | (Some("number"), Type::Double)
            | (Some("string"), Type::String | Type::Word(_)) => true,
            (Some("array"), Type::List(element)) => return differs(&schema["items"], element),
            (Some("object"), Type::Map(_, value)) => {
                return differs(&schema["additionalProperties"], value);
            }
            _ => false,
        },
    };
    (!fits).then(|| format!("{schema} is not {declared}"))
}

#[test]
fn every_type_has_the_fields_of_the_api() {
    let schemas = schemas();
    let (mut seen, mut newer, mut problems) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let roots = kubernetes::WORKLOADS.iter().filter(|kind| **kind != "Rollout");
    let mut next: Vec<String> = roots
        .chain(&["Namespace", "UserInfo", "EphemeralContainer"])
        .map(|kind| (*kind).to_owned())
        .collect();
    while let Some(name) = next.pop() {
        let (_, schema) = schemas.iter().find(|(full, _)| short(full) == name).unwrap();
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else { continue };
        if !seen.insert(name.clone()) {
            continue;
        }
        let own = if name == "EphemeralContainer" { "Container" } else { &name };
        let Some(object) = kubernetes::named(own) else {
            problems.push(format!("there is no {own}"));
            continue;
        };
        let is_kind = name == "Namespace" || kubernetes::WORKLOADS.contains(&name.as_str());
        for (field, property) in properties {
            // What a controller reports is not declared by anybody.
            if is_kind && field == "status" {
                continue;
            }
            let text = property.to_string();
            let references = text.split("#/$defs/").skip(1);
            next.extend(references.map(|rest| short(rest.split('"').next().unwrap()).to_owned()));
            match object.field(field) {
                None => problems.push(format!("{name} has no `{field}`")),
                Some(found) => problems.extend(
                    differs(property, &found.kind).map(|why| format!("{name}.{field}: {why}")),
                ),
            }
        }
        if name != "EphemeralContainer" {
            compare_presence(&object, schema, is_kind, &mut problems);
            let known =
                |field: &&probity_catalog::shape::Field| !properties.contains_key(&field.name);
            newer.extend(
                object.fields.iter().filter(known).map(|field| format!("{name}.{}", field.name)),
            );
        }
    }
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(newer.iter().map(String::as_str).collect::<Vec<_>>(), NEWER);
    assert!(seen.len() > 120, "{}", seen.len());
}

/// What a schema requires is always there, and nothing else is.
fn compare_presence(object: &Object, schema: &Json, is_kind: bool, problems: &mut Vec<String>) {
    let required = schema.get("required").and_then(Json::as_array).cloned().unwrap_or_default();
    for field in &object.fields {
        let demanded = DEMANDED.contains(&(object.name.as_str(), field.name.as_str()))
            || (is_kind && ["apiVersion", "kind"].contains(&field.name.as_str()))
            || required.iter().any(|name| name == field.name.as_str());
        if demanded == field.optional {
            problems.push(format!("{}.{} is there or not", object.name, field.name));
        }
    }
}

#[test]
fn every_field_that_bears_on_safety_has_its_judge_or_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let catalog = Catalog::load(folder).unwrap_or_else(|errors| panic!("{errors}"));
    let mut entered = BTreeSet::new();
    let mut object = None;
    for line in include_str!("judged.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((name, judge)) = line.trim().split_once(' ') else {
            object = kubernetes::named(line.trim()).or(object);
            continue;
        };
        let own = object.as_ref().unwrap();
        assert!(own.field(name).is_some(), "{} has no {name}", own.name);
        assert!(entered.insert(format!("{}.{name}", own.name)), "{} twice", own.name);
        let judge = judge.trim();
        if judge.starts_with("irrelevant: ") {
            continue;
        }
        if let Some(id) = judge.strip_prefix("later ") {
            let control = catalog.control(&id.parse().unwrap());
            assert!(control.is_none(), "{}.{name}: {id} has come, and judges it or not", own.name);
            continue;
        }
        let (outside, ids) = judge.strip_prefix("outside ").map_or((false, judge), |id| (true, id));
        for id in ids.split(' ') {
            let control = catalog.control(&id.parse().unwrap());
            assert!(control.is_some(), "{}.{name}: there is no control {id}", own.name);
            assert!(outside || names(folder, id, name), "{id} does not name `{name}`");
        }
    }
    for name in ["PodSpec", "PodSecurityContext", "Container", "SecurityContext", "Volume"] {
        for field in &kubernetes::named(name).unwrap().fields {
            let field = format!("{name}.{}", field.name);
            assert!(entered.contains(&field), "nobody judges {field}, and nobody says why not");
        }
    }
}

/// Whether the file of a control has a word in it, or walks over the collection of that name.
fn names(folder: &Path, id: &str, word: &str) -> bool {
    let (family, _) = id.split_once('-').unwrap();
    let family = folder.join("controls").join(family.to_lowercase());
    let control = fs::read_dir(family)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&format!("{id}-")))
        })
        .unwrap();
    let text = fs::read_to_string(control.join("control.yaml")).unwrap();
    let rules = text.split_once("\nchecks:").map_or("", |(_, rules)| rules);
    let word = if word == "volumeMounts" { "mounts" } else { word };
    rules.split(|character: char| !character.is_alphanumeric()).any(|own| own == word)
}

#[test]
fn the_controls_of_the_benchmarks_load() {
    use probity_catalog::expression::{Expression, Scope};
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/benches/fixtures/controls.json");
    let controls: Json = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let params = Type::object("params", "parameter", [("unused", Type::Int)]);
    let scope = Scope::common(params).kubernetes().element("containers.all").unwrap();
    let controls = controls.as_array().unwrap();
    assert!(controls.len() >= 30);
    for control in controls {
        for key in ["expression", "variant"] {
            let source = control[key].as_str().unwrap().replace("{n}", "7");
            if let Err(errors) = Expression::compile_bool(&source, &scope) {
                panic!("{source}: {errors:?}");
            }
        }
    }
}
