//! What Terraform's calls mean, without the wire: validate, plan, apply, read, import, upgrade.
//!
//! Owns the rules that every resource would otherwise have to know: defaults, what is unknown,
//! what replaces, what is kept when something fails, and the guard that holds each answer against
//! Terraform's own checks. Called by `protocol`; calls resources and the provider's gate.

mod apply;
mod contain;
pub mod guard;
mod import;
mod plan;
mod propose;
mod read;
mod upgrade;
mod validate;

use std::sync::Arc;

use tokio::sync::watch;

pub use apply::AppliedChange;
pub use contain::{Panic, contain};
pub use plan::PlannedChange;
pub use read::ReadOutcome;

use crate::data_source::DataSource;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::provider::Provider;
use crate::resource::{Operation, Resource};
use crate::schema::{Timeouts, TimeoutsBlock};
use crate::value::Value;

/// The time of an operation where neither the schema nor the user says otherwise.
const DEFAULT_TIMEOUT: std::time::Duration = std::time::Duration::from_mins(20);

/// One provider in operation.
pub struct Lifecycle {
    provider: Arc<dyn Provider>,
    stop: watch::Sender<bool>,
}

impl Lifecycle {
    /// Around this provider.
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Lifecycle { provider, stop: watch::Sender::new(false) }
    }

    /// The provider inside.
    pub fn provider(&self) -> &dyn Provider {
        &*self.provider
    }

    /// The user pressed Ctrl-C: running operations end at their next safe point, no new one
    /// starts. The next `configure` (same process, next command) forgets it.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// The resource type of this name.
    pub fn resource(&self, type_name: &str) -> Result<&dyn Resource, Diagnostics> {
        let resource = self.provider.resources().iter().find(|r| r.type_name() == type_name);
        resource.map(|resource| &**resource).ok_or_else(|| unknown_type("resource", type_name))
    }

    /// The data source type of this name.
    pub fn data_source(&self, type_name: &str) -> Result<&dyn DataSource, Diagnostics> {
        let source = self.provider.data_sources().iter().find(|s| s.type_name() == type_name);
        source.map(|source| &**source).ok_or_else(|| unknown_type("data source", type_name))
    }

    fn operation(&self, timeout: std::time::Duration, private: Vec<u8>) -> Operation {
        Operation::new(timeout, self.stop.subscribe(), private)
    }

    fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }
}

fn unknown_type(what: &str, type_name: &str) -> Diagnostics {
    let detail = format!("this provider has no {what} `{type_name}`");
    Diagnostic::error(format!("unknown {what} type"), detail).into()
}

fn timeouts(resource: &dyn Resource, value: &Value) -> Timeouts {
    let defaults = resource.schema().block.timeouts;
    defaults.unwrap_or(TimeoutsBlock::all(DEFAULT_TIMEOUT)).configured(value)
}

/// Copies the `timeouts` block, which no cloud knows, from what the user wrote or what is stored.
fn carry_timeouts(resource: &dyn Resource, from: &Value, state: &mut Value) {
    if resource.schema().block.timeouts.is_some() && state.is_set() {
        state.set("timeouts", from.get("timeouts").clone());
    }
}
