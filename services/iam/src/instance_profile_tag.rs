//! Tags of instance profiles ("Tagging instance profiles for Amazon EC2 roles").

use crate::api::operations::{ListInstanceProfileTags, TagInstanceProfile, UntagInstanceProfile};
use crate::api::types::{
    ListInstanceProfileTagsInput, ListInstanceProfileTagsOutput, TagInstanceProfileInput,
    TagInstanceProfileOutput, UntagInstanceProfileInput, UntagInstanceProfileOutput,
};
use crate::entity::folded;
use crate::{IamError, instance_profile, page, tag, target};
use kernel::{Call, Operation, Plan, Registry};

/// Adds the operations on instance profiles to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<ListInstanceProfileTags>()
        .serve::<TagInstanceProfile>()
        .serve::<UntagInstanceProfile>();
}

impl Operation for TagInstanceProfile {
    type Error = IamError;

    fn plan(call: &mut Call, input: &TagInstanceProfileInput) -> Result<Plan, IamError> {
        let check =
            target::instance_profile(call, "iam:TagInstanceProfile", &input.instance_profile_name)?;
        Ok(Plan::new(
            check.request_tags(tag::request_pairs(Some(&input.tags))),
        ))
    }

    async fn handle(
        call: &mut Call,
        input: TagInstanceProfileInput,
    ) -> Result<TagInstanceProfileOutput, IamError> {
        let mut profile = instance_profile::named(call, &input.instance_profile_name)?;
        tag::merge(&mut profile.tags, input.tags)?;
        call.save(&folded(&profile.name), &profile)?;
        Ok(TagInstanceProfileOutput {})
    }
}

impl Operation for UntagInstanceProfile {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UntagInstanceProfileInput) -> Result<Plan, IamError> {
        let check = target::instance_profile(
            call,
            "iam:UntagInstanceProfile",
            &input.instance_profile_name,
        )?;
        Ok(Plan::new(check.tag_keys(input.tag_keys.clone())))
    }

    async fn handle(
        call: &mut Call,
        input: UntagInstanceProfileInput,
    ) -> Result<UntagInstanceProfileOutput, IamError> {
        let mut profile = instance_profile::named(call, &input.instance_profile_name)?;
        tag::remove(&mut profile.tags, &input.tag_keys);
        call.save(&folded(&profile.name), &profile)?;
        Ok(UntagInstanceProfileOutput {})
    }
}

impl Operation for ListInstanceProfileTags {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListInstanceProfileTagsInput) -> Result<Plan, IamError> {
        target::instance_profile(
            call,
            "iam:ListInstanceProfileTags",
            &input.instance_profile_name,
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListInstanceProfileTagsInput,
    ) -> Result<ListInstanceProfileTagsOutput, IamError> {
        let tags = tag::shown(&instance_profile::named(call, &input.instance_profile_name)?.tags);
        let page = page::of_list(
            tags,
            |tag| tag.key.clone(),
            input.max_items,
            input.marker.as_deref(),
        )?;
        Ok(ListInstanceProfileTagsOutput {
            is_truncated: Some(page.is_truncated()),
            tags: page.items,
            marker: page.marker,
        })
    }
}
