//! Cases of controls: an input and the verdict that it must get. Read from beside the controls of
//! any catalog, run through the gate like everything else; called by `command::test`.

use std::{
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};

use probity_catalog::{
    Arena, Catalog, Context, ControlId, Path, Phase, Settings, Snapshot, Target, Value, Verdict,
    source::{Document, Node, Options, Source, SourceError, nearest},
    subject::{kubernetes::RequestInfo, terraform::Operation},
};
use time::Date;

use crate::gate::{Gate, Judgement, Resource};

/// A case file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The control.
    pub control: ControlId,
    /// The target.
    pub target: Target,
    /// The file.
    pub file: PathBuf,
}

/// Where a case differs from what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Of what.
    pub what: &'static str,
    /// As the case has it.
    pub expected: String,
    /// As it is.
    pub found: String,
}

/// What a case came to: as it should, or not, or it could not be run.
pub type Outcome = Result<Option<Difference>, SourceError>;

/// All that a case may say.
const FIELDS: [&str; 12] = [
    "action",
    "finding",
    "namespace_object",
    "object",
    "old_object",
    "pod",
    "prior",
    "provider",
    "request",
    "resource",
    "settings",
    "verdict",
];

/// The cases of a control's folder, in order; a file in a folder of no target is an error.
pub fn find(control: &ControlId, folder: &FilePath) -> std::io::Result<Vec<Case>> {
    let cases = folder.join("cases");
    if !cases.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for target in std::fs::read_dir(cases)? {
        let folder = target?.path();
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
        let Some(target) = name.and_then(|name| name.parse().ok()) else { continue };
        for file in std::fs::read_dir(&folder)? {
            let file = file?.path();
            if file.extension().is_some_and(|extension| extension == "yaml") {
                found.push(Case { control: control.clone(), target, file });
            }
        }
    }
    found.sort_by(|left, right| left.file.cmp(&right.file));
    Ok(found)
}

impl Case {
    /// Runs the case against a catalog, as of a day.
    pub fn run(&self, catalog: &Arc<Catalog>, today: Date) -> Outcome {
        let shown = self.file.display().to_string();
        let bytes = std::fs::read(&self.file).map_err(|error| {
            SourceError::new(shown.as_str(), format!("cannot be read: {error}"))
        })?;
        let source = Source::new(shown, bytes)?;
        let document = source.document(&Options { unknown_tag: true })?;
        Reader { case: self, source: &source, document: &document }.run(catalog, today)
    }

    /// The verdict that the file's name begins with.
    fn named_verdict(&self) -> Option<Verdict> {
        let name = self.file.file_stem()?.to_str()?;
        let named = |verdict: &Verdict| {
            let rest = name.strip_prefix(verdict.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        // `pass-with-cap` begins with `pass`.
        Verdict::ALL.into_iter().filter(named).max_by_key(|verdict| verdict.as_str().len())
    }
}

struct Reader<'s> {
    case: &'s Case,
    source: &'s Source,
    document: &'s Document,
}

impl Reader<'_> {
    fn run(&self, catalog: &Arc<Catalog>, today: Date) -> Outcome {
        self.refuse_unknown_fields()?;
        let expected = self.verdict()?;
        let gate = Gate {
            snapshot: Arc::new(self.snapshot(catalog)?),
            context: Context::new(Phase::Offline, today),
            mutate: false,
            namespace: None,
        };
        let arena = Arena::new();
        let judgement = match self.case.target {
            Target::Pod => self.object(&gate, &arena),
            target => self.resource(target, &gate, &arena),
        }?;
        let Some(judgement) = judgement else {
            return Err(self.error(&self.document.root, "this holds nothing that is judged"));
        };
        if judgement.verdict != expected {
            return Ok(Some(differs("verdict", &expected, &shown(&judgement))));
        }
        self.compare_finding(&judgement)
    }

    fn get(&self, field: &str) -> Option<&Node> {
        self.document.root.get(field)
    }

    fn value<'a>(&self, field: &str, arena: &'a Arena) -> Option<Value<'a>> {
        self.get(field).map(|node| node.to_value(arena))
    }

    fn error(&self, node: &Node, message: impl Into<String>) -> SourceError {
        self.source.error(node.span, message)
    }

    fn refuse_unknown_fields(&self) -> Result<(), SourceError> {
        let root = &self.document.root;
        let Some(mapping) = root.as_mapping() else {
            return Err(self.error(root, "a case is a mapping"));
        };
        for entry in &mapping.entries {
            if FIELDS.contains(&entry.key.as_str()) {
                continue;
            }
            let message = format!("`{}` is not known in a case", entry.key);
            let error = self.source.error(entry.key_span, message);
            let help = match nearest(&entry.key, FIELDS) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("known are {}", FIELDS.join(", ")),
            };
            return Err(error.with_help(help));
        }
        Ok(())
    }

    /// The expected verdict, said by the file and by its name.
    fn verdict(&self) -> Result<Verdict, SourceError> {
        let root = &self.document.root;
        let node = self.get("verdict").ok_or_else(|| self.error(root, "`verdict` is missing"))?;
        let word = node.as_str().unwrap_or_default();
        let known = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word);
        let verdict =
            known.ok_or_else(|| self.error(node, format!("`{word}` is not a verdict")))?;
        if self.case.named_verdict() != Some(verdict) {
            let message = format!("the file's name does not begin with `{verdict}`");
            return Err(self.error(node, message));
        }
        Ok(verdict)
    }

    fn snapshot(&self, catalog: &Arc<Catalog>) -> Result<Snapshot, SourceError> {
        let settings = match self.get("settings") {
            None => Settings::default(),
            // Settings are read from text; JSON is one of its forms.
            Some(node) => Settings::parse(&node.to_json().to_string(), self.source.file())
                .map_err(|errors| self.error(node, messages(&errors.0)))?,
        };
        Snapshot::new(Arc::clone(catalog), settings).map_err(|errors| {
            self.error(self.get("settings").unwrap_or(&self.document.root), messages(&errors.0))
        })
    }

    fn object(&self, gate: &Gate, arena: &Arena) -> Result<Option<Judgement>, SourceError> {
        let object = match (self.value("object", arena), self.value("pod", arena)) {
            (Some(object), None) => object,
            (None, Some(spec)) => pod(spec, arena),
            _ => {
                let message = "a case for `pod` has either `object` or `pod`";
                return Err(self.error(&self.document.root, message));
            }
        };
        let request = self.value("request", arena);
        let info = RequestInfo {
            old_object: self.value("old_object", arena).unwrap_or_default(),
            namespace_object: self.value("namespace_object", arena).unwrap_or(Value::Unknown),
            ..request.map_or_else(|| RequestInfo::offline(None), RequestInfo::admission)
        };
        Ok(gate.object_case(&self.case.control, object, &info, arena))
    }

    fn resource(
        &self,
        target: Target,
        gate: &Gate,
        arena: &Arena,
    ) -> Result<Option<Judgement>, SourceError> {
        let root = &self.document.root;
        let Some(values) = self.value("resource", arena) else {
            return Err(self.error(root, format!("a case for `{target}` has a `resource`")));
        };
        let prior = self.value("prior", arena).unwrap_or_default();
        let resource = Resource {
            kind: target.resource_type().unwrap_or_default(),
            address: "case",
            values,
            prior,
            operation: self.operation(prior)?,
            provider: self.value("provider", arena).unwrap_or(Value::Unknown),
        };
        Ok(gate.resource_case(&self.case.control, resource, arena))
    }

    fn operation(&self, prior: Value<'_>) -> Result<Operation, SourceError> {
        let Some(node) = self.get("action") else {
            return Ok(if prior.is_null() { Operation::Create } else { Operation::Update });
        };
        let all = [Operation::Create, Operation::Update, Operation::Delete, Operation::Replace];
        let word = node.as_str().unwrap_or_default();
        all.into_iter()
            .find(|operation| operation.as_str() == word)
            .ok_or_else(|| self.error(node, "an action is one of create, update, delete, replace"))
    }

    /// Some finding of the control says what the case wants it to say.
    fn compare_finding(&self, judgement: &Judgement) -> Outcome {
        let Some(wanted) = self.get("finding") else { return Ok(None) };
        let text = |name: &str| wanted.get(name).and_then(Node::as_str);
        let path = match text("path").map(str::parse::<Path>) {
            Some(Ok(path)) => Some(path),
            Some(Err(error)) => return Err(self.error(wanted, error.to_string())),
            None => None,
        };
        let found = text("found");
        let fits = judgement.findings.iter().any(|finding| {
            path.as_ref().is_none_or(|path| finding.path == *path)
                && found.is_none_or(|found| finding.found == found)
        });
        if fits {
            return Ok(None);
        }
        let say = |path: &str, found: &str| match found {
            "" => path.to_owned(),
            found => format!("{path} is {found}"),
        };
        let path = path.map(|path| path.to_string()).unwrap_or_default();
        let expected = say(&path, found.unwrap_or_default());
        let all = judgement.findings.iter();
        let all: Vec<_> =
            all.map(|finding| say(&finding.path.to_string(), &finding.found)).collect();
        Ok(Some(differs("finding", &expected, &all.join(", "))))
    }
}

fn differs(what: &'static str, expected: &impl ToString, found: &str) -> Difference {
    Difference { what, expected: expected.to_string(), found: found.to_owned() }
}

/// A verdict with what explains it.
fn shown(judgement: &Judgement) -> String {
    let notes: Vec<_> = judgement
        .findings
        .iter()
        .map(|finding| match &finding.note {
            Some(note) => note.clone(),
            None => format!("{} is {}", finding.path, finding.found),
        })
        .collect();
    match notes.as_slice() {
        [] => judgement.verdict.to_string(),
        notes => format!("{} ({})", judgement.verdict, notes.join("; ")),
    }
}

fn messages(errors: &[probity_catalog::settings::SettingsError]) -> String {
    let messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
    messages.join("; ")
}

/// A pod around a specification.
fn pod<'a>(spec: Value<'a>, arena: &'a Arena) -> Value<'a> {
    let metadata = [("name", Value::String("case")), ("namespace", Value::String("payments"))];
    let fields = [
        ("apiVersion", Value::String("v1")),
        ("kind", Value::String("Pod")),
        ("metadata", Value::Map(arena.alloc_slice_copy(&metadata))),
        ("spec", spec),
    ];
    Value::Map(arena.alloc_slice_copy(&fields))
}
