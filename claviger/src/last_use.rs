//! Writes last uses of keys and roles from memory to the store.

use kernel::{Entity, Host, last_used::LastUse};
use std::time::Duration;
use store::{Commit, CommitError, Write};

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
    let uses = host.last_used.take();
    let mut writes = Vec::with_capacity(uses.len());
    for ((account, id), last) in uses {
        let key =
            kernel::record::key::<LastUse>(&account, "", &id).map_err(kernel::RecordError::from)?;
        writes.push(Write::Put(key, kernel::record::encode(&last)?));
    }
    if writes.is_empty() {
        return Ok(());
    }
    debug_assert_eq!(LastUse::KIND, "last-use");
    // Nothing else writes these records, so that there is nothing to conflict with.
    let commit = Commit {
        base: host.store.revision(),
        writes,
        ..Commit::default()
    };
    host.store.commit(commit).wait()?;
    Ok(())
}
