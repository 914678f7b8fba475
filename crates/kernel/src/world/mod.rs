//! The compiled state that authentication and authorization need, and no more.
//!
//! A [`World`] is an immutable snapshot for one store revision. Each commit makes
//! the next one by structural sharing and swaps it in atomically, so that readers
//! never lock and never see half a change.

mod entity;
mod project;

pub use entity::{
    AccessKey, Account, Ceilings, Group, KeyOwner, ManagedPolicy, Principal, PrincipalKind,
};
pub use project::{Projection, ProjectionError, Projector};

use arn::AccountId;
use policy::Policy;
use std::any::{Any, TypeId};
use std::sync::Arc;
use store::{RecordKey, Revision};

type Map<K, V> = imbl::HashMap<K, Arc<V>>;

/// One revision of the compiled state.
#[derive(Clone, Default)]
pub struct World {
    pub(crate) revision: Revision,
    accounts: Map<AccountId, Account>,
    access_keys: Map<Arc<str>, AccessKey>,
    principals: Map<Arc<str>, Principal>,
    principals_by_arn: imbl::HashMap<Arc<str>, Arc<str>>,
    roles_by_name: imbl::HashMap<(AccountId, Arc<str>), Arc<str>>,
    groups: Map<Arc<str>, Group>,
    policies: Map<Arc<str>, ManagedPolicy>,
    by_record: imbl::HashMap<RecordKey, Described>,
    counts: imbl::HashMap<Arc<str>, u64>,
    extensions: imbl::HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    /// Why the state cannot be trusted; while set, every call is refused.
    pub(crate) unsound: Option<Arc<str>>,
}

impl World {
    /// The store revision that this snapshot shows.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Why the state cannot be trusted, if so: every call is refused then.
    #[must_use]
    pub fn unsound(&self) -> Option<&str> {
        self.unsound.as_deref()
    }

    /// An account by its id.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Arc<Account>> {
        self.accounts.get(&id)
    }

    /// All accounts, in no order.
    pub fn accounts(&self) -> impl Iterator<Item = &Arc<Account>> {
        self.accounts.values()
    }

    /// A long-term access key by its id.
    #[must_use]
    pub fn access_key(&self, id: &str) -> Option<&Arc<AccessKey>> {
        self.access_keys.get(id)
    }

    /// A user or role by its unique id (`AIDA...`, `AROA...`).
    #[must_use]
    pub fn principal(&self, unique_id: &str) -> Option<&Arc<Principal>> {
        self.principals.get(unique_id)
    }

    /// A user or role by its ARN.
    #[must_use]
    pub fn principal_by_arn(&self, arn: &str) -> Option<&Arc<Principal>> {
        self.principals_by_arn
            .get(arn)
            .and_then(|id| self.principals.get(id))
    }

    /// A role by its name, which the ARNs of its sessions have without the role's path.
    #[must_use]
    pub fn role_by_name(&self, account: AccountId, name: &str) -> Option<&Arc<Principal>> {
        self.roles_by_name
            .get(&(account, name.into()))
            .and_then(|id| self.principals.get(id))
    }

    /// A group by its unique id (`AGPA...`).
    #[must_use]
    pub fn group(&self, unique_id: &str) -> Option<&Arc<Group>> {
        self.groups.get(unique_id)
    }

    /// A customer managed policy by its ARN.
    #[must_use]
    pub fn managed_policy(&self, arn: &str) -> Option<&Arc<ManagedPolicy>> {
        self.policies.get(arn)
    }

    /// The compiled document of any managed policy, AWS's included. A policy that
    /// does not exist is a broken one: it grants nothing and, as a ceiling, denies.
    #[must_use]
    pub fn document(&self, arn: &str) -> Arc<Policy> {
        if let Some(policy) = self.policies.get(arn) {
            return Arc::clone(&policy.policy);
        }
        crate::aws_managed::document(arn).unwrap_or_else(|| {
            Arc::new(Policy::broken(format!(
                "managed policy {arn} does not exist"
            )))
        })
    }

    /// What a service keeps here for its decisions, such as the policies of its resources;
    /// `None` where none of its records exist.
    #[must_use]
    pub fn extension<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.extensions
            .get(&TypeId::of::<T>())
            .and_then(|extension| extension.downcast_ref())
    }

    /// How many records of a kind (`iam.user`) an account has, of the kinds that
    /// projections know. For quotas: calls that run at once do not see each other.
    #[must_use]
    pub fn count(&self, account: AccountId, kind: &str) -> u64 {
        self.counts
            .get(count_key(account.as_str(), kind).as_str())
            .copied()
            .unwrap_or_default()
    }

    /// Every identity policy of a principal: its own, then its groups'.
    #[must_use]
    pub fn identity_policies(&self, principal: &Principal) -> Vec<Arc<Policy>> {
        let mut policies =
            Vec::with_capacity(principal.inline.len() + principal.attached.len() + 4);
        policies.extend(principal.inline.iter().cloned());
        policies.extend(principal.attached.iter().map(|arn| self.document(arn)));
        for group in &principal.groups {
            match self.groups.get(group) {
                Some(group) => {
                    policies.extend(group.inline.iter().cloned());
                    policies.extend(group.attached.iter().map(|arn| self.document(arn)));
                }
                // A membership without its group cannot say what the group denies.
                None => policies.push(Arc::new(Policy::deny_all(format!(
                    "group {group} does not exist"
                )))),
            }
        }
        policies
    }

    /// The records that a decision about this principal rests on.
    #[must_use]
    pub fn dependencies(&self, principal: &Principal) -> Vec<RecordKey> {
        let mut keys: Vec<_> = principal.record.iter().cloned().collect();
        let mut attached = |arns: &[Arc<str>]| {
            keys.extend(
                arns.iter()
                    .filter_map(|arn| self.policies.get(arn))
                    .map(|p| p.record.clone()),
            );
        };
        attached(&principal.attached);
        attached(principal.boundary.as_slice());
        let groups: Vec<_> = principal
            .groups
            .iter()
            .filter_map(|id| self.groups.get(id))
            .collect();
        for group in &groups {
            attached(&group.attached);
        }
        keys.extend(groups.into_iter().map(|group| group.record.clone()));
        keys
    }
}

fn count_key(account: &str, kind: &str) -> String {
    format!("{account} {kind}")
}

impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("World")
            .field("revision", &self.revision)
            .field("accounts", &self.accounts.len())
            .field("access_keys", &self.access_keys.len())
            .field("principals", &self.principals.len())
            .finish_non_exhaustive()
    }
}

/// What a record describes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Described {
    Account(AccountId),
    AccessKey(Arc<str>),
    Principal(Arc<str>),
    Group(Arc<str>),
    Policy(Arc<str>),
    Counted,
}

/// What a [`Projection`] may do to the next world.
impl World {
    /// Adds or replaces an account.
    pub fn put_account(&mut self, account: Account) {
        self.describe(account.record.clone(), Described::Account(account.id));
        self.accounts.insert(account.id, Arc::new(account));
    }

    /// Adds or replaces an access key.
    pub fn put_access_key(&mut self, key: AccessKey) {
        self.describe(
            key.record.clone(),
            Described::AccessKey(Arc::clone(&key.id)),
        );
        self.access_keys.insert(Arc::clone(&key.id), Arc::new(key));
    }

    /// Adds or replaces the user or role that a record describes.
    pub fn put_principal(&mut self, principal: Principal) {
        if let Some(record) = &principal.record {
            self.describe(
                record.clone(),
                Described::Principal(Arc::clone(&principal.id)),
            );
        }
        self.forget_arn(&principal.id);
        self.principals_by_arn
            .insert(Arc::clone(&principal.arn), Arc::clone(&principal.id));
        if principal.kind == PrincipalKind::Role {
            let name = (principal.account, Arc::clone(&principal.name));
            self.roles_by_name.insert(name, Arc::clone(&principal.id));
        }
        self.principals
            .insert(Arc::clone(&principal.id), Arc::new(principal));
    }

    /// Adds or replaces a group.
    pub fn put_group(&mut self, group: Group) {
        self.describe(
            group.record.clone(),
            Described::Group(Arc::clone(&group.id)),
        );
        self.groups.insert(Arc::clone(&group.id), Arc::new(group));
    }

    /// Adds or replaces a customer managed policy.
    pub fn put_policy(&mut self, policy: ManagedPolicy) {
        self.describe(
            policy.record.clone(),
            Described::Policy(Arc::clone(&policy.arn)),
        );
        self.policies
            .insert(Arc::clone(&policy.arn), Arc::new(policy));
    }

    /// Changes what a service keeps here. `T` must share its structure: it is cloned for every change.
    pub fn change_extension<T>(&mut self, change: impl FnOnce(&mut T))
    where
        T: Any + Clone + Default + Send + Sync,
    {
        let mut extension = self.extension::<T>().cloned().unwrap_or_default();
        change(&mut extension);
        self.extensions
            .insert(TypeId::of::<T>(), Arc::new(extension));
    }

    /// Counts a record that no decision needs: for quotas ([`World::count`]).
    pub fn put_counted(&mut self, record: RecordKey) {
        self.describe(record, Described::Counted);
    }

    /// Removes whatever a record described.
    pub fn remove(&mut self, record: &RecordKey) {
        let described = self.by_record.remove(record);
        if described.is_some() {
            self.adjust_count(record, |count| count.saturating_sub(1));
        }
        match described {
            Some(Described::Account(id)) => drop(self.accounts.remove(&id)),
            Some(Described::AccessKey(id)) => drop(self.access_keys.remove(&id)),
            // A renamed user or group is described by its new record, which can come before the old one goes.
            Some(Described::Principal(id)) => {
                if self
                    .principals
                    .get(&id)
                    .is_some_and(|principal| principal.record.as_ref() == Some(record))
                {
                    self.forget_arn(&id);
                    self.principals.remove(&id);
                }
            }
            Some(Described::Group(id)) => {
                if self
                    .groups
                    .get(&id)
                    .is_some_and(|group| group.record == *record)
                {
                    self.groups.remove(&id);
                }
            }
            Some(Described::Policy(arn)) => drop(self.policies.remove(&arn)),
            Some(Described::Counted) | None => {}
        }
    }

    /// A record can come to describe another entity: one that was deleted and made anew.
    fn describe(&mut self, record: RecordKey, described: Described) {
        if self
            .by_record
            .get(&record)
            .is_some_and(|old| *old != described)
        {
            self.remove(&record);
        }
        if self.by_record.insert(record.clone(), described).is_none() {
            self.adjust_count(&record, |count| count.saturating_add(1));
        }
    }

    fn adjust_count(&mut self, record: &RecordKey, change: impl FnOnce(u64) -> u64) {
        let key = count_key(record.account(), record.kind());
        let count = change(self.counts.get(key.as_str()).copied().unwrap_or_default());
        if count == 0 {
            self.counts.remove(key.as_str());
        } else {
            self.counts.insert(key.into(), count);
        }
    }

    fn forget_arn(&mut self, id: &Arc<str>) {
        let Some(old) = self.principals.get(id).cloned() else {
            return;
        };
        if self.principals_by_arn.get(&old.arn) == Some(id) {
            self.principals_by_arn.remove(&old.arn);
        }
        let name = (old.account, Arc::clone(&old.name));
        if self.roles_by_name.get(&name) == Some(id) {
            self.roles_by_name.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn record(account: &str, name: &str) -> RecordKey {
        RecordKey::new(account, "", "iam.user", name).unwrap()
    }

    fn user(id: &str, name: &str, record: RecordKey) -> Principal {
        Principal {
            kind: PrincipalKind::User,
            id: id.into(),
            arn: format!("arn:aws:iam::111122223333:user/{name}").into(),
            name: name.into(),
            account: "111122223333".parse().unwrap(),
            created: Timestamp::UNIX_EPOCH,
            tags: Vec::new(),
            inline: Vec::new(),
            attached: Vec::new(),
            groups: Vec::new(),
            boundary: None,
            trust: None,
            max_session_duration: 0,
            record: Some(record),
        }
    }

    #[test]
    fn records_are_counted_once_by_account_and_kind() {
        let (here, there) = (
            "111122223333".parse().unwrap(),
            "444455556666".parse().unwrap(),
        );
        let mut world = World::default();
        for (id, name) in [("A", "a"), ("B", "b"), ("A", "a"), ("C", "b")] {
            world.put_principal(user(id, name, record("111122223333", name)));
        }
        world.put_principal(user("D", "a", record("444455556666", "a")));
        assert_eq!(
            (
                world.count(here, "iam.user"),
                world.count(there, "iam.user")
            ),
            (2, 1)
        );
        assert_eq!(world.count(here, "iam.role"), 0);
        assert!(
            world.principal("B").is_none(),
            "its record describes another user now"
        );
        world.remove(&record("111122223333", "a"));
        world.remove(&record("111122223333", "a"));
        world.remove(&record("111122223333", "never"));
        assert_eq!(
            (
                world.count(here, "iam.user"),
                world.count(there, "iam.user")
            ),
            (1, 1)
        );
    }

    #[test]
    fn a_role_is_found_by_its_name_until_it_goes() {
        let account = "111122223333".parse().unwrap();
        let role = |id: &str| Principal {
            kind: PrincipalKind::Role,
            arn: "arn:aws:iam::111122223333:role/p/r".into(),
            ..user(id, "r", record("111122223333", "r"))
        };
        let found = |world: &World| {
            let role = world.role_by_name(account, "r");
            role.map(|role| role.id.to_string())
        };
        let mut world = World::default();
        world.put_principal(user("U", "r", record("111122223333", "u")));
        assert_eq!(found(&world), None, "a user is no role");
        world.put_principal(role("A"));
        assert_eq!(found(&world).as_deref(), Some("A"));
        world.put_principal(role("B"));
        assert_eq!(found(&world).as_deref(), Some("B"), "it was made anew");
        world.remove(&record("111122223333", "r"));
        assert_eq!(found(&world), None);
    }

    #[test]
    fn a_renamed_user_stays_whichever_change_comes_first() {
        let (old, new) = (record("111122223333", "old"), record("111122223333", "new"));
        for removed_first in [true, false] {
            let mut world = World::default();
            world.put_principal(user("A", "old", old.clone()));
            if removed_first {
                world.remove(&old);
            }
            world.put_principal(user("A", "new", new.clone()));
            if !removed_first {
                world.remove(&old);
            }
            assert_eq!(
                world.principal("A").map(|user| user.name.to_string()),
                Some("new".into())
            );
            assert!(
                world
                    .principal_by_arn("arn:aws:iam::111122223333:user/old")
                    .is_none()
            );
            assert!(
                world
                    .principal_by_arn("arn:aws:iam::111122223333:user/new")
                    .is_some()
            );
            assert_eq!(world.count("111122223333".parse().unwrap(), "iam.user"), 1);
        }
    }
}
