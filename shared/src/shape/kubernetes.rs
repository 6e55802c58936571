//! The Kubernetes types, read from a table (`kubernetes.txt`).

use std::sync::LazyLock;

use super::Type;
use super::table::Table;

pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::read(include_str!("kubernetes.txt"), "field"));

/// `pod`: the spec of a pod or of a pod template.
pub fn pod() -> Type {
    TABLE.get("PodSpec")
}

/// `podMeta`: the metadata of a pod or of a pod template.
pub fn object_meta() -> Type {
    TABLE.get("ObjectMeta")
}

/// `object`, `oldObject`: an object of any kind.
pub fn object() -> Type {
    TABLE.get("Object")
}

/// `namespaceObject`.
pub fn namespace() -> Type {
    TABLE.get("Namespace")
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
