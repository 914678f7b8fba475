//! Whether store and trail of a data directory belong together: what is missing from one of
//! them must not pass for a server that never had it.

use crate::assemble::{DataDirectory, Foundation, service_event};
use crate::config::Config;
use anyhow::{Context, bail};
use audit::{Position, Reader, Recovery};
use crypto::Random;
use kernel::Clock;
use store::Store;

/// Refuses a directory in which a new store would hide the loss of an old one. Makes nothing.
pub(crate) fn before_opening(directory: &DataDirectory) -> anyhow::Result<()> {
    directory.refuse_unfinished_restore()?;
    let trail = directory.trail();
    if directory.store().exists() || !trail.is_dir() {
        return Ok(());
    }
    // A trail that cannot be read is not empty.
    if Reader::open(&trail, Position::Start).next().is_some() {
        return Err(lost_store(directory, "is missing"));
    }
    Ok(())
}

/// Refuses an empty store beside a trail that knows of commits.
pub(crate) fn of_store(
    directory: &DataDirectory,
    store: &dyn Store,
    recovery: &Recovery,
) -> anyhow::Result<()> {
    if store.revision().0 == 0 && recovery.head.sequence > 0 {
        return Err(lost_store(directory, "is empty"));
    }
    Ok(())
}

fn lost_store(directory: &DataDirectory, state: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "the store {} {state}, but the audit trail {} has events of a server: put the store back, or move \
         {} away and restore a backup with `claviger restore`; for a new server name another --data directory",
        directory.store().display(),
        directory.trail().display(),
        directory.path().display()
    )
}

/// A store that came back from a backup counts its events from where it was then. The
/// trail is told, so that it does not take new events for repetitions.
pub(crate) fn rebase(
    foundation: &Foundation,
    random: &dyn Random,
    clock: &dyn Clock,
) -> anyhow::Result<()> {
    let Some(recovery) = &foundation.recovery else {
        return Ok(());
    };
    let last = foundation.store.last_outbox_sequence();
    if recovery.last_outbox_sequence <= last {
        return Ok(());
    }
    tracing::warn!(
        trail = recovery.last_outbox_sequence,
        store = last,
        "the store is older than its audit trail"
    );
    let event = service_event("RestoreStore", None, random, clock);
    foundation
        .trail
        .rebase_outbox(last, event)
        .wait()
        .context("cannot record that the store was restored")?;
    Ok(())
}

/// Refuses a trail that lacks events which the store was told it had: they were cut off.
/// Where the operator accepts that, the trail says so and goes on behind the gap.
pub(crate) fn of_trail(
    config: &Config,
    foundation: &Foundation,
    random: &dyn Random,
    clock: &dyn Clock,
) -> anyhow::Result<()> {
    let Some(recovery) = &foundation.recovery else {
        return Ok(());
    };
    let store = &foundation.store;
    let waiting = store.outbox(0, 1).context("cannot read the outbox")?;
    // What has left the outbox was durable in the trail.
    let known = waiting.first().map_or_else(
        || store.last_outbox_sequence(),
        |(first, _)| first.saturating_sub(1),
    );
    if recovery.last_outbox_sequence >= known {
        return Ok(());
    }
    let trail = DataDirectory::new(&config.data).trail();
    if !config.accept_shortened_trail {
        bail!(
            "the audit trail {} ends at change {}, but it had change {known}: events were cut off its end. Put \
             the whole trail back, or start once with --accept-shortened-trail, which records the gap",
            trail.display(),
            recovery.last_outbox_sequence
        );
    }
    tracing::error!(
        trail = recovery.last_outbox_sequence,
        store = known,
        "EVENTS ARE MISSING at the end of the audit trail; accepted, and recorded in it"
    );
    let event = service_event("AcceptShortenedTrail", None, random, clock);
    foundation
        .trail
        .rebase_outbox(known, event)
        .wait()
        .context("cannot record that the trail was shortened")?;
    Ok(())
}
