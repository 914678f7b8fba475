//! Writes last uses from memory to the store.

use kernel::Host;
use std::time::Duration;
use store::{Commit, CommitError};

/// How often.
pub(crate) const INTERVAL: Duration = Duration::from_secs(60);

/// Why last uses cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FlushError {
    /// A record cannot be written.
    #[error(transparent)]
    Record(#[from] kernel::RecordError),
    /// The store failed.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Writes all uses since the last flush. Blocks until they are durable.
pub(crate) fn flush(host: &Host) -> Result<(), FlushError> {
    let writes = host.last_used.take()?;
    if writes.is_empty() {
        return Ok(());
    }
    // Nothing else writes these records, so that there is nothing to conflict with.
    let commit = Commit {
        base: host.store.revision(),
        writes,
        ..Commit::default()
    };
    host.store.commit(commit).wait()?;
    Ok(())
}
