//! Planning a change: what will be, what only the apply can tell, what replaces the object.

use super::{Lifecycle, guard, propose};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::provider::{Action, Judged, Phase};
use crate::resource::{PlanRequest, Resource};
use crate::value::{AttributePath, Value};

/// The answer to a plan.
#[derive(Clone, Debug, Default)]
pub struct PlannedChange {
    /// What will be; null for a destroy.
    pub planned: Value,
    /// Attributes whose change replaces the object.
    pub requires_replace: Vec<AttributePath>,
    /// What the user should know all the same.
    pub warnings: Diagnostics,
}

/// The name by which a user allows a stateful resource to be replaced.
const ALLOW_REPLACEMENT: &str = "allow_replacement";

impl Lifecycle {
    /// `PlanResourceChange`. Null `prior` is a create, null `config` a destroy.
    pub async fn plan(
        &self,
        type_name: &str,
        prior: &Value,
        config: &Value,
    ) -> Result<PlannedChange, Diagnostics> {
        let resource = self.resource(type_name)?;
        if config.is_null() {
            return self.plan_destroy(resource, prior).await;
        }
        let request = PlanRequest { config, prior: (!prior.is_null()).then_some(prior) };
        let (planned, mut diagnostics) = make_plan(resource, &request).await?;
        let requires_replace = match request.prior {
            None => Vec::new(),
            Some(_) => propose::replacements(&resource.schema().block, config, prior, &planned),
        };
        hold(resource, &request, &planned, &requires_replace)?;

        let action = match (request.prior, requires_replace.as_slice()) {
            (None, _) => Action::Create,
            (Some(_), []) => Action::Update,
            (Some(_), _) => Action::Replace,
        };
        if action == Action::Replace && resource.is_stateful() {
            diagnostics.extend(refuse_replacement(resource, &planned, &requires_replace));
        }
        let found = self.judge_planned(resource, action, &request, &planned);
        // Terraform plans the replacement once more as a create, and would warn twice.
        diagnostics.extend(if action == Action::Replace { found.errors_only() } else { found });

        let warnings = diagnostics.into_result()?;
        Ok(PlannedChange { planned, requires_replace, warnings })
    }

    fn judge_planned(
        &self,
        resource: &dyn Resource,
        action: Action,
        request: &PlanRequest<'_>,
        planned: &Value,
    ) -> Diagnostics {
        self.provider.judge(&Judged {
            phase: Phase::Plan,
            action,
            type_name: resource.type_name(),
            schema: resource.schema(),
            resource: planned,
            config: request.config,
            prior: request.prior.unwrap_or(&Value::Null),
        })
    }

    async fn plan_destroy(
        &self,
        resource: &dyn Resource,
        prior: &Value,
    ) -> Result<PlannedChange, Diagnostics> {
        let mut diagnostics = resource.plan_destroy(prior).await;
        diagnostics.extend(self.provider.judge(&Judged {
            phase: Phase::Plan,
            action: Action::Delete,
            type_name: resource.type_name(),
            schema: resource.schema(),
            resource: prior,
            config: &Value::Null,
            prior,
        }));
        let warnings = diagnostics.into_result()?;
        Ok(PlannedChange { warnings, ..PlannedChange::default() })
    }
}

/// The plan with every hook's say: schema, defaults, what a change unsettles, the resource.
async fn make_plan(
    resource: &dyn Resource,
    request: &PlanRequest<'_>,
) -> Result<(Value, Diagnostics), Diagnostics> {
    let schema = resource.schema();
    let prior = request.prior.unwrap_or(&Value::Null);
    let mut planned = propose::propose(&schema.block, request.config, prior);
    let mut diagnostics = resource.defaults(request, &mut planned);
    if request.prior.is_some() && !differs_only_in_timeouts(&planned, prior) {
        propose::unsettle(&schema.block.attributes, &mut planned);
    }
    diagnostics.extend(resource.plan(request, &mut planned).await);
    let warnings = diagnostics.into_result()?;
    Ok((planned, warnings))
}

/// Whether there is nothing to tell the cloud: the values are equal, or differ in `timeouts`.
pub(super) fn differs_only_in_timeouts(planned: &Value, prior: &Value) -> bool {
    let (Value::Object(planned), Value::Object(prior)) = (planned, prior) else {
        return planned == prior;
    };
    let without = |entry: &(&String, &Value)| entry.0 != "timeouts";
    planned.iter().filter(without).eq(prior.iter().filter(without))
}

/// Holds the plan against Terraform's rules.
fn hold(
    resource: &dyn Resource,
    request: &PlanRequest<'_>,
    planned: &Value,
    requires_replace: &[AttributePath],
) -> Result<(), Diagnostics> {
    let (schema, prior) = (resource.schema(), request.prior.unwrap_or(&Value::Null));
    let mut violations = guard::check_planned(schema, prior, request.config, planned);
    violations.extend(guard::check_replacements(prior, planned, requires_replace));
    let answer = format!("the plan of `{}`", resource.type_name());
    guard::diagnostics(schema, &answer, &violations).into_result().map(|_| ())
}

/// Losing a bucket or a key to a changed word in a file must be asked for.
fn refuse_replacement(
    resource: &dyn Resource,
    planned: &Value,
    paths: &[AttributePath],
) -> Diagnostics {
    if planned.get(ALLOW_REPLACEMENT).as_bool() == Some(true) {
        return Diagnostics::new();
    }
    let refuse = |path: &AttributePath| {
        let detail = format!(
            "a change of `{path}` cannot be made in place: Terraform would destroy this \
             `{}` with all that is in it and make another.\n\n  fix       restore the old value of \
             `{path}`\n  or        add `{ALLOW_REPLACEMENT} = true` to lose it knowingly",
            resource.type_name()
        );
        Diagnostic::error("replacement refused", detail).at(path.clone())
    };
    paths.iter().map(refuse).collect()
}
