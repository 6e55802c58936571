//! Resources of `terraform show -json`: a plan or a state, as JSON.
//!
//! What is known only after apply stays unknown. Regimes and environment of a provider block count
//! like settings.

mod configuration;

use std::{path::Path as FilePath, sync::Arc};

use probity_catalog::{
    Arena, Decision, Path, Value,
    source::{Document, Kind, Node},
    subject::terraform::{Operation, target_of},
    value::Segment,
};

use self::configuration::Configuration;
use super::hcl;
use crate::{
    Selection,
    gate::{Gate, Resource},
    report::{FileReport, Judged, Place, Remark},
};

/// Whether a document is what `terraform show -json` writes.
pub(super) fn is_plan(root: &Node) -> bool {
    let has = |name: &str| root.get(name).is_some();
    has("format_version") && (has("resource_changes") || has("planned_values") || has("values"))
}

/// Judges the resources of a plan or a state.
pub(super) fn judge(
    file: &str,
    document: &Document,
    folder: &FilePath,
    gate: &Gate,
    selection: &Selection,
) -> FileReport {
    let root = &document.root;
    let mut report = FileReport::new(file);
    let configuration = Configuration::new(root);
    let gate = match with_provider(gate, selection, &configuration, &mut report) {
        Ok(gate) => gate,
        Err(remark) => {
            report.remarks.push(remark);
            return report;
        }
    };
    let mut files = hcl::Folders::default();
    for change in changes(root) {
        report.objects += 1;
        let arena = Arena::new();
        let Some(mut decision) = change.judge(&gate, &configuration, &arena) else { continue };
        change.redact(&mut decision);
        let folder = configuration.folder(change.module).map(|module| folder.join(module));
        let mut place = |path: &Path| {
            let found = files.find(folder.as_deref()?, change.kind, change.name, path)?;
            Some(Place { exact: found.exact, ..found })
        };
        let places = decision.findings.iter().map(|finding| place(&finding.path)).collect();
        report.judged.push(Judged { place: place(&Path::root()), places, decision });
    }
    report
}

/// The gate with what the provider blocks say added.
fn with_provider(
    gate: &Gate,
    selection: &Selection,
    configuration: &Configuration<'_>,
    report: &mut FileReport,
) -> Result<Gate, Remark> {
    let (regimes, environment) = configuration.settings();
    if regimes.is_empty() && environment.is_none() {
        return Ok(gate.clone());
    }
    let mut selection = selection.clone();
    let before = selection.settings.clone();
    selection.settings = selection.settings.with_regimes(regimes).with_environment(environment);
    if before.regimes == selection.settings.regimes
        && before.environment == selection.settings.environment
    {
        return Ok(gate.clone());
    }
    match selection.snapshot() {
        Ok(snapshot) => {
            let under = probity_catalog::report::judged_under(&snapshot);
            let message = format!("judged with the provider block: {under}");
            report.remarks.push(Remark::Note(message));
            Ok(Gate { snapshot: Arc::new(snapshot), ..gate.clone() })
        }
        Err(errors) => {
            let message = format!("the provider block does not fit the catalog: {errors}");
            Err(Remark::Error(probity_catalog::source::SourceError::new(
                report.file.as_str(),
                message,
            )))
        }
    }
}

/// One resource of a plan or a state.
struct Change<'n> {
    module: &'n str,
    address: &'n str,
    kind: &'n str,
    name: &'n str,
    operation: Operation,
    before: Option<&'n Node>,
    after: Option<&'n Node>,
    unknown: Option<&'n Node>,
    sensitive: Option<&'n Node>,
}

impl<'n> Change<'n> {
    fn judge<'a>(
        &'a self,
        gate: &'a Gate,
        configuration: &Configuration<'_>,
        arena: &'a Arena,
    ) -> Option<Decision> {
        let value = |node: Option<&Node>| node.map_or(Value::Null, |node| node.to_value(arena));
        gate.resource(
            Resource {
                kind: self.kind,
                address: self.address,
                values: planned(self.after, self.unknown, arena),
                prior: value(self.before),
                operation: self.operation,
                provider: configuration.provider(self.module, self.kind, self.name, arena),
            },
            arena,
        )
    }

    /// What Terraform would not show is not shown here either.
    fn redact(&self, decision: &mut Decision) {
        for finding in &mut decision.findings {
            if self.is_sensitive(&finding.path) {
                "(sensitive value)".clone_into(&mut finding.found);
            }
        }
    }

    fn is_sensitive(&self, path: &Path) -> bool {
        let mut marks = self.sensitive;
        for segment in path.segments() {
            match (marks.map(|node| &node.kind), segment) {
                (Some(Kind::Bool(marked)), _) => return *marked,
                (_, Segment::Field(name)) => marks = marks.and_then(|node| node.get(name)),
                (_, Segment::Index(index)) => marks = marks.and_then(|node| node.index(*index)),
            }
        }
        marks.is_some_and(holds_mark)
    }

    fn of_plan(node: &'n Node) -> Option<Self> {
        let text = |name: &str| node.get(name).and_then(Node::as_str);
        let change = node.get("change")?;
        let operation = operation(change.get("actions")?)?;
        (text("mode") != Some("data")).then_some(())?;
        // What goes away is judged as it was.
        let (last, marks) = match operation {
            Operation::Delete => ("before", "before_sensitive"),
            _ => ("after", "after_sensitive"),
        };
        Some(Self {
            module: text("module_address").unwrap_or_default(),
            address: text("address")?,
            kind: text("type")?,
            name: text("name")?,
            operation,
            before: change.get("before"),
            after: change.get(last),
            unknown: change.get("after_unknown"),
            sensitive: change.get(marks),
        })
    }

    fn of_state(module: &'n str, node: &'n Node) -> Option<Self> {
        let text = |name: &str| node.get(name).and_then(Node::as_str);
        (text("mode") != Some("data")).then_some(())?;
        Some(Self {
            module,
            address: text("address")?,
            kind: text("type")?,
            name: text("name")?,
            operation: Operation::Update,
            before: node.get("values"),
            after: node.get("values"),
            unknown: None,
            sensitive: node.get("sensitive_values"),
        })
    }
}

/// What is judged: every managed resource that we know, those included that go away.
fn changes(root: &Node) -> Vec<Change<'_>> {
    let mut changes = Vec::new();
    if let Some(nodes) = root.get("resource_changes").and_then(Node::as_sequence) {
        changes.extend(nodes.iter().filter_map(Change::of_plan));
    } else {
        let values = root.get("values").or_else(|| root.get("planned_values"));
        if let Some(module) = values.and_then(|values| values.get("root_module")) {
            collect(module, "", &mut changes);
        }
    }
    changes.retain(|change| target_of(change.kind).is_some());
    changes
}

fn collect<'n>(module: &'n Node, address: &'n str, changes: &mut Vec<Change<'n>>) {
    let nodes = |name: &str| module.get(name).and_then(Node::as_sequence).unwrap_or_default();
    changes.extend(nodes("resources").iter().filter_map(|node| Change::of_state(address, node)));
    for child in nodes("child_modules") {
        let address = child.get("address").and_then(Node::as_str).unwrap_or_default();
        collect(child, address, changes);
    }
}

/// What the actions of a change come to; none where nothing is left to judge.
fn operation(actions: &Node) -> Option<Operation> {
    let actions: Vec<_> = actions.as_sequence()?.iter().filter_map(Node::as_str).collect();
    match actions.as_slice() {
        ["create"] => Some(Operation::Create),
        ["update" | "no-op"] => Some(Operation::Update),
        ["delete"] => Some(Operation::Delete),
        ["delete", "create"] | ["create", "delete"] => Some(Operation::Replace),
        _ => None,
    }
}

/// The attributes as planned, with what is known only after apply as unknown.
fn planned<'a>(after: Option<&Node>, unknown: Option<&Node>, arena: &'a Arena) -> Value<'a> {
    match (after.map(|node| &node.kind), unknown.map(|node| &node.kind)) {
        (_, Some(Kind::Bool(true))) => Value::Unknown,
        (known, Some(Kind::Mapping(marks))) if !marks.entries.is_empty() => {
            let known = match known {
                Some(Kind::Mapping(mapping)) => mapping.entries.as_slice(),
                _ => &[],
            };
            let own = known.iter().map(|entry| {
                let mark = marks.get(&entry.key);
                (&*arena.alloc_str(&entry.key), planned(Some(&entry.value), mark, arena))
            });
            let beyond = marks
                .entries
                .iter()
                .filter(|mark| !known.iter().any(|entry| entry.key == mark.key))
                .map(|mark| {
                    (&*arena.alloc_str(&mark.key), planned(None, Some(&mark.value), arena))
                });
            let fields: Vec<_> = own.chain(beyond).collect();
            Value::Map(arena.alloc_slice_copy(&fields))
        }
        (known, Some(Kind::Sequence(marks))) if !marks.is_empty() => {
            let known = match known {
                Some(Kind::Sequence(elements)) => elements.as_slice(),
                _ => &[],
            };
            let count = known.len().max(marks.len());
            let elements =
                (0..count).map(|index| planned(known.get(index), marks.get(index), arena));
            let elements: Vec<_> = elements.collect();
            Value::List(arena.alloc_slice_copy(&elements))
        }
        (Some(_), _) => after.map_or(Value::Null, |node| node.to_value(arena)),
        // A mark of `false` or `{}` without a value: it is absent.
        (None, _) => Value::Null,
    }
}

fn holds_mark(node: &Node) -> bool {
    match &node.kind {
        Kind::Bool(marked) => *marked,
        Kind::Sequence(elements) => elements.iter().any(holds_mark),
        Kind::Mapping(mapping) => mapping.entries.iter().any(|entry| holds_mark(&entry.value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use probity_catalog::source::{Options, Source};

    use super::*;

    fn node(text: &str) -> Node {
        Source::new("t.json", text).unwrap().document(&Options::default()).unwrap().root
    }

    #[test]
    fn unknown_values_overlay_known_ones() {
        let after =
            node(r#"{"name": "a", "lock": {"mode": "x"}, "rules": [{"id": "1"}], "arn": null}"#);
        let unknown =
            node(r#"{"arn": true, "lock": {"days": true}, "rules": [{}, true], "tags": {}}"#);
        let arena = Arena::new();
        let value = planned(Some(&after), Some(&unknown), &arena);
        let at = |path: &str| value.lookup(&path.parse().unwrap());
        assert!(at("arn").unwrap().is_unknown());
        assert_eq!(at("name"), Some("a".into()));
        assert_eq!(at("lock.mode"), Some("x".into()));
        assert!(at("lock.days").unwrap().is_unknown());
        assert_eq!(at("rules[0].id"), Some("1".into()));
        assert!(at("rules[1]").unwrap().is_unknown());
        assert_eq!(at("tags"), Some(Value::Null));
    }

    #[test]
    fn actions_become_operations() {
        let table = [
            (r#"["create"]"#, Some(Operation::Create)),
            (r#"["update"]"#, Some(Operation::Update)),
            (r#"["no-op"]"#, Some(Operation::Update)),
            (r#"["delete", "create"]"#, Some(Operation::Replace)),
            (r#"["create", "delete"]"#, Some(Operation::Replace)),
            (r#"["delete"]"#, Some(Operation::Delete)),
            (r#"["read"]"#, None),
        ];
        for (actions, expected) in table {
            assert_eq!(operation(&node(actions)), expected, "{actions}");
        }
    }

    #[test]
    fn sensitive_values_are_recognised() {
        let marks = node(r#"{"tags": {"a": true}, "policy": true, "rules": [{}, {"x": true}]}"#);
        let change = Change {
            module: "",
            address: "",
            kind: "",
            name: "",
            operation: Operation::Create,
            before: None,
            after: None,
            unknown: None,
            sensitive: Some(&marks),
        };
        let sensitive = |path: &str| change.is_sensitive(&path.parse().unwrap());
        assert!(sensitive("tags.a") && sensitive("tags") && sensitive("policy.deep"));
        assert!(sensitive("rules[1].x") && !sensitive("rules[0]") && !sensitive("name"));
    }
}
