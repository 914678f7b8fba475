//! The newest revision, and who wants to hear of the next.

use crate::{Observer, Revision};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// The newest durable revision and the observers.
pub(crate) struct Published {
    revision: AtomicU64,
    observers: Mutex<Vec<Arc<dyn Observer>>>,
}

impl Published {
    pub(crate) fn new(revision: Revision) -> Self {
        Self {
            revision: AtomicU64::new(revision.0),
            observers: Mutex::default(),
        }
    }

    pub(crate) fn revision(&self) -> Revision {
        Revision(self.revision.load(Ordering::Acquire))
    }

    /// Makes a revision the newest; gives the observers that must hear of what led to it.
    pub(crate) fn advance(&self, revision: Revision) -> Vec<Arc<dyn Observer>> {
        let observers = self.lock();
        self.revision.store(revision.0, Ordering::Release);
        observers.clone()
    }

    /// Adds an observer; gives the revision after which it hears of everything.
    pub(crate) fn observe(&self, observer: Arc<dyn Observer>) -> Revision {
        let mut observers = self.lock();
        observers.push(observer);
        self.revision()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<dyn Observer>>> {
        self.observers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
