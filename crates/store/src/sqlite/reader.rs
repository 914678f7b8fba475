//! Connections that read, and snapshots over them.

use super::schema;
use crate::{Change, Prefix, Record, RecordKey, Revision, Snapshot, StoreError};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, types::ValueRef};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Idle connections that are kept. More are opened at need, so that no reader waits for another.
const IDLE: usize = 16;

/// The connections that read.
#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
}

/// A read transaction, which goes back to the pool at the end.
pub(super) struct SqliteSnapshot {
    // `None` only while it is dropped.
    connection: Option<Connection>,
    revision: Revision,
    idle: Arc<Mutex<Vec<Connection>>>,
}

fn lock(idle: &Mutex<Vec<Connection>>) -> MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Arc::default(),
        }
    }

    /// A connection of one's own.
    pub(super) fn connection(&self) -> Result<Connection, StoreError> {
        schema::open_reader(&self.path)
    }

    /// Begins a read transaction. The first query pins it to the newest revision.
    pub(super) fn snapshot(&self) -> Result<SqliteSnapshot, StoreError> {
        let idle = lock(&self.idle).pop();
        let connection = idle.map_or_else(|| self.connection(), Ok)?;
        connection.prepare_cached("BEGIN DEFERRED")?.execute([])?;
        let revision = Revision(schema::get(&connection, schema::meta::REVISION)?);
        Ok(SqliteSnapshot {
            connection: Some(connection),
            revision,
            idle: Arc::clone(&self.idle),
        })
    }

    /// Closes the idle connections.
    pub(super) fn clear(&self) {
        lock(&self.idle).clear();
    }
}

impl SqliteSnapshot {
    fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.as_ref().ok_or(StoreError::Closed)
    }

    /// See [`crate::Store::changes`].
    pub(super) fn changes(&self, after: Revision, limit: usize) -> Result<Vec<Change>, StoreError> {
        let connection = self.connection()?;
        let kept_after = Revision(schema::get(connection, schema::meta::KEPT_AFTER)?);
        if after < kept_after {
            return Err(StoreError::Compacted { kept_after });
        }
        if after > self.revision {
            return Err(StoreError::UnknownRevision {
                asked: after,
                current: self.revision,
            });
        }
        let mut statement = connection.prepare_cached(
            "SELECT revision, key, value FROM changes WHERE revision > ?1 ORDER BY revision, key",
        )?;
        let mut rows = statement.query([schema::integer(after.0)?])?;
        let mut changes: Vec<Change> = Vec::new();
        while let Some(row) = rows.next()? {
            let revision = Revision(schema::number(row.get(0)?)?);
            let complete = changes.last().is_none_or(|last| last.revision != revision);
            if complete && changes.len() >= limit {
                break;
            }
            changes.push(Change {
                revision,
                key: key(row, 1)?,
                value: optional_bytes(row, 2)?,
            });
        }
        Ok(changes)
    }

    /// See [`crate::Store::outbox`].
    pub(super) fn outbox(&self, after: u64, limit: usize) -> Result<Vec<(u64, Bytes)>, StoreError> {
        let mut statement = self.connection()?.prepare_cached(
            "SELECT sequence, event FROM outbox WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
        )?;
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let mut rows = statement.query([after, row_limit(limit)])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push((schema::number(row.get(0)?)?, bytes(row, 1)?));
        }
        Ok(events)
    }
}

impl Snapshot for SqliteSnapshot {
    fn revision(&self) -> Revision {
        self.revision
    }

    fn read(&mut self, key: &RecordKey) -> Result<Option<Record>, StoreError> {
        let mut statement = self
            .connection()?
            .prepare_cached("SELECT revision, value FROM records WHERE key = ?1")?;
        let mut rows = statement.query([key.text().as_bytes()])?;
        rows.next()?.map(|row| record(row, 0)).transpose()
    }

    fn scan(
        &mut self,
        prefix: &Prefix,
        after: Option<&RecordKey>,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Record)>, StoreError> {
        let mut statement = self.connection()?.prepare_cached(
            "SELECT key, revision, value FROM records WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3",
        )?;
        let lower = prefix.lower_bound(after).into_bytes();
        let mut rows = statement.query(rusqlite::params![
            lower,
            prefix.upper_bound(),
            row_limit(limit)
        ])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            records.push((key(row, 0)?, record(row, 1)?));
        }
        Ok(records)
    }
}

impl Drop for SqliteSnapshot {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        let ended = connection
            .prepare_cached("ROLLBACK")
            .and_then(|mut statement| statement.execute([]).optional());
        let mut idle = lock(&self.idle);
        if ended.is_ok() && idle.len() < IDLE {
            idle.push(connection);
        }
    }
}

fn row_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn record(row: &Row<'_>, first: usize) -> Result<Record, StoreError> {
    Ok(Record {
        revision: Revision(schema::number(row.get(first)?)?),
        value: bytes(row, first + 1)?,
    })
}

fn key(row: &Row<'_>, column: usize) -> Result<RecordKey, StoreError> {
    match row.get_ref(column)? {
        ValueRef::Blob(text) => std::str::from_utf8(text)
            .map_err(|_| StoreError::Corrupt("a key is no text".to_owned()))
            .and_then(|text| Ok(RecordKey::from_text(text)?)),
        _ => Err(StoreError::Corrupt("a key has the wrong type".to_owned())),
    }
}

fn bytes(row: &Row<'_>, column: usize) -> Result<Bytes, StoreError> {
    optional_bytes(row, column)?.ok_or_else(|| StoreError::Corrupt("a value is missing".to_owned()))
}

fn optional_bytes(row: &Row<'_>, column: usize) -> Result<Option<Bytes>, StoreError> {
    match row.get_ref(column)? {
        ValueRef::Blob(bytes) => Ok(Some(Bytes::copy_from_slice(bytes))),
        ValueRef::Null => Ok(None),
        _ => Err(StoreError::Corrupt("a value has the wrong type".to_owned())),
    }
}
