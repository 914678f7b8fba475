//! From the store's changes to the next world.

use super::World;
use arc_swap::ArcSwap;
use std::sync::Arc;
use store::{Change, Observer, Prefix, RecordKey, Revision, Store, StoreError};

/// A record that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("record {kind} of account {account} cannot be projected: {cause}")]
pub struct ProjectionError {
    /// The record's kind.
    pub kind: String,
    /// The record's account.
    pub account: String,
    /// What is wrong with it.
    pub cause: String,
}

impl ProjectionError {
    /// Says which record cannot be understood and why.
    #[must_use]
    pub fn new(key: &RecordKey, cause: &dyn std::fmt::Display) -> Self {
        Self {
            kind: key.kind().into(),
            account: key.account().into(),
            cause: cause.to_string(),
        }
    }
}

/// A service's way from its records to the world.
pub trait Projection: Send + Sync {
    /// The record kinds that it understands.
    fn kinds(&self) -> &'static [&'static str];

    /// Applies one change. It must give the same world whatever order records of
    /// different keys come in.
    ///
    /// # Errors
    /// [`ProjectionError`] where the record cannot be understood: the server then
    /// refuses every call, because it no longer knows who may do what.
    fn project(&self, change: &Change, world: &mut World) -> Result<(), ProjectionError>;
}

/// Keeps the current world: builds the first, and makes the next from each commit.
pub struct Projector {
    world: ArcSwap<World>,
    projections: Vec<Box<dyn Projection>>,
}

impl Projector {
    /// A projector with an empty world.
    #[must_use]
    pub fn new(projections: Vec<Box<dyn Projection>>) -> Self {
        Self {
            world: ArcSwap::from_pointee(World::default()),
            projections,
        }
    }

    /// The current world.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        self.world.load_full()
    }

    /// Builds the world anew from all records.
    ///
    /// # Errors
    /// [`StoreError`] where the records cannot be read.
    pub fn rebuild(&self, store: &dyn Store) -> Result<(), StoreError> {
        const PAGE: usize = 1000;
        let mut snapshot = store.snapshot()?;
        let mut world = World {
            revision: snapshot.revision(),
            ..World::default()
        };
        let mut after: Option<RecordKey> = None;
        loop {
            let page = snapshot.scan(&Prefix::all(), after.as_ref(), PAGE)?;
            let last = page.len() < PAGE;
            after = page.last().map(|(key, _)| key.clone());
            for (key, record) in page {
                let change = Change {
                    revision: record.revision,
                    key,
                    value: Some(record.value),
                };
                self.apply(&change, &mut world);
            }
            if last {
                break;
            }
        }
        self.world.store(Arc::new(world));
        Ok(())
    }

    fn apply(&self, change: &Change, world: &mut World) {
        let kind = change.key.kind();
        for projection in self
            .projections
            .iter()
            .filter(|p| p.kinds().contains(&kind))
        {
            if let Err(error) = projection.project(change, world) {
                tracing::error!(%error, "a record cannot be understood: refusing every call until it is mended");
                world.unsound = Some(error.to_string().into());
            }
        }
    }
}

impl Observer for Projector {
    fn applied(&self, revision: Revision, changes: &[Change]) {
        let mut world = World::clone(&self.world.load());
        for change in changes {
            self.apply(change, &mut world);
        }
        world.revision = revision;
        self.world.store(Arc::new(world));
    }
}

impl std::fmt::Debug for Projector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Projector")
            .field("world", &self.world.load())
            .finish_non_exhaustive()
    }
}
