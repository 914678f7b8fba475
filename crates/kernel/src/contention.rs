//! A line for calls that had to start over.
//!
//! Optimistic commits on one record let one call of a batch win; under steady load a
//! call could lose again and again. So a call that lost once waits in line, in the
//! order of losing, and only the first of the line tries: what it still competes with
//! are calls on their first try, and each of those that loses joins the line behind it.

use arn::AccountId;
use std::hash::{BuildHasher, RandomState};
use tokio::sync::{Mutex, MutexGuard};

/// Lines; accounts that share one only wait a little longer.
const LINES: usize = 64;

/// Who waits to try again.
#[derive(Debug)]
pub(crate) struct Contention {
    lines: [Mutex<()>; LINES],
    hasher: RandomState,
}

impl Default for Contention {
    fn default() -> Self {
        Self {
            lines: std::array::from_fn(|_| Mutex::new(())),
            hasher: RandomState::new(),
        }
    }
}

impl Contention {
    /// Waits for the caller's turn, which lasts as long as the guard. `None` would mean
    /// that there are no lines, and costs fairness only.
    pub(crate) async fn turn(&self, account: AccountId) -> Option<MutexGuard<'_, ()>> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "any bits of the hash will do"
        )]
        let line = self.hasher.hash_one(account) as usize % LINES;
        match self.lines.get(line) {
            Some(line) => Some(line.lock().await),
            None => None,
        }
    }
}
