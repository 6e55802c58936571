//! The Kubernetes types, read from a table (`kubernetes.txt`), and the one type that an object of
//! any kind with a pod in it has.

use std::sync::{Arc, LazyLock};

use super::table::Table;
use super::{Field, Object, Type};

pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::read(include_str!("kubernetes.txt"), "field", true));

/// The kinds that carry a pod: each is judged as the target `pod`.
pub const WORKLOADS: [&str; 10] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "PodTemplate",
    "ReplicaSet",
    "ReplicationController",
    "Rollout",
    "StatefulSet",
];

static OBJECT: LazyLock<Type> = LazyLock::new(|| {
    let kinds: Vec<_> = WORKLOADS.iter().filter_map(|kind| TABLE.object(kind)).collect();
    Type::Object(Arc::new(any_of("object", &kinds)))
});

/// `pod`: the spec of a pod or of a pod template.
pub fn pod() -> Type {
    TABLE.get("PodSpec")
}

/// `podMeta`: the metadata of a pod or of a pod template.
pub fn object_meta() -> Type {
    TABLE.get("ObjectMeta")
}

/// `object`, `oldObject`: an object of any kind that carries a pod.
pub fn object() -> Type {
    OBJECT.clone()
}

/// `namespaceObject`.
pub fn namespace() -> Type {
    TABLE.get("Namespace")
}

/// `serviceAccount`: that of the pods.
pub fn service_account() -> Type {
    TABLE.get("ServiceAccount")
}

/// `request`: what an admission review says about the request.
pub fn request() -> Type {
    TABLE.get("Request")
}

/// `c`: a container of any of the three lists.
pub fn container() -> Type {
    TABLE.get("Container")
}

/// `volume`: a volume of a pod.
pub fn volume() -> Type {
    TABLE.get("Volume")
}

/// A declared type by the API's own name: `Deployment`, `SecurityContext`.
pub fn named(name: &str) -> Option<Arc<Object>> {
    TABLE.object(name)
}

/// What may be one of several objects: it has the fields of all of them. What only some have may
/// be absent; where they disagree about a field, it may hold anything.
fn any_of(name: &str, objects: &[Arc<Object>]) -> Object {
    let mut names: Vec<&str> = Vec::new();
    for field in objects.iter().flat_map(|object| &object.fields) {
        if !names.contains(&field.name.as_str()) {
            names.push(&field.name);
        }
    }
    let fields = names.into_iter().map(|own| {
        let found: Vec<&Field> = objects.iter().filter_map(|object| object.field(own)).collect();
        let is_everywhere = found.len() == objects.len();
        Field {
            name: own.to_owned(),
            kind: either(&format!("{name}.{own}"), &found),
            nullable: false,
            optional: !is_everywhere || found.iter().any(|field| field.optional),
        }
    });
    Object { name: name.to_owned(), noun: "field", fields: fields.collect() }
}

fn either(name: &str, fields: &[&Field]) -> Type {
    let Some(Field { kind: first, .. }) = fields.first() else { return Type::Dyn };
    let mut objects: Vec<Arc<Object>> = Vec::new();
    for field in fields {
        match &field.kind {
            // The table has one object of each name.
            Type::Object(object) if objects.iter().all(|known| known.name != object.name) => {
                objects.push(Arc::clone(object));
            }
            Type::Object(_) => {}
            other if other == first => {}
            _ => return Type::Dyn,
        }
    }
    match (first, objects.as_slice()) {
        (Type::Object(_), [_]) => first.clone(),
        (Type::Object(_), objects) => Type::Object(Arc::new(any_of(name, objects))),
        (_, []) => first.clone(),
        _ => Type::Dyn,
    }
}

/// `env`: an environment variable of a container.
pub fn env() -> Type {
    TABLE.get("EnvVar")
}

/// `mount`: a mount of a container.
pub fn mount() -> Type {
    TABLE.get("VolumeMount")
}

/// `port`: a port of a container.
pub fn port() -> Type {
    TABLE.get("ContainerPort")
}
