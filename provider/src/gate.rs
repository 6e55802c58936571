//! The gate: the only place in the provider that asks the catalog. A resource goes in as Terraform
//! planned it; defaults or diagnostics come out. To see why something was refused, start here.

mod convert;
mod render;

use probity_catalog::decision::Phase as CatalogPhase;
use probity_catalog::fix::Operation as FixOperation;
use probity_catalog::subject::terraform::{Operation, subject};
use probity_catalog::{Arena, Context, Target, Value as Fact};
use time::OffsetDateTime;

use crate::context::InForce;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::provider::{Action, Judged, Phase};
use crate::schema::Schema;
use crate::value::Value;

/// Judges a resource. What is destroyed is judged only by rules that speak of that: a bucket that
/// was tampered with may still be deleted.
pub fn judge(in_force: &InForce, judged: &Judged<'_>) -> Diagnostics {
    let arena = Arena::new();
    let operation = match judged.action {
        Action::Create => Operation::Create,
        Action::Update => Operation::Update,
        Action::Delete => Operation::Delete,
        Action::Replace => Operation::Replace,
    };
    let subject = subject(
        judged.type_name,
        convert::to_fact(judged.resource, &arena),
        convert::to_fact(judged.prior, &arena),
        operation,
        judged.type_name,
        provider(in_force, judged.resource, &arena),
        &arena,
    );
    let Some(subject) = subject else { return Diagnostics::new() };
    let context = context(match judged.phase {
        Phase::Validate => CatalogPhase::Validate,
        Phase::Plan => CatalogPhase::Plan,
        Phase::Apply => CatalogPhase::Apply,
    });
    let decision = probity_catalog::evaluate(&in_force.snapshot, &subject, &context, &arena);
    render::diagnostics(&decision, judged)
}

/// The configuration with what the controls fill in where it says nothing; unknown where what they
/// fill in hangs on something unknown.
pub fn fill(in_force: &InForce, type_name: &str, schema: &Schema, config: &Value) -> Value {
    let arena = Arena::new();
    let subject = subject(
        type_name,
        convert::to_fact(config, &arena),
        Fact::Null,
        Operation::Create,
        type_name,
        provider(in_force, config, &arena),
        &arena,
    );
    let mut filled = config.clone();
    let Some(subject) = subject else { return filled };
    let context = context(CatalogPhase::Validate);
    for fix in probity_catalog::fixes(&in_force.snapshot, &subject, &context, &arena) {
        let json = match &fix.operation {
            FixOperation::Set(json) => Some(json),
            FixOperation::SetUnknown => None,
            FixOperation::Replace(_) | FixOperation::Remove => continue,
        };
        convert::set(&mut filled, &schema.implied_type(), fix.path.segments(), json);
    }
    filled
}

/// What the settings say that counts for nothing, and what they lack.
pub fn notices(in_force: &InForce) -> Diagnostics {
    let mut found = Diagnostics::new();
    for notice in in_force.snapshot.notices(today()) {
        found.push(Diagnostic::warning("a setting does not count", notice));
    }
    let targets: Vec<_> = Target::ALL.iter().copied().filter(|t| t.is_terraform()).collect();
    for notice in in_force.snapshot.idle(&targets) {
        found.push(Diagnostic::warning("a control judges nothing", notice));
    }
    found
}

fn context(phase: CatalogPhase) -> Context {
    Context::new(phase, today())
}

fn today() -> time::Date {
    OffsetDateTime::now_utc().date()
}

/// What expressions see as `provider`. Nobody is asked for the account here, so that a judgement
/// never needs the network.
fn provider<'a>(in_force: &InForce, resource: &Value, arena: &'a Arena) -> Fact<'a> {
    let config = &in_force.config;
    let region = match resource.get("region") {
        Value::String(region) => Value::from(region.as_str()),
        _ => config.aws.region.as_deref().map_or(Value::Unknown, Value::from),
    };
    let facts = Value::object([
        ("region", region),
        ("account_id", in_force.account().map_or(Value::Unknown, Value::from)),
        ("partition", Value::Unknown),
        (
            "defaults",
            Value::object([
                ("kms_key_arn", config.default_key.clone()),
                ("log_bucket", config.default_log_bucket.clone()),
            ]),
        ),
    ]);
    convert::to_fact(&facts, arena)
}

#[cfg(test)]
mod tests;
