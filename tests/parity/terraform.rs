//! Command line against provider, for every resource of every case: the plan as JSON on the one
//! side, the provider's gate at plan and at validate on the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use probity_catalog::Target;
use probity_catalog::source::Node;
use probity_catalog::value::{Arena, Value as Fact};
use serde_json::{Map, Value as Json, json};
use terraform_provider_probity::config::{self, Config};
use terraform_provider_probity::context::Context;
use terraform_provider_probity::diagnostics::{Diagnostic, Diagnostics};
use terraform_provider_probity::gate;
use terraform_provider_probity::provider::{Action, Judged, Phase};
use terraform_provider_probity::resource::Resource;
use terraform_provider_probity::resources;
use terraform_provider_probity::schema::Type;
use terraform_provider_probity::value::Value;

use crate::case::{self, Case};
use crate::command;

/// What both say: findings that refuse or warn, and the controls that wait for a value.
#[derive(Debug, PartialEq)]
struct Said {
    findings: BTreeSet<String>,
    waiting: BTreeSet<String>,
}

#[test]
fn the_gate_of_the_provider_says_what_the_command_line_says() {
    let mut groups: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for case in case::all(Target::is_terraform) {
        groups.entry(case.settings.clone()).or_default().push(case);
    }
    let (mut compared, mut findings) = (0, 0);
    for (settings, cases) in groups {
        let plans: BTreeMap<String, String> = cases
            .iter()
            .enumerate()
            .map(|(index, case)| (format!("{index:04}.json"), plan(case).to_string()))
            .collect();
        let judged = command::check(&plans, &settings, &[]);
        for (case, file) in cases.iter().zip(plans.keys()) {
            let [subject] = judged[file].as_slice() else { panic!("{}", case.name) };
            let expected = by_command(subject);
            findings += expected.findings.len();
            assert_eq!(by_provider(case, Phase::Plan), expected, "{}", case.name);
            // Until the plan nobody is told what is not known yet.
            let early = by_provider(case, Phase::Validate);
            assert_eq!(early.findings, expected.findings, "{}", case.name);
            assert!(early.waiting.is_empty(), "{}", case.name);
            compared += 1;
        }
    }
    case::say(&format!(
        "command line and provider agree on {compared} Terraform cases, {findings} findings"
    ));
    assert!(findings > 300, "only {findings} findings");
}

fn type_name(case: &Case) -> &'static str {
    case.target.resource_type().unwrap()
}

/// What happens to the resource of a case: the actions of the plan, and the word of the gate.
fn action(case: &Case) -> (Json, Action) {
    match case.get("action").and_then(Node::as_str) {
        Some("update") => (json!(["update"]), Action::Update),
        Some("delete") => (json!(["delete"]), Action::Delete),
        Some("replace") => (json!(["delete", "create"]), Action::Replace),
        _ => (json!(["create"]), Action::Create),
    }
}

/// The plan that creates or changes the resource of a case, as `terraform show -json` prints it.
fn plan(case: &Case) -> Json {
    let arena = Arena::new();
    let resource = case.get("resource").unwrap().to_value(&arena);
    let provider = case.get("provider").map_or(Json::Null, Node::to_json);
    let mut expressions = Map::new();
    for name in ["region", "defaults"] {
        if let Some(value) = provider.get(name) {
            expressions.insert(name.to_owned(), json!({"constant_value": value}));
        }
    }
    if let Some(account) = provider.get("account_id") {
        let only = json!({"constant_value": [account]});
        expressions.insert("allowed_account_ids".to_owned(), only);
    }
    let identity = json!({
        "address": format!("{}.case", type_name(case)), "mode": "managed",
        "type": type_name(case), "name": "case", "provider_config_key": "probity",
    });
    let mut change = identity.clone();
    let prior = case.get("prior").map_or(Json::Null, Node::to_json);
    let (actions, action) = action(case);
    change["change"] = match action {
        Action::Delete => json!({"actions": actions, "before": prior, "after": null}),
        _ => json!({
            "actions": actions, "before": prior,
            "after": resource.to_json(), "after_unknown": unknown(resource),
        }),
    };
    json!({
        "format_version": "1.2",
        "resource_changes": [change],
        "configuration": {
            "provider_config": {"probity": {"name": "probity", "expressions": expressions}},
            "root_module": {"resources": [identity]},
        },
    })
}

/// `true` where a value is known only after apply, as `after_unknown` has it.
fn unknown(value: Fact<'_>) -> Json {
    match value {
        Fact::Unknown => Json::Bool(true),
        Fact::Map(fields) => {
            fields.iter().map(|(name, field)| ((*name).to_owned(), unknown(*field))).collect()
        }
        Fact::List(items) => items.iter().map(|item| unknown(*item)).collect(),
        _ => Json::Bool(false),
    }
}

fn by_command(subject: &Json) -> Said {
    let findings = subject["findings"].as_array().unwrap();
    let text = |finding: &Json, name: &str| finding[name].as_str().unwrap_or("none").to_owned();
    let mut all = Said { findings: BTreeSet::new(), waiting: BTreeSet::new() };
    for finding in findings {
        let action = text(finding, "action");
        if finding["verdict"] == "unknown" {
            all.waiting.insert(text(finding, "control"));
        } else if action == "deny" || action == "warn" {
            let heading = format!("{}: {}", text(finding, "control"), text(finding, "title"));
            let required = format!("{} ({})", text(finding, "allowed"), text(finding, "basis"));
            let (path, found) = (text(finding, "path"), text(finding, "found"));
            all.findings.insert(said(action == "deny", &heading, &path, &found, &required));
        }
    }
    all
}

fn said(refuses: bool, heading: &str, path: &str, found: &str, required: &str) -> String {
    let action = if refuses { "deny" } else { "warn" };
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{action} {heading} at {path}: {} | {}", words(found), words(required))
}

fn by_provider(case: &Case, phase: Phase) -> Said {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("probity.yaml"), &case.settings).unwrap();
    let context = Context::new(folder.path());
    let in_force = context.take(block(case)).unwrap_or_else(|found| panic!("{found:#?}"));
    let resource = resource(&context, type_name(case));
    let arena = Arena::new();
    let value = |name: &str| {
        let given = case.get(name).map_or(Fact::Null, |node| node.to_value(&arena));
        to_value(given, &resource.schema().implied_type())
    };
    let (planned, prior) = (value("resource"), value("prior"));
    let found = gate::judge(
        &in_force,
        &Judged {
            phase,
            action: action(case).1,
            type_name: resource.type_name(),
            schema: resource.schema(),
            resource: &planned,
            config: &planned,
            prior: &prior,
        },
    );
    by_diagnostics(&found)
}

fn resource(context: &Context, type_name: &str) -> Box<dyn Resource> {
    resources::all(context).into_iter().find(|own| own.type_name() == type_name).unwrap()
}

/// The provider block of a case; without one nothing is known of it yet.
fn block(case: &Case) -> Config {
    let provider = case.get("provider").map_or(Json::Null, Node::to_json);
    let text = |value: Option<&Json>, absent: Value| match value.and_then(Json::as_str) {
        Some(text) => Value::from(text),
        None => absent,
    };
    let default = |name: &str| match provider.get("defaults") {
        Some(defaults) => text(defaults.get(name), Value::Null),
        None => Value::Unknown,
    };
    let names = ["kms_key_arn", "log_bucket"];
    let defaults = Value::object(names.map(|name| (name, default(name))));
    let region = text(provider.get("region"), Value::Unknown);
    let account = text(provider.get("account_id"), Value::Null);
    let accounts = if account.is_null() { Value::Null } else { Value::set_of([account]) };
    let block = config::schema().empty().with("region", region).with("defaults", defaults);
    let block = block.with("allowed_account_ids", accounts);
    Config::parse(&block).0
}

fn to_value(fact: Fact<'_>, kind: &Type) -> Value {
    let all = |items: &[Fact<'_>], kind: &Type| -> Vec<Value> {
        items.iter().map(|item| to_value(*item, kind)).collect()
    };
    match (fact, kind) {
        (Fact::Unknown, _) => Value::Unknown,
        (Fact::Null, _) => Value::Null,
        (Fact::Bool(flag), Type::Bool) => flag.into(),
        (Fact::Int(number), Type::Number) => number.into(),
        (Fact::String(text), Type::String) => text.into(),
        (Fact::List(items), Type::List(kind)) => Value::List(all(items, kind)),
        (Fact::List(items), Type::Set(kind)) => Value::set_of(all(items, kind)),
        (Fact::Map(fields), Type::Map(kind)) => {
            Value::map(fields.iter().map(|(name, field)| (*name, to_value(*field, kind))))
        }
        (Fact::Map(_), Type::Object(kinds)) => Value::object(kinds.iter().map(|(name, kind)| {
            (name.as_str(), to_value(fact.get(name).unwrap_or_default(), kind))
        })),
        (other, kind) => panic!("{other} is not {kind:?}"),
    }
}

fn by_diagnostics(found: &Diagnostics) -> Said {
    let mut all = Said { findings: BTreeSet::new(), waiting: BTreeSet::new() };
    for diagnostic in found {
        let rows = rows(diagnostic);
        if let Some(controls) = rows.get("controls") {
            all.waiting.extend(controls.split(", ").map(str::to_owned));
        } else {
            // What lies deeper than an attribute of the resource is shown at it and said below.
            let shown = diagnostic.path.to_string();
            let path = rows.get("at").cloned().unwrap_or_else(|| shown.clone());
            assert!(path.starts_with(&shown), "{path} is shown at {shown}");
            let (found, required) = (&rows["found"], &rows["required"]);
            let line = said(diagnostic.is_error(), &diagnostic.summary, &path, found, required);
            all.findings.insert(line);
        }
    }
    all
}

/// The table in a diagnostic: labels begin in the third column, what is long goes on below.
fn rows(diagnostic: &Diagnostic) -> BTreeMap<String, String> {
    let mut rows: BTreeMap<String, String> = BTreeMap::new();
    let mut label = String::new();
    for line in diagnostic.detail.lines().filter(|line| line.starts_with("  ")) {
        let (head, text) = line.split_at(12.min(line.len()));
        if head.trim().is_empty() {
            let row = rows.get_mut(&label).unwrap();
            row.push(' ');
            row.push_str(text);
        } else {
            head.trim().clone_into(&mut label);
            rows.insert(label.clone(), text.to_owned());
        }
    }
    rows
}
