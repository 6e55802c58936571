//! What a data source is to the runtime. Called by `lifecycle`.

use async_trait::async_trait;

use crate::diagnostics::Diagnostics;
use crate::resource::Operation;
use crate::schema::Schema;
use crate::value::Value;

/// A data source type.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// The name in the configuration: `probity_controls`.
    fn type_name(&self) -> &'static str;

    /// What it looks like. Built once: every call returns the same.
    fn schema(&self) -> &Schema;

    /// Judges the form of a configuration, offline; unknowns are never complained about.
    fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }

    /// Reads it: `config`, wholly known, with every computed attribute filled in. Something that
    /// does not exist is an error.
    async fn read(&self, operation: &Operation, config: &Value) -> Result<Value, Diagnostics>;
}
