//! Which users are in which groups.

use crate::api::operations::{AddUserToGroup, ListGroupsForUser, RemoveUserFromGroup};
use crate::api::types::{
    AddUserToGroupInput, AddUserToGroupOutput, ListGroupsForUserInput, ListGroupsForUserOutput,
    RemoveUserFromGroupInput, RemoveUserFromGroupOutput,
};
use crate::entity::{GroupMember, GroupRecord, GroupReference, UserRecord, folded};
use crate::{IamError, find, group, page, quota, target};
use kernel::{Call, Operation, Plan, Registry};

/// Quota "Groups an IAM user can be a member of" ("IAM and AWS STS quotas").
const MAX_GROUPS: usize = 10;

/// Members that are read at once when a group is renamed.
const BATCH: usize = 500;

/// Adds the operations on memberships to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<AddUserToGroup>()
        .serve::<ListGroupsForUser>()
        .serve::<RemoveUserFromGroup>();
}

impl Operation for AddUserToGroup {
    type Error = IamError;

    fn plan(call: &mut Call, input: &AddUserToGroupInput) -> Result<Plan, IamError> {
        target::group(call, "iam:AddUserToGroup", &input.group_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: AddUserToGroupInput,
    ) -> Result<AddUserToGroupOutput, IamError> {
        let mut user = find::user(call, &input.user_name)?;
        let group = find::group(call, &input.group_name)?;
        if user.groups.iter().any(|reference| reference.id == group.id) {
            return Ok(AddUserToGroupOutput {});
        }
        if user.groups.len() >= MAX_GROUPS {
            return Err(quota::exceeded("GroupsPerUser", 10));
        }
        user.groups.push(GroupReference {
            id: group.id,
            key: folded(&group.name),
        });
        call.save(&folded(&user.name), &user)?;
        call.save(&GroupMember::key(&group.name, &user.name), &GroupMember {})?;
        Ok(AddUserToGroupOutput {})
    }
}

impl Operation for RemoveUserFromGroup {
    type Error = IamError;

    fn plan(call: &mut Call, input: &RemoveUserFromGroupInput) -> Result<Plan, IamError> {
        target::group(call, "iam:RemoveUserFromGroup", &input.group_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: RemoveUserFromGroupInput,
    ) -> Result<RemoveUserFromGroupOutput, IamError> {
        let group = find::group(call, &input.group_name)?;
        let mut user = find::user(call, &input.user_name)?;
        let before = user.groups.len();
        user.groups.retain(|reference| reference.id != group.id);
        if user.groups.len() == before {
            let text = format!("User {} not in group {}", input.user_name, input.group_name);
            return Err(IamError::NoSuchEntity(text));
        }
        call.save(&folded(&user.name), &user)?;
        call.remove::<GroupMember>(&GroupMember::key(&group.name, &user.name))?;
        Ok(RemoveUserFromGroupOutput {})
    }
}

impl Operation for ListGroupsForUser {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListGroupsForUserInput) -> Result<Plan, IamError> {
        target::user(call, "iam:ListGroupsForUser", &input.user_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListGroupsForUserInput,
    ) -> Result<ListGroupsForUserOutput, IamError> {
        let user = find::user(call, &input.user_name)?;
        let key = |reference: &GroupReference| reference.id.clone();
        let page = page::of_list(user.groups, key, input.max_items, input.marker.as_deref())?;
        let mut groups = Vec::with_capacity(page.items.len());
        for reference in &page.items {
            if let Some(record) = call.load::<GroupRecord>(&reference.key)? {
                groups.push(group::shown(call, &record));
            }
        }
        Ok(ListGroupsForUserOutput {
            is_truncated: Some(page.is_truncated()),
            groups,
            marker: page.marker,
        })
    }
}

/// Stages a group's new name in its members' records and in the way back to them.
///
/// # Errors
/// The store's failure.
pub fn rename(call: &mut Call, old: &GroupRecord, new_name: &str) -> Result<(), IamError> {
    let prefix = GroupMember::prefix(&old.name);
    let mut after: Option<String> = None;
    loop {
        let batch = call.list::<GroupMember>(&prefix, after.as_deref(), BATCH)?;
        let last = batch.len() < BATCH;
        after = batch.last().map(|(key, _)| key.clone());
        for (key, _) in batch {
            let user_key = key.strip_prefix(&prefix).unwrap_or_default();
            if let Some(mut user) = call.load::<UserRecord>(user_key)? {
                for reference in user
                    .groups
                    .iter_mut()
                    .filter(|reference| reference.id == old.id)
                {
                    reference.key = folded(new_name);
                }
                call.save(user_key, &user)?;
            }
            call.remove::<GroupMember>(&key)?;
            call.save(&GroupMember::key(new_name, user_key), &GroupMember {})?;
        }
        if last {
            return Ok(());
        }
    }
}
