//! Carrying out a plan, so that nothing that was made is ever lost from the state.

use super::plan::differs_only_in_timeouts;
use super::{Lifecycle, carry_timeouts, contain, contain::contain_call, guard, timeouts};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::provider::{Action, Judged, Phase};
use crate::resource::{Applied, ApplyRequest, Operation, Resource};
use crate::value::Value;

/// The answer to an apply: always a state, whatever went wrong.
#[derive(Clone, Debug, Default)]
pub struct AppliedChange {
    /// What there is now; null when there is nothing (any more).
    pub state: Value,
    /// Bytes kept beside the state.
    pub private: Vec<u8>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// One of create, update and delete.
#[derive(Clone, Copy)]
enum Change {
    Create,
    Update,
    Delete,
}

impl Change {
    fn doing(self) -> &'static str {
        match self {
            Change::Create => "creating",
            Change::Update => "updating",
            Change::Delete => "deleting",
        }
    }

    fn attribute(self) -> &'static str {
        match self {
            Change::Create => "create",
            Change::Update => "update",
            Change::Delete => "delete",
        }
    }
}

impl Lifecycle {
    /// `ApplyResourceChange`. Null `prior` is a create, null `planned` a destroy.
    pub async fn apply(
        &self,
        type_name: &str,
        prior: &Value,
        planned: &Value,
        config: &Value,
        private: Vec<u8>,
    ) -> AppliedChange {
        let change = match (prior.is_null(), planned.is_null()) {
            (true, _) => Change::Create,
            (false, false) => Change::Update,
            (false, true) => Change::Delete,
        };
        // Until something has been done, every refusal leaves the prior state as it is.
        let untouched = |diagnostics: Diagnostics| AppliedChange {
            state: prior.clone(),
            private: private.clone(),
            diagnostics,
        };
        let resource = match self.resource(type_name) {
            Ok(resource) => resource,
            Err(diagnostics) => return untouched(diagnostics),
        };
        if self.is_stopped() {
            return untouched(interrupted(type_name));
        }
        let warnings = match self.judge_before(resource, change, [prior, planned, config]) {
            Ok(warnings) => warnings,
            Err(diagnostics) => return untouched(diagnostics),
        };
        let mut outcome = match change {
            Change::Update if differs_only_in_timeouts(planned, prior) => {
                AppliedChange { state: planned.clone(), private, ..AppliedChange::default() }
            }
            _ => self.carry_out(resource, change, [prior, planned, config], private).await,
        };
        let later = std::mem::replace(&mut outcome.diagnostics, warnings);
        outcome.diagnostics.extend(later);
        outcome
    }

    fn judge_before(
        &self,
        resource: &dyn Resource,
        change: Change,
        [prior, planned, config]: [&Value; 3],
    ) -> Result<Diagnostics, Diagnostics> {
        let (action, subject) = match change {
            Change::Create => (Action::Create, planned),
            Change::Update => (Action::Update, planned),
            Change::Delete => (Action::Delete, prior),
        };
        let judged = Judged {
            phase: Phase::Apply,
            action,
            type_name: resource.type_name(),
            schema: resource.schema(),
            resource: subject,
            config,
            prior,
        };
        contain_call(|| self.provider.judge(&judged))
            .unwrap_or_else(|panic| panic.diagnostics("judging a resource"))
            .into_result()
    }

    async fn carry_out(
        &self,
        resource: &dyn Resource,
        change: Change,
        values: [&Value; 3],
        private: Vec<u8>,
    ) -> AppliedChange {
        let [prior, planned, _] = values;
        let subject = if planned.is_null() { prior } else { planned };
        let times = timeouts(resource, subject);
        let time = match change {
            Change::Create => times.create,
            Change::Update => times.update,
            Change::Delete => times.delete,
        };
        let operation = self.operation(time, private);
        match run(resource, change, &operation, values).await {
            Ok(applied) => succeeded(resource, change, &operation, values, applied),
            Err(diagnostics) => {
                // What the resource recorded on the way exists; else all is as it was.
                let reached = operation.take_checkpoint().unwrap_or_else(|| prior.clone());
                let mut state = guard::salvage(resource.schema(), reached);
                carry_timeouts(resource, subject, &mut state);
                AppliedChange { state, private: operation.private().to_vec(), diagnostics }
            }
        }
    }
}

/// The resource's own work, within its time and with its panics contained.
async fn run(
    resource: &dyn Resource,
    change: Change,
    operation: &Operation,
    [prior, planned, config]: [&Value; 3],
) -> Result<Applied, Diagnostics> {
    let request = ApplyRequest { planned, config, prior: (!prior.is_null()).then_some(prior) };
    let work = async {
        match change {
            Change::Create => resource.create(operation, &request).await,
            Change::Update => resource.update(operation, &request).await,
            Change::Delete => resource
                .delete(operation, prior)
                .await
                .map(|warnings| Applied { warnings, ..Applied::default() }),
        }
    };
    let doing = format!("{} `{}`", change.doing(), resource.type_name());
    match tokio::time::timeout_at(operation.deadline(), contain(work)).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(panic.diagnostics(&doing)),
        Err(_) => Err(timed_out(resource, change, &doing)),
    }
}

/// A success, once it has kept what the plan promised.
fn succeeded(
    resource: &dyn Resource,
    change: Change,
    operation: &Operation,
    [_, planned, _]: [&Value; 3],
    applied: Applied,
) -> AppliedChange {
    let Applied { mut state, private, warnings: mut diagnostics } = applied;
    if let Change::Delete = change {
        return AppliedChange { diagnostics, ..AppliedChange::default() };
    }
    carry_timeouts(resource, planned, &mut state);
    let violations = guard::check_applied(resource.schema(), planned, &state);
    if !violations.is_empty() {
        let answer = format!("the result of {} `{}`", change.doing(), resource.type_name());
        diagnostics.extend(guard::diagnostics(resource.schema(), &answer, &violations));
    }
    AppliedChange {
        state: guard::salvage(resource.schema(), state),
        private: private.unwrap_or_else(|| operation.private().to_vec()),
        diagnostics,
    }
}

fn interrupted(type_name: &str) -> Diagnostics {
    let detail = format!("Terraform was asked to stop before `{type_name}` was touched");
    Diagnostic::error("interrupted", detail).into()
}

fn timed_out(resource: &dyn Resource, change: Change, doing: &str) -> Diagnostics {
    let way_out = match resource.schema().block.timeouts {
        Some(_) => format!("; allow more with `timeouts {{ {} = \"…\" }}`", change.attribute()),
        None => String::new(),
    };
    let detail = format!("{doing} took longer than allowed and was given up{way_out}");
    Diagnostic::error("timed out", detail).into()
}
