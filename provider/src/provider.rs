//! What a provider is to the runtime: its block, its resources, and the judgement over them.
//!
//! The runtime (`lifecycle`, `protocol`) knows only this trait, so that suites can serve providers
//! of their own over the same wire. Resources share state (clients, settings) with the provider
//! through an `Arc` of their own making; it must bear being configured more than once.

use async_trait::async_trait;

use crate::data_source::DataSource;
use crate::diagnostics::Diagnostics;
use crate::resource::Resource;
use crate::schema::Schema;
use crate::value::Value;

/// A provider.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The provider block.
    fn schema(&self) -> &Schema;

    /// Its resource types.
    fn resources(&self) -> &[Box<dyn Resource>];

    /// Its data source types.
    fn data_sources(&self) -> &[Box<dyn DataSource>];

    /// Judges the provider block offline, unknowns included; what is learnt here (settings) may be
    /// kept, since `terraform validate` never configures. Attribute validators have run already.
    fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }

    /// Takes the provider block into force. May hold unknowns during a plan: these fail later,
    /// where a call needs them. No network, and no client before a call needs it.
    async fn configure(&self, config: &Value, terraform_version: &str) -> Diagnostics;

    /// The gate: judges a resource by the controls. Called at every phase by the runtime, never
    /// by a resource.
    fn judge(&self, subject: &Judged<'_>) -> Diagnostics {
        let _ = subject;
        Diagnostics::new()
    }
}

/// When a resource is judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// `ValidateResourceConfig`: offline, literals, maybe before the provider is configured.
    Validate,
    /// `PlanResourceChange`: with what is known by then.
    Plan,
    /// `ApplyResourceChange`, before anything is done: the configuration is wholly known.
    Apply,
}

/// What happens to the resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed in place, or stays as it is.
    Update,
    /// It is destroyed; `resource` is what there is.
    Delete,
    /// It is destroyed and made anew. Terraform plans the making once more, as
    /// [`Action::Create`], so the runtime passes on only errors from here.
    Replace,
}

/// A resource before the gate.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// When.
    pub phase: Phase,
    /// What happens to it.
    pub action: Action,
    /// `probity_s3_bucket`
    pub type_name: &'a str,
    /// Its schema, for [`Schema::locate`].
    pub schema: &'a Schema,
    /// The resource as planned: defaults filled in at every phase, unknown where only the
    /// operation itself can tell.
    pub resource: &'a Value,
    /// What the user wrote; null at a destroy.
    pub config: &'a Value,
    /// The object as last read; null at validate and create.
    pub prior: &'a Value,
}
