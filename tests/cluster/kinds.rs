//! Every kind that brings pods about is judged by its template.

use crate::objects::{KINDS, privileged, unhardened, workload};
use crate::stage::{Stage, denial};

#[tokio::test(flavor = "multi_thread")]
async fn violating_template_is_refused_in_every_kind() {
    let Some(stage) = Stage::new("kinds-deny").await else { return };
    for (kind, _, _, pointer) in KINDS {
        let message = denial(stage.try_create(&privileged(workload(kind, "ledger"))).await);
        let path = pointer.trim_start_matches('/').replace('/', ".");
        let path = format!("{path}.containers[0].securityContext.privileged is true");
        assert!(
            message.starts_with(&format!("{kind} kinds-deny/ledger breaks")),
            "{kind}: {message}"
        );
        assert!(message.contains("POD-001") && message.contains(&path), "{kind}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn compliant_template_is_admitted_in_every_kind() {
    let Some(stage) = Stage::new("kinds-admit").await else { return };
    for (kind, ..) in KINDS {
        let answer = stage.try_create(&workload(kind, "ledger")).await;
        assert!(answer.is_ok(), "{kind}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn template_that_mutation_will_harden_is_admitted_in_every_kind() {
    let Some(stage) = Stage::new("kinds-simulated").await else { return };
    for (kind, ..) in KINDS {
        let answer = stage.try_create(&unhardened(workload(kind, "ledger"))).await;
        assert!(answer.is_ok(), "{kind}: {answer:?}");
    }
}
