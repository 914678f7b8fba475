//! Managed policies: the account's own and AWS's ("Managed policies and inline policies").

use crate::api::operations::{CreatePolicy, DeletePolicy, GetPolicy, ListPolicies};
use crate::api::types::{
    CreatePolicyInput, CreatePolicyOutput, DeletePolicyInput, DeletePolicyOutput, GetPolicyInput,
    GetPolicyOutput, ListPoliciesInput, ListPoliciesOutput, Policy, PolicyScopeType,
    PolicyUsageType,
};
use crate::attachment::well_formed;
use crate::entity::{ManagedPolicyRecord, PolicyVersionRecord, folded};
use crate::policy_usage::{self, Usage};
use crate::{IamError, document, find, ids, page, path, quota, tag, target, time};
use jiff::Timestamp;
use kernel::{Call, Check, Operation, Plan, Registry};
use std::collections::HashMap;

/// Adds the operations on managed policies to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreatePolicy>()
        .serve::<DeletePolicy>()
        .serve::<GetPolicy>()
        .serve::<ListPolicies>();
}

/// A managed policy by ARN.
///
/// # Errors
/// `NoSuchEntity`; `InvalidInput` where it is no ARN.
pub(crate) fn existing(call: &mut Call, arn: &str) -> Result<find::Policy, IamError> {
    well_formed(arn)?;
    find::policy(call, arn)?
        .ok_or_else(|| IamError::NoSuchEntity(format!("Policy {arn} was not found.")))
}

/// A policy of the account's own, by ARN.
///
/// # Errors
/// `NoSuchEntity`; `InvalidInput` where it is no ARN; `AccessDenied` for AWS's own, which nobody can change.
pub(crate) fn own(call: &mut Call, arn: &str) -> Result<ManagedPolicyRecord, IamError> {
    well_formed(arn)?;
    find::customer_policy(call, arn)
}

impl Operation for CreatePolicy {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreatePolicyInput) -> Result<Plan, IamError> {
        let arn = target::arn(
            call,
            "policy",
            input.path.as_deref().unwrap_or("/"),
            &input.policy_name,
        );
        let tags = input.tags.as_ref();
        let check =
            Check::new("iam:CreatePolicy", arn.clone()).request_tags(tag::request_pairs(tags));
        if tags.is_none_or(Vec::is_empty) {
            return Ok(Plan::new(check));
        }
        // Tags at creation need their own permission ("Tagging customer managed policies").
        Ok(Plan::new(check)
            .and(Check::new("iam:TagPolicy", arn).request_tags(tag::request_pairs(tags))))
    }

    async fn handle(
        call: &mut Call,
        input: CreatePolicyInput,
    ) -> Result<CreatePolicyOutput, IamError> {
        let path = path::checked(input.path)?;
        document::managed(&input.policy_document)?;
        let name = input.policy_name;
        if call.load::<ManagedPolicyRecord>(&folded(&name))?.is_some() {
            return Err(IamError::EntityAlreadyExists(format!(
                "A policy called {name} already exists. Duplicate names are not allowed."
            )));
        }
        quota::room::<ManagedPolicyRecord>(
            call,
            call.host().settings.quotas.policies,
            "PoliciesPerAccount",
        )?;
        let now = time::seconds(call.now);
        let version = PolicyVersionRecord {
            id: "v1".into(),
            document: input.policy_document,
            created: now,
            default: true,
        };
        let policy = ManagedPolicyRecord {
            id: ids::policy(call),
            name,
            path,
            created: now,
            updated: now,
            description: input.description,
            tags: tag::checked(input.tags.unwrap_or_default())?,
            versions: vec![version],
            next_version: 2,
        };
        call.save(&folded(&policy.name), &policy)?;
        let tags = (!policy.tags.is_empty()).then(|| tag::shown(&policy.tags));
        // AWS leaves the description out of this answer, as it does in lists.
        Ok(CreatePolicyOutput {
            policy: Some(Policy {
                tags,
                ..own_listed(call, &policy, Usage::default())
            }),
        })
    }
}

impl Operation for GetPolicy {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetPolicyInput) -> Result<Plan, IamError> {
        target::policy(call, "iam:GetPolicy", &input.policy_arn).map(Plan::new)
    }

    async fn handle(call: &mut Call, input: GetPolicyInput) -> Result<GetPolicyOutput, IamError> {
        let found = existing(call, &input.policy_arn)?;
        let usage = policy_usage::of(call, &input.policy_arn)?;
        let policy = match found {
            find::Policy::Customer(record) => Policy {
                description: record.description.clone(),
                tags: Some(tag::shown(&record.tags)),
                ..own_listed(call, &record, usage)
            },
            find::Policy::Aws(policy) => Policy {
                tags: Some(Vec::new()),
                ..aws_listed(call, policy, usage)
            },
        };
        Ok(GetPolicyOutput {
            policy: Some(policy),
        })
    }
}

impl Operation for DeletePolicy {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeletePolicyInput) -> Result<Plan, IamError> {
        target::policy(call, "iam:DeletePolicy", &input.policy_arn).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeletePolicyInput,
    ) -> Result<DeletePolicyOutput, IamError> {
        let policy = own(call, &input.policy_arn)?;
        if policy_usage::any(call, &input.policy_arn)? {
            return Err(IamError::DeleteConflict(
                "Cannot delete a policy attached to entities.".into(),
            ));
        }
        if policy.versions.len() > 1 {
            return Err(IamError::DeleteConflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                 versions. The default version is deleted with the policy."
                    .into(),
            ));
        }
        call.remove::<ManagedPolicyRecord>(&folded(&policy.name))?;
        Ok(DeletePolicyOutput {})
    }
}

impl Operation for ListPolicies {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListPoliciesInput) -> Result<Plan, IamError> {
        let path = input.path_prefix.as_deref().unwrap_or("/");
        Ok(Plan::new(Check::new(
            "iam:ListPolicies",
            target::arn(call, "policy", path, ""),
        )))
    }

    async fn handle(
        call: &mut Call,
        input: ListPoliciesInput,
    ) -> Result<ListPoliciesOutput, IamError> {
        let usages = policy_usage::all(call)?;
        let mut policies = Vec::new();
        if input.scope != Some(PolicyScopeType::Aws) {
            policies.extend(all_own(call, &usages)?);
        }
        if input.scope != Some(PolicyScopeType::Local) {
            policies.extend(catalog::managed_policies().map(|policy| {
                let usage = usages
                    .get(&policy.arn_in(call.partition().as_str()))
                    .copied()
                    .unwrap_or_default();
                aws_listed(call, policy, usage)
            }));
        }
        policies.retain(|policy| wanted(policy, &input));
        let key = |policy: &Policy| policy.arn.clone().unwrap_or_default();
        let page = page::of_list(policies, key, input.max_items, input.marker.as_deref())?;
        Ok(ListPoliciesOutput {
            is_truncated: Some(page.is_truncated()),
            policies: Some(page.items),
            marker: page.marker,
        })
    }
}

/// All policies of the account's own, in the order of their names.
fn all_own(call: &mut Call, usages: &HashMap<String, Usage>) -> Result<Vec<Policy>, IamError> {
    const BATCH: usize = 500;
    let mut policies = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let batch = call.list::<ManagedPolicyRecord>("", after.as_deref(), BATCH)?;
        let last = batch.len() < BATCH;
        for (key, record) in batch {
            let arn = target::arn(call, "policy", &record.path, &record.name);
            policies.push(own_listed(
                call,
                &record,
                usages.get(&arn).copied().unwrap_or_default(),
            ));
            after = Some(key);
        }
        if last {
            return Ok(policies);
        }
    }
}

/// Whether a request for a list asks for a policy.
fn wanted(policy: &Policy, input: &ListPoliciesInput) -> bool {
    let used = |count: Option<i32>| count.is_some_and(|count| count > 0);
    let under = input.path_prefix.as_deref().is_none_or(|prefix| {
        policy
            .path
            .as_deref()
            .is_some_and(|path| path.starts_with(prefix))
    });
    let only_attached = input.only_attached == Some(true);
    under
        && match input.policy_usage_filter {
            Some(PolicyUsageType::PermissionsBoundary) => {
                used(policy.permissions_boundary_usage_count)
            }
            Some(PolicyUsageType::PermissionsPolicy) | None => {
                !only_attached || used(policy.attachment_count)
            }
        }
}

fn count(number: usize) -> Option<i32> {
    Some(i32::try_from(number).unwrap_or(i32::MAX))
}

/// One of the account's policies as lists show it: without description and tags ("ListPolicies").
pub(crate) fn own_listed(call: &Call, policy: &ManagedPolicyRecord, usage: Usage) -> Policy {
    Policy {
        policy_name: Some(policy.name.clone()),
        policy_id: Some(policy.id.clone()),
        arn: Some(target::arn(call, "policy", &policy.path, &policy.name)),
        path: Some(policy.path.clone()),
        default_version_id: policy.default_version().map(|version| version.id.clone()),
        attachment_count: count(usage.attached),
        permissions_boundary_usage_count: count(usage.boundary),
        is_attachable: Some(true),
        description: None,
        create_date: Some(policy.created),
        update_date: Some(policy.updated),
        tags: None,
    }
}

/// One of AWS's policies as lists show it.
pub(crate) fn aws_listed(call: &Call, policy: &catalog::ManagedPolicy, usage: Usage) -> Policy {
    Policy {
        policy_name: Some(policy.name.into()),
        policy_id: Some(policy.policy_id()),
        arn: Some(policy.arn_in(call.partition().as_str())),
        path: Some(policy.path.into()),
        default_version_id: Some(policy.default_version.id()),
        attachment_count: count(usage.attached),
        permissions_boundary_usage_count: count(usage.boundary),
        is_attachable: Some(true),
        description: None,
        create_date: Timestamp::from_second(policy.create_date).ok(),
        update_date: Timestamp::from_second(policy.update_date).ok(),
        tags: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(path: &str, attached: i32, boundary: i32) -> Policy {
        Policy {
            path: Some(path.into()),
            attachment_count: Some(attached),
            permissions_boundary_usage_count: Some(boundary),
            ..Policy::default()
        }
    }

    #[test]
    fn lists_keep_what_their_filters_ask_for() {
        let all = ListPoliciesInput::default();
        let attached = ListPoliciesInput {
            only_attached: Some(true),
            ..ListPoliciesInput::default()
        };
        let boundaries = ListPoliciesInput {
            policy_usage_filter: Some(PolicyUsageType::PermissionsBoundary),
            ..ListPoliciesInput::default()
        };
        let team = ListPoliciesInput {
            path_prefix: Some("/team/".into()),
            ..ListPoliciesInput::default()
        };
        let kept = |policy: &Policy| {
            [&all, &attached, &boundaries, &team].map(|input| wanted(policy, input))
        };
        assert_eq!(kept(&policy("/", 0, 0)), [true, false, false, false]);
        assert_eq!(kept(&policy("/", 1, 0)), [true, true, false, false]);
        assert_eq!(kept(&policy("/team/a/", 0, 1)), [true, false, true, true]);
    }
}
