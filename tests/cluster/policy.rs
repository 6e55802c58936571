//! Conditions put to the API server's own CEL: each a `ValidatingAdmissionPolicy` over the objects
//! of one kind that carry its name as a label.
//!
//! Knows how such a policy is made and what its answers look like, not what is asked. Called by
//! `expressions` and `oracle`.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use harness::cluster::registration::typed;
use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use kube::api::PostParams;
use kube::core::NamespaceResourceScope;
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::stage::Stage;

/// The label by which an object says which policy it is for.
const POLICY: &str = "policy";

/// What a policy says that is not fulfilled.
const MESSAGE: &str = "it does not hold";

/// What it says of a condition that cannot be computed.
const FAILURES: [&str; 2] = ["resulted in error", "running out of cost budget"];

/// The policies of a test, over objects of kind `K`.
pub(crate) struct Policies<K> {
    stated: Api<ValidatingAdmissionPolicy>,
    bindings: Api<ValidatingAdmissionPolicyBinding>,
    objects: Api<K>,
}

impl<K> Policies<K>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + Debug
        + Serialize
        + DeserializeOwned,
{
    pub(crate) fn new(stage: &Stage) -> Self {
        Self {
            stated: Api::all(stage.client.clone()),
            bindings: Api::all(stage.client.clone()),
            objects: Api::namespaced(stage.client.clone(), &stage.namespace),
        }
    }

    /// Puts a condition in force for the objects that ask for it.
    pub(crate) async fn enforce(&self, name: &str, condition: &str) -> kube::Result<()> {
        let rule = json!({
            "apiGroups": [K::group(&())], "apiVersions": [K::version(&())],
            "operations": ["CREATE"], "resources": [K::plural(&())],
        });
        let policy = json!({
            "metadata": { "name": name },
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {
                    "resourceRules": [rule],
                    "objectSelector": { "matchLabels": { POLICY: name } },
                },
                "validations": [{ "expression": condition, "message": MESSAGE }],
            },
        });
        self.stated.create(&PostParams::default(), &typed(policy)).await?;
        let binding = json!({
            "metadata": { "name": name },
            "spec": { "policyName": name, "validationActions": ["Deny"] },
        });
        self.bindings.create(&PostParams::default(), &typed(binding)).await?;
        Ok(())
    }

    /// Whether the condition holds for an object, or why that cannot be computed.
    pub(crate) async fn ask(&self, name: &str, object: &Value) -> Result<bool, String> {
        let mut object = object.clone();
        object["metadata"]["labels"][POLICY] = json!(name);
        let dry_run = PostParams { dry_run: true, ..PostParams::default() };
        match self.objects.create(&dry_run, &typed(object)).await {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.message.ends_with(MESSAGE) => Ok(false),
            Err(kube::Error::Api(status))
                if FAILURES.iter().any(|failure| status.message.contains(failure)) =>
            {
                Err(status.message)
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }

    /// Waits until all that was put in force is: one more, the last, refuses `object`.
    pub(crate) async fn settle(&self, last: &str, object: &Value) {
        self.enforce(last, "false").await.unwrap();
        let deadline = Instant::now() + Duration::from_mins(1);
        while self.ask(last, object).await != Ok(false) {
            assert!(Instant::now() < deadline, "policies never come into force");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
