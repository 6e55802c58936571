//! Small things that all resources need: errors as diagnostics, governed attributes, optional
//! numbers.

use crate::cloud::CloudError;
use crate::context::{Context, InForce};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::gate;
use crate::schema::Schema;
use crate::value::Value;

/// A failed call as users see it: `cannot create bucket ledger`, then what AWS said.
pub(super) fn failed(what: &str, error: &CloudError) -> Diagnostics {
    Diagnostic::error(format!("cannot {what}"), error.to_string()).into()
}

/// Adds what a step was about to its error.
pub(super) trait Doing<T> {
    /// `.doing(|| "read bucket ledger")`
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Diagnostics>;
}

impl<T> Doing<T> for Result<T, CloudError> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Diagnostics> {
        self.map_err(|error| failed(&what(), &error))
    }
}

/// Fills the governed attributes that the configuration leaves out: what the controls say, else
/// null. Prior state has no say: what drifted from the default must show as a change.
pub(super) fn fill_governed(
    in_force: &InForce,
    type_name: &str,
    schema: &Schema,
    config: &Value,
    governed: &[&str],
    planned: &mut Value,
) {
    let filled = gate::fill(in_force, type_name, schema, config);
    for name in governed {
        if !config.get(name).is_unknown() {
            planned.set(name, filled.get(name).clone());
        }
    }
}

/// What is in force, or the messages that say why nothing is.
pub(super) fn in_force(
    context: &Context,
    found: &mut Diagnostics,
) -> Option<std::sync::Arc<InForce>> {
    match context.get() {
        Ok(in_force) => Some(in_force),
        Err(errors) => {
            found.extend(errors);
            None
        }
    }
}

/// A number that AWS counts in 32 bits.
pub(super) fn int(value: &Value) -> Option<i32> {
    value.as_i64().and_then(|number| i32::try_from(number).ok())
}

/// The partition of a region.
pub(super) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
