//! Taking over what exists: by the id that a user types, or from the state of another type.

use super::{Lifecycle, contain, guard, timeouts};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resource::{MoveSource, Resource};
use crate::value::Value;

impl Lifecycle {
    /// `ImportResourceState`: a stub, which Terraform reads next.
    pub async fn import(&self, type_name: &str, id: &str) -> Result<Value, Diagnostics> {
        let resource = self.resource(type_name)?;
        let operation = self.operation(timeouts(resource, &Value::Null).read, Vec::new());
        let doing = format!("importing `{type_name}`");
        let stub = contain(resource.import(&operation, id))
            .await
            .unwrap_or_else(|panic| Err(panic.diagnostics(&doing)))?;
        hold(resource, &format!("the import of `{type_name}`"), stub)
    }

    /// `MoveResourceState`: a stub, which Terraform reads next.
    pub fn move_state(
        &self,
        target_type: &str,
        mut source: MoveSource,
    ) -> Result<Value, Diagnostics> {
        let resource = self.resource(target_type)?;
        // The host may be a mirror: who made the state is namespace and type.
        let address: Vec<&str> = source.provider.rsplitn(3, '/').take(2).collect();
        source.provider = address.into_iter().rev().collect::<Vec<_>>().join("/");
        match resource.move_from(&source) {
            Some(stub) => hold(resource, &format!("the move to `{target_type}`"), stub?),
            None => Err(Diagnostic::error(
                "move not supported",
                format!(
                    "`{target_type}` cannot take over a `{}` of {}; import the object instead, \
                     and take the old address out of the state with a `removed` block",
                    source.type_name, source.provider
                ),
            )
            .into()),
        }
    }
}

fn hold(resource: &dyn Resource, answer: &str, stub: Value) -> Result<Value, Diagnostics> {
    let schema = resource.schema();
    let violations = guard::check_state(schema, &stub);
    guard::diagnostics(schema, answer, &violations).into_result()?;
    Ok(stub)
}
