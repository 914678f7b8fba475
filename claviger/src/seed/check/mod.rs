//! Whether a file can be done, before anything of it is done: constraints, references,
//! quotas, and what the store already has.

mod constraint;
mod credential;
mod key;
mod reference;

pub(super) use constraint::api_tags;

use super::node::Span;
use super::problem::Problem;
use super::records::{Named, Records};
use super::spec::{AccountSpec, At, Permissions, Seed};
use arn::AccountId;
use kernel::world::World;
use kernel::{Host, Quotas};
use service_iam::account_alias::AliasHolderRecord;
use service_iam::document;
use service_iam::entity::{
    GroupRecord, InlinePolicy, ManagedPolicyRecord, RoleRecord, UserRecord, folded,
};
use service_iam::holder::Holder;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Managed policies that a user, group or role can have ("IAM and AWS STS quotas").
const MAX_ATTACHED: usize = 10;
/// Groups that a user can be in ("IAM and AWS STS quotas").
const MAX_GROUPS: usize = 10;

/// A file whose accounts have ids and whose policies are named by ARN.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) accounts: Vec<(AccountId, AccountSpec)>,
}

/// Checks a file. It can be done where no problem is more than a warning.
///
/// # Errors
/// The store cannot be read.
pub(super) fn check(
    seed: Seed,
    file: &str,
    host: &Host,
    dev: bool,
) -> anyhow::Result<(Checked, Vec<Problem>)> {
    let mut checker = Checker {
        records: Records::new(host),
        world: host.world(),
        host,
        file,
        dev,
        problems: Vec::new(),
        accounts: HashSet::new(),
        principals: HashSet::new(),
        key_ids: HashSet::new(),
        broken: seed.broken.clone(),
    };
    let mut accounts = checker.accounts(seed)?;
    // Trust policies may name principals of accounts further below.
    for (id, account) in &accounts {
        checker.declare(*id, account)?;
    }
    for (id, account) in &mut accounts {
        checker.account(*id, account)?;
    }
    Ok((Checked { accounts }, checker.problems))
}

/// The managed policies of the account that the file has: ARNs by name.
type Policies = HashMap<String, String>;

struct Checker<'c> {
    records: Records<'c>,
    world: Arc<World>,
    host: &'c Host,
    file: &'c str,
    dev: bool,
    problems: Vec<Problem>,
    /// The accounts of the file.
    accounts: HashSet<AccountId>,
    /// ARNs of the users and roles of the file.
    principals: HashSet<String>,
    /// Access key ids of the file.
    key_ids: HashSet<String>,
    /// What is in the file and wrong: it is told already, and not told to be missing.
    broken: HashSet<String>,
}

impl Checker<'_> {
    fn problem(&mut self, span: &Span, message: impl Into<String>) {
        self.problems.push(Problem::new(span.clone(), message));
    }

    /// Gives each account its id: its own, that of the account with its name, or a new one.
    fn accounts(&mut self, seed: Seed) -> anyhow::Result<Vec<(AccountId, AccountSpec)>> {
        let existing = self.records.accounts()?;
        let mut accounts = Vec::with_capacity(seed.accounts.len());
        let (mut names, mut aliases) = (HashSet::new(), HashSet::new());
        for account in seed.accounts {
            self.unique(&mut names, &account.name, "an account of this name");
            if let Some(alias) = &account.alias {
                self.unique(&mut aliases, alias, "an account with this alias");
            }
            let mut same = existing
                .iter()
                .filter(|record| record.name == account.name.value);
            let (first, second) = (same.next(), same.next());
            let id = match (&account.id, first) {
                (Some(id), _) => id.value,
                (None, Some(record)) if second.is_none() => record.id.parse()?,
                (None, Some(_)) => {
                    let message = format!("the server has several accounts {}", account.name.value);
                    self.problems.push(
                        Problem::new(account.name.span.clone(), message)
                            .help("say which by its id"),
                    );
                    continue;
                }
                (None, None) => loop {
                    let id = self.records.fresh_account()?;
                    if !self.accounts.contains(&id) {
                        break id;
                    }
                },
            };
            if self.accounts.insert(id) {
                accounts.push((id, account));
            } else {
                let place = account
                    .id
                    .as_ref()
                    .map_or(&account.name.span, |id| &id.span)
                    .clone();
                self.problem(&place, format!("the account {id} is in this file already"));
            }
        }
        Ok(accounts)
    }

    /// Remembers the principals of an account.
    fn declare(&mut self, id: AccountId, account: &AccountSpec) -> anyhow::Result<()> {
        for user in &account.users {
            let arn = self.arn::<UserRecord>(id, &user.name, user.path.as_ref())?;
            self.principals.insert(arn);
        }
        for role in &account.roles {
            let arn = self.arn::<RoleRecord>(id, &role.name, role.path.as_ref())?;
            self.principals.insert(arn);
        }
        Ok(())
    }

    /// The ARN that an entity will have: without a path in the file it keeps its own.
    fn arn<T: Named>(
        &self,
        account: AccountId,
        name: &At<String>,
        path: Option<&At<String>>,
    ) -> anyhow::Result<String> {
        let old = self.records.named::<T>(account, &name.value)?;
        let path = match (path, &old) {
            (Some(path), _) => &path.value,
            (None, Some(old)) => old.path(),
            (None, None) => "/",
        };
        Ok(self.records.arn(account, T::WHAT, path, &name.value))
    }

    fn account(&mut self, id: AccountId, account: &mut AccountSpec) -> anyhow::Result<()> {
        self.account_constraints(id, account);
        if let Some(alias) = &account.alias {
            let holder = self.records.of_server::<AliasHolderRecord>(&alias.value)?;
            if holder.is_some_and(|holder| holder.account != id.as_str()) {
                self.problem(
                    &alias.span,
                    format!("another account has the alias {}", alias.value),
                );
            }
        }
        let policies = self.policies(id, account)?;
        self.groups(id, account, &policies)?;
        self.users(id, account, &policies)?;
        self.roles(id, account, &policies)?;
        self.keys(id, account)
    }

    fn policies(&mut self, id: AccountId, account: &AccountSpec) -> anyhow::Result<Policies> {
        let (mut names, mut new) = (HashSet::new(), 0);
        let mut policies = Policies::new();
        for policy in &account.policies {
            self.unique(&mut names, &policy.name, "a policy of this name");
            self.policy_constraints(policy);
            if let Err(error) = document::managed(&policy.document.text) {
                self.problem(&policy.document.span, error.to_string());
            }
            let old = self.existing::<ManagedPolicyRecord>(id, &policy.name)?;
            self.tags(policy.tags.as_ref(), old.as_ref().map(|old| &old.tags));
            match old {
                Some(old) => {
                    self.fixed_path(&old, policy.path.as_ref());
                    if let Some(description) = &policy.description
                        && old.description.as_deref().unwrap_or_default() != description.value
                    {
                        self.problem(
                            &description.span,
                            "AWS changes no policy's description after it was created",
                        );
                    }
                }
                None => new += 1,
            }
            let arn = self.arn::<ManagedPolicyRecord>(id, &policy.name, policy.path.as_ref())?;
            policies.insert(policy.name.value.clone(), arn);
        }
        self.quota::<ManagedPolicyRecord>(id, account, new, "policies", |quotas| quotas.policies);
        Ok(policies)
    }

    fn groups(
        &mut self,
        id: AccountId,
        account: &mut AccountSpec,
        policies: &Policies,
    ) -> anyhow::Result<()> {
        let (mut names, mut new) = (HashSet::new(), 0);
        for group in &mut account.groups {
            self.unique(&mut names, &group.name, "a group of this name");
            self.group_constraints(group);
            let old = self.existing::<GroupRecord>(id, &group.name)?;
            new += u64::from(old.is_none());
            self.permissions(id, &group.name, &mut group.permissions, old, policies)?;
        }
        self.quota::<GroupRecord>(id, account, new, "groups", |quotas| quotas.groups);
        Ok(())
    }

    fn users(
        &mut self,
        id: AccountId,
        account: &mut AccountSpec,
        policies: &Policies,
    ) -> anyhow::Result<()> {
        let (mut names, mut new) = (HashSet::new(), 0);
        let groups: HashSet<String> = account
            .groups
            .iter()
            .map(|group| folded(&group.name.value))
            .collect();
        for user in &mut account.users {
            self.unique(&mut names, &user.name, "a user of this name");
            self.user_constraints(user);
            let old = self.existing::<UserRecord>(id, &user.name)?;
            self.tags(user.tags.as_ref(), old.as_ref().map(|old| &old.tags));
            new += u64::from(old.is_none());
            let mut memberships: HashSet<String> = old
                .iter()
                .flat_map(|old| &old.groups)
                .map(|group| group.key.clone())
                .collect();
            for group in &user.groups {
                let key = folded(&group.value);
                if !groups.contains(&key)
                    && self
                        .records
                        .named::<GroupRecord>(id, &group.value)?
                        .is_none()
                {
                    self.problem(
                        &group.span,
                        format!("there is no group {} in this file or account", group.value),
                    );
                }
                memberships.insert(key);
            }
            if memberships.len() > MAX_GROUPS {
                self.problem(
                    &user.name.span,
                    format!("the user would be in more than {MAX_GROUPS} groups"),
                );
            }
            self.credentials(id, user, old.as_ref())?;
            self.boundary(id, user.boundary.as_mut(), policies)?;
            self.permissions(id, &user.name, &mut user.permissions, old, policies)?;
        }
        self.quota::<UserRecord>(id, account, new, "users", |quotas| quotas.users);
        Ok(())
    }

    fn roles(
        &mut self,
        id: AccountId,
        account: &mut AccountSpec,
        policies: &Policies,
    ) -> anyhow::Result<()> {
        let (mut names, mut new) = (HashSet::new(), 0);
        for role in &mut account.roles {
            self.unique(&mut names, &role.name, "a role of this name");
            self.role_constraints(role);
            let old = self.existing::<RoleRecord>(id, &role.name)?;
            self.tags(role.tags.as_ref(), old.as_ref().map(|old| &old.tags));
            match &old {
                Some(old) if old.service_linked.is_some() => {
                    self.problem(
                        &role.name.span,
                        "this role is a service's, which alone can change it",
                    );
                }
                Some(old) => self.fixed_path(old, role.path.as_ref()),
                None => new += 1,
            }
            self.trust(&role.trust)?;
            self.boundary(id, role.boundary.as_mut(), policies)?;
            self.permissions(id, &role.name, &mut role.permissions, old, policies)?;
        }
        self.quota::<RoleRecord>(id, account, new, "roles", |quotas| quotas.roles);
        Ok(())
    }

    /// Policies of a holder: what they name, and that there is room for them.
    fn permissions<H: Holder>(
        &mut self,
        id: AccountId,
        name: &At<String>,
        permissions: &mut Permissions,
        old: Option<H>,
        policies: &Policies,
    ) -> anyhow::Result<()> {
        let mut old = old;
        let mut attached: HashSet<String> = old
            .iter_mut()
            .flat_map(|old| old.attached().iter().cloned())
            .collect();
        for policy in &mut permissions.attach {
            if let Some(arn) = self.managed_policy(id, policy, policies, true)? {
                attached.insert(arn.clone());
                policy.value = arn;
            }
        }
        if attached.len() > MAX_ATTACHED {
            self.problem(
                &name.span,
                format!("more than {MAX_ATTACHED} managed policies would be attached to this"),
            );
        }
        let named = |policy: &&InlinePolicy| {
            !permissions
                .inline
                .iter()
                .any(|(name, _)| name.value == policy.name)
        };
        let kept: usize = old
            .iter_mut()
            .flat_map(|old| {
                old.inline()
                    .iter()
                    .filter(named)
                    .map(|policy| document::size(&policy.document))
                    .collect::<Vec<_>>()
            })
            .sum();
        let new: usize = permissions
            .inline
            .iter()
            .map(|(_, found)| document::size(&found.text))
            .sum();
        if new > 0 && kept + new > H::INLINE_SIZE {
            let message = format!(
                "the inline policies of this are longer than {} characters",
                H::INLINE_SIZE
            );
            self.problem(&name.span, message);
        }
        Ok(())
    }

    fn unique(&mut self, seen: &mut HashSet<String>, name: &At<String>, what: &str) {
        if !seen.insert(folded(&name.value)) {
            let problem = Problem::new(
                name.span.clone(),
                format!("there is {what} in this file already"),
            );
            self.problems
                .push(problem.help("names are the same where only their letter case differs"));
        }
    }

    /// The entity of that name, if there is one. Names ignore letter case, and the file must spell it as it is.
    fn existing<T: Named>(
        &mut self,
        id: AccountId,
        name: &At<String>,
    ) -> anyhow::Result<Option<T>> {
        let found = self.records.named::<T>(id, &name.value)?;
        if let Some(old) = &found
            && old.name() != name.value
        {
            self.problem(
                &name.span,
                format!("the account has a {} {} already", T::WHAT, old.name()),
            );
        }
        Ok(found)
    }

    /// AWS moves users and groups to other paths, and nothing else.
    fn fixed_path<T: Named>(&mut self, old: &T, path: Option<&At<String>>) {
        if let Some(path) = path
            && path.value != old.path()
        {
            let message = format!(
                "the {} has the path {}, and AWS changes no {}'s path",
                T::WHAT,
                old.path(),
                T::WHAT
            );
            self.problem(&path.span, message);
        }
    }

    fn quota<T: Named>(
        &mut self,
        id: AccountId,
        account: &AccountSpec,
        new: u64,
        what: &str,
        limit: impl Fn(&Quotas) -> u64,
    ) {
        let (limit, all) = (
            limit(&self.host.settings.quotas),
            self.world.count(id, T::KIND) + new,
        );
        if new > 0 && all > limit {
            self.problem(
                &account.name.span,
                format!("the account would have {all} {what}, and can have {limit}"),
            );
        }
    }
}
