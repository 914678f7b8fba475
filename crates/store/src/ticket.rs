//! The way back from the writer to the one who committed.

use crate::{CommitError, Committed, StoreError};
use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

type Outcome = Result<Committed, CommitError>;

/// The outcome of a commit, to be awaited or waited for.
#[derive(Debug)]
#[must_use = "a commit may fail"]
pub struct CommitTicket {
    slot: Arc<Slot>,
}

/// The writer's end of a ticket. Dropped without an outcome, it reports that the store is closed.
#[derive(Debug)]
pub(crate) struct Acknowledgement {
    slot: Arc<Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, outcome: Outcome) {
        let waker = {
            let mut state = self.lock();
            if state.outcome.is_some() {
                return;
            }
            state.outcome = Some(outcome);
            state.waker.take()
        };
        self.arrived.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// A pair of ends.
pub(crate) fn ticket() -> (Acknowledgement, CommitTicket) {
    let slot = Arc::new(Slot::default());
    (
        Acknowledgement {
            slot: Arc::clone(&slot),
        },
        CommitTicket { slot },
    )
}

impl Acknowledgement {
    pub(crate) fn send(self, outcome: Outcome) {
        self.slot.fill(outcome);
    }
}

impl Drop for Acknowledgement {
    fn drop(&mut self) {
        self.slot.fill(Err(StoreError::Closed.into()));
    }
}

impl CommitTicket {
    /// A ticket whose outcome is known.
    pub fn ready(outcome: Result<Committed, CommitError>) -> Self {
        let (acknowledgement, ticket) = ticket();
        acknowledgement.send(outcome);
        ticket
    }

    /// Blocks the thread until the outcome is known.
    ///
    /// # Errors
    /// [`CommitError`] where the commit did not happen.
    pub fn wait(self) -> Result<Committed, CommitError> {
        let mut state = self.slot.lock();
        loop {
            if let Some(outcome) = &state.outcome {
                return outcome.clone();
            }
            state = self
                .slot
                .arrived
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Future for CommitTicket {
    type Output = Result<Committed, CommitError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.slot.lock();
        if let Some(outcome) = &state.outcome {
            return Poll::Ready(outcome.clone());
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Revision;
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        task::Wake,
        thread,
    };

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    const DONE: Committed = Committed {
        revision: Revision(7),
        outbox_first_sequence: None,
    };

    #[test]
    fn a_waiting_thread_gets_the_outcome() {
        let (acknowledgement, ticket) = ticket();
        let waiting = thread::spawn(move || ticket.wait());
        acknowledgement.send(Ok(DONE));
        assert_eq!(waiting.join().unwrap().unwrap(), DONE);
    }

    #[test]
    fn the_waker_of_the_last_poll_is_woken_once() {
        let (acknowledgement, mut ticket) = ticket();
        let (first, second) = (Arc::new(Count::default()), Arc::new(Count::default()));
        for count in [&first, &second] {
            let waker = Arc::clone(count).into();
            assert!(
                Pin::new(&mut ticket)
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
        }
        acknowledgement.send(Ok(DONE));
        assert_eq!(
            (
                first.0.load(Ordering::SeqCst),
                second.0.load(Ordering::SeqCst)
            ),
            (0, 1)
        );
        let waker = first.into();
        let poll = Pin::new(&mut ticket).poll(&mut Context::from_waker(&waker));
        assert!(matches!(poll, Poll::Ready(Ok(DONE))));
    }

    #[test]
    fn a_lost_acknowledgement_is_an_error() {
        let (acknowledgement, ticket) = ticket();
        drop(acknowledgement);
        assert!(matches!(
            ticket.wait(),
            Err(CommitError::Store(StoreError::Closed))
        ));
    }
}
