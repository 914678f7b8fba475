//! Accounts.

use crate::record::{self, Entity};
use crate::world::{Account, Projection, ProjectionError, World};
use arn::AccountId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Change;

/// An account's record. Its key has no account and no region: accounts belong to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// 12 digits.
    pub id: String,
    /// A name for people.
    pub name: String,
    /// When it was created.
    pub created: Timestamp,
}

impl Entity for AccountRecord {
    const KIND: &'static str = "account";
}

/// From account records to the world.
#[derive(Debug)]
pub struct AccountProjection;

impl Projection for AccountProjection {
    fn kinds(&self) -> &'static [&'static str] {
        &[AccountRecord::KIND]
    }

    fn project(&self, change: &Change, world: &mut World) -> Result<(), ProjectionError> {
        let failed = |cause: &dyn std::fmt::Display| ProjectionError::new(&change.key, cause);
        let id: AccountId = change.key.name().parse().map_err(|e| failed(&e))?;
        match &change.value {
            Some(bytes) => {
                let account: AccountRecord = record::decode(bytes).map_err(|e| failed(&e))?;
                let ceilings = world.account(id).and_then(|old| old.ceilings.clone());
                world.put_account(Account {
                    id,
                    name: account.name,
                    ceilings,
                    record: change.key.clone(),
                });
            }
            None => world.remove(&change.key),
        }
        Ok(())
    }
}
