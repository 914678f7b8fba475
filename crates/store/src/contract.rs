//! The contract that every engine keeps.

use crate::{Commit, CommitError, CommitTicket, Prefix, Read, RecordKey, StoreError, Write};
use bytes::Bytes;
use std::{path::Path, sync::Arc};

/// Pages of a scan over everything.
const PAGE: usize = 1024;
/// Attempts of [`Store::reset`] before it gives way to the other writers.
const RESET_ATTEMPTS: usize = 64;

/// The number of a state of the store. An empty store is at revision 0; every
/// commit with writes makes the next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub u64);

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The revision that wrote the value.
    pub revision: Revision,
    /// The bytes.
    pub value: Bytes,
}

/// One key's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The revision that the change made, together with the other changes of its commit.
    pub revision: Revision,
    /// The key.
    pub key: RecordKey,
    /// The new value; `None` where the record was deleted.
    pub value: Option<Bytes>,
}

/// The records at one revision, untouched by later commits.
///
/// An open snapshot may keep old data alive: drop it when the call is over.
pub trait Snapshot: Send {
    /// The revision of the snapshot.
    fn revision(&self) -> Revision;

    /// The record of a key.
    ///
    /// # Errors
    /// [`StoreError`] where the engine fails.
    fn read(&mut self, key: &RecordKey) -> Result<Option<Record>, StoreError>;

    /// At most `limit` records of the range in the order of their keys, those after `after` where
    /// it is given (`after` need not exist).
    ///
    /// # Errors
    /// [`StoreError`] where the engine fails.
    fn scan(
        &mut self,
        prefix: &Prefix,
        after: Option<&RecordKey>,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Record)>, StoreError>;
}

/// A follower of the store within the process.
///
/// It is called on the path of every commit, one call a revision, in the order
/// of the revisions, after the commit is durable and before it is acknowledged.
/// It must not wait for a commit of the same store: that would wait for itself.
pub trait Observer: Send + Sync {
    /// The changes of one revision, in the order of their keys.
    fn applied(&self, revision: Revision, changes: &[Change]);
}

/// Records, their changes, and an outbox of events that are durable with them.
///
/// Commits are serialised; each sees the effects of all that came before it.
pub trait Store: Send + Sync {
    /// The newest revision that is durable.
    fn revision(&self) -> Revision;

    /// The records at the newest revision, which may be newer than an earlier answer of
    /// [`Self::revision`].
    ///
    /// # Errors
    /// [`StoreError`] where the store is closed, has failed before, or fails now.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;

    /// Commits all of the writes and the outbox, or nothing.
    ///
    /// It fails with [`CommitError::Conflict`] where a key that the commit reads or writes, or any
    /// key in a range that it reads, changed after its base. It may do so without need, where the
    /// base is very old. A commit without writes makes no revision, but is checked, and its outbox
    /// is durable, all the same.
    ///
    /// The work starts at once, whether or not the ticket is awaited.
    fn commit(&self, commit: Commit) -> CommitTicket;

    /// Calls the observer for every revision after the one that is returned.
    fn observe(&self, observer: Arc<dyn Observer>) -> Revision;

    /// The changes after a revision in the order of revision and key, without gaps.
    ///
    /// A revision is never cut: the answer ends with the revision in which `limit` was reached.
    ///
    /// # Errors
    /// [`StoreError::Compacted`] where changes after the revision are no longer kept,
    /// [`StoreError::UnknownRevision`] where it lies in the future, or another where the store fails.
    fn changes(&self, after: Revision, limit: usize) -> Result<Vec<Change>, StoreError>;

    /// At most `limit` events of the outbox that are not acknowledged and follow the sequence
    /// number `after`, with their sequence numbers. The first event of a store has number 1; there
    /// are no gaps.
    ///
    /// # Errors
    /// [`StoreError`] where the store fails.
    fn outbox(&self, after: u64, limit: usize) -> Result<Vec<(u64, Bytes)>, StoreError>;

    /// The sequence number of the newest event that was ever committed, acknowledged or not; 0 where
    /// there was none.
    fn last_outbox_sequence(&self) -> u64;

    /// Forgets the events up to and with this sequence number. They may come once more after a crash.
    fn acknowledge_outbox(&self, up_to: u64);

    /// Writes a consistent copy of the newest state to a new file, which [`crate::sqlite::restore`]
    /// reads. The copy is complete and durable before it takes its name.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the file exists, or another where writing fails.
    fn backup(&self, to: &Path) -> Result<(), StoreError>;

    /// Deletes all records but those in the given ranges, as one commit, which is also the
    /// answer's revision. The outbox stays.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where other writers keep coming first, or another where the store fails.
    fn reset(&self, keep: &[Prefix]) -> Result<Revision, StoreError> {
        for _ in 0..RESET_ATTEMPTS {
            match self.commit(deletion(&mut *self.snapshot()?, keep)?).wait() {
                Ok(committed) => return Ok(committed.revision),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
        Err(StoreError::Busy)
    }

    /// Ends the commits that are under way and refuses everything after. Does nothing the second time.
    fn close(&self);
}

/// The commit that deletes all records of the snapshot outside the ranges.
fn deletion(snapshot: &mut dyn Snapshot, keep: &[Prefix]) -> Result<Commit, StoreError> {
    let mut commit = Commit {
        base: snapshot.revision(),
        reads: vec![Read::Prefix(Prefix::all())],
        ..Commit::default()
    };
    let mut after = None;
    loop {
        let page = snapshot.scan(&Prefix::all(), after.as_ref(), PAGE)?;
        let keys = page.iter().map(|(key, _)| key);
        commit.writes.extend(
            keys.filter(|key| !keep.iter().any(|prefix| prefix.contains(key)))
                .map(|key| Write::Delete(key.clone())),
        );
        if page.len() < PAGE {
            return Ok(commit);
        }
        after = page.into_iter().last().map(|(key, _)| key);
    }
}
