//! The trail: what the pipeline writes to.

use crate::directory::Directory;
use crate::memory::Ring;
use crate::shared::{Shared, lock};
use crate::writer::{self, Medium};
use crate::{AppendError, AuditError, Head, OutboxError, Position, Reader, Ticket, frame::Chain};
use bytes::Bytes;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// Sizes of a trail.
#[derive(Debug, Clone)]
pub struct Options {
    /// A segment that would grow beyond so many bytes is followed by a new one; 64 MiB.
    pub segment_bytes: u64,
    /// So many bytes may wait for the disk; more is refused with [`AppendError::Overloaded`]; 64 MiB.
    pub queue_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
            queue_bytes: 64 * 1024 * 1024,
        }
    }
}

/// What an opened trail held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The newest record.
    pub head: Head,
    /// The newest outbox sequence in the trail: replay the outbox after it. 0 where there is none.
    pub last_outbox_sequence: u64,
    /// Bytes of a torn record that were cut off the end. They were never acknowledged.
    pub truncated_bytes: u64,
    /// Segment files.
    pub segments: usize,
}

/// An append-only, hash-chained sequence of records.
///
/// After an I/O error the trail is poisoned: every record that waits and every later one fails,
/// until the trail is opened again. A record whose ticket failed may still be found then; one
/// whose ticket resolved is always found.
pub struct Trail(Backend);

enum Backend {
    Disk {
        shared: Arc<Shared>,
        dir: PathBuf,
        thread: Mutex<Option<JoinHandle<()>>>,
    },
    Memory(Arc<Ring>),
}

impl Trail {
    /// Opens the trail in a directory (mode 0700, made where it is missing; files 0600).
    ///
    /// The last segment is walked and its chain checked, which takes about 0.1 s for 64 MiB; use
    /// [`crate::verify`] for the others. A record that a crash left half written at the very end
    /// is cut off; any other damage is an error, and nothing is changed then.
    ///
    /// # Errors
    /// [`AuditError::Locked`] where another process writes to it, [`AuditError::Corrupt`] with
    /// file and offset, [`AuditError::Permissions`], [`AuditError::Io`].
    pub fn open(dir: &Path, options: Options) -> Result<(Self, Recovery), AuditError> {
        let (directory, chain, recovery) = Directory::open(dir)?;
        Ok((
            Self::start(Box::new(directory), chain, dir, &options)?,
            recovery,
        ))
    }

    /// A trail in memory that keeps the newest records up to `limit_bytes` of them and drops the
    /// oldest beyond (64 MiB is a good limit). Tickets resolve at once; nothing survives the
    /// process, and there is no chain.
    #[must_use]
    pub fn memory(limit_bytes: usize) -> Self {
        Self(Backend::Memory(Arc::new(Ring::new(limit_bytes))))
    }

    pub(crate) fn start(
        mut medium: Box<dyn Medium>,
        chain: Chain,
        dir: &Path,
        options: &Options,
    ) -> Result<Self, AuditError> {
        let shared = Arc::new(Shared::new(&chain, options.queue_bytes));
        let segment_bytes = options.segment_bytes;
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("audit-writer".to_owned())
            .spawn(move || writer::run(&for_thread, medium.as_mut(), segment_bytes, chain))
            .map_err(|source| AuditError::io(dir, source))?;
        let thread = Mutex::new(Some(thread));
        Ok(Self(Backend::Disk {
            shared,
            dir: dir.to_path_buf(),
            thread,
        }))
    }

    #[cfg(test)]
    pub(crate) fn waiting_records(&self) -> usize {
        match &self.0 {
            Backend::Disk { shared, .. } => shared.waiting_records(),
            Backend::Memory(_) => 0,
        }
    }

    /// Takes a record (one JSON object, at most [`crate::MAX_EVENT_BYTES`]). Returns at once.
    pub fn append(&self, event: Bytes) -> Ticket {
        match &self.0 {
            Backend::Disk { shared, .. } => Self::ticket(shared, shared.push(event)),
            Backend::Memory(ring) => Ticket::done(ring.push(event, None)),
        }
    }

    fn ticket(shared: &Arc<Shared>, taken: Result<u64, AppendError>) -> Ticket {
        match taken {
            Ok(sequence) => Ticket::pending(Arc::clone(shared), sequence),
            Err(error) => Ticket::done(Err(error)),
        }
    }

    /// Takes records that are durable elsewhere already (the store's outbox), the first of which
    /// has the outbox sequence `first_store_sequence`. Records that the trail has are skipped, so
    /// that a replay writes each once. The caller need not wait: [`Trail::on_durable`] tells when
    /// the outbox may forget them.
    ///
    /// A trail without any outbox record starts at any sequence.
    ///
    /// # Errors
    /// [`OutboxError`]; no record of this call was taken then.
    pub fn append_outbox(
        &self,
        first_store_sequence: u64,
        events: Vec<Bytes>,
    ) -> Result<(), OutboxError> {
        match &self.0 {
            Backend::Disk { shared, .. } => shared.push_outbox(first_store_sequence, events),
            Backend::Memory(ring) => ring.push_outbox(first_store_sequence, events),
        }
    }

    /// Sets what is called with the newest durable outbox sequence, each time it changes. The
    /// callback runs on the writer's thread: it must be quick and must not panic.
    pub fn on_durable(&self, callback: impl Fn(u64) + Send + Sync + 'static) {
        match &self.0 {
            Backend::Disk { shared, .. } => shared.set_on_durable(Arc::new(callback)),
            Backend::Memory(ring) => ring.set_on_durable(Arc::new(callback)),
        }
    }

    /// The newest durable outbox sequence; 0 for none.
    #[must_use]
    pub fn durable_outbox_sequence(&self) -> u64 {
        match &self.0 {
            Backend::Disk { shared, .. } => shared.durable_outbox(),
            Backend::Memory(ring) => ring.outbox(),
        }
    }

    /// Takes a record that says that the outbox's last sequence is `last` from now on.
    ///
    /// Needed where [`Recovery::last_outbox_sequence`] is greater than the store's last outbox
    /// sequence: the store was restored from a backup or reset, and would otherwise give new
    /// records old numbers, which the trail would skip as repetitions. The record should tell of
    /// the restore; wait for its ticket before the store takes its first commit.
    pub fn rebase_outbox(&self, last: u64, event: Bytes) -> Ticket {
        match &self.0 {
            Backend::Disk { shared, .. } => Self::ticket(shared, shared.push_rebase(last, event)),
            Backend::Memory(ring) => Ticket::done(ring.push(event, Some(last))),
        }
    }

    /// Resolves when everything that was taken so far is durable.
    pub fn flush(&self) -> Ticket {
        match &self.0 {
            Backend::Disk { shared, .. } => {
                Ticket::pending(Arc::clone(shared), shared.last_taken())
            }
            Backend::Memory(ring) => Ticket::done(Ok(ring.last())),
        }
    }

    /// The newest durable record.
    #[must_use]
    pub fn head(&self) -> Head {
        match &self.0 {
            Backend::Disk { shared, .. } => shared.head(),
            Backend::Memory(ring) => Head {
                sequence: ring.last(),
                hash: [0; 32],
            },
        }
    }

    /// Why the trail takes no record, if so: for health checks.
    #[must_use]
    pub fn failure(&self) -> Option<AppendError> {
        match &self.0 {
            Backend::Disk { shared, .. } => shared.failure(),
            Backend::Memory(ring) => ring.is_closed().then_some(AppendError::Closed),
        }
    }

    /// A reader that sees durable records only, and wakes when there is a new one.
    #[must_use]
    pub fn reader(&self, from: Position) -> Reader {
        match &self.0 {
            Backend::Disk { shared, dir, .. } => Reader::live(dir, from, Arc::clone(shared)),
            Backend::Memory(ring) => Reader::memory(Arc::clone(ring), from),
        }
    }

    /// Takes no more records, makes those that wait durable and ends the writer. Idempotent.
    ///
    /// # Errors
    /// [`AppendError`] where some of them could not be written.
    pub fn close(&self) -> Result<(), AppendError> {
        match &self.0 {
            Backend::Memory(ring) => ring.close(),
            Backend::Disk { shared, thread, .. } => {
                shared.close();
                if let Some(thread) = lock(thread).take() {
                    // A writer that panicked has failed all tickets; the wait below tells.
                    drop(thread.join());
                }
                shared.wait(shared.last_taken())?;
            }
        }
        Ok(())
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        // Nobody is left who could be told; the tickets carry the error.
        drop(self.close());
    }
}

impl std::fmt::Debug for Trail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trail")
            .field("head", &self.head().sequence)
            .finish_non_exhaustive()
    }
}
