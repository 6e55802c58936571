//! Fields of a pod specification that only look right: `SecurityContext:` hardens nothing.
//!
//! A name that Kubernetes does not know is dropped by the API server without a word. Newer fields
//! than we know are left alone: only what is nearly the name of a known field is said.

use std::sync::LazyLock;

use probity_catalog::{
    shape::{Object, Type, kubernetes},
    source::{Entry, Kind, Node, Source, nearest},
};

use crate::report::{FileReport, Place, Remark};

static POD: LazyLock<Type> = LazyLock::new(kubernetes::pod);

/// Warns of every such field below a pod specification.
pub(super) fn warn(source: &Source, pod: &Node, report: &mut FileReport) {
    walk(pod, &POD, &mut |entry, known| {
        let message = format!(
            "`{}` is not a field that Kubernetes knows and has no effect; did you mean `{known}`?",
            entry.key
        );
        let place = Place::new(source, entry.key_span, true);
        report.remarks.push(Remark::Warning { message, place });
    });
}

fn walk(node: &Node, shape: &Type, say: &mut dyn FnMut(&Entry, &str)) {
    match (&node.kind, shape) {
        (Kind::Mapping(mapping), Type::Object(object)) => {
            for entry in &mapping.entries {
                match object.field(&entry.key) {
                    Some(field) => walk(&entry.value, &field.kind, say),
                    None => {
                        if let Some(known) = nearest(&entry.key, unused(object, node)) {
                            say(entry, known);
                        }
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
    use probity_catalog::source::Options;

    use super::*;

    #[test]
    fn only_slips_are_said() {
        let text = "SecurityContext: {runAsNonRoot: true}\nbrandNewField: 1\ncontainers:\n\
            - name: a\n  securitycontext: {}\n  securityContext: {privilged: true, privileged: no}\n";
        let source = Source::new("t", text).unwrap();
        let document = source.document(&Options::default()).unwrap();
        let mut report = FileReport::new("t");
        warn(&source, &document.root, &mut report);
        let said: Vec<_> = report
            .remarks
            .iter()
            .map(|remark| match remark {
                Remark::Warning { message, place: Some(place) } => (place.line, message.as_str()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, 1);
        assert!(said[0].1.contains("did you mean `securityContext`?"), "{said:?}");
    }
}
