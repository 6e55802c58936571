//! What a resource is to the runtime: one trait, optional abilities with default no-ops.
//!
//! An implementation maps values and calls its cloud. It need not know RPCs, the wire, defaults
//! from the schema, planning rules, timeouts, panics or what Terraform does with a partial state:
//! `lifecycle` calls it, in the order in which the methods stand here.

mod operation;

use async_trait::async_trait;

pub use operation::Operation;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::schema::Schema;
use crate::value::Value;

/// A managed resource type.
///
/// Values are objects with every attribute and block of the schema. Known values in `planned` are
/// promises: a new state is made from `planned`, filling in what is unknown, never by echoing an
/// API's spelling over it.
#[async_trait]
pub trait Resource: Send + Sync {
    /// The name in the configuration: `probity_s3_bucket`.
    fn type_name(&self) -> &'static str;

    /// What it looks like. Built once: every call returns the same.
    fn schema(&self) -> &Schema;

    /// Whether losing it loses data. Its replacement is then an error at plan unless the attribute
    /// `allow_replacement` is true.
    fn is_stateful(&self) -> bool {
        false
    }

    /// Judges the form of a configuration: offline, before the provider is configured, with
    /// unknowns, which it never complains about. Attribute validators have run already.
    fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }

    /// Fills defaults that depend on other attributes or on the provider's settings into `planned`
    /// where `request.config` is null. Offline and cheap; runs at validate (with `prior` null),
    /// and at plan before the runtime asks what changes, so that drift from a default is a change.
    /// Static defaults belong into the schema.
    fn defaults(&self, request: &PlanRequest<'_>, planned: &mut Value) -> Diagnostics {
        let _ = (request, planned);
        Diagnostics::new()
    }

    /// The last word on a plan: derives computed values that can be known (ARNs from names) and
    /// refuses what cannot be done. `planned` has the defaults, and unknown in each computed
    /// attribute without a value; it must stay equal to the prior state where nothing changes.
    /// Not called for a destroy.
    async fn plan(&self, request: &PlanRequest<'_>, planned: &mut Value) -> Diagnostics {
        let _ = (request, planned);
        Diagnostics::new()
    }

    /// May forbid the destruction of an object (protection, legal hold).
    async fn plan_destroy(&self, prior: &Value) -> Diagnostics {
        let _ = prior;
        Diagnostics::new()
    }

    /// Creates the object. As soon as the cloud knows it, the state so far goes to
    /// [`Operation::checkpoint`]: whatever happens afterwards, Terraform will not lose it.
    async fn create(
        &self,
        operation: &Operation,
        request: &ApplyRequest<'_>,
    ) -> Result<Applied, Diagnostics>;

    /// Reads the object: `state` with what has drifted, `None` when it is gone for certain, `Err`
    /// when that cannot be told. Equivalent spellings stay as they are in `state`. After an import
    /// `state` is what [`Resource::import`] returned.
    async fn read(
        &self,
        operation: &Operation,
        state: &Value,
    ) -> Result<Option<Applied>, Diagnostics>;

    /// Changes the object in place. What has been done when it fails belongs into a checkpoint.
    /// Not called when nothing but `timeouts` changes.
    async fn update(
        &self,
        operation: &Operation,
        request: &ApplyRequest<'_>,
    ) -> Result<Applied, Diagnostics>;

    /// Deletes the object; one that is gone already is a success. Warnings inside the success.
    async fn delete(
        &self,
        operation: &Operation,
        prior: &Value,
    ) -> Result<Diagnostics, Diagnostics>;

    /// Turns the id that a user typed into a stub with enough for [`Resource::read`], which
    /// follows: `self.schema().empty().with("name", id)`. The error names the expected form.
    async fn import(&self, operation: &Operation, id: &str) -> Result<Value, Diagnostics> {
        let _ = (operation, id);
        Err(Diagnostic::error(
            "import not supported",
            format!("`{}` cannot be imported", self.type_name()),
        )
        .into())
    }

    /// Brings a stored state (JSON as Terraform wrote it) of an older schema version to the
    /// current one. Attributes that the schema does not know are dropped afterwards.
    fn upgrade(
        &self,
        version: i64,
        state: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        let _ = state;
        Err(Diagnostic::error(
            "state cannot be upgraded",
            format!("no upgrade of `{}` from schema version {version}", self.type_name()),
        )
        .into())
    }

    /// Takes over the state of another type (`moved { from = aws_s3_bucket.x … }`): `None` when it
    /// does not know the type, else a stub with enough for [`Resource::read`].
    fn move_from(&self, source: &MoveSource) -> Option<Result<Value, Diagnostics>> {
        let _ = source;
        None
    }
}

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct PlanRequest<'a> {
    /// What the user wrote: null where nothing, unknown where known only after apply.
    pub config: &'a Value,
    /// The object as last read; `None` at create (and always at validate).
    pub prior: Option<&'a Value>,
}

/// What an apply is made from.
#[derive(Clone, Copy, Debug)]
pub struct ApplyRequest<'a> {
    /// What was planned; unknown in what only this operation can tell.
    pub planned: &'a Value,
    /// What the user wrote, wholly known now.
    pub config: &'a Value,
    /// The object as last read; `None` at create.
    pub prior: Option<&'a Value>,
}

/// The outcome of a successful operation.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// The new state, wholly known.
    pub state: Value,
    /// Opaque bytes kept beside the state, without secrets; `None` keeps what is there.
    pub private: Option<Vec<u8>>,
    /// What the user should know all the same.
    pub warnings: Diagnostics,
}

impl From<Value> for Applied {
    fn from(state: Value) -> Self {
        Applied { state, ..Applied::default() }
    }
}

/// The state of a foreign type that is to be taken over.
#[derive(Clone, Debug)]
pub struct MoveSource {
    /// `hashicorp/aws`: namespace and type of the source provider, without the registry's host.
    pub provider: String,
    /// `aws_s3_bucket`
    pub type_name: String,
    /// Version of its schema.
    pub schema_version: i64,
    /// Its state as Terraform stored it.
    pub state: serde_json::Value,
}
