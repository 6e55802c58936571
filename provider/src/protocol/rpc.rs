//! Terraform's calls: decode, hand to `lifecycle`, encode. Nothing is decided here.
//!
//! Whatever goes wrong becomes a diagnostic in a regular answer: a transport error or a panic
//! would lose what a call has made.

mod answer;

use std::sync::Arc;

use tfplugin_proto::tfplugin6 as wire;
use tfplugin_proto::tfplugin6::provider_server::Provider;
use tonic::{Request, Response, Status, async_trait};

use self::answer::Call;
use super::convert;
use crate::codec::json;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::lifecycle::Lifecycle;
use crate::resource::MoveSource;

type Answer<T> = Result<Response<T>, Status>;

/// The provider service.
pub(super) struct Rpc {
    lifecycle: Arc<Lifecycle>,
}

impl Rpc {
    pub(super) fn new(lifecycle: Arc<Lifecycle>) -> Self {
        Rpc { lifecycle }
    }
}

fn capabilities() -> wire::ServerCapabilities {
    wire::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: false,
    }
}

#[async_trait]
impl Provider for Rpc {
    async fn get_provider_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> Answer<wire::get_provider_schema::Response> {
        use wire::get_provider_schema::Response;
        Call::new("GetProviderSchema", "")
            .answer(
                async {
                    let provider = self.lifecycle.provider();
                    let resources = provider.resources().iter();
                    let sources = provider.data_sources().iter();
                    Ok(Response {
                        provider: Some(convert::schema(provider.schema())),
                        resource_schemas: convert::schemas(
                            resources.map(|r| (r.type_name(), r.schema())),
                        ),
                        data_source_schemas: convert::schemas(
                            sources.map(|s| (s.type_name(), s.schema())),
                        ),
                        server_capabilities: Some(capabilities()),
                        ..Response::default()
                    })
                },
                |diagnostics| Response { diagnostics, ..Response::default() },
            )
            .await
    }

    async fn get_metadata(
        &self,
        _: Request<wire::get_metadata::Request>,
    ) -> Answer<wire::get_metadata::Response> {
        use wire::get_metadata::{DataSourceMetadata, ResourceMetadata, Response};
        Call::new("GetMetadata", "")
            .answer(
                async {
                    let provider = self.lifecycle.provider();
                    let resources = provider.resources().iter();
                    let sources = provider.data_sources().iter();
                    Ok(Response {
                        server_capabilities: Some(capabilities()),
                        resources: resources
                            .map(|r| ResourceMetadata { type_name: r.type_name().to_owned() })
                            .collect(),
                        data_sources: sources
                            .map(|s| DataSourceMetadata { type_name: s.type_name().to_owned() })
                            .collect(),
                        ..Response::default()
                    })
                },
                |diagnostics| Response { diagnostics, ..Response::default() },
            )
            .await
    }

    async fn validate_provider_config(
        &self,
        request: Request<wire::validate_provider_config::Request>,
    ) -> Answer<wire::validate_provider_config::Response> {
        use wire::validate_provider_config::Response;
        let request = request.into_inner();
        Call::new("ValidateProviderConfig", "")
            .answer(
                async {
                    let kind = self.lifecycle.provider().schema().implied_type();
                    let config = convert::value(request.config.as_ref(), &kind, CONFIG)?;
                    let found = self.lifecycle.validate_provider(&config);
                    Ok(Response { diagnostics: convert::diagnostics(&found) })
                },
                |diagnostics| Response { diagnostics },
            )
            .await
    }

    async fn configure_provider(
        &self,
        request: Request<wire::configure_provider::Request>,
    ) -> Answer<wire::configure_provider::Response> {
        use wire::configure_provider::Response;
        let request = request.into_inner();
        Call::new("ConfigureProvider", "")
            .answer(
                async {
                    let kind = self.lifecycle.provider().schema().implied_type();
                    let config = convert::value(request.config.as_ref(), &kind, CONFIG)?;
                    let found = self.lifecycle.configure(&config, &request.terraform_version).await;
                    Ok(Response { diagnostics: convert::diagnostics(&found) })
                },
                |diagnostics| Response { diagnostics },
            )
            .await
    }

    async fn validate_resource_config(
        &self,
        request: Request<wire::validate_resource_config::Request>,
    ) -> Answer<wire::validate_resource_config::Response> {
        use wire::validate_resource_config::Response;
        let request = request.into_inner();
        let type_name = request.type_name.as_str();
        Call::new("ValidateResourceConfig", type_name)
            .answer(
                async {
                    let kind = self.lifecycle.resource(type_name)?.schema().implied_type();
                    let config = convert::value(request.config.as_ref(), &kind, CONFIG)?;
                    let found = self.lifecycle.validate_resource(type_name, &config)?;
                    Ok(Response { diagnostics: convert::diagnostics(&found) })
                },
                |diagnostics| Response { diagnostics },
            )
            .await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<wire::validate_data_resource_config::Request>,
    ) -> Answer<wire::validate_data_resource_config::Response> {
        use wire::validate_data_resource_config::Response;
        let request = request.into_inner();
        let type_name = request.type_name.as_str();
        Call::new("ValidateDataResourceConfig", type_name)
            .answer(
                async {
                    let kind = self.lifecycle.data_source(type_name)?.schema().implied_type();
                    let config = convert::value(request.config.as_ref(), &kind, CONFIG)?;
                    let found = self.lifecycle.validate_data_source(type_name, &config)?;
                    Ok(Response { diagnostics: convert::diagnostics(&found) })
                },
                |diagnostics| Response { diagnostics },
            )
            .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Answer<wire::upgrade_resource_state::Response> {
        use wire::upgrade_resource_state::Response;
        let request = request.into_inner();
        let type_name = request.type_name.as_str();
        Call::new("UpgradeResourceState", type_name)
            .answer(
                async {
                    let stored = stored_state(request.raw_state.as_ref())?;
                    let state = self.lifecycle.upgrade(type_name, request.version, stored)?;
                    let kind = self.lifecycle.resource(type_name)?.schema().implied_type();
                    let state = json::from_json(&state, &kind).map_err(|error| {
                        convert::codec_failed("could not be read", "the stored state", &error)
                    })?;
                    let upgraded_state = Some(convert::dynamic_value(&state, &kind, STATE)?);
                    Ok(Response { upgraded_state, diagnostics: Vec::new() })
                },
                |diagnostics| Response { diagnostics, ..Response::default() },
            )
            .await
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Answer<wire::read_resource::Response> {
        use wire::read_resource::Response;
        let request = request.into_inner();
        let type_name = request.type_name.as_str();
        let (current_state, private) = (request.current_state.clone(), request.private.clone());
        Call::new("ReadResource", type_name)
            .answer(
                async {
                    let kind = self.lifecycle.resource(type_name)?.schema().implied_type();
                    let current = convert::value(request.current_state.as_ref(), &kind, STATE)?;
                    let read = self.lifecycle.read(type_name, &current, request.private).await?;
                    Ok(Response {
                        new_state: Some(convert::dynamic_value(&read.state, &kind, STATE)?),
                        private: read.private,
                        diagnostics: convert::diagnostics(&read.warnings),
                        ..Response::default()
                    })
                },
                |diagnostics| Response {
                    new_state: current_state,
                    private,
                    diagnostics,
                    ..Response::default()
                },
            )
            .await
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Answer<wire::plan_resource_change::Response> {
        use wire::plan_resource_change::Response;
        let request = request.into_inner();
        let type_name = request.type_name.as_str();
        Call::new("PlanResourceChange", type_name)
            .answer(
                async {
                    let kind = self.lifecycle.resource(type_name)?.schema().implied_type();
                    let prior = convert::value(request.prior_state.as_ref(), &kind, STATE)?;
                    let config = convert::value(request.config.as_ref(), &kind, CONFIG)?;
                    let plan = self.lifecycle.plan(type_name, &prior, &config).await?;
                    let planned = convert::dynamic_value(&plan.planned, &kind, "the plan")?;
                    Ok(Response {
                        planned_state: Some(planned),
                        requires_replace: plan.requires_replace.iter().map(convert::path).collect(),
                        planned_private: request.prior_private,
                        diagnostics: convert::diagnostics(&plan.warnings),
                        ..Response::default()
                    })
                },
                |diagnostics| Response { diagnostics, ..Response::default() },
            )
            .await
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Answer<wire::apply_resource_change::Response> {
        use wire::apply_resource_change::Response;
        let request = request.into_inner();
        let type_name = request.type_name.as_str();
        let (prior_state, private) = (request.prior_state.clone(), request.planned_private.clone());
        Call::new("ApplyResourceChange", type_name)
            .answer(
                async {
                    let kind = self.lifecycle.resource(type_name)?.schema().implied_type();
                    let prior = convert::value(request.prior_state.as_ref(), &kind, STATE)?;
                    let planned =
                        convert::value(request.planned_state.as_ref(), &kind, "the plan")?;
                    let config = convert::value(request.config.as_ref(), &kind, CONFIG)?;
                    let private = request.planned_private;
                    let applied =
                        self.lifecycle.apply(type_name, &prior, &planned, &config, private).await;
                    Ok(Response {
                        new_state: Some(convert::dynamic_value(&applied.state, &kind, STATE)?),
                        private: applied.private,
                        diagnostics: convert::diagnostics(&applied.diagnostics),
                        ..Response::default()
                    })
                },
                // Nothing was done yet when this is needed: what was there is there.
                |diagnostics| Response {
                    new_state: prior_state,
                    private,
                    diagnostics,
                    ..Response::default()
                },
            )
            .await
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Answer<wire::import_resource_state::Response> {
        use wire::import_resource_state::{ImportedResource, Response};
        let request = request.into_inner();
        let type_name = request.type_name.as_str();
        Call::new("ImportResourceState", type_name)
            .answer(
                async {
                    let kind = self.lifecycle.resource(type_name)?.schema().implied_type();
                    let stub = self.lifecycle.import(type_name, &request.id).await?;
                    let imported = ImportedResource {
                        type_name: type_name.to_owned(),
                        state: Some(convert::dynamic_value(&stub, &kind, STATE)?),
                        ..ImportedResource::default()
                    };
                    Ok(Response { imported_resources: vec![imported], ..Response::default() })
                },
                |diagnostics| Response { diagnostics, ..Response::default() },
            )
            .await
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> Answer<wire::move_resource_state::Response> {
        use wire::move_resource_state::Response;
        let request = request.into_inner();
        let type_name = request.target_type_name.as_str();
        Call::new("MoveResourceState", type_name)
            .answer(
                async {
                    let kind = self.lifecycle.resource(type_name)?.schema().implied_type();
                    let source = MoveSource {
                        provider: request.source_provider_address.clone(),
                        type_name: request.source_type_name.clone(),
                        schema_version: request.source_schema_version,
                        state: stored_state(request.source_state.as_ref())?,
                    };
                    let stub = self.lifecycle.move_state(type_name, source)?;
                    let target_state = Some(convert::dynamic_value(&stub, &kind, STATE)?);
                    Ok(Response { target_state, ..Response::default() })
                },
                |diagnostics| Response { diagnostics, ..Response::default() },
            )
            .await
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Answer<wire::read_data_source::Response> {
        use wire::read_data_source::Response;
        let request = request.into_inner();
        let type_name = request.type_name.as_str();
        Call::new("ReadDataSource", type_name)
            .answer(
                async {
                    let kind = self.lifecycle.data_source(type_name)?.schema().implied_type();
                    let config = convert::value(request.config.as_ref(), &kind, CONFIG)?;
                    let state = self.lifecycle.read_data(type_name, &config).await?;
                    let state = Some(convert::dynamic_value(&state, &kind, "the data")?);
                    Ok(Response { state, ..Response::default() })
                },
                |diagnostics| Response { diagnostics, ..Response::default() },
            )
            .await
    }

    async fn get_functions(
        &self,
        _: Request<wire::get_functions::Request>,
    ) -> Answer<wire::get_functions::Response> {
        // OpenTofu asks; there are none.
        Ok(Response::new(wire::get_functions::Response::default()))
    }

    async fn stop_provider(
        &self,
        _: Request<wire::stop_provider::Request>,
    ) -> Answer<wire::stop_provider::Response> {
        tracing::info!("Terraform asks to stop");
        self.lifecycle.stop();
        Ok(Response::new(wire::stop_provider::Response::default()))
    }
}

const CONFIG: &str = "the configuration";
const STATE: &str = "the state";

fn stored_state(state: Option<&wire::RawState>) -> Result<serde_json::Value, Diagnostics> {
    let bytes = state.map(|state| state.json.as_slice()).unwrap_or_default();
    if bytes.is_empty() {
        let detail = "the stored state is not JSON; it may be from Terraform 0.11 or older";
        return Err(Diagnostic::error("state cannot be read", detail).into());
    }
    serde_json::from_slice(bytes).map_err(|error| {
        Diagnostic::error("state cannot be read", format!("the stored state: {error}")).into()
    })
}
