//! The promise of a durable record.

use crate::{AppendError, shared::Shared};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Resolves to a record's sequence when the record is durable, or to the reason why it is not.
///
/// A call may be answered only after its ticket resolved well. Dropping a ticket does not take
/// the record back.
#[must_use = "a record is durable only when its ticket has resolved"]
pub struct Ticket(State);

enum State {
    Pending {
        shared: Arc<Shared>,
        id: (u64, u64),
        registered: bool,
    },
    Done(Result<u64, AppendError>),
}

impl Ticket {
    pub(crate) fn pending(shared: Arc<Shared>, sequence: u64) -> Self {
        let id = (sequence, shared.nonce());
        Self(State::Pending {
            shared,
            id,
            registered: false,
        })
    }

    pub(crate) fn done(outcome: Result<u64, AppendError>) -> Self {
        Self(State::Done(outcome))
    }

    /// Blocks until the record is durable.
    ///
    /// # Errors
    /// [`AppendError`] where the record is not durable; the call that it describes must fail.
    pub fn wait(self) -> Result<u64, AppendError> {
        match &self.0 {
            State::Pending { shared, id, .. } => shared.wait(id.0),
            State::Done(outcome) => outcome.clone(),
        }
    }
}

impl Future for Ticket {
    type Output = Result<u64, AppendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Done(outcome) => Poll::Ready(outcome.clone()),
            State::Pending {
                shared,
                id,
                registered,
            } => match shared.poll(*id, context.waker()) {
                Some(outcome) => {
                    self.0 = State::Done(outcome.clone());
                    Poll::Ready(outcome)
                }
                None => {
                    *registered = true;
                    Poll::Pending
                }
            },
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let State::Pending {
            shared,
            id,
            registered: true,
        } = &self.0
        {
            shared.forget(*id);
        }
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            State::Pending { id, .. } => f.debug_tuple("Ticket").field(&id.0).finish(),
            State::Done(outcome) => f.debug_tuple("Ticket").field(outcome).finish(),
        }
    }
}
