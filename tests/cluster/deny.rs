//! Refusals: what breaks a control does not get in, and the message says which and where.

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, api::DynamicObject};
use serde_json::{Value, json};

use crate::objects::{compliant, container, pod_spec, privileged, workload};
use crate::stage::{Stage, denial};

#[tokio::test(flavor = "multi_thread")]
async fn privileged_pod() {
    let Some(stage) = Stage::new("deny-privileged").await else { return };
    let message = stage.denied(&privileged(compliant("ledger"))).await;
    assert!(message.starts_with("Pod deny-privileged/ledger breaks "), "{message}");
    assert!(
        message.contains(
            "POD-001 (critical) No privileged containers: \
         spec.containers[0].securityContext.privileged is true; allowed: false or unset"
        ),
        "{message}"
    );
    assert!(message.contains("pci-dss") && message.contains("sox"), "{message}");
    assert!(stage.get(&compliant("ledger")).await.is_none(), "it got in all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_broken_control_is_named_most_severe_first() {
    let Some(stage) = Stage::new("deny-all").await else { return };
    let mut pod = privileged(compliant("ledger"));
    let spec = pod_spec(&mut pod);
    spec["hostPID"] = json!(true);
    spec["containers"][0]["image"] = json!("nginx:latest");
    let message = stage.denied(&pod).await;
    let place = |id: &str| {
        message.find(&format!("\n{id} (")).unwrap_or_else(|| panic!("no {id}: {message}"))
    };
    assert!(place("POD-001").max(place("POD-002")) < place("IMG-003"), "{message}");
    assert!(message.contains("IMG-002"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn violating_init_container() {
    let Some(stage) = Stage::new("deny-init").await else { return };
    let mut pod = compliant("ledger");
    let mut init = container("migrate");
    init["securityContext"]["runAsUser"] = json!(0);
    pod_spec(&mut pod)["initContainers"] = json!([container("fine"), init]);
    let message = stage.denied(&pod).await;
    assert!(message.contains("POD-007"), "{message}");
    assert!(message.contains("spec.initContainers[1].securityContext.runAsUser is 0"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn violating_ephemeral_container() {
    let Some(stage) = Stage::new("deny-ephemeral").await else { return };
    stage.admitted(&compliant("ledger")).await;
    let pods: Api<Pod> = Api::namespaced(stage.client.clone(), &stage.namespace);
    let attach = async |container: Value| {
        let patch = json!({ "spec": { "ephemeralContainers": [container] } });
        let parameters = PatchParams::default();
        pods.patch_ephemeral_containers("ledger", &parameters, &Patch::Strategic(patch)).await
    };
    let debugger = |name: &str| {
        let mut debugger = container(name);
        debugger.as_object_mut().unwrap().remove("resources");
        debugger
    };

    let mut privileged = debugger("root-shell");
    privileged["securityContext"] = json!({ "privileged": true, "runAsNonRoot": true });
    let message = denial(attach(privileged).await.map(|_| panic!("it was attached")));
    assert!(message.contains("POD-001"), "{message}");
    assert!(
        message.contains("spec.ephemeralContainers[0].securityContext.privileged"),
        "{message}"
    );

    // In order by itself, and still no container that production lets in.
    let message = denial(attach(debugger("shell")).await.map(|_| panic!("it was attached")));
    assert!(message.contains("breaks 1 control: POD-018"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn template_of_a_deployment() {
    let Some(stage) = Stage::new("deny-template").await else { return };
    let message = stage.denied(&privileged(workload("Deployment", "ledger"))).await;
    assert!(message.starts_with("Deployment deny-template/ledger breaks "), "{message}");
    assert!(message.contains("POD-001"), "{message}");
    let path = "spec.template.spec.containers[0].securityContext.privileged is true";
    assert!(message.contains(path), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_is_refused_alike() {
    let Some(stage) = Stage::new("deny-dry-run").await else { return };
    let message = denial(stage.try_create(&privileged(compliant("ledger"))).await);
    assert!(message.contains("POD-001"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_of_a_template_that_nobody_judged() {
    // Deployments are not registered here, as in a cluster where one came before the webhook.
    let labels = [(harness::cluster::registration::SELECTOR, crate::stage::PODS)];
    let Some(stage) = Stage::labelled("deny-controller", &labels).await else { return };
    stage.admitted(&privileged(workload("Deployment", "ledger"))).await;
    let message = stage.replica_failure().await;
    assert!(message.contains("\"validate.probity.dev\" denied the request"), "{message}");
    assert!(message.contains("POD-001"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_names_are_shown() {
    let Some(stage) = Stage::new("deny-generated").await else { return };
    let mut pod = privileged(compliant("ledger"));
    let metadata = pod["metadata"].as_object_mut().unwrap();
    metadata.remove("name");
    metadata.insert("generateName".to_owned(), json!("ledger-"));
    let typed: DynamicObject = serde_json::from_value(pod.clone()).unwrap();
    let api = stage.api(&crate::objects::resource(&pod));
    let message = denial(api.create(&PostParams::default(), &typed).await);
    assert!(message.starts_with("Pod deny-generated/ledger-"), "{message}");
}
