//! A call that runs to its end, whatever becomes of who asked for it.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::runtime::Handle;

/// A defect ended the call: it panicked.
#[derive(Debug, thiserror::Error)]
#[error("a call panicked")]
pub(super) struct Panicked;

type Call<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Runs a call in the task that waits for it. Where that is dropped, because the client
/// went away, the call goes on in a task of its own: nothing stops it between its effect
/// and its record. A task for each call from the start would cost more than many calls do.
pub(super) struct ToItsEnd<T: Send + 'static>(Option<Call<T>>);

impl<T: Send + 'static> ToItsEnd<T> {
    pub(super) fn new(call: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Some(Box::pin(call)))
    }
}

impl<T: Send + 'static> Future for ToItsEnd<T> {
    type Output = Result<T, Panicked>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(call) = self.0.as_mut() else {
            return Poll::Ready(Err(Panicked));
        };
        // A call that panicked is never polled again.
        let outcome = match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(_) => Err(Panicked),
        };
        self.0 = None;
        Poll::Ready(outcome)
    }
}

impl<T: Send + 'static> Drop for ToItsEnd<T> {
    fn drop(&mut self) {
        // Without a runtime the process is ending, as it would be for a task.
        if let (Some(call), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(call);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn a_call_gives_its_output() {
        assert_eq!(ToItsEnd::new(async { 7 }).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_dropped_call_goes_on() {
        let (go, gone) = oneshot::channel();
        let (done, ended) = oneshot::channel();
        let call = ToItsEnd::new(async move {
            gone.await.unwrap();
            done.send(()).unwrap();
        });
        let waited = tokio::time::timeout(Duration::from_millis(1), call).await;
        assert!(waited.is_err(), "the call waits, and is dropped");
        go.send(()).unwrap();
        ended.await.unwrap();
    }

    #[tokio::test]
    async fn a_call_that_was_never_polled_runs_too() {
        let (done, ended) = oneshot::channel();
        drop(ToItsEnd::new(async move { done.send(()).unwrap() }));
        ended.await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_ends_the_call_alone() {
        let call = ToItsEnd::new(async { assert_eq!(1, 2, "a defect") });
        assert!(call.await.is_err());
    }
}
