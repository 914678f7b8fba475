//! The durable engine: one SQLite file, one writer, many readers.
//!
//! Commits queue up for one thread, which checks each against the changes since its base, writes
//! all that pass in one SQLite transaction, syncs once, tells the observers and acknowledges (group
//! commit). The check is done in memory before the first write of a commit, so that there is
//! never anything to undo for one of them: a failing statement is a failure of the engine, which
//! fails the whole batch and stops the store. It must be opened again to find out what is durable.

mod backup;
mod reader;
mod schema;
mod writer;

pub(crate) use backup::{Content, write_backup};
pub use backup::{backup, restore};
pub use schema::FORMAT;

use crate::{
    Change, Commit, CommitTicket, Observer, Revision, Snapshot, Store, StoreError,
    commit::Prepared, private, published::Published, ticket, window::DEFAULT_CAPACITY,
};
use bytes::Bytes;
use reader::Pool;
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
};
use writer::{Job, Writer};

/// The database's name in the data directory.
pub(crate) const FILE_NAME: &str = "claviger.db";

/// Settings of a [`SqliteStore`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The present time in seconds since 1970, which a new store notes as its birth.
    pub created: u64,
    /// Revisions whose changes are kept for followers, at least; 100,000 unless told.
    pub keep_revisions: u64,
    /// Changed keys that are kept in memory for the check of commits; 65,536 unless told.
    pub window: usize,
}

impl Options {
    /// The usual settings.
    #[must_use]
    pub fn new(created: u64) -> Self {
        Self {
            created,
            keep_revisions: 100_000,
            window: DEFAULT_CAPACITY,
        }
    }
}

/// A store in one SQLite file of a data directory.
pub struct SqliteStore {
    shared: Arc<Shared>,
    jobs: mpsc::Sender<Job>,
    writer: Mutex<Option<JoinHandle<()>>>,
    readers: Pool,
    // Ends after the writer: fields are dropped in this order.
    lock: Mutex<Option<private::DirectoryLock>>,
}

/// What the writer and the store's users share.
pub(crate) struct Shared {
    pub(crate) published: Published,
    pub(crate) last_sequence: AtomicU64,
    pub(crate) acknowledged: AtomicU64,
    closed: AtomicBool,
    failure: OnceLock<StoreError>,
}

impl Shared {
    /// Refuses where the store is closed or has failed.
    fn guard(&self) -> Result<(), StoreError> {
        if let Some(failure) = self.failure.get() {
            return Err(failure.clone());
        }
        if self.closed.load(Ordering::Acquire) {
            Err(StoreError::Closed)
        } else {
            Ok(())
        }
    }

    /// Stops the store for good.
    pub(crate) fn poison(&self, cause: String) -> StoreError {
        self.failure
            .get_or_init(|| StoreError::Poisoned { cause })
            .clone()
    }
}

impl SqliteStore {
    /// Opens the store of a data directory, or makes a new one.
    ///
    /// The directory is created with mode 0700, the files with 0600.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another process has it, [`StoreError::NewerFormat`] where a newer
    /// version wrote it, [`StoreError::Permissions`] where others have access to it, or another
    /// where it cannot be opened.
    pub fn open(data_directory: &Path, options: &Options) -> Result<Self, StoreError> {
        private::prepare_directory(data_directory)?;
        let lock = private::DirectoryLock::take(data_directory)?;
        let path: PathBuf = data_directory.join(FILE_NAME);
        let connection = schema::open_writer(&path, options.created)?;
        let state = schema::read_state(&connection)?;
        let shared = Arc::new(Shared {
            published: Published::new(Revision(state.revision)),
            last_sequence: AtomicU64::new(state.last_sequence),
            acknowledged: AtomicU64::new(state.acknowledged),
            closed: AtomicBool::new(false),
            failure: OnceLock::new(),
        });
        let writer = Writer::new(connection, Arc::clone(&shared), state, options);
        let (jobs, queue) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run(&queue))
            .map_err(StoreError::io("cannot start the writer thread"))?;
        Ok(Self {
            shared,
            jobs,
            writer: Mutex::new(Some(thread)),
            readers: Pool::new(path),
            lock: Mutex::new(Some(lock)),
        })
    }
}

impl Store for SqliteStore {
    fn revision(&self) -> Revision {
        self.shared.published.revision()
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        self.shared.guard()?;
        Ok(Box::new(self.readers.snapshot()?))
    }

    fn commit(&self, commit: Commit) -> CommitTicket {
        let prepared = match self.shared.guard().and_then(|()| Prepared::new(commit)) {
            Ok(prepared) => prepared,
            Err(error) => return CommitTicket::ready(Err(error.into())),
        };
        let (acknowledgement, ticket) = ticket::ticket();
        // Where the writer is gone the acknowledgement is dropped, which reports it.
        let _ = self.jobs.send(Job::Commit(prepared, acknowledgement));
        ticket
    }

    fn observe(&self, observer: Arc<dyn Observer>) -> Revision {
        self.shared.published.observe(observer)
    }

    fn changes(&self, after: Revision, limit: usize) -> Result<Vec<Change>, StoreError> {
        self.shared.guard()?;
        self.readers.snapshot()?.changes(after, limit)
    }

    fn outbox(&self, after: u64, limit: usize) -> Result<Vec<(u64, Bytes)>, StoreError> {
        self.shared.guard()?;
        let after = after.max(self.shared.acknowledged.load(Ordering::Acquire));
        self.readers.snapshot()?.outbox(after, limit)
    }

    fn last_outbox_sequence(&self) -> u64 {
        self.shared.last_sequence.load(Ordering::Acquire)
    }

    fn acknowledge_outbox(&self, up_to: u64) {
        // An event that does not exist yet must not be forgotten when it comes.
        let up_to = up_to.min(self.shared.last_sequence.load(Ordering::Acquire));
        self.shared.acknowledged.fetch_max(up_to, Ordering::AcqRel);
        let _ = self.jobs.send(Job::Prune);
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        self.shared.guard()?;
        let connection = self.readers.connection()?;
        backup::copy(&connection, to)
    }

    fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        let _ = self.jobs.send(Job::Close);
        let thread = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // Readers first: the last connection to go cleans up the write-ahead log.
            self.readers.clear();
            // An observer may hold the last reference: the writer does not wait for itself.
            if thread.thread().id() != thread::current().id() {
                // A panic of the writer has stopped the store already.
                let _ = thread.join();
            }
            drop(
                self.lock
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take(),
            );
        }
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SqliteStore")
            .field("revision", &self.shared.published.revision())
            .field("failure", &self.shared.failure.get())
            .finish_non_exhaustive()
    }
}
