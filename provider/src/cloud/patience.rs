//! How long an operation may still go on: until its timeout, or until Terraform asks to stop.
//! Every wait and every repeated call goes through here, so that neither can be forgotten.

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::{CloudError, Kind};

/// The bounds of one operation.
#[derive(Clone, Debug)]
pub struct Patience {
    deadline: Instant,
    stopping: watch::Receiver<bool>,
}

/// How repeated calls are spaced: doubling from `first` to `longest`, for at most `total`.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The first pause.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
    /// All attempts together; the operation's own deadline may come sooner.
    pub total: Duration,
}

impl Backoff {
    /// Doubling pauses within a total.
    pub const fn within(first: Duration, longest: Duration, total: Duration) -> Self {
        Self { first, longest, total }
    }
}

impl Patience {
    /// Patience until `deadline`, ended early when `stopping` becomes true.
    pub fn until(deadline: Instant, stopping: watch::Receiver<bool>) -> Self {
        Self { deadline, stopping }
    }

    /// Whether to begin another step: an error when the time is up or Terraform wants to stop.
    pub fn check(&self, operation: &'static str) -> Result<(), CloudError> {
        if *self.stopping.borrow() {
            return Err(stopped(operation));
        }
        if Instant::now() >= self.deadline {
            return Err(CloudError::new(
                Kind::TimedOut,
                operation,
                "the operation's timeout has passed",
            )
            .with_help("raise it in the resource's `timeouts`"));
        }
        Ok(())
    }

    /// Waits, but not beyond the deadline, and not once Terraform wants to stop.
    pub async fn pause(&self, operation: &'static str, pause: Duration) -> Result<(), CloudError> {
        let until = (Instant::now() + pause).min(self.deadline);
        let mut stopping = self.stopping.clone();
        tokio::select! {
            () = tokio::time::sleep_until(until) => {}
            // A closed channel means that nobody will ever ask to stop.
            Ok(_) = stopping.wait_for(|stop| *stop) => return Err(stopped(operation)),
        }
        self.check(operation)
    }

    /// Calls until it succeeds or fails for another reason than `again` accepts. When the time is
    /// up, the last error is the answer: it says more than that the time is up.
    pub async fn retry<T, F>(
        &self,
        backoff: Backoff,
        again: impl Fn(&CloudError) -> bool,
        mut call: impl FnMut() -> F,
    ) -> Result<T, CloudError>
    where
        F: Future<Output = Result<T, CloudError>>,
    {
        let until = (Instant::now() + backoff.total).min(self.deadline);
        let mut pause = backoff.first;
        loop {
            let error = match call().await {
                Ok(value) => return Ok(value),
                Err(error) if !again(&error) || Instant::now() + pause >= until => {
                    return Err(error);
                }
                Err(error) => error,
            };
            tracing::debug!(operation = error.operation, code = error.code, "trying again");
            match self.pause(error.operation, pause).await {
                Err(stopped) if stopped.kind == Kind::Cancelled => return Err(stopped),
                Err(_) => return Err(error),
                Ok(()) => {}
            }
            pause = (pause * 2).min(backoff.longest);
        }
    }
}

fn stopped(operation: &'static str) -> CloudError {
    CloudError::new(Kind::Cancelled, operation, "stopped before it was done, as Terraform asked")
        .with_help("what exists so far is in the state; the next apply goes on from there")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const QUICK: Backoff = Backoff::within(
        Duration::from_millis(1),
        Duration::from_millis(8),
        Duration::from_secs(30),
    );

    fn patience(time: Duration, stop: watch::Receiver<bool>) -> Patience {
        Patience::until(Instant::now() + time, stop)
    }

    fn busy() -> CloudError {
        CloudError::new(Kind::Conflict, "s3:PutBucketPolicy", "busy")
    }

    #[tokio::test]
    async fn tries_until_it_works() {
        let (_keep, stop) = watch::channel(false);
        let calls = Cell::new(0);
        let result = patience(Duration::from_mins(1), stop)
            .retry(
                QUICK,
                |error| error.kind == Kind::Conflict,
                || async {
                    calls.set(calls.get() + 1);
                    if calls.get() < 4 { Err(busy()) } else { Ok(calls.get()) }
                },
            )
            .await;
        assert_eq!(result, Ok(4));
    }

    #[tokio::test]
    async fn other_errors_are_final() {
        let (_keep, stop) = watch::channel(false);
        let calls = Cell::new(0);
        let result: Result<(), _> = patience(Duration::from_mins(1), stop)
            .retry(
                QUICK,
                |error| error.kind == Kind::Transient,
                || async {
                    calls.set(calls.get() + 1);
                    Err(busy())
                },
            )
            .await;
        assert_eq!((result.unwrap_err(), calls.get()), (busy(), 1));
    }

    #[tokio::test]
    async fn the_timeout_of_the_operation_ends_it_with_the_last_error() {
        let (_keep, stop) = watch::channel(false);
        let begin = Instant::now();
        let result: Result<(), _> = patience(Duration::from_millis(50), stop)
            .retry(QUICK, |_| true, || async { Err(busy()) })
            .await;
        assert_eq!(result.unwrap_err(), busy());
        assert!(begin.elapsed() < Duration::from_secs(10));
    }

    #[tokio::test]
    async fn a_request_to_stop_ends_the_pause() {
        let (sender, stop) = watch::channel(false);
        let patience = patience(Duration::from_mins(10), stop);
        let begin = Instant::now();
        let pause = patience.pause("kms:DescribeKey", Duration::from_mins(5));
        let (error, ()) = tokio::join!(pause, async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            sender.send(true).unwrap();
        });
        assert_eq!(error.unwrap_err().kind, Kind::Cancelled);
        assert!(begin.elapsed() < Duration::from_mins(1));
        assert_eq!(patience.check("kms:CreateAlias").unwrap_err().kind, Kind::Cancelled);
    }
}
