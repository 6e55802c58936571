//! Panic containment: a bug in one call becomes an error of that call, not the end of the others.
//!
//! The panic hook has written message and backtrace to stderr by the time this sees it.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::diagnostics::{Diagnostic, Diagnostics};

/// A panic that was caught.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Panic(String);

/// Runs a future to its end or its panic.
pub async fn contain<F: Future>(future: F) -> Result<F::Output, Panic> {
    let mut future = pin!(future);
    poll_fn(|context| {
        // INVARIANT: after a panic the future is dropped and never polled again; what it shared
        // with others is behind locks that tolerate poisoning.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(payload) => Poll::Ready(Err(Panic::from_payload(&*payload))),
        }
    })
    .await
}

/// Runs a closure to its end or its panic.
pub(super) fn contain_call<T>(call: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| Panic::from_payload(&*payload))
}

impl Panic {
    fn from_payload(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Panic(text.unwrap_or_else(|| "no message".to_owned()))
    }

    /// What the user is told; `doing` as in "planning `probity_s3_bucket`".
    pub fn diagnostics(&self, doing: &str) -> Diagnostics {
        let detail = format!(
            "the provider panicked while {doing}: {}\n\nThis is a bug in the provider. The log \
             (TF_LOG_PROVIDER=debug) has the stack trace; please report it.",
            self.0
        );
        Diagnostic::error("internal error", detail).into()
    }
}
