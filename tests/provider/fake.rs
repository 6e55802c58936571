//! A provider for tests: things in a cloud of memory, which fail in every way on request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use harness::provider::Terraform;
use terraform_provider_probity::data_source::DataSource;
use terraform_provider_probity::diagnostics::{Diagnostic, Diagnostics};
use terraform_provider_probity::lifecycle::Lifecycle;
use terraform_provider_probity::protocol::{Server, Transport};
use terraform_provider_probity::provider::{Action, Judged, Phase, Provider};
use terraform_provider_probity::resource::{
    Applied, ApplyRequest, MoveSource, Operation, PlanRequest, Resource,
};
use terraform_provider_probity::schema::{Attribute, Nesting, Schema, TimeoutsBlock};
use terraform_provider_probity::value::Value;

/// A resource whose loss would hurt, and one whose would not.
pub(crate) const THING: &str = "fake_thing";
pub(crate) const NOTE: &str = "fake_note";

/// What exists, and what was asked of it.
#[derive(Debug, Default)]
pub(crate) struct Cloud {
    things: Mutex<BTreeMap<String, Value>>,
    log: Mutex<Vec<String>>,
}

impl Cloud {
    pub(crate) fn names(&self) -> Vec<String> {
        self.things.lock().unwrap().keys().cloned().collect()
    }

    /// Somebody changes a thing behind Terraform's back.
    pub(crate) fn tamper(&self, name: &str, attribute: &str, value: impl Into<Value>) {
        self.things.lock().unwrap().get_mut(name).unwrap().set(attribute, value);
    }

    pub(crate) fn remove(&self, name: &str) {
        self.things.lock().unwrap().remove(name);
    }

    /// What happened since the last time this was asked.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }

    fn note(&self, what: impl Into<String>) {
        self.log.lock().unwrap().push(what.into());
    }
}

struct Fake {
    cloud: Arc<Cloud>,
    schema: Schema,
    resources: Vec<Box<dyn Resource>>,
    data_sources: Vec<Box<dyn DataSource>>,
}

/// Serves a fresh fake provider over a real socket.
pub(crate) async fn serve() -> (Terraform, Arc<Cloud>) {
    let cloud = Arc::new(Cloud::default());
    let thing = |type_name, stateful| {
        let cloud = Arc::clone(&cloud);
        Box::new(Thing { type_name, stateful, schema: thing_schema(), cloud }) as Box<dyn Resource>
    };
    let fake = Fake {
        cloud: Arc::clone(&cloud),
        schema: Schema::new(
            "A fake.",
            vec![Attribute::string("region").one_of(&["here", "there"])],
        ),
        resources: vec![thing(THING, true), thing(NOTE, false)],
        data_sources: vec![Box::new(Things::new(&cloud))],
    };
    let server = Server::bind(&std::env::temp_dir(), Transport::Reattach).unwrap();
    let socket = server.path();
    tokio::spawn(server.run(Arc::new(Lifecycle::new(Arc::new(fake))), None));
    (Terraform::attach(&socket).await.unwrap(), cloud)
}

#[async_trait]
impl Provider for Fake {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resources(&self) -> &[Box<dyn Resource>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Box<dyn DataSource>] {
        &self.data_sources
    }

    async fn configure(&self, config: &Value, terraform_version: &str) -> Diagnostics {
        let region = config.get("region").as_str().unwrap_or("unset");
        self.cloud.note(format!("configure {region} {terraform_version}"));
        Diagnostics::new()
    }

    fn judge(&self, subject: &Judged<'_>) -> Diagnostics {
        self.cloud.note(format!("judge {:?} {:?}", subject.phase, subject.action));
        assert_ne!(subject.resource.get("note").as_str(), Some("panic in the gate"));
        let mut found = Diagnostics::new();
        match subject.resource.get("size").as_i64() {
            Some(size) if size > 100 && subject.action != Action::Delete => {
                found.push(Diagnostic::error("FAKE-001: Small things", "too large").at("size"));
            }
            Some(13) => {
                found.push(Diagnostic::warning("FAKE-002: Luck", "it is 13").at("size"));
            }
            _ => {}
        }
        if subject.phase == Phase::Apply && subject.resource.get("note").as_str() == Some("late") {
            found.push(Diagnostic::error("FAKE-003: Too late", "known only now").at("note"));
        }
        found
    }
}

struct Thing {
    type_name: &'static str,
    stateful: bool,
    schema: Schema,
    cloud: Arc<Cloud>,
}

fn thing_schema() -> Schema {
    let attributes = vec![
        Attribute::string("name").required().replaces(),
        Attribute::string("note"),
        Attribute::number("size").default(1),
        Attribute::string("owner").optional_computed(),
        Attribute::string_set("users"),
        Attribute::string("secret").sensitive(),
        Attribute::nested(
            "lock",
            Nesting::Single,
            vec![Attribute::string("mode").default("soft"), Attribute::number("days").required()],
        ),
        Attribute::string("mishap").describe("How the next operation fails."),
        Attribute::bool("allow_replacement").default(false),
        Attribute::string("id").computed().keep_state(),
        Attribute::string("arn").computed().keep_state(),
        Attribute::number("etag").computed(),
    ];
    Schema::new("A thing.", attributes).timeouts(TimeoutsBlock::all(Duration::from_mins(1)))
}

impl Thing {
    /// The planned thing as it comes to exist.
    fn made(planned: &Value, etag: i64) -> Value {
        let name = planned.get("name").as_str().unwrap_or_default();
        let mut state = planned.clone();
        state.set("id", format!("id-{name}"));
        state.set("etag", etag);
        if state.get("owner").is_unknown() {
            state.set("owner", "nobody");
        }
        if state.get("arn").is_unknown() {
            state.set("arn", format!("arn:fake:{name}"));
        }
        state
    }

    fn store(&self, state: &Value) {
        let name = state.get("name").as_str().unwrap_or_default().to_owned();
        self.cloud.things.lock().unwrap().insert(name, state.clone());
    }
}

fn failed(what: &str) -> Diagnostics {
    Diagnostic::error(format!("could not {what}"), "the cloud said no").into()
}

#[async_trait]
impl Resource for Thing {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn is_stateful(&self) -> bool {
        self.stateful
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        if config.get("name").as_str() == Some("") {
            return Diagnostic::error("empty name", "`name` is empty").at("name").into();
        }
        Diagnostics::new()
    }

    fn defaults(&self, request: &PlanRequest<'_>, planned: &mut Value) -> Diagnostics {
        // The owner of a thing with a note is its author, unless somebody else is named.
        if request.config.get("owner").is_null() && request.config.get("note").is_set() {
            planned.set("owner", "author");
        }
        Diagnostics::new()
    }

    async fn plan(&self, request: &PlanRequest<'_>, planned: &mut Value) -> Diagnostics {
        if let Some(name) = planned.get("name").as_str().map(str::to_owned) {
            planned.set("arn", format!("arn:fake:{name}"));
        }
        match request.config.get("mishap").as_str() {
            Some("plan a lie") => planned.set("note", "not what you wrote"),
            Some("panic in plan") => panic!("planning went wrong"),
            _ => {}
        }
        Diagnostics::new()
    }

    async fn plan_destroy(&self, prior: &Value) -> Diagnostics {
        if prior.get("lock").get("mode").as_str() == Some("hard") {
            return Diagnostic::error("locked", "it is locked").at("lock").into();
        }
        Diagnostics::new()
    }

    async fn create(
        &self,
        operation: &Operation,
        request: &ApplyRequest<'_>,
    ) -> Result<Applied, Diagnostics> {
        self.cloud.note("create");
        let mishap = request.planned.get("mishap").as_str().unwrap_or_default();
        if mishap == "fail at once" {
            return Err(failed("create"));
        }
        let state = Self::made(request.planned, 1);
        self.store(&state);
        // Only the id is known so far.
        operation.checkpoint(&request.planned.clone().with("id", state.get("id").clone()));
        match mishap {
            "fail halfway" => return Err(failed("finish")),
            "panic halfway" => panic!("creating went wrong"),
            "hang" => std::future::pending().await,
            "wait" => {
                operation.stopped().await;
                return Err(Diagnostic::error("interrupted", "stopped while waiting").into());
            }
            "normalise" => return Ok(state.with("note", "NORMALISED").into()),
            "forget" => return Ok(state.with("etag", Value::Unknown).into()),
            "break the type" => return Ok(state.with("etag", "seven").into()),
            _ => {}
        }
        let mut warnings = Diagnostics::new();
        if mishap == "warn" {
            warnings.push(Diagnostic::warning("careful", "it worked, somehow"));
        }
        Ok(Applied { state, private: Some(b"made".to_vec()), warnings })
    }

    async fn read(
        &self,
        operation: &Operation,
        state: &Value,
    ) -> Result<Option<Applied>, Diagnostics> {
        self.cloud.note(format!("read {}", String::from_utf8_lossy(operation.private())));
        match state.get("mishap").as_str() {
            Some("read fails") => return Err(failed("read")),
            Some("read panics") => panic!("reading went wrong"),
            _ => {}
        }
        let name = state.get("name").as_str().unwrap_or_default();
        let found = self.cloud.things.lock().unwrap().get(name).cloned();
        Ok(found.map(|thing| thing.with("timeouts", Value::Null).into()))
    }

    async fn update(
        &self,
        operation: &Operation,
        request: &ApplyRequest<'_>,
    ) -> Result<Applied, Diagnostics> {
        self.cloud.note("update");
        let etag = request.prior.unwrap().get("etag").as_i64().unwrap_or_default() + 1;
        let state = Self::made(request.planned, etag);
        match request.planned.get("mishap").as_str() {
            Some("fail at once") => return Err(failed("update")),
            Some("fail halfway") => {
                let half = request.prior.unwrap().clone().with("size", state.get("size").clone());
                operation.checkpoint(&half);
                return Err(failed("finish"));
            }
            _ => {}
        }
        self.store(&state);
        Ok(state.into())
    }

    async fn delete(&self, _: &Operation, prior: &Value) -> Result<Diagnostics, Diagnostics> {
        self.cloud.note("delete");
        if prior.get("mishap").as_str() == Some("stay") {
            return Err(failed("delete"));
        }
        self.cloud.remove(prior.get("name").as_str().unwrap_or_default());
        Ok(Diagnostics::new())
    }

    async fn import(&self, _: &Operation, id: &str) -> Result<Value, Diagnostics> {
        match id.strip_prefix("id-") {
            Some(name) => Ok(self.schema.empty().with("name", name)),
            None => Err(Diagnostic::error("not an id", "an id is `id-<name>`").into()),
        }
    }

    fn upgrade(
        &self,
        version: i64,
        _: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        Err(Diagnostic::error("too old", format!("version {version}")).into())
    }

    fn move_from(&self, source: &MoveSource) -> Option<Result<Value, Diagnostics>> {
        let bucket = source.provider == "hashicorp/aws" && source.type_name == "aws_s3_bucket";
        bucket.then(|| {
            let name = source.state.get("bucket").and_then(|name| name.as_str());
            Ok(self.schema.empty().with("name", name.map(str::to_owned)))
        })
    }
}

struct Things {
    schema: Schema,
    cloud: Arc<Cloud>,
}

impl Things {
    fn new(cloud: &Arc<Cloud>) -> Self {
        let attributes =
            vec![Attribute::string("prefix"), Attribute::string_list("names").computed()];
        Things { schema: Schema::new("All things.", attributes), cloud: Arc::clone(cloud) }
    }
}

#[async_trait]
impl DataSource for Things {
    fn type_name(&self) -> &'static str {
        "fake_things"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn read(&self, _: &Operation, config: &Value) -> Result<Value, Diagnostics> {
        let prefix = config.get("prefix").as_str().unwrap_or_default();
        assert_ne!(prefix, "panic");
        let names = self.cloud.names().into_iter().filter(|name| name.starts_with(prefix));
        let names = Value::List(names.map(Value::from).collect());
        match prefix {
            "lie" => Ok(config.clone().with("prefix", "truth").with("names", names)),
            _ => Ok(config.clone().with("names", names)),
        }
    }
}
