//! The one thread that writes.

use super::{
    Options, Shared,
    schema::{self, State},
};
use crate::{
    Change, CommitError, Committed, RecordKey, Revision, StoreError, commit::Prepared,
    ticket::Acknowledgement, window::Window,
};
use bytes::Bytes;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use std::{
    sync::{Arc, atomic::Ordering, mpsc},
    thread,
};

/// Commits that share one sync, at most.
const BATCH_COMMITS: usize = 1024;
/// Bytes that share one sync, about.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Old rows are removed in lots of at least this many revisions or events.
const PRUNE: u64 = 1024;
/// Keys whose former values are destroyed by one statement, at most.
const ERASED_AT_ONCE: usize = 500;

/// What the writer is asked to do.
pub(super) enum Job {
    Commit(Prepared, Acknowledgement),
    /// Events were acknowledged: remove them if there are enough.
    Prune,
    Close,
}

/// The writer's thread.
pub(super) struct Writer {
    connection: Connection,
    shared: Arc<Shared>,
    window: Window,
    // What the open transaction, or else the database, holds.
    state: State,
    keep_revisions: u64,
}

/// Commits that become durable together.
#[derive(Default)]
struct Batch {
    commits: Vec<(Prepared, Acknowledgement)>,
    close: bool,
}

/// What became of a batch, not yet told to anybody.
#[derive(Default)]
struct Written {
    outcomes: Vec<(Acknowledgement, Result<Committed, CommitError>)>,
    revisions: Vec<(Revision, Vec<Change>)>,
    open: bool,
    /// Something was destroyed.
    erased: bool,
}

/// Stops the store when the writer panics.
struct Stopped(Arc<Shared>);

impl Drop for Stopped {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.poison("the writer panicked".to_owned());
        }
    }
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        shared: Arc<Shared>,
        state: State,
        options: &Options,
    ) -> Self {
        Self {
            connection,
            shared,
            window: Window::new(Revision(state.revision), options.window),
            state,
            keep_revisions: options.keep_revisions,
        }
    }

    /// Works until the store is closed or fails.
    pub(super) fn run(mut self, jobs: &mpsc::Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let batch = Batch::collect(first, jobs);
            let close = batch.close;
            if !self.work(batch) || close {
                return;
            }
        }
    }

    /// Writes a batch and tells everybody. Says whether the store can go on.
    fn work(&mut self, batch: Batch) -> bool {
        let mut written = Written::default();
        // Dropped before `written`, whose tickets tell the others.
        let _stopped = Stopped(Arc::clone(&self.shared));
        let result = self.write(batch.commits, batch.close, &mut written);
        if let Err(error) = result {
            let error = self.shared.poison(error.to_string());
            // What the failed transaction left is rolled back by SQLite at the latest on opening.
            let _ = self.connection.execute_batch("ROLLBACK");
            for (acknowledgement, _) in written.outcomes {
                acknowledgement.send(Err(error.clone().into()));
            }
            return false;
        }
        self.shared
            .last_sequence
            .store(self.state.last_sequence, Ordering::Release);
        for (revision, changes) in written.revisions {
            for observer in self.shared.published.advance(revision) {
                observer.applied(revision, &changes);
            }
        }
        for (acknowledgement, outcome) in written.outcomes {
            acknowledgement.send(outcome);
        }
        true
    }

    /// Brings the batch into one transaction and makes it durable.
    fn write(
        &mut self,
        commits: Vec<(Prepared, Acknowledgement)>,
        close: bool,
        written: &mut Written,
    ) -> Result<(), StoreError> {
        // Every acknowledgement is in `written` before anything can fail.
        let mut prepared = Vec::with_capacity(commits.len());
        for (commit, acknowledgement) in commits {
            prepared.push(commit);
            written
                .outcomes
                .push((acknowledgement, Err(CommitError::Conflict)));
        }
        for (index, commit) in prepared.into_iter().enumerate() {
            if !self.window.permits(&commit, Revision(self.state.revision)) {
                continue;
            }
            let committed = self.write_commit(commit, written)?;
            if let Some((_, outcome)) = written.outcomes.get_mut(index) {
                *outcome = Ok(committed);
            }
        }
        self.prune(close, written)?;
        if written.open {
            schema::write_state(&self.connection, self.state)?;
            self.connection.prepare_cached("COMMIT")?.execute([])?;
        }
        if written.erased {
            schema::overwrite_deleted(&self.connection, false)?;
            schema::empty_log(&self.connection)?;
        }
        Ok(())
    }

    /// Destroys what the log of changes knows of keys before a revision.
    fn erase_former(&self, keys: &[RecordKey], revision: Revision) -> Result<(), StoreError> {
        let before = schema::integer(revision.0)?;
        // One pass over the log for many keys.
        for keys in keys.chunks(ERASED_AT_ONCE) {
            let marks = vec!["?"; keys.len()].join(",");
            let statement = format!(
                "UPDATE changes SET value = NULL WHERE value IS NOT NULL AND key IN ({marks}) AND revision < ?"
            );
            let keys = keys
                .iter()
                .map(|key| Value::Blob(key.text().as_bytes().to_vec()));
            let values = keys.chain([Value::Integer(before)]);
            self.connection
                .execute(&statement, params_from_iter(values))?;
        }
        Ok(())
    }

    fn begin(&self, written: &mut Written) -> Result<(), StoreError> {
        if !written.open {
            self.connection
                .prepare_cached("BEGIN IMMEDIATE")?
                .execute([])?;
            written.open = true;
        }
        Ok(())
    }

    fn write_commit(
        &mut self,
        mut commit: Prepared,
        written: &mut Written,
    ) -> Result<Committed, StoreError> {
        let outbox_first_sequence = match commit.outbox.as_slice() {
            [] => None,
            events => {
                self.begin(written)?;
                Some(self.write_events(events)?)
            }
        };
        commit.outbox.clear();
        let erased = std::mem::take(&mut commit.erased);
        if !commit.writes.is_empty() {
            self.begin(written)?;
            if !erased.is_empty() {
                // Until the end of the batch: what goes is overwritten.
                schema::overwrite_deleted(&self.connection, true)?;
                written.erased = true;
            }
            self.state.revision += 1;
            let revision = Revision(self.state.revision);
            let changes = commit.into_changes(revision);
            self.write_changes(&changes)?;
            self.erase_former(&erased, revision)?;
            self.window
                .record(revision, changes.iter().map(|change| &change.key));
            written.revisions.push((revision, changes));
        }
        Ok(Committed {
            revision: Revision(self.state.revision),
            outbox_first_sequence,
        })
    }

    fn write_events(&mut self, events: &[Bytes]) -> Result<u64, StoreError> {
        let first = self.state.last_sequence + 1;
        let mut insert = self
            .connection
            .prepare_cached("INSERT INTO outbox (sequence, event) VALUES (?1, ?2)")?;
        for event in events {
            self.state.last_sequence += 1;
            insert.execute(params![
                schema::integer(self.state.last_sequence)?,
                &**event
            ])?;
        }
        Ok(first)
    }

    fn write_changes(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut put = self.connection.prepare_cached(
            "INSERT OR REPLACE INTO records (key, revision, value) VALUES (?1, ?2, ?3)",
        )?;
        let mut delete = self
            .connection
            .prepare_cached("DELETE FROM records WHERE key = ?1")?;
        let mut log = self
            .connection
            .prepare_cached("INSERT INTO changes (revision, key, value) VALUES (?1, ?2, ?3)")?;
        for change in changes {
            let (key, revision) = (
                change.key.text().as_bytes(),
                schema::integer(change.revision.0)?,
            );
            match &change.value {
                Some(value) => put.execute(params![key, revision, &**value])?,
                None => delete.execute(params![key])?,
            };
            log.execute(params![revision, key, change.value.as_deref()])?;
        }
        Ok(())
    }

    /// Removes old changes and acknowledged events where there are enough of them.
    fn prune(&mut self, close: bool, written: &mut Written) -> Result<(), StoreError> {
        let kept_after = self.state.revision.saturating_sub(self.keep_revisions);
        if kept_after >= self.state.kept_after.saturating_add(PRUNE) {
            self.begin(written)?;
            self.connection
                .prepare_cached("DELETE FROM changes WHERE revision <= ?1")?
                .execute([schema::integer(kept_after)?])?;
            self.state.kept_after = kept_after;
        }
        let acknowledged = self.shared.acknowledged.load(Ordering::Acquire);
        let lot = if close { 1 } else { PRUNE };
        if acknowledged >= self.state.acknowledged.saturating_add(lot) {
            self.begin(written)?;
            self.connection
                .prepare_cached("DELETE FROM outbox WHERE sequence <= ?1")?
                .execute([schema::integer(acknowledged)?])?;
            self.state.acknowledged = acknowledged;
        }
        Ok(())
    }
}

impl Batch {
    /// Takes what has queued up while the batch before was written.
    fn collect(first: Job, jobs: &mpsc::Receiver<Job>) -> Self {
        let mut batch = Self::default();
        let mut bytes = 0_usize;
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Commit(commit, acknowledgement) => {
                    bytes = bytes.saturating_add(commit.bytes());
                    batch.commits.push((commit, acknowledgement));
                }
                Job::Prune => {}
                Job::Close => {
                    batch.close = true;
                    return batch;
                }
            }
            if batch.commits.len() >= BATCH_COMMITS || bytes >= BATCH_BYTES {
                return batch;
            }
            next = jobs.try_recv().ok();
        }
        batch
    }
}
