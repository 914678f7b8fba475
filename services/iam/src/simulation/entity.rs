//! The users, groups and roles that requests of the simulator name by ARN.

use crate::entity::{EntityKind, GroupRecord, RoleRecord, UserRecord, folded};
use crate::{IamError, find, name, target};
use arn::AccountId;
use kernel::world::{Principal, PrincipalKind};
use kernel::{Call, Check};
use std::sync::Arc;

/// What an ARN says of a user, group or role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntityArn {
    pub(crate) kind: EntityKind,
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) text: String,
}

impl EntityArn {
    /// `None` for what is no user, group or role of the server's partition.
    pub(crate) fn read(call: &Call, text: &str) -> Option<Self> {
        let partition = format!("arn:{}:", call.partition().as_str());
        if !text.starts_with(&partition) {
            return None;
        }
        let kinds = [EntityKind::User, EntityKind::Group, EntityKind::Role];
        kinds.into_iter().find_map(|kind| {
            let (account, _, name) = name::split(text, kind.as_str())?;
            Some(Self {
                kind,
                account: AccountId::parse(account).ok()?,
                name: name.to_owned(),
                text: text.to_owned(),
            })
        })
    }

    /// The entity that a simulation is about.
    ///
    /// # Errors
    /// `InvalidInput` where the ARN names none, as that of a session.
    pub(crate) fn source(call: &Call, text: &str) -> Result<Self, IamError> {
        Self::read(call, text).ok_or_else(|| {
            IamError::InvalidInput(format!(
                "Invalid Entity Arn: {text} does not clearly define entity type and name."
            ))
        })
    }

    /// An action on the entity. Only an ARN that is exactly the entity's shows its tags.
    ///
    /// # Errors
    /// The store's failure.
    pub(crate) fn check(&self, call: &mut Call, action: &'static str) -> Result<Check, IamError> {
        let check = Check::new(action, self.text.clone());
        if self.account != call.account() {
            return Ok(check.owned_by(self.account));
        }
        if !self.exists(call)? {
            return Ok(check);
        }
        match self.kind {
            EntityKind::User => target::user(call, action, &self.name),
            EntityKind::Group => target::group(call, action, &self.name),
            EntityKind::Role => target::role(call, action, &self.name),
        }
    }

    fn exists(&self, call: &mut Call) -> Result<bool, IamError> {
        let key = folded(&self.name);
        let found = match self.kind {
            EntityKind::User => call
                .load::<UserRecord>(&key)?
                .map(|user| (user.path, user.name)),
            EntityKind::Group => call
                .load::<GroupRecord>(&key)?
                .map(|group| (group.path, group.name)),
            EntityKind::Role => call
                .load::<RoleRecord>(&key)?
                .map(|role| (role.path, role.name)),
        };
        Ok(found.is_some_and(|(path, name)| self.is(call, &path, &name)))
    }

    /// Whether the ARN is that of the entity of this path and name in the caller's account.
    fn is(&self, call: &Call, path: &str, name: &str) -> bool {
        target::arn(call, self.kind.as_str(), path, name) == self.text
    }

    /// Whether the caller could read the entity: then a simulation may know it.
    ///
    /// # Errors
    /// The store's failure.
    pub(crate) fn is_readable(&self, call: &mut Call) -> Result<bool, IamError> {
        let action = match self.kind {
            EntityKind::User => "iam:GetUser",
            EntityKind::Group => "iam:GetGroup",
            EntityKind::Role => "iam:GetRole",
        };
        if self.account != call.account() {
            return Ok(false);
        }
        let check = self.check(call, action)?;
        Ok(kernel::decide(call, &check).is_allowed())
    }

    /// The user or role of the caller's account that has this ARN, as calls are decided for it.
    pub(crate) fn principal(&self, call: &Call) -> Option<Arc<Principal>> {
        let wanted = match self.kind {
            EntityKind::User => PrincipalKind::User,
            EntityKind::Role => PrincipalKind::Role,
            EntityKind::Group => return None,
        };
        let known = call.world().principal_by_arn(&self.text);
        // Callers that the configuration gives are in no record.
        known
            .or_else(|| call.caller.source().filter(|own| *own.arn == *self.text))
            .filter(|found| found.kind == wanted && found.account == call.account())
            .cloned()
    }

    /// What AWS answers where the entity does not exist.
    pub(crate) fn missing(&self) -> IamError {
        match self.kind {
            EntityKind::User => find::no_user(&self.name),
            kind => IamError::NoSuchEntity(format!(
                "The {} with name {} cannot be found.",
                kind.as_str(),
                self.name
            )),
        }
    }

    /// The group that has this ARN.
    ///
    /// # Errors
    /// `NoSuchEntity`, and the store's failure.
    pub(crate) fn group(&self, call: &mut Call) -> Result<GroupRecord, IamError> {
        let found = call.load::<GroupRecord>(&folded(&self.name))?;
        found
            .filter(|group| {
                self.account == call.account() && self.is(call, &group.path, &group.name)
            })
            .ok_or_else(|| self.missing())
    }
}
