//! `probity_s3_bucket`: a bucket with everything that makes it a compliant one, as one resource.
//! Maps values and orders steps; the calls are in `cloud::aws::s3`.

mod access;
mod lifecycle;
mod mapping;
mod schema;
mod steps;

use async_trait::async_trait;

use crate::cloud::Patience;
use crate::cloud::aws::s3::{Presence, S3};
use crate::context::{Context, InForce};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::policy::Document;
use crate::resource::{Applied, ApplyRequest, Operation, PlanRequest, Resource};
use crate::schema::Schema;
use crate::value::Value;

use super::support::{self, Doing};
use super::tags;

/// What AWS does not return, and therefore cannot drift: everything else is compared.
#[cfg(test)]
pub(super) const EXEMPT_FROM_DRIFT: [&str; 5] =
    ["allow_replacement", "classification", "force_destroy", "purpose", "record_type"];

/// Attributes whose default comes from the controls; without one they are off.
const GOVERNED: [&str; 12] = [
    "access_log",
    "block_sse_c",
    "bucket_key_enabled",
    "kms_key_arn",
    "lifecycle_rules",
    "object_lock",
    "object_ownership",
    "public_access_block",
    "refuse_other_keys",
    "sse_algorithm",
    "tls_minimum",
    "versioning",
];

pub(super) struct S3Bucket {
    context: Context,
    schema: Schema,
}

impl S3Bucket {
    pub(super) fn new(context: Context) -> Self {
        Self { context, schema: schema::schema() }
    }

    /// Bucket calls for a resource: in its own region, else the provider's.
    async fn calls(&self, resource: &Value, what: &str) -> Result<S3, Diagnostics> {
        let in_force = self.context.get()?;
        let doing = || what.to_owned();
        let aws = in_force.aws().doing(doing)?;
        let region = match resource.get("region").as_str() {
            Some(region) => region.to_owned(),
            None => aws.region().await.doing(doing)?,
        };
        aws.s3(&region).await.doing(doing)
    }

    /// Values that follow from others, as far as these are known.
    async fn derive(
        &self,
        in_force: &InForce,
        request: &PlanRequest<'_>,
        planned: &mut Value,
    ) -> Result<(), Diagnostics> {
        planned.set("tags_all", tags::all(in_force, planned));
        if planned.get("region").is_unknown() && !request.config.get("region").is_unknown() {
            let region = in_force.aws().doing(|| "plan a bucket".to_owned())?.region().await;
            planned.set("region", region.doing(|| "plan a bucket".to_owned())?);
        }
        planned.set("id", planned.get("name").clone());
        let (Some(name), Some(region)) =
            (planned.get("name").as_str(), planned.get("region").as_str())
        else {
            return Ok(());
        };
        let arn = format!("arn:{}:s3:::{name}", support::partition(region));
        let account = if mapping::is_log_target(planned) {
            let aws = in_force.aws().doing(|| format!("plan bucket {name}"))?;
            let identity = aws.identity().await.doing(|| format!("plan bucket {name}"))?;
            Some(identity.account.clone())
        } else {
            None
        };
        let policy = mapping::policy(planned, &arn, account);
        // While a part is not known, what the user adds may be too long already.
        let known = policy.clone().or_else(|| mapping::statements(planned).map(Document::new));
        if let Some(refused) = known.as_ref().and_then(access::refuse_oversize) {
            return Err(refused.into());
        }
        // Whose account it is decides about statements of the user: for their author, and for
        // the controls.
        if planned.get("policy_statements").as_str().is_some() {
            let aws = in_force.aws().doing(|| format!("plan bucket {name}"))?;
            let identity = aws.identity().await.doing(|| format!("plan bucket {name}"))?;
            access::refuse_lockout(planned, &arn, identity).into_result()?;
        }
        let before = request.prior.map(|prior| prior.get("policy")).and_then(Value::as_str);
        let policy = policy.map_or(Value::Unknown, |document: Document| match before {
            Some(before) if document.is_equivalent(before) => before.into(),
            _ => document.render().into(),
        });
        planned.set("policy", policy);
        planned.set("arn", arn);
        Ok(())
    }
}

#[async_trait]
impl Resource for S3Bucket {
    fn type_name(&self) -> &'static str {
        "probity_s3_bucket"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn is_stateful(&self) -> bool {
        true
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        schema::validate(config)
    }

    fn defaults(&self, request: &PlanRequest<'_>, planned: &mut Value) -> Diagnostics {
        let mut found = Diagnostics::new();
        let Some(in_force) = support::in_force(&self.context, &mut found) else { return found };
        let name = self.type_name();
        support::fill_governed(&in_force, name, &self.schema, request.config, &GOVERNED, planned);
        mapping::settle_defaults(&in_force, request, planned);
        planned.set("tags_all", tags::all(&in_force, planned));
        found.extend(mapping::refuse_half_a_lock(planned));
        found
    }

    async fn plan(&self, request: &PlanRequest<'_>, planned: &mut Value) -> Diagnostics {
        let mut found = Diagnostics::new();
        let Some(in_force) = support::in_force(&self.context, &mut found) else { return found };
        if let Err(errors) = self.derive(&in_force, request, planned).await {
            found.extend(errors);
        }
        if let Some(prior) = request.prior {
            mapping::keep_spelling(request.config, prior, planned);
        }
        found
    }

    async fn plan_destroy(&self, prior: &Value) -> Diagnostics {
        let name = prior.get("name").as_str().unwrap_or_default();
        let what = format!("destroy bucket {name}");
        match self.calls(prior, &what).await {
            Err(errors) => errors,
            Ok(s3) => steps::refuse_loss(&s3, name, prior).await.err().unwrap_or_default(),
        }
    }

    async fn create(
        &self,
        operation: &Operation,
        request: &ApplyRequest<'_>,
    ) -> Result<Applied, Diagnostics> {
        let planned = request.planned;
        let name = planned.get("name").as_str().unwrap_or_default();
        let what = format!("create bucket {name}");
        let s3 = self.calls(planned, &what).await?;
        let in_force = self.context.get()?;
        let aws = in_force.aws().doing(|| what.clone())?;
        steps::check_neighbours(aws, &s3, planned).await?;
        steps::create(&s3, name, operation, planned).await
    }

    async fn read(
        &self,
        operation: &Operation,
        state: &Value,
    ) -> Result<Option<Applied>, Diagnostics> {
        let name = state.get("name").as_str().unwrap_or_default();
        let what = format!("read bucket {name}");
        let mut s3 = self.calls(state, &what).await?;
        let patience: Patience = operation.patience();
        let region = match s3.presence(name).await.doing(|| what.clone())? {
            Presence::Here { region } => region,
            Presence::Taken => {
                let detail = format!(
                    "bucket `{name}` exists, but these credentials may not see it: they lack \
                     `s3:ListBucket`, or it belongs to another account"
                );
                return Err(Diagnostic::error(format!("cannot {what}"), detail).into());
            }
            Presence::Free => {
                let gone = s3.is_gone(name, &patience).await.doing(|| what.clone())?;
                if gone {
                    return Ok(None);
                }
                state.get("region").as_str().unwrap_or_default().to_owned()
            }
        };
        let mut state = state.clone();
        if !region.is_empty() && state.get("region").as_str() != Some(&region) {
            state.set("region", region);
            s3 = self.calls(&state, &what).await?;
        }
        let found = s3.read(name).await.doing(|| what.clone())?;
        let in_force = self.context.get()?;
        let mut applied = Applied::from(mapping::refresh(&in_force, &s3, &state, &found));
        let imported = state.get("classification").is_null();
        if imported || found.ownership.as_deref() != Some("BucketOwnerEnforced") {
            let grants = s3.foreign_grants(name).await.doing(|| what.clone())?;
            applied.warnings.extend(access::say_grants(name, &grants));
        }
        Ok(Some(applied))
    }

    async fn update(
        &self,
        operation: &Operation,
        request: &ApplyRequest<'_>,
    ) -> Result<Applied, Diagnostics> {
        let planned = request.planned;
        let name = planned.get("name").as_str().unwrap_or_default();
        let s3 = self.calls(planned, &format!("update bucket {name}")).await?;
        let in_force = self.context.get()?;
        let aws = in_force.aws().doing(|| format!("update bucket {name}"))?;
        steps::check_neighbours(aws, &s3, planned).await?;
        steps::update(&in_force, &s3, name, operation, request).await
    }

    async fn delete(
        &self,
        operation: &Operation,
        prior: &Value,
    ) -> Result<Diagnostics, Diagnostics> {
        let name = prior.get("name").as_str().unwrap_or_default();
        let s3 = self.calls(prior, &format!("delete bucket {name}")).await?;
        steps::delete(&s3, name, operation, prior).await
    }

    async fn import(&self, _operation: &Operation, id: &str) -> Result<Value, Diagnostics> {
        let name = id.rsplit_once(":s3:::").map_or(id, |(_, name)| name);
        if let Err(problem) = schema::is_bucket_name(&name.into()) {
            let detail = format!(
                "`{id}` is not a bucket: give its name (`ledger`) or its ARN \
                 (`arn:aws:s3:::ledger`); the name {problem}"
            );
            return Err(Diagnostic::error("cannot import a bucket", detail).into());
        }
        Ok(self.schema.empty().with("name", name).with("id", name))
    }
}

#[cfg(test)]
mod tests;
