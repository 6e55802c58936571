//! Bringing stored states to the schema of today. Called for every object of every plan, so a
//! state of the current version passes through untouched.

use serde_json::Value as Json;

use super::Lifecycle;
use crate::diagnostics::{Diagnostic, Diagnostics};

impl Lifecycle {
    /// `UpgradeResourceState`: the JSON of the current schema version, still to be decoded.
    pub fn upgrade(&self, type_name: &str, version: i64, state: Json) -> Result<Json, Diagnostics> {
        let resource = self.resource(type_name)?;
        let current = resource.schema().version;
        if version == current {
            return Ok(state);
        }
        if version > current {
            let detail = format!(
                "the state of this `{type_name}` was written by a newer version of the provider \
                 (schema {version}, this one knows {current}); use that version or a later one"
            );
            return Err(Diagnostic::error("state of a newer version", detail).into());
        }
        resource.upgrade(version, state)
    }
}
