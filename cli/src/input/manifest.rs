//! Kubernetes objects in YAML and JSON documents, and what beside them is not ours to judge.

mod misspelt;

use std::ops::RangeInclusive;

use probity_catalog::{
    Arena, Path,
    source::{Document, Located, Node, Piece, Span},
    subject::kubernetes::Unjudged,
};

use crate::{
    gate::{Gate, Object},
    report::{FileReport, Judged, Place, Remark},
};

/// Judges a document of a file, or a part of one.
pub(super) fn judge(piece: &Piece<'_>, document: &Document, gate: &Gate) -> FileReport {
    let mut report = FileReport::new(piece.file());
    match nature(&document.root) {
        Nature::Object => judge_object(piece, document, gate, &mut report),
        Nature::Kustomization => report.skip(
            "a Kustomization, not a manifest yet",
            Some("render it first: kustomize build . | probity check -"),
        ),
        Nature::Other => report.skip("neither a Kubernetes object nor a Terraform plan", None),
    }
    report
}

enum Nature {
    Object,
    Kustomization,
    Other,
}

fn nature(root: &Node) -> Nature {
    let text = |name: &str| root.get(name).and_then(Node::as_str).filter(|text| !text.is_empty());
    match (text("apiVersion"), text("kind")) {
        (Some(version), Some(_)) if version.starts_with("kustomize.config.k8s.io/") => {
            Nature::Kustomization
        }
        (Some(_), Some(_)) => Nature::Object,
        _ => Nature::Other,
    }
}

fn judge_object(piece: &Piece<'_>, document: &Document, gate: &Gate, report: &mut FileReport) {
    for warning in &document.warnings {
        let place = Place::in_piece(piece, warning.span, true);
        report.remarks.push(Remark::Warning { message: warning.message.clone(), place });
    }
    let arena = Arena::new();
    let mut hidden = Vec::new();
    let objects = gate.object(document.root.to_value(&arena), &arena);
    report.objects += objects.count;
    misspelt::warn(piece, &document.root, report);
    for Object { origin, decision, secrets } in objects.judged {
        let place = |path: &Path| place(piece, &document.root, &origin.join(path));
        let places = decision.findings.iter().map(|finding| place(&finding.path)).collect();
        hidden.extend(
            secrets.iter().map(|path| lines(piece, document.root.locate(&origin.join(path)).span)),
        );
        report.judged.push(Judged { place: place(&Path::root()), places, decision });
    }
    for unjudged in objects.unjudged {
        report.remarks.push(not_judged(piece, &document.root, &unjudged));
    }
    for lines in &hidden {
        report.hide(lines);
    }
}

/// The lines of a span.
fn lines(piece: &Piece<'_>, span: Span) -> RangeInclusive<u32> {
    let covered = piece.covered(span);
    let more = covered.trim_end().matches('\n').count();
    span.line..=span.line.saturating_add(u32::try_from(more).unwrap_or(u32::MAX))
}

fn not_judged(piece: &Piece<'_>, root: &Node, unjudged: &Unjudged) -> Remark {
    let Unjudged { identity, origin, template } = unjudged;
    let message = format!(
        "{identity} carries a pod template (`{template}`) and is of a kind that is not judged: {}",
        identity.api_version
    );
    Remark::Unjudged { message, place: place(piece, root, &origin.join(template)) }
}

/// The place of a path; of the whole object, the place of its kind.
fn place(piece: &Piece<'_>, root: &Node, path: &Path) -> Option<Place> {
    let Located { span, exact } = root.locate(path);
    let whole = root.at(path).filter(|node| exact && node.get("kind").is_some());
    let kind = whole.and_then(|node| node.as_mapping()?.entry("kind").map(|entry| entry.key_span));
    Place::in_piece(piece, kind.map_or(span, |kind: Span| kind), exact)
}
