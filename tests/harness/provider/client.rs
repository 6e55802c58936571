//! Terraform's calls, in values instead of bytes.
//!
//! Types come from the schema that the provider sends, as with the real one.

use std::collections::BTreeMap;
use std::path::Path;

use terraform_provider_probity::codec::{json, msgpack};
use terraform_provider_probity::schema::Type;
use terraform_provider_probity::value::Value;
use tfplugin_proto::go_plugin::Empty;
use tfplugin_proto::go_plugin::grpc_broker_client::GrpcBrokerClient;
use tfplugin_proto::go_plugin::grpc_controller_client::GrpcControllerClient;
use tfplugin_proto::go_plugin::grpc_stdio_client::GrpcStdioClient;
use tfplugin_proto::tfplugin6 as wire;
use tfplugin_proto::tfplugin6::attribute_path::step::Selector;
use tfplugin_proto::tfplugin6::provider_client::ProviderClient;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tonic::{Code, Status};

use super::ConnectError;
use super::wire::Wire;

/// A Terraform with a connection to a provider.
#[derive(Clone)]
pub struct Terraform {
    wire: Wire,
    provider: ProviderClient<Wire>,
    /// The provider's own answer.
    pub schema: wire::get_provider_schema::Response,
}

/// A diagnostic as a user sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnostic {
    /// Whether it is an error, not a warning.
    pub error: bool,
    /// Its headline.
    pub summary: String,
    /// Its text.
    pub detail: String,
    /// The attribute, as `rules[0].days`.
    pub path: String,
}

/// What a plan, an apply or a read answered.
#[derive(Clone, Debug)]
pub struct Change {
    /// The planned or new state.
    pub state: Value,
    /// Bytes beside it.
    pub private: Vec<u8>,
    /// Paths that need a replacement.
    pub requires_replace: Vec<String>,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

impl Terraform {
    /// Over a plain unix socket.
    pub async fn attach(socket: &Path) -> Result<Self, ConnectError> {
        Self::new(UnixStream::connect(socket).await?).await
    }

    pub(super) async fn new(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Self, ConnectError> {
        let wire = Wire::new(stream).await?;
        let mut provider = ProviderClient::new(wire.clone()).max_decoding_message_size(256 << 20);
        let schema = provider.get_provider_schema(wire::get_provider_schema::Request {}).await?;
        Ok(Terraform { wire, provider, schema: schema.into_inner() })
    }

    /// Calls that are not wrapped here.
    pub fn raw(&mut self) -> &mut ProviderClient<Wire> {
        &mut self.provider
    }

    /// The type of a resource.
    pub fn resource_type(&self, name: &str) -> Type {
        block_type(self.schema.resource_schemas.get(name).and_then(|schema| schema.block.as_ref()))
    }

    /// The type of a data source.
    pub fn data_source_type(&self, name: &str) -> Type {
        let schema = self.schema.data_source_schemas.get(name);
        block_type(schema.and_then(|schema| schema.block.as_ref()))
    }

    /// A configuration of a resource: what is not given is null.
    pub fn config<const N: usize>(&self, name: &str, set: [(&str, Value); N]) -> Value {
        fill(&self.resource_type(name), set)
    }

    /// Opens the two streams that Terraform opens at every start.
    pub async fn open_streams(&mut self) -> Result<(), Status> {
        GrpcStdioClient::new(self.wire.clone()).stream_stdio(()).await?;
        let nothing = tokio_stream::pending();
        GrpcBrokerClient::new(self.wire.clone()).start_stream(nothing).await?;
        Ok(())
    }

    /// Ends the provider.
    pub async fn shutdown(&mut self) -> Result<(), Status> {
        GrpcControllerClient::new(self.wire.clone()).shutdown(Empty {}).await.map(|_| ())
    }

    /// `ValidateProviderConfig`, then `ConfigureProvider` when that went well.
    pub async fn configure<const N: usize>(&mut self, set: [(&str, Value); N]) -> Vec<Diagnostic> {
        let kind = block_type(self.schema.provider.as_ref().and_then(|s| s.block.as_ref()));
        let config = Some(encode(&fill(&kind, set), &kind));
        let request = wire::validate_provider_config::Request { config: config.clone() };
        let validated = self.provider.validate_provider_config(request).await;
        let mut found = read(&validated.expect("a regular answer").into_inner().diagnostics);
        if found.iter().all(|diagnostic| !diagnostic.error) {
            let terraform_version = "1.11.4".to_owned();
            let request =
                wire::configure_provider::Request { terraform_version, config, ..<_>::default() };
            let configured = self.provider.configure_provider(request).await;
            found.extend(read(&configured.expect("a regular answer").into_inner().diagnostics));
        }
        found
    }

    /// `ValidateResourceConfig`
    pub async fn validate(&mut self, name: &str, config: &Value) -> Vec<Diagnostic> {
        let request = wire::validate_resource_config::Request {
            type_name: name.to_owned(),
            config: Some(encode(config, &self.resource_type(name))),
            ..<_>::default()
        };
        let answer = self.provider.validate_resource_config(request).await;
        read(&answer.expect("a regular answer").into_inner().diagnostics)
    }

    /// `PlanResourceChange`; the proposed state is the configuration with computed values from the
    /// prior state, as core makes it.
    pub async fn plan(&mut self, name: &str, prior: &Value, config: &Value) -> Change {
        self.plan_with(name, prior, config, Vec::new()).await
    }

    /// The same with private bytes.
    pub async fn plan_with(
        &mut self,
        name: &str,
        prior: &Value,
        config: &Value,
        prior_private: Vec<u8>,
    ) -> Change {
        let kind = self.resource_type(name);
        let request = wire::plan_resource_change::Request {
            type_name: name.to_owned(),
            prior_state: Some(encode(prior, &kind)),
            proposed_new_state: Some(encode(&proposed(prior, config), &kind)),
            config: Some(encode(config, &kind)),
            prior_private,
            ..<_>::default()
        };
        let answer = self.provider.plan_resource_change(request).await;
        let answer = answer.expect("a regular answer").into_inner();
        Change {
            state: decode(answer.planned_state.as_ref(), &kind),
            private: answer.planned_private,
            requires_replace: answer.requires_replace.iter().map(path).collect(),
            diagnostics: read(&answer.diagnostics),
        }
    }

    /// `ApplyResourceChange`
    pub async fn apply(
        &mut self,
        name: &str,
        prior: &Value,
        planned: &Change,
        config: &Value,
    ) -> Change {
        let kind = self.resource_type(name);
        let request = wire::apply_resource_change::Request {
            type_name: name.to_owned(),
            prior_state: Some(encode(prior, &kind)),
            planned_state: Some(encode(&planned.state, &kind)),
            config: Some(encode(config, &kind)),
            planned_private: planned.private.clone(),
            ..<_>::default()
        };
        let answer = self.provider.apply_resource_change(request).await;
        let answer = answer.expect("a regular answer").into_inner();
        Change {
            state: decode(answer.new_state.as_ref(), &kind),
            private: answer.private,
            requires_replace: Vec::new(),
            diagnostics: read(&answer.diagnostics),
        }
    }

    /// Plan and apply, both without errors.
    pub async fn change(&mut self, name: &str, prior: &Value, config: &Value) -> Change {
        let planned = self.plan(name, prior, config).await;
        assert_eq!(errors(&planned.diagnostics), [""; 0], "plan");
        let applied = self.apply(name, prior, &planned, config).await;
        assert_eq!(errors(&applied.diagnostics), [""; 0], "apply");
        applied
    }

    /// `ReadResource`
    pub async fn read(&mut self, name: &str, state: &Value, private: &[u8]) -> Change {
        let kind = self.resource_type(name);
        let request = wire::read_resource::Request {
            type_name: name.to_owned(),
            current_state: Some(encode(state, &kind)),
            private: private.to_vec(),
            ..<_>::default()
        };
        let answer = self.provider.read_resource(request).await;
        let answer = answer.expect("a regular answer").into_inner();
        Change {
            state: decode(answer.new_state.as_ref(), &kind),
            private: answer.private,
            requires_replace: Vec::new(),
            diagnostics: read(&answer.diagnostics),
        }
    }

    /// `UpgradeResourceState` with JSON as it lies in a state file.
    pub async fn upgrade(
        &mut self,
        name: &str,
        version: i64,
        stored: &serde_json::Value,
    ) -> (Value, Vec<Diagnostic>) {
        let raw_state = wire::RawState { json: stored.to_string().into(), ..<_>::default() };
        let request = wire::upgrade_resource_state::Request {
            type_name: name.to_owned(),
            version,
            raw_state: Some(raw_state),
        };
        let answer = self.provider.upgrade_resource_state(request).await;
        let answer = answer.expect("a regular answer").into_inner();
        let state = decode(answer.upgraded_state.as_ref(), &self.resource_type(name));
        (state, read(&answer.diagnostics))
    }

    /// What Terraform does between two commands: the state goes to disk and comes back.
    pub async fn store_and_load(&mut self, name: &str, state: &Value) -> Value {
        let stored = json::to_json(state).expect("a state is known");
        let (loaded, diagnostics) = self.upgrade(name, 0, &stored).await;
        assert_eq!(errors(&diagnostics), [""; 0], "upgrade");
        loaded
    }

    /// `ImportResourceState`
    pub async fn import(&mut self, name: &str, id: &str) -> (Value, Vec<Diagnostic>) {
        let request = wire::import_resource_state::Request {
            type_name: name.to_owned(),
            id: id.to_owned(),
            ..<_>::default()
        };
        let answer = self.provider.import_resource_state(request).await;
        let answer = answer.expect("a regular answer").into_inner();
        let kind = self.resource_type(name);
        let stub = answer.imported_resources.first().map(|imported| {
            assert_eq!(imported.type_name, name);
            decode(imported.state.as_ref(), &kind)
        });
        (stub.unwrap_or_default(), read(&answer.diagnostics))
    }

    /// `ReadDataSource`
    pub async fn read_data<const N: usize>(
        &mut self,
        name: &str,
        set: [(&str, Value); N],
    ) -> (Value, Vec<Diagnostic>) {
        let kind = self.data_source_type(name);
        let request = wire::read_data_source::Request {
            type_name: name.to_owned(),
            config: Some(encode(&fill(&kind, set), &kind)),
            ..<_>::default()
        };
        let answer = self.provider.read_data_source(request).await;
        let answer = answer.expect("a regular answer").into_inner();
        (decode(answer.state.as_ref(), &kind), read(&answer.diagnostics))
    }

    /// `StopProvider`
    pub async fn stop(&mut self) {
        let answer = self.provider.stop_provider(wire::stop_provider::Request {}).await;
        assert_eq!(answer.expect("a regular answer").into_inner().error, "");
    }

    /// A call that this provider does not implement.
    pub async fn unimplemented(&mut self) -> bool {
        let request = wire::open_ephemeral_resource::Request::default();
        let answer = self.provider.open_ephemeral_resource(request).await;
        answer.is_err_and(|status| status.code() == Code::Unimplemented)
    }
}

/// The summaries of the errors among them.
fn errors(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics.iter().filter(|d| d.error).map(|d| d.summary.as_str()).collect()
}

fn encode(value: &Value, kind: &Type) -> wire::DynamicValue {
    let msgpack = msgpack::encode(value, kind).expect("the value is one of the type");
    wire::DynamicValue { msgpack, json: Vec::new() }
}

fn decode(value: Option<&wire::DynamicValue>, kind: &Type) -> Value {
    match value {
        Some(value) if !value.msgpack.is_empty() => {
            msgpack::decode(&value.msgpack, kind).expect("the provider keeps to its schema")
        }
        _ => Value::Null,
    }
}

fn fill<const N: usize>(kind: &Type, set: [(&str, Value); N]) -> Value {
    let Type::Object(attributes) = kind else { panic!("a block is an object") };
    let mut value = Value::object(attributes.keys().map(|name| (name.as_str(), Value::Null)));
    for (name, attribute) in set {
        assert!(attributes.contains_key(name), "there is no attribute `{name}`");
        value.set(name, attribute);
    }
    value
}

fn proposed(prior: &Value, config: &Value) -> Value {
    let entries: BTreeMap<_, _> = config
        .entries()
        .map(|(name, value)| {
            let kept = if value.is_null() { prior.get(name) } else { value };
            (name.to_owned(), kept.clone())
        })
        .collect();
    if config.is_null() { Value::Null } else { Value::Object(entries) }
}

fn read(diagnostics: &[wire::Diagnostic]) -> Vec<Diagnostic> {
    let read = |diagnostic: &wire::Diagnostic| {
        assert_ne!(diagnostic.severity(), wire::diagnostic::Severity::Invalid);
        Diagnostic {
            error: diagnostic.severity() == wire::diagnostic::Severity::Error,
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
            path: diagnostic.attribute.as_ref().map(path).unwrap_or_default(),
        }
    };
    diagnostics.iter().map(read).collect()
}

fn path(path: &wire::AttributePath) -> String {
    let mut text = String::new();
    for step in &path.steps {
        match step.selector.as_ref().expect("every step selects something") {
            Selector::AttributeName(name) if text.is_empty() => text.push_str(name),
            Selector::AttributeName(name) => text = format!("{text}.{name}"),
            Selector::ElementKeyString(key) => text = format!("{text}[{key:?}]"),
            Selector::ElementKeyInt(index) => text = format!("{text}[{index}]"),
        }
    }
    text
}

fn block_type(block: Option<&wire::schema::Block>) -> Type {
    let block = block.expect("there is a schema of that name");
    let attributes = block.attributes.iter().map(|a| (a.name.clone(), attribute_type(a)));
    let blocks = block.block_types.iter().map(|nested| {
        use wire::schema::nested_block::NestingMode;
        let inner = block_type(nested.block.as_ref());
        let kind = match nested.nesting() {
            NestingMode::List => Type::list(inner),
            NestingMode::Set => Type::set(inner),
            NestingMode::Map => Type::map(inner),
            NestingMode::Single | NestingMode::Group => inner,
            NestingMode::Invalid => panic!("invalid nesting of `{}`", nested.type_name),
        };
        (nested.type_name.clone(), kind)
    });
    Type::Object(attributes.chain(blocks).collect())
}

fn attribute_type(attribute: &wire::schema::Attribute) -> Type {
    use wire::schema::object::NestingMode;
    let Some(nested) = &attribute.nested_type else {
        let json = serde_json::from_slice(&attribute.r#type).expect("a type is JSON");
        return Type::from_json(&json).expect("a type");
    };
    let inner = nested.attributes.iter().map(|a| (a.name.clone(), attribute_type(a)));
    let inner = Type::Object(inner.collect());
    match nested.nesting() {
        NestingMode::List => Type::list(inner),
        NestingMode::Set => Type::set(inner),
        NestingMode::Map => Type::map(inner),
        NestingMode::Single => inner,
        NestingMode::Invalid => panic!("invalid nesting of `{}`", attribute.name),
    }
}
