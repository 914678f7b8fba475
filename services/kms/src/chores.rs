//! KMS's background work: it destroys keys whose waiting period is over and imported material that
//! has expired, and rotates keys.

use crate::deadline::Deed;
use crate::desk::Desk;
use crate::view::{KmsWorld, Place};
use crate::{import, key, rotation};
use jiff::Timestamp;
use kernel::chore::{Chore, ChoreError, Task, Work};
use kernel::world::World;

/// KMS's background work.
#[derive(Debug)]
pub(crate) struct Lifecycle;

const DELETE: &str = "delete";
const ROTATE: &str = "rotate";
const EXPIRE: &str = "expire";

impl Chore for Lifecycle {
    fn name(&self) -> &'static str {
        "kms.lifecycle"
    }

    fn due(&self, world: &World, now: Timestamp, limit: usize) -> Vec<Task> {
        let due = KmsWorld::of(world).into_iter().flat_map(|kms| kms.due(now));
        due.take(limit)
            .map(|deadline| {
                let Place {
                    account,
                    region,
                    id,
                } = &deadline.place;
                let (deed, name) = match &deadline.deed {
                    Deed::Delete => (DELETE, id.clone()),
                    Deed::Rotate => (ROTATE, id.clone()),
                    Deed::Expire(material) => (EXPIRE, format!("{id}/{material}").into()),
                };
                Task {
                    account: *account,
                    region: region.clone(),
                    deed,
                    name,
                }
            })
            .collect()
    }

    fn perform(&self, work: &mut Work, task: &Task) -> Result<(), ChoreError> {
        let (id, material) = task.name.split_once('/').unwrap_or((&task.name, ""));
        let place = Place::new(task.account, &task.region, id);
        match task.deed {
            DELETE => key::destroy(work, &place),
            ROTATE => Ok(rotation::automatic(&mut Desk::of_work(work), &place)?),
            _ => Ok(import::expire(&mut Desk::of_work(work), &place, material)?),
        }
    }
}
