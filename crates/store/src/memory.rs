//! The engine that forgets: for `--ephemeral` and for tests.

use crate::{
    Change, Commit, CommitError, CommitTicket, Committed, Observer, Prefix, Record, RecordKey,
    Revision, Snapshot, Store, StoreError,
    commit::Prepared,
    published::Published,
    sqlite,
    window::{DEFAULT_CAPACITY, Window},
};
use bytes::Bytes;
use imbl::OrdMap;
use std::{
    collections::VecDeque,
    fmt,
    ops::Bound,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Changes that are kept for followers.
const KEEP_CHANGES: usize = 100_000;

/// A store in memory. A snapshot shares its structure and costs next to nothing.
pub struct MemoryStore {
    // Held for a whole commit, observers included. Taken before `state`.
    writer: Mutex<Window>,
    state: Mutex<State>,
    published: Published,
    closed: AtomicBool,
}

#[derive(Default)]
struct State {
    revision: Revision,
    records: OrdMap<RecordKey, Record>,
    changes: VecDeque<Change>,
    kept_after: Revision,
    outbox: VecDeque<(u64, Bytes)>,
    last_sequence: u64,
}

struct MemorySnapshot {
    revision: Revision,
    records: OrdMap<RecordKey, Record>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self {
            writer: Mutex::new(Window::new(Revision(0), DEFAULT_CAPACITY)),
            state: Mutex::default(),
            published: Published::new(Revision(0)),
            closed: AtomicBool::new(false),
        }
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(StoreError::Closed);
        }
        Ok(self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn apply(&self, commit: Commit) -> Result<Committed, CommitError> {
        let prepared = Prepared::new(commit)?;
        // A writer that panicked in an observer has left a state that nobody vouches for.
        let mut window = self.writer.lock().map_err(|_| StoreError::Poisoned {
            cause: "an observer panicked".to_owned(),
        })?;
        let mut state = self.state()?;
        if !window.permits(&prepared, state.revision) {
            return Err(CommitError::Conflict);
        }
        let (committed, changes) = state.apply(prepared);
        drop(state);
        if !changes.is_empty() {
            window.record(committed.revision, changes.iter().map(|change| &change.key));
            for observer in self.published.advance(committed.revision) {
                observer.applied(committed.revision, &changes);
            }
        }
        drop(window);
        Ok(committed)
    }
}

impl State {
    fn apply(&mut self, mut prepared: Prepared) -> (Committed, Vec<Change>) {
        let events = std::mem::take(&mut prepared.outbox);
        let outbox_first_sequence = (!events.is_empty()).then_some(self.last_sequence + 1);
        for event in events {
            self.last_sequence += 1;
            self.outbox.push_back((self.last_sequence, event));
        }
        if prepared.writes.is_empty() {
            return (
                Committed {
                    revision: self.revision,
                    outbox_first_sequence,
                },
                Vec::new(),
            );
        }
        let revision = Revision(self.revision.0 + 1);
        self.revision = revision;
        for key in std::mem::take(&mut prepared.erased) {
            let former = self.changes.iter_mut().filter(|change| change.key == key);
            former.for_each(|change| change.value = None);
        }
        let changes = prepared.into_changes(revision);
        for change in &changes {
            match &change.value {
                Some(value) => {
                    let record = Record {
                        revision,
                        value: value.clone(),
                    };
                    self.records.insert(change.key.clone(), record);
                }
                None => drop(self.records.remove(&change.key)),
            }
        }
        self.changes.extend(changes.iter().cloned());
        while self.changes.len() > KEEP_CHANGES {
            if let Some(dropped) = self.changes.pop_front() {
                self.kept_after = dropped.revision;
            }
        }
        (
            Committed {
                revision,
                outbox_first_sequence,
            },
            changes,
        )
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revision = self.published.revision();
        formatter
            .debug_struct("MemoryStore")
            .field("revision", &revision)
            .finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    fn revision(&self) -> Revision {
        self.published.revision()
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        let state = self.state()?;
        Ok(Box::new(MemorySnapshot {
            revision: state.revision,
            records: state.records.clone(),
        }))
    }

    fn commit(&self, commit: Commit) -> CommitTicket {
        CommitTicket::ready(self.apply(commit))
    }

    fn observe(&self, observer: Arc<dyn Observer>) -> Revision {
        self.published.observe(observer)
    }

    fn changes(&self, after: Revision, limit: usize) -> Result<Vec<Change>, StoreError> {
        let state = self.state()?;
        if after < state.kept_after {
            return Err(StoreError::Compacted {
                kept_after: state.kept_after,
            });
        }
        if after > state.revision {
            return Err(StoreError::UnknownRevision {
                asked: after,
                current: state.revision,
            });
        }
        let start = state
            .changes
            .partition_point(|change| change.revision <= after);
        let mut changes: Vec<Change> = Vec::new();
        for change in state.changes.range(start..) {
            let complete = changes
                .last()
                .is_none_or(|last| last.revision != change.revision);
            if complete && changes.len() >= limit {
                break;
            }
            changes.push(change.clone());
        }
        Ok(changes)
    }

    fn outbox(&self, after: u64, limit: usize) -> Result<Vec<(u64, Bytes)>, StoreError> {
        let state = self.state()?;
        let start = state
            .outbox
            .partition_point(|(sequence, _)| *sequence <= after);
        Ok(state.outbox.range(start..).take(limit).cloned().collect())
    }

    fn last_outbox_sequence(&self) -> u64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.last_sequence
    }

    fn acknowledge_outbox(&self, up_to: u64) {
        if let Ok(mut state) = self.state() {
            let kept = state
                .outbox
                .partition_point(|(sequence, _)| *sequence <= up_to);
            state.outbox.drain(..kept);
        }
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let content = {
            let state = self.state()?;
            sqlite::Content {
                revision: state.revision,
                records: state.records.clone(),
                outbox: state.outbox.iter().cloned().collect(),
                last_sequence: state.last_sequence,
            }
        };
        sqlite::write_backup(to, content)
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }
}

impl Snapshot for MemorySnapshot {
    fn revision(&self) -> Revision {
        self.revision
    }

    fn read(&mut self, key: &RecordKey) -> Result<Option<Record>, StoreError> {
        Ok(self.records.get(key).cloned())
    }

    fn scan(
        &mut self,
        prefix: &Prefix,
        after: Option<&RecordKey>,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Record)>, StoreError> {
        let lower = prefix.lower_bound(after);
        let range = (Bound::Included(lower.as_str()), Bound::Unbounded);
        let found = self.records.range::<_, str>(range);
        let inside = found
            .take_while(|(key, _)| prefix.contains(key))
            .take(limit);
        Ok(inside
            .map(|(key, record)| (key.clone(), record.clone()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Write;

    #[test]
    fn changes_beyond_what_is_kept_are_reported_as_compacted() {
        let store = MemoryStore::new();
        let many = (0..KEEP_CHANGES).map(|n| {
            Write::Put(
                RecordKey::new("a", "", "k", &n.to_string()).unwrap(),
                Bytes::new(),
            )
        });
        let writes = many.collect();
        store
            .commit(Commit {
                writes,
                ..Commit::default()
            })
            .wait()
            .unwrap();
        assert_eq!(store.changes(Revision(0), 1).unwrap().len(), KEEP_CHANGES);
        let writes = vec![Write::Delete(RecordKey::new("a", "", "k", "0").unwrap())];
        store
            .commit(Commit {
                base: Revision(1),
                writes,
                ..Commit::default()
            })
            .wait()
            .unwrap();
        // The first revision lost one of its changes, so that all of it counts as lost.
        assert!(matches!(
            store.changes(Revision(0), 1),
            Err(StoreError::Compacted {
                kept_after: Revision(1)
            })
        ));
        assert_eq!(store.changes(Revision(1), 1).unwrap().len(), 1);
    }
}
