//! Tags of roles ("Tagging IAM roles").

use crate::api::operations::{ListRoleTags, TagRole, UntagRole};
use crate::api::types::{
    ListRoleTagsInput, ListRoleTagsOutput, TagRoleInput, TagRoleOutput, UntagRoleInput,
    UntagRoleOutput,
};
use crate::entity::folded;
use crate::{IamError, find, page, tag, target};
use kernel::{Call, Operation, Plan, Registry};

/// Adds the operations on roles' tags to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<ListRoleTags>()
        .serve::<TagRole>()
        .serve::<UntagRole>();
}

impl Operation for TagRole {
    type Error = IamError;

    fn plan(call: &mut Call, input: &TagRoleInput) -> Result<Plan, IamError> {
        let check = target::role(call, "iam:TagRole", &input.role_name)?;
        Ok(Plan::new(
            check.request_tags(tag::request_pairs(Some(&input.tags))),
        ))
    }

    async fn handle(call: &mut Call, input: TagRoleInput) -> Result<TagRoleOutput, IamError> {
        let mut role = find::role(call, &input.role_name)?;
        tag::merge(&mut role.tags, input.tags)?;
        call.save(&folded(&role.name), &role)?;
        Ok(TagRoleOutput {})
    }
}

impl Operation for UntagRole {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UntagRoleInput) -> Result<Plan, IamError> {
        let check = target::role(call, "iam:UntagRole", &input.role_name)?;
        Ok(Plan::new(check.tag_keys(input.tag_keys.clone())))
    }

    async fn handle(call: &mut Call, input: UntagRoleInput) -> Result<UntagRoleOutput, IamError> {
        let mut role = find::role(call, &input.role_name)?;
        tag::remove(&mut role.tags, &input.tag_keys);
        call.save(&folded(&role.name), &role)?;
        Ok(UntagRoleOutput {})
    }
}

impl Operation for ListRoleTags {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListRoleTagsInput) -> Result<Plan, IamError> {
        target::role(call, "iam:ListRoleTags", &input.role_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListRoleTagsInput,
    ) -> Result<ListRoleTagsOutput, IamError> {
        let tags = tag::shown(&find::role(call, &input.role_name)?.tags);
        let page = page::of_list(
            tags,
            |tag| tag.key.clone(),
            input.max_items,
            input.marker.as_deref(),
        )?;
        Ok(ListRoleTagsOutput {
            is_truncated: Some(page.is_truncated()),
            tags: page.items,
            marker: page.marker,
        })
    }
}
