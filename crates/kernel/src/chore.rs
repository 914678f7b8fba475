//! Background work: what becomes due with time, without any call.
//!
//! A service says from the world what is due, and does each task in a commit of its own, whose
//! events lie in the outbox with it. A task is asked for again until it is done, so that a crash or
//! a lost commit only delays it; whether something is due must therefore follow from the records.

use crate::engine::{ATTEMPTS, unsound};
use crate::host::Host;
use crate::ids;
use crate::pipeline::Kernel;
use crate::record::{self, Entity, RecordError};
use crate::world::World;
use arn::AccountId;
use audit::{Event, IdentityType, UserIdentity};
use jiff::Timestamp;
use std::sync::Arc;
use store::{CommitError, Prefix, Tx};

/// Tasks that are done in one round, at most; the rest is the next round's.
const ROUND: usize = 1000;
/// How CloudTrail names who does background work.
const INTERNAL: &str = "AWS Internal";

/// A service's background work.
pub trait Chore: Send + Sync {
    /// What the log calls it, such as `kms.lifecycle`.
    fn name(&self) -> &'static str;

    /// What is due at the time, earliest first, at most `limit`. It must not read all records: the
    /// world keeps what it needs in order.
    fn due(&self, world: &World, now: Timestamp, limit: usize) -> Vec<Task>;

    /// Does a task: reads what it is about, and stages its end. It stages nothing where there is
    /// nothing to do any more.
    ///
    /// # Errors
    /// [`RecordError`], and the service's own; the task is tried again in the next round.
    fn perform(&self, work: &mut Work, task: &Task) -> Result<(), ChoreError>;
}

/// Why a task is not done.
#[derive(Debug, thiserror::Error)]
pub enum ChoreError {
    /// A record cannot be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The store failed, or others kept changing what the task is about.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The service cannot do it.
    #[error("{0}")]
    Service(String),
    /// The audit trail does not take events.
    #[error("the audit trail does not take events: {0}")]
    Trail(String),
}

/// What is due: the service's name for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Arc<str>,
    /// What is to be done.
    pub deed: &'static str,
    /// With which record, by its name.
    pub name: Arc<str>,
}

/// One try to do a task: its transaction and its equipment.
pub struct Work {
    /// The time.
    pub now: Timestamp,
    tx: Tx,
    world: Arc<World>,
    host: Arc<Host>,
}

impl Work {
    /// The world that said what is due.
    #[must_use]
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// The equipment of the server.
    #[must_use]
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// The transaction.
    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Reads an entity.
    ///
    /// # Errors
    /// [`RecordError`] where the store or the record fails.
    pub fn load<T: Entity>(
        &mut self,
        account: AccountId,
        region: &str,
        name: &str,
    ) -> Result<Option<T>, RecordError> {
        let key = record::key::<T>(account.as_str(), region, name)?;
        let bytes = self.tx.get(&key)?;
        bytes.map(|bytes| record::decode(&bytes)).transpose()
    }

    /// Stages the removal of all records of a kind whose names start with `prefix`.
    ///
    /// # Errors
    /// [`RecordError`] where the store fails.
    pub fn remove_all<T: Entity>(
        &mut self,
        account: AccountId,
        region: &str,
        prefix: &str,
    ) -> Result<(), RecordError> {
        const PAGE: usize = 1000;
        let range = Prefix::new(account.as_str(), region, T::KIND, prefix)?;
        loop {
            // What was staged before is no longer shown.
            let page = self.tx.scan(&range, None, PAGE)?;
            let last = page.len() < PAGE;
            for (key, _) in page {
                self.tx.delete(key);
            }
            if last {
                return Ok(());
            }
        }
    }

    /// Stages an event.
    pub fn record(&mut self, event: &Event) {
        self.tx.stage_outbox(event.to_bytes());
    }
}

impl std::fmt::Debug for Work {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Work")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// An event that a service causes by itself, as CloudTrail shows those of AWS ("AWS service events").
#[must_use]
pub fn service_event(
    host: &Host,
    source: &'static str,
    name: &'static str,
    account: AccountId,
    region: &str,
    now: Timestamp,
) -> Event {
    let id = ids::event_id(host.random.as_ref());
    let mut event = Event::new(source, name, region.to_owned(), now, id);
    event.user_identity = UserIdentity {
        account_id: Some(account.to_string()),
        invoked_by: Some(INTERNAL.to_owned()),
        ..UserIdentity::bare(IdentityType::AWSService)
    };
    event.source_ip_address = INTERNAL.into();
    event.user_agent = Some(INTERNAL.to_owned());
    event.event_type = "AwsServiceEvent".into();
    event.recipient_account_id = Some(account.to_string());
    event
}

impl Kernel {
    /// Does what is due. It waits for the disk: not on the threads that serve calls.
    ///
    /// Gives how many tasks were done. A task that fails is logged and stays due.
    pub fn run_chores(&self) -> usize {
        let mut done = 0;
        for chore in self.registry().chores() {
            let world = self.host().world();
            let due = chore.due(&world, self.host().clock.now(), ROUND);
            drop(world);
            for task in due {
                match self.perform(chore.as_ref(), &task) {
                    Ok(()) => done += 1,
                    Err(error) => {
                        let (chore, deed) = (chore.name(), task.deed);
                        tracing::error!(%error, chore, deed, "background work failed; it is tried again");
                    }
                }
            }
        }
        done
    }

    fn perform(&self, chore: &dyn Chore, task: &Task) -> Result<(), ChoreError> {
        let host = self.host();
        let mut attempt = 0;
        loop {
            let world = host.world();
            if unsound(&world).is_some() {
                return Err(ChoreError::Service("the records are unsound".to_owned()));
            }
            let mut work = Work {
                now: host.clock.now(),
                tx: Tx::begin(Arc::clone(&host.store), world.revision()),
                world,
                host: Arc::clone(host),
            };
            chore.perform(&mut work, task)?;
            if work.tx.is_read_only() {
                return Ok(());
            }
            // The outbox would keep the event, but nobody reads it there: no trail, no change.
            if let Some(error) = host.trail.failure() {
                return Err(ChoreError::Trail(error.to_string()));
            }
            match host.store.commit(work.tx.into_commit()).wait() {
                Ok(_) => return Ok(()),
                Err(CommitError::Conflict) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}
