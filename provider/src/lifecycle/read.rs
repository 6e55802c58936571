//! Reading what there is: resources for drift, data sources for their values.

use super::{Lifecycle, carry_timeouts, contain, guard, timeouts};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::value::Value;

/// The answer to a read.
#[derive(Clone, Debug, Default)]
pub struct ReadOutcome {
    /// What there is; null when it is gone.
    pub state: Value,
    /// Bytes kept beside the state.
    pub private: Vec<u8>,
    /// What the user should know all the same.
    pub warnings: Diagnostics,
}

impl Lifecycle {
    /// `ReadResource`. On an error Terraform keeps the state it has.
    pub async fn read(
        &self,
        type_name: &str,
        current: &Value,
        private: Vec<u8>,
    ) -> Result<ReadOutcome, Diagnostics> {
        let resource = self.resource(type_name)?;
        let operation = self.operation(timeouts(resource, current).read, private);
        let doing = format!("reading `{type_name}`");
        let work = contain(resource.read(&operation, current));
        let result = match tokio::time::timeout_at(operation.deadline(), work).await {
            Ok(result) => result.unwrap_or_else(|panic| Err(panic.diagnostics(&doing))),
            Err(_) => Err(given_up(&doing)),
        };
        let Some(applied) = result? else {
            return Ok(ReadOutcome::default());
        };
        let mut state = applied.state;
        carry_timeouts(resource, current, &mut state);
        let schema = resource.schema();
        let violations = guard::check_state(schema, &state);
        let answer = format!("the state read of `{type_name}`");
        guard::diagnostics(schema, &answer, &violations).into_result()?;
        let private = applied.private.unwrap_or_else(|| operation.private().to_vec());
        Ok(ReadOutcome { state, private, warnings: applied.warnings })
    }

    /// `ReadDataSource`.
    pub async fn read_data(&self, type_name: &str, config: &Value) -> Result<Value, Diagnostics> {
        let source = self.data_source(type_name)?;
        let operation = self.operation(super::DEFAULT_TIMEOUT, Vec::new());
        let doing = format!("reading `{type_name}`");
        let work = contain(source.read(&operation, config));
        let state = match tokio::time::timeout_at(operation.deadline(), work).await {
            Ok(result) => result.unwrap_or_else(|panic| Err(panic.diagnostics(&doing)))?,
            Err(_) => return Err(given_up(&doing)),
        };
        let schema = source.schema();
        let violations = guard::check_data(schema, config, &state);
        let answer = format!("the data of `{type_name}`");
        guard::diagnostics(schema, &answer, &violations).into_result()?;
        Ok(state)
    }
}

fn given_up(doing: &str) -> Diagnostics {
    let detail = format!("{doing} took longer than allowed and was given up");
    Diagnostic::error("timed out", detail).into()
}
