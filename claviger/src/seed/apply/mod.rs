//! Doing a checked file: each step compares first, and calls an operation where something differs.
//!
//! The order lets each step find what it names: policies, groups, users, then roles, whose
//! trust policies come last because they can name each other, and credentials in the end.

mod credential;
mod key;
mod permission;
mod role;

pub(super) use key::put_key;

use super::check::{Checked, api_tags};
use super::node::Span;
use super::operation::operations::PutAccount;
use super::operation::types::PutAccountInput;
use super::problem::Problem;
use super::records::Records;
use super::spec::{AccountSpec, At, GroupSpec, PolicySpec, Tag, UserSpec};
use arn::AccountId;
use crypto::SecretString;
use kernel::{AccountRecord, Kernel, Operation};
use schema::Protocol;
use service_iam::account_alias::{self, AccountAliasRecord};
use service_iam::api::operations::{
    AddUserToGroup, CreateAccountAlias, CreateGroup, CreatePolicy, CreatePolicyVersion, CreateUser,
    DeletePolicyVersion, PutUserPermissionsBoundary, TagPolicy, TagUser, UpdateGroup, UpdateUser,
};
use service_iam::api::types::{
    self, AddUserToGroupInput, CreateAccountAliasInput, CreateGroupInput, CreatePolicyInput,
    CreatePolicyVersionInput, CreateUserInput, DeletePolicyVersionInput,
    PutUserPermissionsBoundaryInput, TagPolicyInput, TagUserInput, UpdateGroupInput,
    UpdateUserInput,
};
use service_iam::entity::{
    EntityKind, GroupRecord, ManagedPolicyRecord, TagRecord, UserRecord, folded,
};
use std::sync::atomic::{AtomicBool, Ordering};

/// What the trail names as the one who called.
const INVOKED_BY: &str = "claviger seed";
/// Versions that a customer managed policy can have ("IAM and AWS STS quotas").
const MAX_VERSIONS: usize = 5;

/// Why the rest of a file is not done.
#[derive(Debug)]
pub(super) enum Stop {
    /// An operation was refused.
    Refused(Problem),
    /// The store failed.
    Failed(anyhow::Error),
    /// The server is to stop.
    Asked,
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

type Done = Result<(), Stop>;

/// An access key that the server made.
pub(super) struct NewKey {
    pub(super) account: AccountId,
    pub(super) user: String,
    pub(super) id: String,
    pub(super) secret: SecretString,
}

/// Does files.
pub(super) struct Applier<'k> {
    kernel: &'k Kernel,
    records: Records<'k>,
    stopping: &'k AtomicBool,
    /// Operations that changed something.
    pub(super) changes: usize,
    /// Keys whose secrets must be shown.
    pub(super) new_keys: Vec<NewKey>,
}

impl<'k> Applier<'k> {
    pub(super) fn new(kernel: &'k Kernel, stopping: &'k AtomicBool) -> Self {
        Self {
            kernel,
            records: Records::new(kernel.host()),
            stopping,
            changes: 0,
            new_keys: Vec::new(),
        }
    }

    /// Does a file to its end or to the first refusal.
    pub(super) async fn run(&mut self, checked: &Checked) -> Done {
        let accounts = || checked.accounts.iter().map(|(id, account)| (*id, account));
        for (id, account) in accounts() {
            self.account(id, account).await?;
            for policy in &account.policies {
                self.policy(id, policy).await?;
            }
            for group in &account.groups {
                self.group(id, group).await?;
            }
            for user in &account.users {
                self.user(id, user).await?;
            }
        }
        for (id, account) in accounts() {
            for role in &account.roles {
                self.role(id, role).await?;
            }
        }
        for (id, account) in accounts() {
            for role in &account.roles {
                self.trust(id, role).await?;
            }
        }
        for (id, account) in accounts() {
            for user in &account.users {
                self.credentials(id, user).await?;
            }
        }
        // Their policies name users and roles.
        for (id, account) in accounts() {
            for key in &account.keys {
                self.key(id, key).await?;
            }
        }
        Ok(())
    }

    /// Calls an operation for a piece of the file.
    async fn call<O: Operation>(
        &mut self,
        account: AccountId,
        place: &Span,
        input: O::Input,
    ) -> Result<O::Output, Stop> {
        // The stop's task may never run where operations never wait for anything.
        tokio::task::yield_now().await;
        if self.stopping.load(Ordering::Acquire) {
            return Err(Stop::Asked);
        }
        let output = self
            .kernel
            .internal::<O>(account, INVOKED_BY, input)
            .await
            .map_err(|failure| {
                let (code, _) = failure.spell(Protocol::AwsQuery);
                let message = failure.message.unwrap_or_default();
                Stop::Refused(Problem::new(
                    place.clone(),
                    format!("{} was refused: {code}: {message}", O::SCHEMA.name),
                ))
            })?;
        self.changes += 1;
        Ok(output)
    }

    async fn account(&mut self, id: AccountId, account: &AccountSpec) -> Done {
        let old = self.records.of_server::<AccountRecord>(id.as_str())?;
        if old.is_none_or(|old| old.name != account.name.value) {
            // Accounts are the operator's, which is the root user of the first.
            let home = self.kernel.host().settings.account;
            let input = PutAccountInput {
                id: id.to_string(),
                name: account.name.value.clone(),
            };
            self.call::<PutAccount>(home, &account.name.span, input)
                .await?;
        }
        if let Some(alias) = &account.alias {
            let old = self
                .records
                .load::<AccountAliasRecord>(id, account_alias::NAME)?;
            if old.is_none_or(|old| old.alias != alias.value) {
                let input = CreateAccountAliasInput {
                    account_alias: alias.value.clone(),
                };
                self.call::<CreateAccountAlias>(id, &alias.span, input)
                    .await?;
            }
        }
        Ok(())
    }

    async fn policy(&mut self, id: AccountId, policy: &PolicySpec) -> Done {
        let place = &policy.name.span;
        let Some(old) = self
            .records
            .named::<ManagedPolicyRecord>(id, &policy.name.value)?
        else {
            let input = CreatePolicyInput {
                policy_name: policy.name.value.clone(),
                path: value(policy.path.as_ref()),
                policy_document: policy.document.text.clone(),
                description: value(policy.description.as_ref()),
                tags: policy.tags.as_ref().map(|tags| api_tags(&tags.value)),
            };
            return self.call::<CreatePolicy>(id, place, input).await.map(drop);
        };
        let policy_arn = self.records.policy_arn(id, &old);
        if let Some(tags) = changed_tags(policy.tags.as_ref(), &old.tags) {
            self.call::<TagPolicy>(
                id,
                place,
                TagPolicyInput {
                    policy_arn: policy_arn.clone(),
                    tags,
                },
            )
            .await?;
        }
        if old
            .default_version()
            .is_some_and(|version| policy.document.same(&version.document))
        {
            return Ok(());
        }
        if old.versions.len() >= MAX_VERSIONS
            && let Some(oldest) = old.versions.iter().find(|version| !version.default)
        {
            let input = DeletePolicyVersionInput {
                policy_arn: policy_arn.clone(),
                version_id: oldest.id.clone(),
            };
            self.call::<DeletePolicyVersion>(id, place, input).await?;
        }
        let input = CreatePolicyVersionInput {
            policy_arn,
            policy_document: policy.document.text.clone(),
            set_as_default: Some(true),
        };
        self.call::<CreatePolicyVersion>(id, place, input)
            .await
            .map(drop)
    }

    async fn group(&mut self, id: AccountId, group: &GroupSpec) -> Done {
        let (place, group_name) = (&group.name.span, group.name.value.clone());
        match self.records.named::<GroupRecord>(id, &group_name)? {
            None => {
                let input = CreateGroupInput {
                    path: value(group.path.as_ref()),
                    group_name,
                };
                self.call::<CreateGroup>(id, place, input).await?;
            }
            Some(old) => {
                if let Some(path) = group.path.as_ref().filter(|path| path.value != old.path) {
                    let input = UpdateGroupInput {
                        group_name,
                        new_path: Some(path.value.clone()),
                        new_group_name: None,
                    };
                    self.call::<UpdateGroup>(id, &path.span, input).await?;
                }
            }
        }
        self.permissions(id, EntityKind::Group, &group.name, &group.permissions)
            .await
    }

    async fn user(&mut self, id: AccountId, user: &UserSpec) -> Done {
        let user_name = &user.name.value;
        match self.records.named::<UserRecord>(id, user_name)? {
            None => {
                let input = CreateUserInput {
                    path: value(user.path.as_ref()),
                    user_name: user_name.clone(),
                    permissions_boundary: value(user.boundary.as_ref()),
                    tags: user.tags.as_ref().map(|tags| api_tags(&tags.value)),
                };
                self.call::<CreateUser>(id, &user.name.span, input).await?;
            }
            Some(old) => self.change_user(id, user, &old).await?,
        }
        self.permissions(id, EntityKind::User, &user.name, &user.permissions)
            .await?;
        let old = self.records.named::<UserRecord>(id, user_name)?;
        let groups = old.map(|old| old.groups).unwrap_or_default();
        for group in &user.groups {
            if !groups
                .iter()
                .any(|joined| joined.key == folded(&group.value))
            {
                let input = AddUserToGroupInput {
                    group_name: group.value.clone(),
                    user_name: user_name.clone(),
                };
                self.call::<AddUserToGroup>(id, &group.span, input).await?;
            }
        }
        Ok(())
    }

    async fn change_user(&mut self, id: AccountId, user: &UserSpec, old: &UserRecord) -> Done {
        let user_name = || user.name.value.clone();
        // The ceiling first: what is granted later is under it.
        if let Some(arn) = changed(user.boundary.as_ref(), old.boundary.as_deref()) {
            let input = PutUserPermissionsBoundaryInput {
                user_name: user_name(),
                permissions_boundary: arn.value.clone(),
            };
            self.call::<PutUserPermissionsBoundary>(id, &arn.span, input)
                .await?;
        }
        if let Some(path) = changed(user.path.as_ref(), Some(&old.path)) {
            let input = UpdateUserInput {
                user_name: user_name(),
                new_path: Some(path.value.clone()),
                new_user_name: None,
            };
            self.call::<UpdateUser>(id, &path.span, input).await?;
        }
        if let Some(tags) = changed_tags(user.tags.as_ref(), &old.tags) {
            self.call::<TagUser>(
                id,
                &user.name.span,
                TagUserInput {
                    user_name: user_name(),
                    tags,
                },
            )
            .await?;
        }
        Ok(())
    }
}

fn value<T: Clone>(at: Option<&At<T>>) -> Option<T> {
    at.map(|at| at.value.clone())
}

/// What the file says, where it is not so already.
fn changed<'s>(wanted: Option<&'s At<String>>, old: Option<&str>) -> Option<&'s At<String>> {
    wanted.filter(|wanted| old != Some(wanted.value.as_str()))
}

/// The tags that the entity does not have as the file says; `None` where it has them all.
fn changed_tags(wanted: Option<&At<Vec<Tag>>>, old: &[TagRecord]) -> Option<Vec<types::Tag>> {
    let has = |tag: &Tag| {
        old.iter()
            .any(|old| old.key == tag.key && old.value == tag.value)
    };
    let tags: Vec<_> = wanted?
        .value
        .iter()
        .filter(|tag| !has(tag))
        .cloned()
        .collect();
    (!tags.is_empty()).then(|| api_tags(&tags))
}
