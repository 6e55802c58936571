//! What breaks nothing gets in unchanged, and without a word.

use crate::objects::{compliant, pod_spec, privileged, workload};
use crate::stage::{Stage, warnings};

#[tokio::test(flavor = "multi_thread")]
async fn compliant_pod_stays_as_it_is() {
    let Some(stage) = Stage::new("admit-pod").await else { return };
    let mut asked = compliant("ledger");
    let mut stored = serde_json::to_value(stage.admitted(&asked).await).unwrap();
    let before = &pod_spec(&mut asked)["containers"][0]["securityContext"];
    assert_eq!(&pod_spec(&mut stored)["containers"][0]["securityContext"], before);
    assert!(stored["metadata"].get("annotations").is_none(), "{}", stored["metadata"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn compliant_pod_gets_no_warning() {
    let Some(stage) = Stage::new("admit-silent").await else { return };
    let answer = stage.answer(&compliant("ledger")).await;
    assert_eq!(answer.status(), 201);
    assert_eq!(warnings(&answer), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn namespaces_that_are_not_selected_are_left_alone() {
    let Some(stage) = Stage::labelled("admit-elsewhere", &[]).await else { return };
    stage.admitted(&privileged(compliant("ledger"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_stores_nothing() {
    let Some(stage) = Stage::new("admit-dry-run").await else { return };
    let deployment = workload("Deployment", "ledger");
    stage.try_create(&deployment).await.unwrap();
    assert!(stage.get(&deployment).await.is_none());
}
