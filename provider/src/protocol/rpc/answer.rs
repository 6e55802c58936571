//! What every call has in common: a span in the log, its panics contained, its faults as
//! diagnostics.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tfplugin_proto::tfplugin6 as wire;
use tonic::Response;
use tracing::{Instrument, Span};

use super::{Answer, convert};
use crate::diagnostics::Diagnostics;
use crate::lifecycle::contain;

static CALLS: AtomicU64 = AtomicU64::new(1);

/// One call by Terraform.
pub(super) struct Call {
    name: &'static str,
    span: Span,
    began: Instant,
}

impl Call {
    pub(super) fn new(name: &'static str, type_name: &str) -> Self {
        let number = CALLS.fetch_add(1, Ordering::Relaxed);
        let span = tracing::info_span!(
            "rpc",
            tf_rpc = name,
            tf_req_id = format!("{}-{number}", std::process::id()),
            tf_resource_type = type_name,
            tf_proto_version = "6"
        );
        Call { name, span, began: Instant::now() }
    }

    /// Does the work; faults and panics are given to `refuse` as diagnostics.
    pub(super) async fn answer<T>(
        self,
        work: impl Future<Output = Result<T, Diagnostics>>,
        refuse: impl FnOnce(Vec<wire::Diagnostic>) -> T,
    ) -> Answer<T> {
        let outcome = contain(work).instrument(self.span.clone()).await;
        let outcome = outcome
            .unwrap_or_else(|panic| Err(panic.diagnostics(&format!("answering {}", self.name))));
        let _in_span = self.span.enter();
        let milliseconds = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(tf_req_duration_ms = milliseconds, "answered {}", self.name);
        Ok(Response::new(outcome.unwrap_or_else(|diagnostics| {
            log(&diagnostics);
            refuse(convert::diagnostics(&diagnostics))
        })))
    }
}

fn log(diagnostics: &Diagnostics) {
    for diagnostic in diagnostics {
        tracing::debug!(
            diagnostic_summary = diagnostic.summary,
            diagnostic_attribute = %diagnostic.path,
            "refused"
        );
    }
}
