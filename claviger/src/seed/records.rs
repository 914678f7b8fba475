//! What the store has, read without a call: comparing changes nothing and needs no event.

use anyhow::Context;
use arn::{AccountId, Partition};
use kernel::{AccountRecord, Entity, Host};
use service_iam::entity::{GroupRecord, ManagedPolicyRecord, RoleRecord, UserRecord, folded};
use service_iam::name;
use std::sync::Arc;
use store::{Prefix, Tx};

/// Reads records as they are now.
pub(super) struct Records<'h> {
    host: &'h Host,
}

impl<'h> Records<'h> {
    pub(super) fn new(host: &'h Host) -> Self {
        Self { host }
    }

    fn tx(&self) -> Tx {
        Tx::begin(Arc::clone(&self.host.store), self.host.store.revision())
    }

    pub(super) fn partition(&self) -> Partition {
        self.host.settings.partition
    }

    /// An entity of an account in a global service.
    pub(super) fn load<T: Entity>(
        &self,
        account: AccountId,
        name: &str,
    ) -> anyhow::Result<Option<T>> {
        self.at(account.as_str(), "", name)
    }

    /// An entity of an account in a region.
    pub(super) fn in_region<T: Entity>(
        &self,
        account: AccountId,
        region: &str,
        name: &str,
    ) -> anyhow::Result<Option<T>> {
        self.at(account.as_str(), region, name)
    }

    /// A named entity of an account: names ignore case.
    pub(super) fn named<T: Entity>(
        &self,
        account: AccountId,
        name: &str,
    ) -> anyhow::Result<Option<T>> {
        self.at(account.as_str(), "", &folded(name))
    }

    /// An entity of no account.
    pub(super) fn of_server<T: Entity>(&self, name: &str) -> anyhow::Result<Option<T>> {
        self.at("", "", name)
    }

    fn at<T: Entity>(&self, account: &str, region: &str, name: &str) -> anyhow::Result<Option<T>> {
        // What cannot be a key is not there.
        let Ok(key) = kernel::record::key::<T>(account, region, name) else {
            return Ok(None);
        };
        let bytes = self.tx().get(&key).context("cannot read the store")?;
        Ok(bytes
            .map(|bytes| kernel::record::decode(&bytes))
            .transpose()?)
    }

    /// The entities under a prefix, at most `limit`.
    pub(super) fn under<T: Entity>(
        &self,
        account: AccountId,
        prefix: &str,
        limit: usize,
    ) -> anyhow::Result<Vec<T>> {
        let prefix = Prefix::new(account.as_str(), "", T::KIND, prefix)?;
        let found = self
            .tx()
            .scan(&prefix, None, limit)
            .context("cannot read the store")?;
        found
            .iter()
            .map(|(_, bytes)| Ok(kernel::record::decode(bytes)?))
            .collect()
    }

    /// All accounts.
    pub(super) fn accounts(&self) -> anyhow::Result<Vec<AccountRecord>> {
        Ok(crate::accounts::list(&mut self.tx())?)
    }

    /// An id that no account has.
    pub(super) fn fresh_account(&self) -> anyhow::Result<AccountId> {
        Ok(crate::accounts::fresh_id(
            &mut self.tx(),
            self.host.random.as_ref(),
        )?)
    }

    /// The ARN of an entity.
    pub(super) fn arn(&self, account: AccountId, kind: &str, path: &str, name: &str) -> String {
        name::arn(self.partition(), account, kind, path, name)
    }

    /// The ARN of one of the account's managed policies as the store has it.
    pub(super) fn policy_arn(&self, account: AccountId, policy: &ManagedPolicyRecord) -> String {
        self.arn(account, "policy", &policy.path, &policy.name)
    }
}

/// A record with a name and a path.
pub(super) trait Named: Entity {
    /// What it is, for messages.
    const WHAT: &'static str;
    fn name(&self) -> &str;
    fn path(&self) -> &str;
}

macro_rules! named {
    ($($record:ty: $what:literal),*) => {$(
        impl Named for $record {
            const WHAT: &'static str = $what;

            fn name(&self) -> &str {
                &self.name
            }

            fn path(&self) -> &str {
                &self.path
            }
        }
    )*};
}

named!(GroupRecord: "group", ManagedPolicyRecord: "policy", RoleRecord: "role", UserRecord: "user");
