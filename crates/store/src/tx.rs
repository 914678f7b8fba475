//! A call's view of the store: what it reads is remembered, what it writes is staged.

use crate::{Commit, Prefix, Read, RecordKey, Revision, Snapshot, Store, StoreError, Write};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Bound,
    sync::Arc,
};

/// A transaction over a snapshot that is opened at the first read.
///
/// The snapshot may be newer than the base, the revision at which the call was authorized. A
/// commit is safe all the same, for the store checks everything that was read against the base.
/// A call that only reads has no such check: compare [`Self::snapshot_revision`] with the base,
/// or commit, before an answer leaves.
pub struct Tx {
    store: Arc<dyn Store>,
    base: Revision,
    snapshot: Option<Box<dyn Snapshot>>,
    reads: BTreeSet<Read>,
    writes: BTreeMap<RecordKey, Option<Bytes>>,
    outbox: Vec<Bytes>,
    erased: BTreeSet<RecordKey>,
}

impl Tx {
    /// Starts a transaction for a call that was authorized at `base`.
    #[must_use]
    pub fn begin(store: Arc<dyn Store>, base: Revision) -> Self {
        Self {
            store,
            base,
            snapshot: None,
            reads: BTreeSet::new(),
            writes: BTreeMap::new(),
            outbox: Vec::new(),
            erased: BTreeSet::new(),
        }
    }

    /// The revision at which the call was authorized.
    #[must_use]
    pub fn base(&self) -> Revision {
        self.base
    }

    /// The revision that the reads saw; `None` before the first read.
    #[must_use]
    pub fn snapshot_revision(&self) -> Option<Revision> {
        self.snapshot.as_ref().map(|snapshot| snapshot.revision())
    }

    /// The value of a key, with the writes of this transaction.
    ///
    /// # Errors
    /// [`StoreError`] where the store fails.
    pub fn get(&mut self, key: &RecordKey) -> Result<Option<Bytes>, StoreError> {
        if let Some(staged) = self.writes.get(key) {
            return Ok(staged.clone());
        }
        self.depend_on(key.clone());
        Ok(self.snapshot()?.read(key)?.map(|record| record.value))
    }

    /// Stages a value.
    pub fn put(&mut self, key: RecordKey, value: impl Into<Bytes>) {
        self.writes.insert(key, Some(value.into()));
    }

    /// Stages the removal of a key, which may be absent.
    pub fn delete(&mut self, key: RecordKey) {
        self.writes.insert(key, None);
    }

    /// Lets the commit destroy the former values of a key that it writes ([`Commit::erased`]).
    pub fn erase_former(&mut self, key: RecordKey) {
        self.erased.insert(key);
    }

    /// At most `limit` records of the range after `after`, with the writes of this transaction, in
    /// the order of their keys. The commit depends on the whole range.
    ///
    /// # Errors
    /// [`StoreError`] where the store fails.
    pub fn scan(
        &mut self,
        prefix: &Prefix,
        after: Option<&RecordKey>,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Bytes)>, StoreError> {
        self.reads.insert(Read::Prefix(prefix.clone()));
        let lower = prefix.lower_bound(after);
        let staged: Vec<(RecordKey, Option<Bytes>)> = self
            .writes
            .range::<str, _>((Bound::Included(lower.as_str()), Bound::Unbounded))
            .take_while(|(key, _)| prefix.contains(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        // Enough that `limit` records are left when all staged removals hit one of them.
        let removals = staged.iter().filter(|(_, value)| value.is_none()).count();
        let stored = self
            .snapshot()?
            .scan(prefix, after, limit.saturating_add(removals))?;
        let mut merged: BTreeMap<RecordKey, Bytes> = stored
            .into_iter()
            .map(|(key, record)| (key, record.value))
            .collect();
        for (key, value) in staged {
            match value {
                Some(value) => merged.insert(key, value),
                None => merged.remove(&key),
            };
        }
        Ok(merged.into_iter().take(limit).collect())
    }

    /// Makes the commit depend on a key without reading it.
    pub fn depend_on(&mut self, key: RecordKey) {
        self.reads.insert(Read::Key(key));
    }

    /// Stages an event that is durable exactly when the writes are.
    pub fn stage_outbox(&mut self, event: impl Into<Bytes>) {
        self.outbox.push(event.into());
    }

    /// Whether nothing is staged, neither writes nor events.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.writes.is_empty() && self.outbox.is_empty()
    }

    /// What is to be committed. Ends the snapshot.
    #[must_use]
    pub fn into_commit(self) -> Commit {
        let writes = self.writes.into_iter().map(|(key, value)| match value {
            Some(value) => Write::Put(key, value),
            None => Write::Delete(key),
        });
        Commit {
            base: self.base,
            reads: self.reads.into_iter().collect(),
            writes: writes.collect(),
            outbox: self.outbox,
            erased: self.erased.into_iter().collect(),
        }
    }

    fn snapshot(&mut self) -> Result<&mut dyn Snapshot, StoreError> {
        let snapshot = match self.snapshot.take() {
            Some(snapshot) => snapshot,
            None => self.store.snapshot()?,
        };
        Ok(&mut **self.snapshot.insert(snapshot))
    }
}

// Values stay out of it: they may be what must not reach a log.
impl fmt::Debug for Tx {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Tx")
            .field("base", &self.base)
            .field("snapshot_revision", &self.snapshot_revision())
            .field("reads", &self.reads)
            .field("writes", &self.writes.keys())
            .field("outbox", &self.outbox.len())
            .finish_non_exhaustive()
    }
}
