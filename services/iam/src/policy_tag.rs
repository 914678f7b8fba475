//! Tags of customer managed policies ("Tagging customer managed policies").

use crate::api::operations::{ListPolicyTags, TagPolicy, UntagPolicy};
use crate::api::types::{
    ListPolicyTagsInput, ListPolicyTagsOutput, TagPolicyInput, TagPolicyOutput, UntagPolicyInput,
    UntagPolicyOutput,
};
use crate::entity::folded;
use crate::{IamError, find, managed_policy, page, tag, target};
use kernel::{Call, Operation, Plan, Registry};

/// Adds the operations on policies' tags to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<ListPolicyTags>()
        .serve::<TagPolicy>()
        .serve::<UntagPolicy>();
}

impl Operation for TagPolicy {
    type Error = IamError;

    fn plan(call: &mut Call, input: &TagPolicyInput) -> Result<Plan, IamError> {
        let check = target::policy(call, "iam:TagPolicy", &input.policy_arn)?;
        Ok(Plan::new(
            check.request_tags(tag::request_pairs(Some(&input.tags))),
        ))
    }

    async fn handle(call: &mut Call, input: TagPolicyInput) -> Result<TagPolicyOutput, IamError> {
        let mut policy = managed_policy::own(call, &input.policy_arn)?;
        tag::merge(&mut policy.tags, input.tags)?;
        call.save(&folded(&policy.name), &policy)?;
        Ok(TagPolicyOutput {})
    }
}

impl Operation for UntagPolicy {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UntagPolicyInput) -> Result<Plan, IamError> {
        let check = target::policy(call, "iam:UntagPolicy", &input.policy_arn)?;
        Ok(Plan::new(check.tag_keys(input.tag_keys.clone())))
    }

    async fn handle(
        call: &mut Call,
        input: UntagPolicyInput,
    ) -> Result<UntagPolicyOutput, IamError> {
        let mut policy = managed_policy::own(call, &input.policy_arn)?;
        tag::remove(&mut policy.tags, &input.tag_keys);
        call.save(&folded(&policy.name), &policy)?;
        Ok(UntagPolicyOutput {})
    }
}

impl Operation for ListPolicyTags {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListPolicyTagsInput) -> Result<Plan, IamError> {
        target::policy(call, "iam:ListPolicyTags", &input.policy_arn).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListPolicyTagsInput,
    ) -> Result<ListPolicyTagsOutput, IamError> {
        let tags = match managed_policy::existing(call, &input.policy_arn)? {
            find::Policy::Customer(policy) => tag::shown(&policy.tags),
            find::Policy::Aws(_) => Vec::new(),
        };
        let page = page::of_list(
            tags,
            |tag| tag.key.clone(),
            input.max_items,
            input.marker.as_deref(),
        )?;
        Ok(ListPolicyTagsOutput {
            is_truncated: Some(page.is_truncated()),
            tags: page.items,
            marker: page.marker,
        })
    }
}
