//! A trail's directory: its lock, its segments, and the recovery of what a crash left.

use crate::frame::Chain;
use crate::segment::{self, SegmentReader, Walked};
use crate::writer::Medium;
use crate::{AuditError, Recovery};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The segments of a directory, of which the last one is written.
pub(crate) struct Directory {
    path: PathBuf,
    file: File,
    size: u64,
    // Held as long as the trail is open; the system releases it when the process ends.
    _lock: File,
}

impl Directory {
    /// Opens the directory for writing, makes it where it is missing, and ends a torn tail.
    pub(crate) fn open(dir: &Path) -> Result<(Self, Chain, Recovery), AuditError> {
        create(dir)?;
        let lock = lock(dir)?;
        remove_unfinished(dir)?;
        let segments = segment::list(dir)?;
        let (file, chain, truncated_bytes) = match segments.last() {
            None => (start_segment(dir, &Chain::START), Chain::START, 0),
            Some(&last) => {
                let reader = SegmentReader::open(dir, last)?;
                let Walked { chain, end, torn } = reader.walk(|_| Ok(()))?;
                (reopen(&segment::path(dir, last), end, torn), chain, torn)
            }
        };
        let file = file.map_err(|source| AuditError::io(dir, source))?;
        let size = file
            .metadata()
            .map_err(|source| AuditError::io(dir, source))?
            .len();
        let recovery = Recovery {
            head: chain.head(),
            last_outbox_sequence: chain.outbox,
            truncated_bytes,
            segments: segments.len().max(1),
        };
        Ok((
            Self {
                path: dir.to_path_buf(),
                file,
                size,
                _lock: lock,
            },
            chain,
            recovery,
        ))
    }
}

impl Medium for Directory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.size += bytes.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn rotate(&mut self, chain: &Chain) -> io::Result<()> {
        self.file = start_segment(&self.path, chain)?;
        self.size = self.file.metadata()?.len();
        Ok(())
    }
}

fn create(dir: &Path) -> Result<(), AuditError> {
    let io = |source| AuditError::io(dir, source);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(io)?;
    let mode = std::fs::metadata(dir).map_err(io)?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(AuditError::Permissions {
            path: dir.to_path_buf(),
            mode,
        });
    }
    Ok(())
}

fn lock(dir: &Path) -> Result<File, AuditError> {
    let path = dir.join("trail.lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(|source| AuditError::io(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(AuditError::Locked {
            path: dir.to_path_buf(),
        }),
        Err(TryLockError::Error(source)) => Err(AuditError::io(&path, source)),
    }
}

/// A segment gets its name only when its header is durable; what has none yet is no segment.
fn remove_unfinished(dir: &Path) -> Result<(), AuditError> {
    let path = dir.join("segment.new");
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(AuditError::io(&path, error)),
        _ => Ok(()),
    }
}

fn start_segment(dir: &Path, chain: &Chain) -> io::Result<File> {
    let unfinished = dir.join("segment.new");
    let finished = segment::path(dir, chain.sequence + 1);
    let mut file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(&chain.header())?;
    file.sync_all()?;
    // The lock makes this process the only writer, so nothing comes between the two.
    if finished.exists() {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists));
    }
    std::fs::rename(&unfinished, &finished)?;
    File::open(dir)?.sync_all()?;
    Ok(file)
}

fn reopen(path: &Path, end: u64, torn: u64) -> io::Result<File> {
    let file = OpenOptions::new().append(true).open(path)?;
    if torn > 0 {
        file.set_len(end)?;
    }
    // Records that were written but not synced before a crash are taken as written: make them so.
    file.sync_all()?;
    Ok(file)
}
