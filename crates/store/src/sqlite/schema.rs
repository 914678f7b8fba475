//! Tables, settings and format of the database.

use crate::{StoreError, private};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use std::{io, path::Path, time::Duration};

/// The format that this version writes, and the newest that it reads.
pub const FORMAT: u64 = 1;

/// Marks the file as ours: `clvg`.
pub(super) const APPLICATION_ID: i64 = 0x636c_7667;

/// How long a connection waits for another one's lock, which only checkpoints and start-up take.
const BUSY: Duration = Duration::from_secs(10);

/// `FULL`: every commit is synced before it counts.
const SYNCHRONOUS_FULL: i64 = 2;

const TABLES: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE records (
        key BLOB PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE changes (
        revision INTEGER NOT NULL, key BLOB NOT NULL, value BLOB, PRIMARY KEY (revision, key)
    ) WITHOUT ROWID;
    CREATE TABLE outbox (sequence INTEGER PRIMARY KEY, event BLOB NOT NULL);
";

/// Names of the rows of `meta`.
pub(super) mod meta {
    /// The format of the store.
    pub(in super::super) const FORMAT: &str = "format";
    /// Birth in seconds since 1970.
    pub(in super::super) const CREATED: &str = "created";
    /// The newest revision.
    pub(in super::super) const REVISION: &str = "revision";
    /// Changes after this revision are kept.
    pub(in super::super) const KEPT_AFTER: &str = "kept_after";
    /// The sequence number of the newest event.
    pub(in super::super) const LAST_SEQUENCE: &str = "last_sequence";
    /// Events up to this sequence number are removed.
    pub(in super::super) const ACKNOWLEDGED: &str = "acknowledged";
}

/// The counters of the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) revision: u64,
    pub(super) kept_after: u64,
    pub(super) last_sequence: u64,
    pub(super) acknowledged: u64,
}

/// Opens the connection that writes; makes the file and the tables where there are none.
pub(super) fn open_writer(path: &Path, created: u64) -> Result<Connection, StoreError> {
    match private::create_file(path) {
        // SQLite gives its log and its index the mode of the database.
        Ok(_) => private::sync_directory(private::parent(path))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => private::check_file(path)?,
        Err(error) => return Err(StoreError::io("cannot create the database")(error)),
    }
    let connection = connect(path)?;
    if is_empty(&connection)? {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        create_tables(&connection, created)?;
    }
    check_format(&connection, path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.pragma_update(None, "cache_size", -8192)?;
    overwrite_deleted(&connection, false)?;
    check_durability(&connection)?;
    Ok(connection)
}

/// Whether all deleted content is overwritten, or only what costs no further writing.
pub(super) fn overwrite_deleted(connection: &Connection, all: bool) -> Result<(), StoreError> {
    let mode = if all { "ON" } else { "FAST" };
    connection.pragma_update_and_check(None, "secure_delete", mode, |_| Ok(()))?;
    Ok(())
}

/// Brings the log of writes into the database and empties it, unless readers are in the way: then it
/// is overwritten in its turn.
pub(super) fn empty_log(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::ZERO)?;
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    connection.busy_timeout(BUSY)?;
    match emptied {
        Err(error) if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) => {
            Err(error.into())
        }
        _ => Ok(()),
    }
}

/// SQLite answers a setting that it cannot keep with another one and no error.
fn check_durability(connection: &Connection) -> Result<(), StoreError> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    if mode != "wal" || synchronous != SYNCHRONOUS_FULL {
        return Err(StoreError::Engine(format!(
            "the file system allows journal mode {mode} with synchronous {synchronous} only"
        )));
    }
    Ok(())
}

/// Opens a connection that only reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -2048)?;
    Ok(connection)
}

/// Opens a connection to an existing file.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

fn is_empty(connection: &Connection) -> Result<bool, StoreError> {
    let objects: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(objects == 0 && application_id(connection)? == 0)
}

fn application_id(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA application_id", [], |row| row.get(0))?)
}

/// Makes the tables of an empty database, in one transaction.
pub(super) fn create_tables(connection: &Connection, created: u64) -> Result<(), StoreError> {
    let transaction = connection.unchecked_transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.execute_batch(TABLES)?;
    set(&transaction, meta::FORMAT, FORMAT)?;
    set(&transaction, meta::CREATED, created)?;
    write_state(&transaction, State::default())?;
    transaction.commit()?;
    Ok(())
}

/// Refuses what is no store or a newer one. Older formats are migrated here, step by step.
pub(super) fn check_format(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    if application_id(connection)? != APPLICATION_ID {
        return Err(StoreError::NotAStore {
            path: path.to_owned(),
        });
    }
    match get(connection, meta::FORMAT)? {
        FORMAT => Ok(()),
        found if found > FORMAT => Err(StoreError::NewerFormat {
            found,
            supported: FORMAT,
        }),
        found => Err(StoreError::Corrupt(format!(
            "no format {found} was ever written"
        ))),
    }
}

/// Reads the counters.
pub(super) fn read_state(connection: &Connection) -> Result<State, StoreError> {
    Ok(State {
        revision: get(connection, meta::REVISION)?,
        kept_after: get(connection, meta::KEPT_AFTER)?,
        last_sequence: get(connection, meta::LAST_SEQUENCE)?,
        acknowledged: get(connection, meta::ACKNOWLEDGED)?,
    })
}

/// Writes the counters.
pub(super) fn write_state(connection: &Connection, state: State) -> Result<(), StoreError> {
    set(connection, meta::REVISION, state.revision)?;
    set(connection, meta::KEPT_AFTER, state.kept_after)?;
    set(connection, meta::LAST_SEQUENCE, state.last_sequence)?;
    set(connection, meta::ACKNOWLEDGED, state.acknowledged)
}

/// Reads one row of `meta`.
pub(super) fn get(connection: &Connection, name: &str) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    let value: Option<i64> = statement.query_row([name], |row| row.get(0)).optional()?;
    let value = value.ok_or_else(|| StoreError::Corrupt(format!("{name} is missing")))?;
    number(value)
}

fn set(connection: &Connection, name: &str, value: u64) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?;
    statement.execute(params![name, integer(value)?])?;
    Ok(())
}

/// A count as SQLite holds it.
pub(super) fn integer(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Corrupt(format!("{value} is out of range")))
}

/// A count as SQLite held it.
pub(super) fn number(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Corrupt(format!("{value} is negative")))
}
