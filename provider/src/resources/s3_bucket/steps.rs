//! What happens to a bucket, step by step: creation, change, destruction, and what is looked at
//! before.

use super::{access, mapping};
use crate::cloud::aws::Aws;
use crate::cloud::aws::s3::{Configuration, Presence, S3};
use crate::cloud::{CloudError, Kind, Patience};
use crate::context::InForce;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resource::{Applied, ApplyRequest, Operation};
use crate::resources::support::{Doing, failed};
use crate::value::Value;

/// Looks at the caller's own way in, the key and the log bucket before anything is done: S3
/// accepts any, and fails later.
pub(super) async fn check_neighbours(
    aws: &Aws,
    s3: &S3,
    planned: &Value,
) -> Result<(), Diagnostics> {
    let region = planned.get("region").as_str().unwrap_or_default();
    let name = planned.get("name").as_str().unwrap_or_default();
    let identity = aws.identity().await.doing(|| "ask who is calling".to_owned())?;
    let mut found = access::refuse_lockout(planned, &s3.arn(name), identity);
    if let Some(key) = planned.get("kms_key_arn").as_str() {
        let kms = aws.kms(region).await.doing(|| "look at the key".to_owned())?;
        if let Err(error) = kms.check_usable(key, s3.account(), region).await {
            let detail = format!("the bucket cannot be encrypted with `{key}`: {error}");
            found.push(Diagnostic::error("the key cannot be used", detail).at("kms_key_arn"));
        }
    }
    if let Some(target) = planned.get("access_log").get("bucket").as_str()
        && let Err(problem) = check_log_target(s3, target, region).await
    {
        let detail = format!("access logs cannot go to `{target}`: {problem}");
        found.push(Diagnostic::error("the log bucket cannot be used", detail).at("access_log"));
    }
    found.into_result().map(|_| ())
}

async fn check_log_target(s3: &S3, target: &str, region: &str) -> Result<(), String> {
    match s3.presence(target).await {
        Ok(Presence::Here { region: there }) if there == region => Ok(()),
        Ok(Presence::Here { region: there }) => {
            Err(format!("it is in {there}, and must be in {region} like this bucket"))
        }
        Ok(Presence::Free) => Err("there is no such bucket; create it first".to_owned()),
        Ok(Presence::Taken) => {
            Err("it belongs to another account, or these credentials may not see it".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Creates a bucket and hardens it. Its state is kept from the first moment on.
pub(super) async fn create(
    s3: &S3,
    name: &str,
    operation: &Operation,
    planned: &Value,
) -> Result<Applied, Diagnostics> {
    let what = || format!("create bucket {name}");
    refuse_existing(s3, name).await?;
    let wanted = mapping::wanted(planned);
    let patience = operation.patience();
    // A bucket that will ever need the lock gets it at birth: it also switches versioning on.
    let lock = wanted.lock.enabled;
    s3.create(name, lock, &wanted.tags, &patience).await.doing(what)?;
    let state = planned.clone().with("id", name).with("arn", s3.arn(name));
    operation.checkpoint(&state);
    let newborn = mapping::newborn(&wanted, lock);
    s3.converge(name, &newborn, &wanted, &patience)
        .await
        .doing(|| format!("harden bucket {name}, which was created and is in the state"))?;
    let warnings = settle(s3, name, &wanted, &patience).await.doing(what)?;
    Ok(Applied { state, private: None, warnings })
}

/// What exists is never taken over in silence.
async fn refuse_existing(s3: &S3, name: &str) -> Result<(), Diagnostics> {
    let presence = s3.presence(name).await.doing(|| format!("create bucket {name}"))?;
    let detail = match presence {
        Presence::Free => return Ok(()),
        Presence::Here { region } => format!(
            "bucket `{name}` exists already, in {region}. To manage it from here, import it; the \
             plan then shows what hardening changes:\n\n  terraform import \
             probity_s3_bucket.NAME {name}"
        ),
        Presence::Taken => format!(
            "the name `{name}` is taken by a bucket that these credentials may not see; bucket \
             names are unique in the world: choose another"
        ),
    };
    Err(Diagnostic::error("the bucket exists already", detail).at("name").into())
}

/// Looks at the result once, and writes again what did not stick.
async fn settle(
    s3: &S3,
    name: &str,
    wanted: &Configuration,
    patience: &Patience,
) -> Result<Diagnostics, CloudError> {
    let found = s3.read(name).await?;
    s3.converge(name, &found, &lock_kept(wanted, &found), patience).await?;
    let mut warnings = Diagnostics::new();
    if wanted.versioning && !found.versioning {
        warnings.push(Diagnostic::warning(
            format!("bucket {name}: versioning is not in effect yet"),
            "S3 may need up to 15 minutes; do not write objects before",
        ));
    }
    Ok(warnings)
}

/// Object lock stays on where it is on: S3 cannot switch it off.
fn lock_kept(wanted: &Configuration, found: &Configuration) -> Configuration {
    let mut wanted = wanted.clone();
    wanted.lock.enabled |= found.lock.enabled;
    wanted
}

/// Writes what differs between the bucket as it is now and the plan.
pub(super) async fn update(
    in_force: &InForce,
    s3: &S3,
    name: &str,
    operation: &Operation,
    request: &ApplyRequest<'_>,
) -> Result<Applied, Diagnostics> {
    let what = || format!("update bucket {name}");
    let patience = operation.patience();
    let found = s3.read(name).await.doing(what)?;
    let wanted = lock_kept(&mapping::wanted(request.planned), &found);
    if let Err(error) = s3.converge(name, &found, &wanted, &patience).await {
        // What has been done so far is what the state must say.
        if let (Ok(now), Some(prior)) = (s3.read(name).await, request.prior) {
            operation.checkpoint(&mapping::refresh(in_force, s3, prior, &now));
        }
        return Err(failed(&what(), &error));
    }
    let state = request.planned.clone().with("id", name).with("arn", s3.arn(name));
    Ok(state.into())
}

/// Refuses to lose what is in a bucket without the user's word, and says what is in the way.
pub(super) async fn refuse_loss(s3: &S3, name: &str, prior: &Value) -> Result<(), Diagnostics> {
    let locked = prior.get("object_lock").is_set();
    let blockers = match s3.blockers(name, locked).await {
        Err(error) if error.kind == Kind::Missing => return Ok(()),
        other => other.doing(|| format!("look into bucket {name}"))?,
    };
    if blockers.is_empty() {
        return Ok(());
    }
    if !blockers.locked.is_empty() {
        let detail = format!(
            "nobody may delete these yet, `force_destroy` or not:\n\n  {}",
            blockers.locked.join("\n  ")
        );
        return Err(Diagnostic::error(format!("bucket {name} holds locked objects"), detail).into());
    }
    if prior.get("force_destroy").as_bool() == Some(true) {
        return Ok(());
    }
    let more = if blockers.more { " or more" } else { "" };
    let detail = format!(
        "it holds {}{more} versions and delete markers. Empty it first; in development you may \
         also set `force_destroy = true`, apply that, and destroy it then.",
        blockers.versions
    );
    Err(Diagnostic::error(format!("bucket {name} is not empty"), detail).at("force_destroy").into())
}

/// Deletes the bucket, emptied before if the user said so.
pub(super) async fn delete(
    s3: &S3,
    name: &str,
    operation: &Operation,
    prior: &Value,
) -> Result<Diagnostics, Diagnostics> {
    refuse_loss(s3, name, prior).await?;
    let patience = operation.patience();
    if prior.get("force_destroy").as_bool() == Some(true) {
        match s3.empty(name, &patience).await {
            Err(error) if error.kind == Kind::Missing => return Ok(Diagnostics::new()),
            other => other.doing(|| format!("empty bucket {name}"))?,
        }
    }
    s3.delete(name, &patience).await.doing(|| format!("delete bucket {name}"))?;
    Ok(Diagnostics::new())
}
