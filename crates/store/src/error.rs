//! What can go wrong in a store.

use crate::{InvalidKey, Revision};
use std::{io, path::PathBuf, sync::Arc};

/// A store that cannot do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// An earlier write failed, so that the store refuses everything until it is opened again.
    #[error("the store stopped after a failed write: {cause}")]
    Poisoned {
        /// The first failure.
        cause: String,
    },
    /// The file system failed.
    #[error("{action}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: Arc<io::Error>,
    },
    /// The database engine failed.
    #[error("the database engine failed: {0}")]
    Engine(String),
    /// The store holds something that this program never writes.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The file is not a store of this program.
    #[error("{} is not a claviger store", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// The store was written by a newer version.
    #[error(
        "the store has format {found}, this version reads up to {supported}: use a newer version of claviger"
    )]
    NewerFormat {
        /// The store's format.
        found: u64,
        /// The newest format that this version knows.
        supported: u64,
    },
    /// Another process, or another store of this process, uses the data directory.
    #[error("the data directory {} is in use by another process", path.display())]
    InUse {
        /// The data directory.
        path: PathBuf,
    },
    /// A file or directory is open to other users.
    #[error("{} has mode {mode:03o}: other users must not have access, set it to {wanted:03o}", path.display())]
    Permissions {
        /// The file or directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The bits that it should have.
        wanted: u32,
    },
    /// Something is there already and would be overwritten.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The changes after the revision are no longer kept.
    #[error("changes up to revision {} are no longer kept", kept_after.0)]
    Compacted {
        /// Changes after this revision are kept.
        kept_after: Revision,
    },
    /// The revision lies in the store's future.
    #[error("revision {} is later than the store's revision {}", asked.0, current.0)]
    UnknownRevision {
        /// The revision that was asked for.
        asked: Revision,
        /// The store's revision.
        current: Revision,
    },
    /// A value is longer than [`crate::MAX_VALUE_BYTES`].
    #[error("a value has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// The value's length in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Other writers kept changing what was to be written.
    #[error("other writers left no room for the operation")]
    Busy,
}

impl StoreError {
    /// An input or output error with what was tried.
    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            source: Arc::new(source),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error.to_string())
    }
}

impl From<InvalidKey> for StoreError {
    fn from(error: InvalidKey) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// A commit that did not happen.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// Something that the commit read or writes changed after its base: authorize and try again.
    #[error("the records changed meanwhile")]
    Conflict,
    /// The store failed. Where the error is not [`StoreError::TooLarge`], the commit may be
    /// found durable when the store is opened again: nothing was acknowledged.
    #[error(transparent)]
    Store(#[from] StoreError),
}
