//! One case as written: its verdict, what it judges, and the mistakes that it can have itself.
//! Called by the runner of cases; must not know what a control says.

use std::path::Path as FilePath;

use serde::{Deserialize, de::IgnoredAny};

use super::{NAME, NAMESPACE, Said};
use crate::{
    control::Target,
    decision::Verdict,
    evaluate::Phase,
    settings::Settings,
    shape::{self, Type},
    source::{Kind, Node, Options, Source, SourceError, nearest},
    subject::{
        Subject,
        kubernetes::{self, RequestInfo},
        terraform::{self, Operation},
    },
    value::{Arena, Value},
};

/// The verdicts that a control gives; the others are made of them later.
const GIVEN: [Verdict; 6] = [
    Verdict::Pass,
    Verdict::PassWithCap,
    Verdict::Fail,
    Verdict::Unknown,
    Verdict::NotApplicable,
    Verdict::Error,
];

/// A case as written.
pub(super) struct Case {
    source: Source,
    root: Node,
    pub(super) head: Head,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    verdict: String,
    #[serde(default)]
    pub(super) finding: Option<WantedFinding>,
    #[serde(default)]
    action: Option<String>,
    #[serde(default, rename = "settings")]
    _settings: Option<IgnoredAny>,
    #[serde(default, rename = "object")]
    _object: Option<IgnoredAny>,
    #[serde(default, rename = "pod")]
    _pod: Option<IgnoredAny>,
    #[serde(default, rename = "old_object")]
    _old_object: Option<IgnoredAny>,
    #[serde(default, rename = "request")]
    _request: Option<IgnoredAny>,
    #[serde(default, rename = "namespace")]
    _namespace: Option<IgnoredAny>,
    #[serde(default, rename = "service_account")]
    _service_account: Option<IgnoredAny>,
    #[serde(default, rename = "role_bindings")]
    _role_bindings: Option<IgnoredAny>,
    #[serde(default, rename = "resource")]
    _resource: Option<IgnoredAny>,
    #[serde(default, rename = "prior")]
    _prior: Option<IgnoredAny>,
    #[serde(default, rename = "provider")]
    _provider: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedFinding {
    pub(super) path: String,
    #[serde(default)]
    pub(super) found: Option<String>,
}

impl Case {
    /// The verdict that it must get; the file's name begins with it.
    pub(super) fn verdict(&self, file: &FilePath) -> Result<Verdict, Said> {
        let word = self.head.verdict.as_str();
        let Some(verdict) = GIVEN.into_iter().find(|verdict| verdict.as_str() == word) else {
            let known = GIVEN.map(Verdict::as_str);
            let near = nearest(word, known).map(|near| format!("did you mean `{near}`? "));
            let help = format!("{}It is one of {}", near.unwrap_or_default(), known.join(", "));
            return Err(self.mistake("verdict", format!("`{word}` is not a verdict"), &help));
        };
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let rest = stem.strip_prefix(word);
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
            return Ok(verdict);
        }
        let message = format!("the verdict is `{word}`, the file is called `{stem}.yaml`");
        let help =
            "the name of a case begins with its verdict: rename the file, or change this line";
        Err(self.mistake("verdict", message, help))
    }

    /// A mistake at a field of the case, or at its beginning where that is not there.
    pub(super) fn mistake(&self, field: &str, message: impl Into<String>, help: &str) -> Said {
        let span = self.root.get(field).map_or(self.root.span, |node| node.span);
        self.source.error(span, message).with_help(help).into()
    }

    /// The first field of what is judged that has almost the name of a known one: it says nothing,
    /// which may be why the verdict is another one.
    pub(super) fn stranger(&self, target: Target) -> Option<String> {
        let (key, shape) = match target.resource_type() {
            Some(name) => ("resource", shape::terraform::resource(name).map(Type::Object)?),
            None if self.root.get("pod").is_some() => ("pod", shape::kubernetes::pod()),
            None => ("object", shape::kubernetes::object()),
        };
        let (line, field, owner, near) = stranger(self.root.get(key)?, &shape)?;
        Some(format!("`{field}` in line {line} is not a field of {owner}; did you mean `{near}`?"))
    }

    pub(super) fn read(file: &FilePath, bytes: Vec<u8>) -> Result<Self, SourceError> {
        let source = Source::new(file.display().to_string(), bytes)?;
        let document = source.document(&Options { unknown_tag: true })?;
        let head = source.deserialize(&document.root)?;
        Ok(Self { source, root: document.root, head })
    }

    pub(super) fn settings(&self) -> Result<Option<Settings>, Said> {
        let node = self.root.get("settings").cloned();
        node.map(|node| Settings::from_node(self.source.clone(), node))
            .transpose()
            .map_err(|errors| Said::Broken(errors.to_string()))
    }

    fn value<'a>(&self, key: &str, arena: &'a Arena) -> Option<Value<'a>> {
        self.root.get(key).map(|node| node.to_value(arena))
    }

    pub(super) fn phase(&self, target: Target) -> Phase {
        if target.is_terraform() {
            Phase::Plan
        } else if self.root.get("request").is_some() || self.root.get("old_object").is_some() {
            Phase::Admission
        } else {
            Phase::Offline
        }
    }

    pub(super) fn subject<'a>(
        &self,
        target: Target,
        arena: &'a Arena,
    ) -> Result<Subject<'a>, Said> {
        match target.resource_type() {
            Some(type_name) => self.resource(type_name, arena),
            None => self.object(arena),
        }
    }

    fn resource<'a>(&self, type_name: &str, arena: &'a Arena) -> Result<Subject<'a>, Said> {
        let operation = match self.head.action.as_deref() {
            None | Some("create") => Operation::Create,
            Some("update") => Operation::Update,
            Some("delete") => Operation::Delete,
            Some("replace") => Operation::Replace,
            Some(word) => {
                let message = format!("`{word}` is not something that happens to a resource");
                return Err(self.mistake("action", message, "create, update, delete or replace"));
            }
        };
        let value = |key: &str| self.value(key, arena);
        let missing = || {
            let message = "a case of a resource has its attributes under `resource`";
            self.mistake("verdict", message, "`resource: { name: ledger, … }`")
        };
        terraform::subject(
            type_name,
            value("resource").ok_or_else(missing)?,
            value("prior").unwrap_or_default(),
            operation,
            &format!("{type_name}.{NAME}"),
            value("provider").map_or(Value::Unknown, |given| with_unknowns(given, arena)),
            arena,
        )
        .ok_or_else(missing)
    }

    fn object<'a>(&self, arena: &'a Arena) -> Result<Subject<'a>, Said> {
        let object = match (self.value("object", arena), self.value("pod", arena)) {
            (Some(object), None) => object,
            (None, Some(spec)) => pod_of(spec, arena),
            (given, _) => {
                let is = if given.is_some() { "this one has both" } else { "this one has neither" };
                let message = format!("a case has either an `object` or a `pod`, {is}");
                let help = "`pod` is the specification of a Pod, `object` a whole object";
                return Err(self.mistake("verdict", message, help));
            }
        };
        let request = self.value("request", arena);
        let info = RequestInfo {
            old_object: self.value("old_object", arena).unwrap_or_default(),
            namespace_object: self.value("namespace", arena).unwrap_or(Value::Unknown),
            service_account: self.value("service_account", arena).unwrap_or(Value::Unknown),
            role_bindings: self.value("role_bindings", arena).unwrap_or(Value::Unknown),
            ..request.map_or(RequestInfo::offline(None), RequestInfo::admission)
        };
        let mut judged = kubernetes::subjects(object, &info, arena).judged;
        match (judged.pop(), judged.pop()) {
            (Some(one), None) => Ok(one),
            (None, _) => {
                let message = "nothing in this object is judged";
                Err(self.mistake("object", message, "`kind` and `apiVersion` say what it is"))
            }
            (Some(_), Some(_)) => {
                Err(self.mistake("object", "a case has one object, this is a list", "split it"))
            }
        }
    }
}

/// What is not given of a provider is not known.
fn with_unknowns<'a>(given: Value<'a>, arena: &'a Arena) -> Value<'a> {
    let (Value::Map(entries), Type::Object(shape)) = (given, shape::terraform::provider()) else {
        return given;
    };
    let missing = shape.fields.iter().filter(|field| given.get(&field.name).is_none());
    let missing = missing.map(|field| (&*arena.alloc_str(&field.name), Value::Unknown));
    let all: Vec<_> = entries.iter().copied().chain(missing).collect();
    Value::Map(arena.alloc_slice_copy(&all))
}

fn pod_of<'a>(spec: Value<'a>, arena: &'a Arena) -> Value<'a> {
    let metadata = [("name", Value::String(NAME)), ("namespace", Value::String(NAMESPACE))];
    Value::Map(arena.alloc_slice_copy(&[
        ("apiVersion", Value::String("v1")),
        ("kind", Value::String("Pod")),
        ("metadata", Value::Map(arena.alloc_slice_copy(&metadata))),
        ("spec", spec),
    ]))
}

/// The line and the name of a field, what has no such field, and the field that has almost its name.
fn stranger<'n>(node: &'n Node, shape: &'n Type) -> Option<(u32, &'n str, &'n str, &'n str)> {
    match (&node.kind, shape) {
        (Kind::Mapping(mapping), Type::Object(object)) => {
            mapping.entries.iter().find_map(|entry| {
                if let Some(field) = object.field(&entry.key) {
                    return stranger(&entry.value, &field.kind);
                }
                let known = object.fields.iter().map(|field| field.name.as_str());
                let near = nearest(&entry.key, known)?;
                Some((entry.key_span.line, entry.key.as_str(), object.name.as_str(), near))
            })
        }
        (Kind::Mapping(mapping), Type::Map(_, value)) => {
            mapping.entries.iter().find_map(|entry| stranger(&entry.value, value))
        }
        (Kind::Sequence(elements), Type::List(element)) => {
            elements.iter().find_map(|node| stranger(node, element))
        }
        _ => None,
    }
}
