//! Fields that only look right: `SecurityContext:` hardens nothing.
//!
//! A name that Kubernetes does not know is dropped by the API server without a word. Newer fields
//! than we know are left alone: only what is nearly the name of a known field is said.

use std::sync::LazyLock;

use probity_catalog::{
    shape::{Object, Type, kubernetes},
    source::{Entry, Kind, Node, Piece, nearest},
};

use crate::report::{FileReport, Place, Remark};

/// Pods, pod templates, and the kinds that hold one under `spec`, those of others included.
static KINDS: LazyLock<[Type; 3]> = LazyLock::new(|| {
    let template = fields([("metadata", kubernetes::object_meta()), ("spec", kubernetes::pod())]);
    let workload = |more: Vec<(&str, Type)>| {
        let known = ["replicas", "selector", "strategy", "updateStrategy", "schedule"];
        let known = known.into_iter().map(|name| (name, Type::Dyn));
        fields(known.chain([("template", template.clone())]).chain(more))
    };
    let job = fields([("metadata", kubernetes::object_meta()), ("spec", workload(Vec::new()))]);
    let jobs = fields([("name", Type::Dyn), ("replicas", Type::Dyn), ("template", job.clone())]);
    let group = fields([
        ("leaderTemplate", template.clone()),
        ("workerTemplate", template.clone()),
        ("size", Type::Dyn),
    ]);
    let spec = workload(vec![
        ("jobTemplate", job),
        ("replicatedJobs", Type::list(jobs)),
        ("leaderWorkerTemplate", group),
    ]);
    [object("spec", kubernetes::pod()), object("template", template), object("spec", spec)]
});

const WORKLOADS: [&str; 11] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "JobSet",
    "LeaderWorkerSet",
    "ReplicaSet",
    "ReplicationController",
    "Rollout",
    "StatefulSet",
    "Configuration",
];

fn fields<'n>(fields: impl IntoIterator<Item = (&'n str, Type)>) -> Type {
    Type::object("", "field", fields)
}

fn object(name: &str, body: Type) -> Type {
    let known = ["apiVersion", "kind", "status"].map(|name| (name, Type::Dyn));
    fields(known.into_iter().chain([("metadata", kubernetes::object_meta()), (name, body)]))
}

/// Warns of every such field in an object, or in the items of a list.
pub(super) fn warn(piece: &Piece<'_>, root: &Node, report: &mut FileReport) {
    let kind = root.get("kind").and_then(Node::as_str).unwrap_or_default();
    warn_of(piece, root, kind, report);
}

fn warn_of(piece: &Piece<'_>, node: &Node, kind: &str, report: &mut FileReport) {
    let kind = node.get("kind").and_then(Node::as_str).unwrap_or(kind);
    if let Some(items) = node.get("items").and_then(Node::as_sequence) {
        let kind = kind.strip_suffix("List").unwrap_or_default();
        return items.iter().for_each(|item| warn_of(piece, item, kind, report));
    }
    let [pod, template, workload] = &*KINDS;
    let shape = match kind {
        "Pod" => pod,
        "PodTemplate" => template,
        kind if WORKLOADS.contains(&kind) || is_knative(node) => workload,
        _ => return,
    };
    walk(node, shape, &mut |entry, known| {
        let message = format!(
            "`{}` is not a field that Kubernetes knows and has no effect; did you mean `{known}`?",
            entry.key
        );
        let place = Place::in_piece(piece, entry.key_span, true);
        report.remarks.push(Remark::Warning { message, place });
    });
}

/// A Service that is no `v1` one.
fn is_knative(node: &Node) -> bool {
    let version = node.get("apiVersion").and_then(Node::as_str);
    version.is_some_and(|version| version.starts_with("serving.knative.dev/"))
}

fn walk(node: &Node, shape: &Type, say: &mut dyn FnMut(&Entry, &str)) {
    match (&node.kind, shape) {
        (Kind::Mapping(mapping), Type::Object(object)) => {
            let mut unknown = Vec::new();
            for entry in &mapping.entries {
                match object.field(&entry.key) {
                    Some(field) => walk(&entry.value, &field.kind, say),
                    None => unknown.push(entry),
                }
            }
            if !unknown.is_empty() {
                let unused: Vec<&str> = unused(object, node).collect();
                for entry in unknown {
                    if let Some(known) = nearest(&entry.key, unused.iter().copied()) {
                        say(entry, known);
                    }
                }
            }
        }
        (Kind::Mapping(mapping), Type::Map(_, inner)) => {
            for entry in &mapping.entries {
                walk(&entry.value, inner, say);
            }
        }
        (Kind::Sequence(elements), Type::List(element)) => {
            for node in elements {
                walk(node, element, say);
            }
        }
        (_, Type::Optional(inner)) => walk(node, inner, say),
        _ => {}
    }
}

/// The fields that the mapping does not set already: it cannot have meant those.
fn unused<'s>(object: &'s Object, node: &'s Node) -> impl Iterator<Item = &'s str> {
    let fields = object.fields.iter().map(|field| field.name.as_str());
    fields.filter(|name| node.get(name).is_none())
}

#[cfg(test)]
mod tests {
    use probity_catalog::source::{Options, Source};

    use super::*;

    fn said(text: &str) -> Vec<(u32, String)> {
        let source = Source::new("t", text).unwrap();
        let pieces = source.pieces("items");
        let reading = pieces[0].read(&Options::default());
        let mut report = FileReport::new("t");
        warn(&pieces[0], &reading.documents[0].root, &mut report);
        let said = report.remarks.into_iter().map(|remark| match remark {
            Remark::Warning { message, place: Some(place) } => (place.line, message),
            other => panic!("{other:?}"),
        });
        said.collect()
    }

    #[test]
    fn slips_on_the_way_to_the_pod_are_said() {
        for (text, known) in [
            ("kind: Pod\nSpec: {}", "spec"),
            ("kind: Pod\nMetaData: {}", "metadata"),
            ("kind: Pod\nmetadata: {lables: {}}", "labels"),
            ("kind: Deployment\nspec: {Template: {}}", "template"),
            ("kind: Deployment\nspec: {template: {Spec: {}}}", "spec"),
            ("kind: CronJob\nspec: {jobtemplate: {}}", "jobTemplate"),
            ("kind: CronJob\nspec: {jobTemplate: {spec: {templates: {}}}}", "template"),
            (
                "kind: JobSet\nspec: {replicatedJobs: [{template: {spec: {template: {spec: {hostPid: 1}}}}}]}",
                "hostPID",
            ),
            ("kind: PodTemplate\nTemplate: {}", "template"),
            ("kind: List\nitems: [{kind: Pod, Spec: {}}]", "spec"),
            ("kind: PodList\nitems: [{Spec: {}}]", "spec"),
            ("apiVersion: serving.knative.dev/v1\nkind: Service\nSpec: {}", "spec"),
        ] {
            let said = said(text);
            assert_eq!(said.len(), 1, "{text}: {said:?}");
            assert!(said[0].1.ends_with(&format!("did you mean `{known}`?")), "{said:?}");
        }
        for text in ["apiVersion: v1\nkind: Service\nSpec: {}", "kind: ConfigMap\nData: {}"] {
            assert!(said(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn only_slips_are_said() {
        let text = "kind: Pod\nspec:\n SecurityContext: {runAsNonRoot: true}\n brandNewField: 1\n \
            containers:\n - name: a\n   securitycontext: {}\n   securityContext: {privilged: true, privileged: no}\n";
        let said = said(text);
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, 3);
        assert!(said[0].1.contains("did you mean `securityContext`?"), "{said:?}");
    }
}
