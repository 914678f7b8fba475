//! Copies of the store, and the way back from a copy.

use super::{
    FILE_NAME,
    schema::{self, State},
};
use crate::{Record, RecordKey, Revision, StoreError, private};
use bytes::Bytes;
use imbl::OrdMap;
use rusqlite::{Connection, backup::Backup, backup::StepResult, params};
use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
};

/// What a store in memory has to say.
pub(crate) struct Content {
    pub(crate) revision: Revision,
    pub(crate) records: OrdMap<RecordKey, Record>,
    pub(crate) outbox: Vec<(u64, Bytes)>,
    pub(crate) last_sequence: u64,
}

/// Writes a consistent copy of the store of a data directory to a new file, also while another
/// process serves from it. The directory's lock is not needed: the copy only reads.
///
/// # Errors
/// [`StoreError::Exists`] where the file exists, [`StoreError::Io`] where there is no store,
/// [`StoreError::NewerFormat`] for a newer one, or another where reading or writing fails.
pub fn backup(data_directory: &Path, to: &Path) -> Result<(), StoreError> {
    let path = data_directory.join(FILE_NAME);
    fs::metadata(&path).map_err(StoreError::io("cannot read the store"))?;
    let source = schema::open_reader(&path)?;
    schema::check_format(&source, &path)?;
    copy(&source, to)
}

/// Puts a backup in the place of the store of a data directory.
///
/// The backup is checked first: it must be a whole store of a format that this version knows. An
/// existing store is only replaced where `overwrite` says so. The directory must not be in use.
///
/// # Errors
/// [`StoreError::Exists`] where a store is there and `overwrite` is false, [`StoreError::Corrupt`]
/// or [`StoreError::NotAStore`] for a bad backup, [`StoreError::InUse`] for a directory in use, or
/// another where reading or writing fails. The existing store is untouched unless the last
/// step, a rename, was reached.
pub fn restore(
    backup_file: &Path,
    data_directory: &Path,
    overwrite: bool,
) -> Result<(), StoreError> {
    fs::metadata(backup_file).map_err(StoreError::io("cannot read the backup"))?;
    private::prepare_directory(data_directory)?;
    let _lock = private::DirectoryLock::take(data_directory)?;
    let target = data_directory.join(FILE_NAME);
    if target.exists() && !overwrite {
        return Err(StoreError::Exists { path: target });
    }
    let partial = with_suffix(&target, ".restoring");
    private::remove_file(&partial)?;
    let sound = schema::open_reader(backup_file)
        .and_then(|source| copy_into(&source, &partial))
        .and_then(|()| verify(&partial));
    if let Err(error) = sound {
        // The first error is the one to report.
        let _ = private::remove_file(&partial);
        return Err(error);
    }
    if target.exists() {
        // Brings the log of the store that goes into its file. A damaged store may refuse.
        let _ = schema::connect(&target)
            .and_then(|old| Ok(old.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?));
    }
    // A log that stays behind would be applied to the new file.
    for suffix in ["-wal", "-shm", "-journal"] {
        private::remove_file(&with_suffix(&target, suffix))?;
    }
    private::sync_directory(data_directory)?;
    fs::rename(&partial, &target).map_err(StoreError::io("cannot put the backup in place"))?;
    private::sync_directory(data_directory)
}

/// Copies the database of a connection to a new file.
pub(super) fn copy(source: &Connection, to: &Path) -> Result<(), StoreError> {
    finish(to, |partial| copy_into(source, partial))
}

/// Writes the content as a database to a new file.
pub(crate) fn write_backup(to: &Path, content: Content) -> Result<(), StoreError> {
    finish(to, |partial| write_content(partial, content))
}

/// Makes a file under a temporary name and gives it its name when it is durable.
fn finish(
    to: &Path,
    write: impl FnOnce(&Path) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::Exists {
            path: to.to_owned(),
        });
    }
    let partial = with_suffix(to, ".partial");
    private::remove_file(&partial)?;
    let written = write(&partial)
        .and_then(|()| fs::rename(&partial, to).map_err(StoreError::io("cannot name the backup")));
    if let Err(error) = written {
        // The first error is the one to report.
        let _ = private::remove_file(&partial);
        return Err(error);
    }
    private::sync_directory(private::parent(to))
}

/// Copies all pages in one step, which reads one revision without holding up the writer.
fn copy_into(source: &Connection, path: &Path) -> Result<(), StoreError> {
    private::create_file(path).map_err(StoreError::io("cannot create the backup"))?;
    let mut target = schema::connect(path)?;
    {
        let backup = Backup::new(source, &mut target)?;
        match backup.step(-1)? {
            StepResult::Done => {}
            _ => return Err(StoreError::Busy),
        }
    }
    close_whole(target, path)
}

/// Leaves one durable file and no log beside it.
fn close_whole(target: Connection, path: &Path) -> Result<(), StoreError> {
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target
        .close()
        .map_err(|(_, error)| StoreError::from(error))?;
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(StoreError::io("cannot sync the backup"))
}

fn write_content(path: &Path, content: Content) -> Result<(), StoreError> {
    private::create_file(path).map_err(StoreError::io("cannot create the backup"))?;
    let target = schema::connect(path)?;
    schema::create_tables(&target, 0)?;
    let transaction = target.unchecked_transaction()?;
    {
        let mut put = transaction
            .prepare("INSERT INTO records (key, revision, value) VALUES (?1, ?2, ?3)")?;
        for (key, record) in &content.records {
            let revision = schema::integer(record.revision.0)?;
            put.execute(params![key.text().as_bytes(), revision, &*record.value])?;
        }
        let mut insert =
            transaction.prepare("INSERT INTO outbox (sequence, event) VALUES (?1, ?2)")?;
        for (sequence, event) in &content.outbox {
            insert.execute(params![schema::integer(*sequence)?, &**event])?;
        }
    }
    let acknowledged = content
        .outbox
        .first()
        .map_or(content.last_sequence, |(first, _)| first - 1);
    let state = State {
        revision: content.revision.0,
        kept_after: content.revision.0,
        last_sequence: content.last_sequence,
        acknowledged,
    };
    schema::write_state(&transaction, state)?;
    transaction.commit()?;
    close_whole(target, path)
}

/// Makes sure that the file is a whole store.
fn verify(path: &Path) -> Result<(), StoreError> {
    let connection = schema::open_reader(path)?;
    let verdict: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::Corrupt(verdict));
    }
    schema::check_format(&connection, path)?;
    schema::read_state(&connection).map(drop)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
