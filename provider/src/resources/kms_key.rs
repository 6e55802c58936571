//! `probity_kms_key`: a key with its policy, rotation, tags and alias as one resource. Maps values
//! and orders steps; the calls are in `cloud::aws::kms`.

mod mapping;
mod schema;

use async_trait::async_trait;

use crate::cloud::aws::Identity;
use crate::cloud::aws::kms::{Configuration, Key, Kms};
use crate::context::{Context, InForce};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::policy::key::KeyPlace;
use crate::resource::{Applied, ApplyRequest, Operation, PlanRequest, Resource};
use crate::schema::Schema;
use crate::value::Value;

use super::support::{self, Doing, failed, int};
use super::tags;

/// What AWS does not return, and therefore cannot drift: everything else is compared.
#[cfg(test)]
pub(super) const EXEMPT_FROM_DRIFT: [&str; 3] =
    ["allow_replacement", "classification", "deletion_window_days"];

/// Attributes whose default comes from the controls; without one they are off.
const GOVERNED: [&str; 6] = [
    "admins",
    "deletion_window_days",
    "rotation_enabled",
    "rotation_period_days",
    "services",
    "users",
];

pub(super) struct KmsKey {
    context: Context,
    schema: Schema,
}

/// Where keys of this resource are, and the calls there.
struct Reach {
    kms: Kms,
    identity: Identity,
    region: String,
}

impl Reach {
    fn place(&self) -> KeyPlace<'_> {
        KeyPlace {
            partition: &self.identity.partition,
            account: &self.identity.account,
            region: &self.region,
        }
    }
}

impl KmsKey {
    pub(super) fn new(context: Context) -> Self {
        Self { context, schema: schema::schema() }
    }

    /// A key stays in the region of its ARN; a new one goes to the provider's.
    async fn reach(&self, resource: &Value, what: &str) -> Result<Reach, Diagnostics> {
        let in_force = self.context.get()?;
        let doing = || what.to_owned();
        let aws = in_force.aws().doing(doing)?;
        let known = resource.get("arn").as_str().and_then(|arn| arn.split(':').nth(3));
        let region = match known {
            Some(region) => region.to_owned(),
            None => aws.region().await.doing(doing)?,
        };
        let kms = aws.kms(&region).await.doing(doing)?;
        let identity = aws.identity().await.doing(doing)?.clone();
        Ok(Reach { kms, identity, region })
    }

    /// The key of a state, if it is still there to be managed.
    async fn find(&self, reach: &Reach, state: &Value) -> Result<Option<Key>, Diagnostics> {
        let reference = state.get("id").as_str().unwrap_or_default();
        let key = reach.kms.read(reference).await.doing(|| format!("read key {reference}"))?;
        let Some(key) = key else { return Ok(None) };
        if let Some(date) = &key.deletion {
            let id = &key.id;
            let detail = format!(
                "key {id} waits for its deletion{}. Everything encrypted under it is lost with \
                 it.\n\n  to keep it    aws kms cancel-key-deletion --key-id {id} && aws kms \
                 enable-key --key-id {id}\n  to let it go  terraform state rm ADDRESS",
                if date.is_empty() { String::new() } else { format!(" on {date}") }
            );
            return Err(Diagnostic::error("the key will be deleted", detail).into());
        }
        Ok(Some(key))
    }
}

#[async_trait]
impl Resource for KmsKey {
    fn type_name(&self) -> &'static str {
        "probity_kms_key"
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
        if planned.get("rotation_enabled").is_null() {
            planned.set("rotation_enabled", false);
        }
        planned.set("tags_all", tags::all(&in_force, planned));
        found
    }

    async fn plan(&self, request: &PlanRequest<'_>, planned: &mut Value) -> Diagnostics {
        let mut found = Diagnostics::new();
        let Some(in_force) = support::in_force(&self.context, &mut found) else { return found };
        planned.set("tags_all", tags::all(&in_force, planned));
        let what = "plan a key";
        let prior = request.prior.unwrap_or(&Value::Null);
        // A key that is not there yet is in no resource share.
        planned.set("ram_policy", prior.get("ram_policy").clone());
        let policy = match self.reach(prior, what).await {
            Ok(reach) => {
                planned.set("region", reach.region.as_str());
                mapping::policy(planned, reach.place())
            }
            Err(errors) => {
                found.extend(errors);
                None
            }
        };
        let policy = policy.map_or(Value::Unknown, |document| match prior.get("policy").as_str() {
            Some(before) if document.is_equivalent(before) => before.into(),
            _ => document.render().into(),
        });
        planned.set("policy", policy);
        found
    }

    async fn create(
        &self,
        operation: &Operation,
        request: &ApplyRequest<'_>,
    ) -> Result<Applied, Diagnostics> {
        let planned = request.planned;
        let alias = planned.get("alias").as_str().unwrap_or_default();
        let what = || format!("create key {alias}");
        let reach = self.reach(&Value::Null, &what()).await?;
        refuse_existing(&reach.kms, alias).await?;
        let planned = &complete(planned, &reach);
        let wanted = mapping::wanted(planned, &[]);
        let patience = operation.patience();
        let origin = mapping::origin(planned);
        let (id, arn) = reach.kms.create(&origin, &wanted, &patience).await.doing(what)?;
        let state = planned.clone().with("id", id.as_str()).with("arn", arn);
        operation.checkpoint(&state);
        let hardening = || format!("harden key {id}, which was created and is in the state");
        reach.kms.wait(&id, &patience).await.doing(hardening)?;
        let newborn = Configuration { rotation: None, aliases: vec![], ..wanted.clone() };
        reach.kms.converge(&id, &newborn, &wanted, &patience).await.doing(hardening)?;
        Ok(state.into())
    }

    async fn read(
        &self,
        _operation: &Operation,
        state: &Value,
    ) -> Result<Option<Applied>, Diagnostics> {
        let reach = self.reach(state, "read a key").await?;
        let Some(key) = self.find(&reach, state).await? else { return Ok(None) };
        let in_force = self.context.get()?;
        let mut applied = Applied::from(refresh(&in_force, &reach, state, &key));
        if !key.enabled {
            applied.warnings.push(Diagnostic::warning(
                format!("key {} is disabled", key.id),
                format!(
                    "nothing under it can be read or written; to enable it: aws kms enable-key \
                     --key-id {}",
                    key.id
                ),
            ));
        }
        Ok(Some(applied))
    }

    async fn update(
        &self,
        operation: &Operation,
        request: &ApplyRequest<'_>,
    ) -> Result<Applied, Diagnostics> {
        let prior = request.prior.unwrap_or(request.planned);
        let id = prior.get("id").as_str().unwrap_or_default();
        let what = || format!("update key {id}");
        let reach = self.reach(prior, &what()).await?;
        let planned = &complete(request.planned, &reach);
        let Some(key) = self.find(&reach, prior).await? else {
            let detail = format!("key {id} is gone; plan again");
            return Err(Diagnostic::error(format!("cannot {}", what()), detail).into());
        };
        // Aliases of others stay; only our own moves.
        let ours = prior.get("alias").as_str().unwrap_or_default();
        let others: Vec<String> =
            key.configuration.aliases.iter().filter(|alias| *alias != ours).cloned().collect();
        let alias = planned.get("alias").as_str().unwrap_or_default();
        if !key.configuration.aliases.iter().any(|own| own == alias) {
            refuse_existing(&reach.kms, alias).await?;
        }
        let wanted = mapping::wanted(planned, &others);
        let patience = operation.patience();
        let converged = reach.kms.converge(&key.id, &key.configuration, &wanted, &patience).await;
        if let Err(error) = converged {
            // What has been done so far is what the state must say.
            if let Ok(Some(now)) = reach.kms.read(&key.id).await {
                let in_force = self.context.get()?;
                operation.checkpoint(&refresh(&in_force, &reach, prior, &now));
            }
            return Err(failed(&what(), &error));
        }
        Ok(planned.clone().with("id", key.id).with("arn", key.arn).into())
    }

    async fn delete(
        &self,
        operation: &Operation,
        prior: &Value,
    ) -> Result<Diagnostics, Diagnostics> {
        let id = prior.get("id").as_str().unwrap_or_default();
        let what = || format!("delete key {id}");
        let reach = self.reach(prior, &what()).await?;
        let patience = operation.patience();
        let Some(key) = reach.kms.read(id).await.doing(what)? else {
            return Ok(Diagnostics::new());
        };
        // Aliases live through the waiting period and would block their names.
        for alias in &key.configuration.aliases {
            reach.kms.delete_alias(alias, &patience).await.doing(what)?;
        }
        if key.deletion.is_none() {
            let window = int(prior.get("deletion_window_days")).unwrap_or(30);
            reach.kms.schedule_deletion(&key.id, window, &patience).await.doing(what)?;
        }
        Ok(Diagnostics::new())
    }

    async fn import(&self, _operation: &Operation, id: &str) -> Result<Value, Diagnostics> {
        let stub = self.schema.empty().with("id", id);
        if let Some(alias) = id.strip_prefix("alias/") {
            return Ok(stub.with("alias", alias));
        }
        if let Some((_, alias)) = id.split_once(":alias/").filter(|_| id.starts_with("arn:")) {
            return Ok(stub.with("alias", alias).with("arn", id));
        }
        if id.starts_with("arn:") && id.contains(":kms:") && id.contains(":key/") {
            return Ok(stub.with("arn", id));
        }
        if id.is_empty() || id.contains([':', '/', ' ']) {
            let detail = format!(
                "`{id}` is not a key: give its id, its ARN \
                 (`arn:aws:kms:REGION:ACCOUNT:key/ID`) or its alias (`alias/ledger`)"
            );
            return Err(Diagnostic::error("cannot import a key", detail).into());
        }
        Ok(stub)
    }
}

/// The plan with the policy that was not known when it was made.
fn complete(planned: &Value, reach: &Reach) -> Value {
    if planned.get("policy").is_set() {
        return planned.clone();
    }
    let policy = mapping::policy(planned, reach.place()).map(|document| document.render());
    planned.clone().with("policy", policy)
}

/// What exists is never taken over in silence.
async fn refuse_existing(kms: &Kms, alias: &str) -> Result<(), Diagnostics> {
    let holder = kms.holder(alias).await.doing(|| format!("look for alias {alias}"))?;
    let Some(holder) = holder else { return Ok(()) };
    let detail = format!(
        "`alias/{alias}` belongs to key {holder} already. To manage that key from here, import \
         it; the plan then shows what hardening changes:\n\n  terraform import \
         probity_kms_key.NAME alias/{alias}\n\nOtherwise choose another alias."
    );
    Err(Diagnostic::error("the alias exists already", detail).at("alias").into())
}

fn refresh(in_force: &InForce, reach: &Reach, state: &Value, key: &Key) -> Value {
    // Only an import leaves this required attribute out.
    let imported = state.get("classification").is_null();
    let mut new = mapping::refresh(state, key, reach.place(), imported);
    tags::refresh(in_force, &mut new, &key.configuration.tags, imported);
    new
}
