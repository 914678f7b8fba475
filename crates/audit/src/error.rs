//! What can go wrong, for each side of the crate.

use std::path::PathBuf;

/// Why a stored record or segment is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The segment's header is cut short, has a wrong magic or a wrong digest.
    #[error("the segment header is damaged")]
    Header,
    /// The segment was written by a newer version.
    #[error("the segment has format {found}, this version reads up to {known}")]
    NewerFormat {
        /// The format in the header.
        found: u32,
        /// The newest format that this version reads.
        known: u32,
    },
    /// The file's name and its header name different first sequences.
    #[error("the file's name does not match its header")]
    Misnamed,
    /// The segment does not continue the one before it: a segment was removed, swapped or cut.
    #[error("the segment does not continue the segment before it")]
    BrokenLink,
    /// A record has another sequence than the chain expects.
    #[error("expected record {expected}, found record {found}")]
    Sequence {
        /// The sequence that had to come.
        expected: u64,
        /// The sequence in the frame.
        found: u64,
    },
    /// A record's hash does not follow from its content and the hash before it.
    #[error("the chain hash of record {sequence} does not match")]
    Hash {
        /// The record.
        sequence: u64,
    },
    /// A frame names a length that no record can have.
    #[error("a frame names an impossible length")]
    Length,
    /// The segment ends inside a record although records follow it.
    #[error("the segment ends inside a record")]
    CutShort,
    /// The trail does not contain the head that was kept elsewhere.
    #[error("the trail does not contain the expected record {sequence}")]
    HeadMissing {
        /// The expected head's sequence.
        sequence: u64,
    },
}

/// Why a trail cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A file operation failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A stored record or segment is not what was written.
    #[error("{} is corrupt at byte {offset}: {fault}", path.display())]
    Corrupt {
        /// The segment.
        path: PathBuf,
        /// Byte offset of the first bad record (0 for the header).
        offset: u64,
        /// What is wrong there.
        fault: Fault,
    },
    /// Another process writes to this trail.
    #[error("{} is in use by another process", path.display())]
    Locked {
        /// The trail's directory.
        path: PathBuf,
    },
    /// Others than the owner have access to the directory.
    #[error("{} has mode {mode:o}; only its owner may have access (0700)", path.display())]
    Permissions {
        /// The trail's directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl AuditError {
    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }
}

/// Why a record is not durable. The call that it describes must fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The trail could not be written; it takes no further record until it is opened again.
    #[error("the audit trail cannot be written: {cause}")]
    Poisoned {
        /// The first I/O error's text.
        cause: std::sync::Arc<str>,
    },
    /// The trail is closed.
    #[error("the audit trail is closed")]
    Closed,
    /// The record is larger than [`crate::MAX_EVENT_BYTES`], or empty.
    #[error("an audit record of {bytes} bytes cannot be written")]
    Size {
        /// The record's size.
        bytes: usize,
    },
    /// Too many bytes wait for the disk. Nothing was taken.
    #[error("the audit trail's queue is full")]
    Overloaded,
}

/// Why records of the outbox were not taken. None of the call's records was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboxError {
    /// The trail takes no records.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// Records between the trail's last one and these are missing.
    #[error("outbox record {expected} must come next, found {found}")]
    Gap {
        /// The outbox sequence that had to come.
        expected: u64,
        /// The outbox sequence that came.
        found: u64,
    },
    /// Outbox sequences start at 1.
    #[error("an outbox sequence of 0")]
    Zero,
}
