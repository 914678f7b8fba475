//! What a writer hands to the store.

use crate::{Change, Prefix, RecordKey, Revision, StoreError};
use bytes::Bytes;
use std::collections::BTreeMap;

/// The longest value or event, in bytes.
pub const MAX_VALUE_BYTES: usize = 16 * 1024 * 1024;

/// Something that a commit depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Read {
    /// One record, or its absence.
    Key(RecordKey),
    /// All records of a range, and that there are no others.
    Prefix(Prefix),
}

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Sets the value of a key.
    Put(RecordKey, Bytes),
    /// Removes a key, which may be absent.
    Delete(RecordKey),
}

/// All writes of one call, with what they depend on.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// The revision at which the call was authorized. What was read may be newer: nothing that
    /// changed after the base passes the check.
    pub base: Revision,
    /// What the call read. A key that is written counts as read.
    pub reads: Vec<Read>,
    /// The writes. Of several to one key the last counts.
    pub writes: Vec<Write>,
    /// Events that are durable exactly when the writes are.
    pub outbox: Vec<Bytes>,
    /// Keys whose former values are to be destroyed: they leave the log of changes and the store's
    /// files too. Followers that read earlier revisions later see removals in their place. This
    /// costs a pass over the log; backups that were made before keep what they have.
    pub erased: Vec<RecordKey>,
}

/// What a commit became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The revision that the writes made; without writes, the newest revision at the check.
    pub revision: Revision,
    /// The sequence number of the first event; the others follow without gap. `None` without events.
    pub outbox_first_sequence: Option<u64>,
}

/// A commit that is checked for what the engines rely on.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) base: Revision,
    pub(crate) reads: Vec<Read>,
    /// In the order of the keys, one write a key.
    pub(crate) writes: BTreeMap<RecordKey, Option<Bytes>>,
    pub(crate) outbox: Vec<Bytes>,
    pub(crate) erased: Vec<RecordKey>,
}

impl Prepared {
    pub(crate) fn new(commit: Commit) -> Result<Self, StoreError> {
        let mut writes = BTreeMap::new();
        for write in commit.writes {
            match write {
                Write::Put(key, value) => writes.insert(key, Some(value)),
                Write::Delete(key) => writes.insert(key, None),
            };
        }
        let values = writes.values().flatten().chain(&commit.outbox);
        if let Some(bytes) = values
            .map(Bytes::len)
            .find(|bytes| *bytes > MAX_VALUE_BYTES)
        {
            return Err(StoreError::TooLarge {
                bytes,
                limit: MAX_VALUE_BYTES,
            });
        }
        Ok(Self {
            base: commit.base,
            reads: commit.reads,
            writes,
            outbox: commit.outbox,
            erased: commit.erased,
        })
    }

    /// An estimate of the bytes that the commit writes.
    pub(crate) fn bytes(&self) -> usize {
        let values = self.writes.values().flatten().chain(&self.outbox);
        values
            .map(Bytes::len)
            .sum::<usize>()
            .saturating_add(self.writes.len().saturating_mul(64))
    }

    /// The changes that the commit makes at its revision.
    pub(crate) fn into_changes(self, revision: Revision) -> Vec<Change> {
        let writes = self.writes.into_iter();
        writes
            .map(|(key, value)| Change {
                revision,
                key,
                value,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_write_to_a_key_counts() {
        let key = RecordKey::new("a", "", "k", "n").unwrap();
        let commit = Commit {
            writes: vec![
                Write::Put(key.clone(), "1".into()),
                Write::Delete(key.clone()),
            ],
            ..Commit::default()
        };
        assert_eq!(
            Prepared::new(commit).unwrap().writes,
            BTreeMap::from([(key, None)])
        );
    }

    #[test]
    fn too_large_values_and_events_are_refused() {
        let large = Bytes::from(vec![0; MAX_VALUE_BYTES + 1]);
        let key = RecordKey::new("a", "", "k", "n").unwrap();
        for commit in [
            Commit {
                writes: vec![Write::Put(key, large.clone())],
                ..Commit::default()
            },
            Commit {
                outbox: vec![large.clone()],
                ..Commit::default()
            },
        ] {
            assert!(matches!(
                Prepared::new(commit),
                Err(StoreError::TooLarge { .. })
            ));
        }
    }
}
