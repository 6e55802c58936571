//! The one cluster that all tests share, and the namespace that each has to itself.

use std::time::{Duration, Instant};

use harness::cluster::registration::{
    Kinds, Registration, SELECTOR, create_account, create_namespace, refusal, typed,
    wait_until_refused,
};
use harness::cluster::{Cluster, control_plane_or_skip};
use harness::served::{Served, UNSPECIFIED};
use http::{Response, request};
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::rbac::v1::RoleBinding;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::client::Body;
use kube::core::response::Status;
use kube::discovery::ApiResource;
use kube::{Client, ResourceExt as _};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::objects::resource;
use crate::relay::Relay;

/// What the suite's webhook enforces.
pub(crate) const SETTINGS: &str = "environment: production\nregimes: [sox, pci-dss]\n";

/// Value of the label by which a namespace is judged over HTTP/2, pods and templates.
pub(crate) const HTTP2: &str = "http2";
/// The same over HTTP/1.1.
pub(crate) const HTTP1: &str = "http1";
/// Judged for pods alone.
pub(crate) const PODS: &str = "pods";
/// The webhook is asked about whatever is done to pods and deployments, and to parts of them.
pub(crate) const EVERYTHING: &str = "everything";

const RBAC: &str = "rbac.authorization.k8s.io";

/// Cluster, webhook, and the relays through which the one talks to the other.
#[derive(Debug)]
struct World {
    cluster: Cluster,
    http2: Relay,
    http1: Relay,
    webhook: Served,
}

static WORLD: OnceCell<Option<World>> = OnceCell::const_new();

async fn start() -> Option<World> {
    let tools = control_plane_or_skip()?;
    // First what can fail fastest.
    let webhook = Served::start(SETTINGS);
    let mut cluster = Cluster::start(tools).await;
    cluster.start_controllers();
    let (http2, http1) = (Relay::start(webhook.port()), Relay::start(webhook.port()));
    let authority = webhook.authority();
    let client = cluster.client();
    let register = async |name: &str, url: &str, kinds| {
        let registration =
            Registration { name, url, authority: &authority, kinds, namespaces: Some(name) };
        registration.register(&client).await;
    };
    let loopback = format!("https://127.0.0.1:{}", http2.port());
    // The API server offers HTTP/2 to loopback addresses only. This address is none, and leads there.
    let elsewhere = format!("https://{UNSPECIFIED}:{}", http1.port());
    register(HTTP2, &loopback, Kinds::Workloads).await;
    register(HTTP1, &elsewhere, Kinds::Workloads).await;
    register(PODS, &loopback, Kinds::Pods).await;
    register(EVERYTHING, &loopback, Kinds::Everything).await;
    Some(World { cluster, http2, http1, webhook })
}

/// One test's view of the world.
pub(crate) struct Stage {
    world: &'static World,
    pub(crate) client: Client,
    pub(crate) namespace: String,
}

impl Stage {
    /// A new namespace, judged over HTTP/2. Nothing where there is no API server to be had.
    pub(crate) async fn new(name: &str) -> Option<Self> {
        Self::labelled(name, &[(SELECTOR, HTTP2)]).await
    }

    /// A new namespace with labels of the caller's.
    pub(crate) async fn labelled(name: &str, labels: &[(&str, &str)]) -> Option<Self> {
        let world = WORLD.get_or_init(start).await.as_ref()?;
        let client = world.cluster.client();
        create_namespace(&client, name, labels).await;
        Some(Self { world, client, namespace: name.to_owned() })
    }

    /// A new namespace in which `object` was before anybody judged it; now it has this label.
    pub(crate) async fn with_old(name: &str, label: &str, object: &Value) -> Option<Self> {
        let stage = Self::labelled(name, &[]).await?;
        stage.admitted(object).await;
        stage.judge(label).await;
        Some(stage)
    }

    /// From now on this namespace has the label, so that it is judged.
    pub(crate) async fn judge(&self, label: &str) {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let label = json!({ "metadata": { "labels": { SELECTOR: label } } });
        let parameters = PatchParams::default();
        namespaces.patch(&self.namespace, &parameters, &Patch::Merge(label)).await.unwrap();
        wait_until_refused(&self.client, &self.namespace).await;
    }

    /// A service account in this namespace, whose pods get its token or not.
    pub(crate) async fn account(&self, name: &str, mounted: bool) {
        create_account(&self.client, &self.namespace, name, mounted).await;
    }

    /// The same as seen by somebody else, who may do everything in it.
    pub(crate) async fn seen_by(&self, user: &str, groups: &[&str]) -> Self {
        let bindings: Api<RoleBinding> = Api::namespaced(self.client.clone(), &self.namespace);
        let all = json!({
            "metadata": { "generateName": "all-" },
            "roleRef": { "apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin" },
            "subjects": [{ "apiGroup": RBAC, "kind": "User", "name": user }],
        });
        bindings.create(&PostParams::default(), &typed(all)).await.unwrap();
        let client = self.world.cluster.client_as(user, groups);
        Self { world: self.world, client, namespace: self.namespace.clone() }
    }

    /// Create an object as it is written.
    pub(crate) async fn create(&self, object: &Value) -> kube::Result<DynamicObject> {
        self.create_with(object, false).await
    }

    /// Ask what would happen.
    pub(crate) async fn try_create(&self, object: &Value) -> kube::Result<DynamicObject> {
        self.create_with(object, true).await
    }

    async fn create_with(&self, object: &Value, dry_run: bool) -> kube::Result<DynamicObject> {
        let parameters = PostParams { dry_run, ..PostParams::default() };
        let typed: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        self.api(&resource(object)).create(&parameters, &typed).await
    }

    /// The text of the refusal; anything else fails the test.
    pub(crate) async fn denied(&self, object: &Value) -> String {
        denial(self.create(object).await)
    }

    /// The object as it was stored; a refusal fails the test.
    pub(crate) async fn admitted(&self, object: &Value) -> DynamicObject {
        self.create(object).await.unwrap_or_else(|error| panic!("not admitted: {error}"))
    }

    /// Read an object back.
    pub(crate) async fn get(&self, like: &Value) -> Option<DynamicObject> {
        let name = like["metadata"]["name"].as_str().unwrap();
        self.api(&resource(like)).get_opt(name).await.unwrap()
    }

    /// Replace a stored object by what `change` makes of it, as often as a controller was faster.
    pub(crate) async fn update(
        &self,
        like: &Value,
        change: impl Fn(&mut Value),
    ) -> kube::Result<DynamicObject> {
        let api = self.api(&resource(like));
        loop {
            let mut object = self.get(like).await.unwrap();
            change(&mut object.data);
            let answer = api.replace(&object.name_any(), &PostParams::default(), &object).await;
            if refusal(&answer).is_none_or(|status| status.code != 409) {
                return answer;
            }
        }
    }

    /// Remove an object.
    pub(crate) async fn delete(&self, like: &Value) {
        let name = like["metadata"]["name"].as_str().unwrap();
        let now = DeleteParams::default().grace_period(0);
        self.api(&resource(like)).delete(name, &now).await.unwrap();
    }

    /// The whole answer to a creation, for its headers.
    pub(crate) async fn answer(&self, object: &Value) -> Response<Body> {
        let resource = resource(object);
        let group = if resource.group.is_empty() { "api" } else { "apis" };
        let path = format!(
            "/{group}/{}/namespaces/{}/{}",
            resource.api_version, self.namespace, resource.plural
        );
        let request = http::Request::post(path).header("content-type", "application/json");
        self.send(request, object).await
    }

    /// The whole answer to any request.
    pub(crate) async fn send(&self, request: request::Builder, body: &Value) -> Response<Body> {
        let body = serde_json::to_vec(body).unwrap();
        self.client.send(request.body(Body::from(body)).unwrap()).await.unwrap()
    }

    pub(crate) fn api(&self, resource: &ApiResource) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, resource)
    }

    /// What keeps a `ReplicaSet` of this namespace from making its pods.
    pub(crate) async fn replica_failure(&self) -> String {
        let sets: Api<ReplicaSet> = Api::namespaced(self.client.clone(), &self.namespace);
        self.eventually("a ReplicaSet that fails", async || {
            let set = sets.list(&ListParams::default()).await.unwrap().items.into_iter().next()?;
            let conditions = set.status?.conditions?;
            conditions.into_iter().find(|c| c.type_ == "ReplicaFailure")?.message
        })
        .await
    }

    /// The first pod that a controller made in this namespace.
    pub(crate) async fn first_pod(&self) -> Value {
        let pods = self.api(&resource(&json!({ "kind": "Pod" })));
        self.eventually("a pod", async || {
            let pod = pods.list(&ListParams::default()).await.unwrap().items.into_iter().next()?;
            let mut pod = serde_json::to_value(pod).unwrap();
            pod["kind"] = json!("Pod");
            Some(pod)
        })
        .await
    }

    async fn eventually<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(Instant::now() < deadline, "{what} never came in {}", self.namespace);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The API server's audit log.
    pub(crate) fn audit_log(&self) -> String {
        self.world.cluster.audit_log()
    }

    /// The webhook's log.
    pub(crate) fn webhook_log(&self) -> String {
        self.world.webhook.printed()
    }

    /// The evidence of the last time that this object of this namespace was judged.
    pub(crate) async fn evidence(&self, name: &str) -> Value {
        self.evidence_of(|what| what["name"] == name).await
    }

    /// The evidence of the last review of this namespace that is such a one.
    pub(crate) async fn evidence_of(&self, is_meant: impl Fn(&Value) -> bool) -> Value {
        self.eventually("evidence", async || {
            let log = self.webhook_log();
            let lines = log.lines().rev().filter_map(|line| serde_json::from_str(line).ok());
            lines.into_iter().find(|line: &Value| {
                let what = &line["what"];
                let here = what["namespace"] == self.namespace.as_str();
                what["endpoint"] == "validate" && here && is_meant(what)
            })
        })
        .await
    }

    /// The webhook's metrics.
    pub(crate) fn metrics(&self) -> String {
        self.world.webhook.metrics()
    }

    /// What the API server offered to speak with the webhook, over HTTP/2 and over HTTP/1.1.
    pub(crate) fn offers(&self) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
        (self.world.http2.offers(), self.world.http1.offers())
    }
}

/// What kubectl would show beside the answer.
pub(crate) fn warnings(answer: &Response<Body>) -> Vec<String> {
    let warnings = answer.headers().get_all("warning").iter();
    warnings.map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned()).collect()
}

/// The text of a refusal by the webhook.
pub(crate) fn denial(answer: kube::Result<DynamicObject>) -> String {
    match answer {
        Err(kube::Error::Api(status)) => denial_of(&status),
        other => panic!("not denied: {other:?}"),
    }
}

fn denial_of(status: &Status) -> String {
    assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"), "{}", status.message);
    let by_us = "admission webhook \"validate.probity.dev\" denied the request: ";
    let message = status.message.split_once(by_us).map(|(_, message)| message);
    message.unwrap_or_else(|| panic!("refused by another: {}", status.message)).to_owned()
}
