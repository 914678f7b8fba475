//! Groups.

use crate::api::operations::{CreateGroup, DeleteGroup, GetGroup, ListGroups, UpdateGroup};
use crate::api::types::{
    CreateGroupInput, CreateGroupOutput, DeleteGroupInput, DeleteGroupOutput, GetGroupInput,
    GetGroupOutput, Group, ListGroupsInput, ListGroupsOutput, UpdateGroupInput, UpdateGroupOutput,
};
use crate::entity::{EntityKind, GroupMember, GroupRecord, UserRecord, folded};
use crate::{IamError, attachment_index, find, group_member, ids, page, quota, target, time, user};
use kernel::{Call, Check, Operation, Plan, Registry};

/// Adds the operations on groups to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreateGroup>()
        .serve::<DeleteGroup>()
        .serve::<GetGroup>()
        .serve::<ListGroups>()
        .serve::<UpdateGroup>();
}

impl Operation for CreateGroup {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreateGroupInput) -> Result<Plan, IamError> {
        let path = input.path.as_deref().unwrap_or("/");
        Ok(Plan::new(Check::new(
            "iam:CreateGroup",
            target::arn(call, "group", path, &input.group_name),
        )))
    }

    async fn handle(
        call: &mut Call,
        input: CreateGroupInput,
    ) -> Result<CreateGroupOutput, IamError> {
        let key = folded(&input.group_name);
        if call.load::<GroupRecord>(&key)?.is_some() {
            return Err(exists(&input.group_name));
        }
        quota::room::<GroupRecord>(call, call.host().settings.quotas.groups, "GroupsPerAccount")?;
        let group = GroupRecord {
            id: ids::group(call),
            name: input.group_name,
            path: input.path.unwrap_or_else(|| "/".into()),
            created: time::seconds(call.now),
            inline: Vec::new(),
            attached: Vec::new(),
        };
        call.save(&key, &group)?;
        Ok(CreateGroupOutput {
            group: shown(call, &group),
        })
    }
}

impl Operation for GetGroup {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetGroupInput) -> Result<Plan, IamError> {
        target::group(call, "iam:GetGroup", &input.group_name).map(Plan::new)
    }

    async fn handle(call: &mut Call, input: GetGroupInput) -> Result<GetGroupOutput, IamError> {
        let group = find::group(call, &input.group_name)?;
        let prefix = GroupMember::prefix(&group.name);
        let page = page::of_records::<GroupMember>(
            call,
            &prefix,
            input.max_items,
            input.marker.as_deref(),
            |_| true,
        )?;
        let mut users = Vec::with_capacity(page.items.len());
        for (key, _) in &page.items {
            let name = key.strip_prefix(&prefix).unwrap_or_default();
            if let Some(member) = call.load::<UserRecord>(name)? {
                users.push(user::listed(call, &member));
            }
        }
        Ok(GetGroupOutput {
            group: shown(call, &group),
            users,
            is_truncated: Some(page.is_truncated()),
            marker: page.marker,
        })
    }
}

impl Operation for ListGroups {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListGroupsInput) -> Result<Plan, IamError> {
        let path = input.path_prefix.as_deref().unwrap_or("/");
        Ok(Plan::new(Check::new(
            "iam:ListGroups",
            target::arn(call, "group", path, ""),
        )))
    }

    async fn handle(call: &mut Call, input: ListGroupsInput) -> Result<ListGroupsOutput, IamError> {
        let prefix = input.path_prefix.unwrap_or_else(|| "/".into());
        let keep = |group: &GroupRecord| group.path.starts_with(&prefix);
        let page = page::of_records(call, "", input.max_items, input.marker.as_deref(), keep)?;
        Ok(ListGroupsOutput {
            is_truncated: Some(page.is_truncated()),
            groups: page
                .items
                .iter()
                .map(|(_, group)| shown(call, group))
                .collect(),
            marker: page.marker,
        })
    }
}

impl Operation for UpdateGroup {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UpdateGroupInput) -> Result<Plan, IamError> {
        let old = target::group(call, "iam:UpdateGroup", &input.group_name)?;
        if input.new_path.is_none() && input.new_group_name.is_none() {
            return Ok(Plan::new(old));
        }
        // "UpdateGroup": permission is needed on what the group was and on what it becomes.
        let path = match &input.new_path {
            Some(path) => Some(path.clone()),
            None => call
                .load::<GroupRecord>(&folded(&input.group_name))?
                .map(|group| group.path),
        };
        let name = input.new_group_name.as_deref().unwrap_or(&input.group_name);
        let new = target::arn(call, "group", path.as_deref().unwrap_or("/"), name);
        Ok(Plan::new(old).and(Check::new("iam:UpdateGroup", new)))
    }

    async fn handle(
        call: &mut Call,
        input: UpdateGroupInput,
    ) -> Result<UpdateGroupOutput, IamError> {
        let old = find::group(call, &input.group_name)?;
        let mut group = old.clone();
        if let Some(path) = input.new_path {
            group.path = path;
        }
        if let Some(name) = input.new_group_name {
            if folded(&name) != folded(&old.name)
                && call.load::<GroupRecord>(&folded(&name))?.is_some()
            {
                return Err(exists(&name));
            }
            group.name = name;
        }
        rename(call, &old, &group)?;
        Ok(UpdateGroupOutput {})
    }
}

/// Moves everything that is kept under a group's name.
fn rename(call: &mut Call, old: &GroupRecord, new: &GroupRecord) -> Result<(), IamError> {
    if folded(&old.name) != folded(&new.name) {
        group_member::rename(call, old, &new.name)?;
        call.remove::<GroupRecord>(&folded(&old.name))?;
    }
    let entity = |group: &GroupRecord| attachment_index::Entity {
        kind: EntityKind::Group,
        name: group.name.clone(),
        id: group.id.clone(),
        path: group.path.clone(),
    };
    attachment_index::rename(call, &old.attached, None, &entity(old), &entity(new))?;
    call.save(&folded(&new.name), new)?;
    Ok(())
}

impl Operation for DeleteGroup {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteGroupInput) -> Result<Plan, IamError> {
        target::group(call, "iam:DeleteGroup", &input.group_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteGroupInput,
    ) -> Result<DeleteGroupOutput, IamError> {
        let group = find::group(call, &input.group_name)?;
        let conflict = |what: &str| {
            Err(IamError::DeleteConflict(format!(
                "Cannot delete entity, must {what} first."
            )))
        };
        if !call
            .list::<GroupMember>(&GroupMember::prefix(&group.name), None, 1)?
            .is_empty()
        {
            return conflict("remove users from group");
        }
        if !group.attached.is_empty() {
            return conflict("detach all policies");
        }
        if !group.inline.is_empty() {
            return conflict("delete policies");
        }
        call.remove::<GroupRecord>(&folded(&group.name))?;
        Ok(DeleteGroupOutput {})
    }
}

fn exists(name: &str) -> IamError {
    IamError::EntityAlreadyExists(format!("Group with name {name} already exists."))
}

/// A group as IAM shows it.
#[must_use]
pub fn shown(call: &Call, group: &GroupRecord) -> Group {
    Group {
        path: group.path.clone(),
        group_name: group.name.clone(),
        group_id: group.id.clone(),
        arn: target::arn(call, "group", &group.path, &group.name),
        create_date: group.created,
    }
}
