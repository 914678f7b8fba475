//! Attaching managed policies to users, groups and roles ("Adding and removing IAM identity permissions").

use crate::api::operations::{
    AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, DetachGroupPolicy, DetachRolePolicy,
    DetachUserPolicy, ListAttachedGroupPolicies, ListAttachedRolePolicies,
    ListAttachedUserPolicies,
};
use crate::api::types::{
    AttachGroupPolicyInput, AttachGroupPolicyOutput, AttachRolePolicyInput, AttachRolePolicyOutput,
    AttachUserPolicyInput, AttachUserPolicyOutput, AttachedPolicy, DetachGroupPolicyInput,
    DetachGroupPolicyOutput, DetachRolePolicyInput, DetachRolePolicyOutput, DetachUserPolicyInput,
    DetachUserPolicyOutput, ListAttachedGroupPoliciesInput, ListAttachedGroupPoliciesOutput,
    ListAttachedRolePoliciesInput, ListAttachedRolePoliciesOutput, ListAttachedUserPoliciesInput,
    ListAttachedUserPoliciesOutput,
};
use crate::entity::{AttachmentUse, EntityKind, GroupRecord, RoleRecord, UserRecord};
use crate::holder::Holder;
use crate::page::{self, Page};
use crate::{IamError, attachment_index, find, name, quota};
use kernel::{Call, Check, Operation, Plan, Registry};

/// Managed policies that a user, group or role can have ("IAM and AWS STS quotas").
const MAX_ATTACHED: usize = 10;

/// Adds the operations on attached policies to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<AttachGroupPolicy>()
        .serve::<AttachRolePolicy>()
        .serve::<AttachUserPolicy>()
        .serve::<DetachGroupPolicy>()
        .serve::<DetachRolePolicy>()
        .serve::<DetachUserPolicy>()
        .serve::<ListAttachedGroupPolicies>()
        .serve::<ListAttachedRolePolicies>()
        .serve::<ListAttachedUserPolicies>();
}

/// An action on a holder and the policy that it gets or loses.
fn check<H: Holder>(
    call: &mut Call,
    action: &'static str,
    holder_name: &str,
    policy_arn: &str,
) -> Result<Check, IamError> {
    Ok(H::check(call, action, holder_name)?.key("iam:PolicyARN", policy_arn))
}

fn attach<H: Holder>(
    call: &mut Call,
    holder_name: &str,
    policy_arn: String,
) -> Result<(), IamError> {
    well_formed(&policy_arn)?;
    let mut holder = H::find(call, holder_name)?;
    holder.modifiable()?;
    match find::policy(call, &policy_arn)? {
        Some(find::Policy::Aws(policy)) if policy.is_for_service_linked_role() => {
            let kind = match H::HOLDER {
                EntityKind::User => "User",
                EntityKind::Group => "Group",
                EntityKind::Role => "Role",
            };
            let text = format!("Cannot attach a Service Role Policy to a Customer {kind}.");
            return Err(IamError::PolicyNotAttachable(text));
        }
        Some(_) => {}
        None => {
            let text = format!("Policy {policy_arn} does not exist or is not attachable.");
            return Err(IamError::NoSuchEntity(text));
        }
    }
    if holder.attached().contains(&policy_arn) {
        return Ok(());
    }
    if holder.attached().len() >= MAX_ATTACHED {
        return Err(quota::exceeded(H::ATTACHED_QUOTA, 10));
    }
    attachment_index::add(
        call,
        &policy_arn,
        AttachmentUse::Permissions,
        &holder.indexed(),
    )?;
    holder.attached().push(policy_arn);
    holder.save(call)
}

fn detach<H: Holder>(call: &mut Call, holder_name: &str, policy_arn: &str) -> Result<(), IamError> {
    well_formed(policy_arn)?;
    let mut holder = H::find(call, holder_name)?;
    holder.modifiable()?;
    if !holder
        .attached()
        .iter()
        .any(|attached| attached == policy_arn)
    {
        return Err(IamError::NoSuchEntity(format!(
            "Policy {policy_arn} was not found."
        )));
    }
    attachment_index::remove(
        call,
        policy_arn,
        AttachmentUse::Permissions,
        H::HOLDER,
        holder.name(),
    )?;
    holder.attached().retain(|attached| attached != policy_arn);
    holder.save(call)
}

fn list<H: Holder>(
    call: &mut Call,
    holder_name: &str,
    path_prefix: Option<&str>,
    max_items: Option<i32>,
    marker: Option<&str>,
) -> Result<Page<AttachedPolicy>, IamError> {
    let prefix = path_prefix.unwrap_or("/");
    let under =
        |arn: &str| name::split(arn, "policy").is_some_and(|(_, path, _)| path.starts_with(prefix));
    let attached = std::mem::take(H::find(call, holder_name)?.attached());
    let attached: Vec<String> = attached.into_iter().filter(|arn| under(arn)).collect();
    Ok(page::of_list(attached, String::clone, max_items, marker)?.map(|arn| shown(&arn)))
}

/// Refuses what cannot be a policy's ARN; one that names no policy is not found later.
pub(crate) fn well_formed(arn: &str) -> Result<(), IamError> {
    if arn::Arn::parse(arn).is_ok() && name::split(arn, "policy").is_some() {
        return Ok(());
    }
    Err(IamError::InvalidInput(format!("ARN {arn} is not valid.")))
}

fn shown(arn: &str) -> AttachedPolicy {
    let policy_name = name::split(arn, "policy").map(|(_, _, name)| name.to_owned());
    AttachedPolicy {
        policy_name,
        policy_arn: Some(arn.to_owned()),
    }
}

/// Attached policies as `GetAccountAuthorizationDetails` shows them.
#[must_use]
pub fn details(attached: &[String]) -> Vec<AttachedPolicy> {
    attached.iter().map(|arn| shown(arn)).collect()
}

/// The three operations of one kind of holder. The action of each has the operation's name.
macro_rules! operations {
    ($holder:ty, $name:ident:
     $attach:ident($attach_input:ident) -> $attach_output:ident,
     $detach:ident($detach_input:ident) -> $detach_output:ident,
     $list:ident($list_input:ident) -> $list_output:ident) => {
        impl Operation for $attach {
            type Error = IamError;

            fn plan(call: &mut Call, input: &$attach_input) -> Result<Plan, IamError> {
                let action = concat!("iam:", stringify!($attach));
                check::<$holder>(call, action, &input.$name, &input.policy_arn).map(Plan::new)
            }

            async fn handle(
                call: &mut Call,
                input: $attach_input,
            ) -> Result<$attach_output, IamError> {
                attach::<$holder>(call, &input.$name, input.policy_arn).map(|()| $attach_output {})
            }
        }

        impl Operation for $detach {
            type Error = IamError;

            fn plan(call: &mut Call, input: &$detach_input) -> Result<Plan, IamError> {
                let action = concat!("iam:", stringify!($detach));
                check::<$holder>(call, action, &input.$name, &input.policy_arn).map(Plan::new)
            }

            async fn handle(
                call: &mut Call,
                input: $detach_input,
            ) -> Result<$detach_output, IamError> {
                detach::<$holder>(call, &input.$name, &input.policy_arn).map(|()| $detach_output {})
            }
        }

        impl Operation for $list {
            type Error = IamError;

            fn plan(call: &mut Call, input: &$list_input) -> Result<Plan, IamError> {
                <$holder>::check(call, concat!("iam:", stringify!($list)), &input.$name)
                    .map(Plan::new)
            }

            async fn handle(call: &mut Call, input: $list_input) -> Result<$list_output, IamError> {
                let (prefix, marker) = (input.path_prefix.as_deref(), input.marker.as_deref());
                let page = list::<$holder>(call, &input.$name, prefix, input.max_items, marker)?;
                Ok($list_output {
                    is_truncated: Some(page.is_truncated()),
                    attached_policies: Some(page.items),
                    marker: page.marker,
                })
            }
        }
    };
}

operations!(UserRecord, user_name:
    AttachUserPolicy(AttachUserPolicyInput) -> AttachUserPolicyOutput,
    DetachUserPolicy(DetachUserPolicyInput) -> DetachUserPolicyOutput,
    ListAttachedUserPolicies(ListAttachedUserPoliciesInput) -> ListAttachedUserPoliciesOutput);

operations!(GroupRecord, group_name:
    AttachGroupPolicy(AttachGroupPolicyInput) -> AttachGroupPolicyOutput,
    DetachGroupPolicy(DetachGroupPolicyInput) -> DetachGroupPolicyOutput,
    ListAttachedGroupPolicies(ListAttachedGroupPoliciesInput) -> ListAttachedGroupPoliciesOutput);

operations!(RoleRecord, role_name:
    AttachRolePolicy(AttachRolePolicyInput) -> AttachRolePolicyOutput,
    DetachRolePolicy(DetachRolePolicyInput) -> DetachRolePolicyOutput,
    ListAttachedRolePolicies(ListAttachedRolePoliciesInput) -> ListAttachedRolePoliciesOutput);
