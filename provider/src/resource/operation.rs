//! One running operation of a resource: its time, its cancellation, what it has achieved so far.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::cloud::Patience;
use crate::value::Value;

/// Handed to every method of a resource that talks to the cloud.
#[derive(Debug)]
pub struct Operation {
    deadline: Instant,
    stop: watch::Receiver<bool>,
    private: Vec<u8>,
    checkpoint: Mutex<Option<Value>>,
}

impl Operation {
    /// An operation that may take this long and ends early when `stop` turns true.
    pub fn new(timeout: Duration, stop: watch::Receiver<bool>, private: Vec<u8>) -> Self {
        let now = Instant::now();
        // A deadline beyond the clock's range is no deadline: a year is as good.
        let deadline = now.checked_add(timeout).unwrap_or(now + Duration::from_hours(24 * 365));
        Operation { deadline, stop, private, checkpoint: Mutex::new(None) }
    }

    /// Records the state as it is now. Should the operation fail, time out or panic afterwards,
    /// this is what Terraform keeps (with null for what is still unknown).
    pub fn checkpoint(&self, state: &Value) {
        *self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.clone());
    }

    /// The bytes that an earlier operation left beside the state.
    pub fn private(&self) -> &[u8] {
        &self.private
    }

    /// When the operation is cut off.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The time that is left.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The same bounds for calls of the cloud.
    pub fn patience(&self) -> Patience {
        Patience::until(self.deadline, self.stop.clone())
    }

    /// Whether the user asked Terraform to stop: waiters end at the next safe point.
    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Resolves when the user asks Terraform to stop.
    pub async fn stopped(&self) {
        let mut stop = self.stop.clone();
        if stop.wait_for(|stopped| *stopped).await.is_err() {
            // The sender is gone, so nobody can ask any more.
            std::future::pending::<()>().await;
        }
    }

    /// The last checkpoint, for the runtime.
    pub fn take_checkpoint(&self) -> Option<Value> {
        self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
