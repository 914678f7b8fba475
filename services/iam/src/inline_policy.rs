//! Inline policies of users, groups and roles ("Managed policies and inline policies").

use crate::api::operations::{
    DeleteGroupPolicy, DeleteRolePolicy, DeleteUserPolicy, GetGroupPolicy, GetRolePolicy,
    GetUserPolicy, ListGroupPolicies, ListRolePolicies, ListUserPolicies, PutGroupPolicy,
    PutRolePolicy, PutUserPolicy,
};
use crate::api::types::{
    DeleteGroupPolicyInput, DeleteGroupPolicyOutput, DeleteRolePolicyInput, DeleteRolePolicyOutput,
    DeleteUserPolicyInput, DeleteUserPolicyOutput, GetGroupPolicyInput, GetGroupPolicyOutput,
    GetRolePolicyInput, GetRolePolicyOutput, GetUserPolicyInput, GetUserPolicyOutput,
    ListGroupPoliciesInput, ListGroupPoliciesOutput, ListRolePoliciesInput, ListRolePoliciesOutput,
    ListUserPoliciesInput, ListUserPoliciesOutput, PolicyDetail, PutGroupPolicyInput,
    PutGroupPolicyOutput, PutRolePolicyInput, PutRolePolicyOutput, PutUserPolicyInput,
    PutUserPolicyOutput,
};
use crate::entity::{GroupRecord, InlinePolicy, RoleRecord, UserRecord};
use crate::holder::Holder;
use crate::page::{self, Page};
use crate::{IamError, document, target};
use kernel::{Call, Operation, Plan, Registry};

/// Adds the operations on inline policies to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<DeleteGroupPolicy>()
        .serve::<DeleteRolePolicy>()
        .serve::<DeleteUserPolicy>()
        .serve::<GetGroupPolicy>()
        .serve::<GetRolePolicy>()
        .serve::<GetUserPolicy>()
        .serve::<ListGroupPolicies>()
        .serve::<ListRolePolicies>()
        .serve::<ListUserPolicies>()
        .serve::<PutGroupPolicy>()
        .serve::<PutRolePolicy>()
        .serve::<PutUserPolicy>();
}

fn put<H: Holder>(call: &mut Call, name: &str, policy: InlinePolicy) -> Result<(), IamError> {
    let mut holder = H::find(call, name)?;
    holder.modifiable()?;
    document::inline(&policy.document)?;
    place(holder.inline(), policy);
    let size: usize = holder
        .inline()
        .iter()
        .map(|policy| document::size(&policy.document))
        .sum();
    if size > H::INLINE_SIZE {
        let (limit, kind, name) = (H::INLINE_SIZE, H::HOLDER.as_str(), holder.name());
        return Err(IamError::LimitExceeded(format!(
            "Maximum policy size of {limit} bytes exceeded for {kind} {name}"
        )));
    }
    holder.save(call)
}

/// Puts a policy in the place of the one of that name, or between the others.
fn place(policies: &mut Vec<InlinePolicy>, policy: InlinePolicy) {
    policies.retain(|old| old.name != policy.name);
    let position = policies.partition_point(|other| other.name < policy.name);
    policies.insert(position, policy);
}

fn get<H: Holder>(
    call: &mut Call,
    name: &str,
    policy_name: &str,
) -> Result<(String, String), IamError> {
    let mut holder = H::find(call, name)?;
    let policy =
        target::inline(holder.inline(), policy_name).ok_or_else(|| missing::<H>(policy_name))?;
    let document = document::encoded(&policy.document);
    Ok((holder.name().to_owned(), document))
}

fn delete<H: Holder>(call: &mut Call, name: &str, policy_name: &str) -> Result<(), IamError> {
    let mut holder = H::find(call, name)?;
    holder.modifiable()?;
    let before = holder.inline().len();
    holder.inline().retain(|policy| policy.name != policy_name);
    if holder.inline().len() == before {
        return Err(missing::<H>(policy_name));
    }
    holder.save(call)
}

fn list<H: Holder>(
    call: &mut Call,
    name: &str,
    max_items: Option<i32>,
    marker: Option<&str>,
) -> Result<Page<String>, IamError> {
    let names = H::find(call, name)?
        .inline()
        .iter()
        .map(|policy| policy.name.clone())
        .collect();
    page::of_list(names, String::clone, max_items, marker)
}

fn missing<H: Holder>(policy_name: &str) -> IamError {
    let kind = H::HOLDER.as_str();
    IamError::NoSuchEntity(format!(
        "The {kind} policy with name {policy_name} cannot be found."
    ))
}

/// Inline policies as `GetAccountAuthorizationDetails` shows them.
#[must_use]
pub fn details(policies: &[InlinePolicy]) -> Vec<PolicyDetail> {
    policies
        .iter()
        .map(|policy| PolicyDetail {
            policy_name: Some(policy.name.clone()),
            policy_document: Some(document::encoded(&policy.document)),
        })
        .collect()
}

/// The four operations of one kind of holder. The action of each has the operation's name.
macro_rules! operations {
    ($holder:ty, $name:ident:
     $put:ident($put_input:ident) -> $put_output:ident,
     $get:ident($get_input:ident) -> $get_output:ident,
     $delete:ident($delete_input:ident) -> $delete_output:ident,
     $list:ident($list_input:ident) -> $list_output:ident) => {
        impl Operation for $put {
            type Error = IamError;

            fn plan(call: &mut Call, input: &$put_input) -> Result<Plan, IamError> {
                <$holder>::check(call, concat!("iam:", stringify!($put)), &input.$name)
                    .map(Plan::new)
            }

            async fn handle(call: &mut Call, input: $put_input) -> Result<$put_output, IamError> {
                let policy = InlinePolicy {
                    name: input.policy_name,
                    document: input.policy_document,
                };
                put::<$holder>(call, &input.$name, policy).map(|()| $put_output {})
            }
        }

        impl Operation for $get {
            type Error = IamError;

            fn plan(call: &mut Call, input: &$get_input) -> Result<Plan, IamError> {
                <$holder>::check(call, concat!("iam:", stringify!($get)), &input.$name)
                    .map(Plan::new)
            }

            async fn handle(call: &mut Call, input: $get_input) -> Result<$get_output, IamError> {
                let ($name, policy_document) =
                    get::<$holder>(call, &input.$name, &input.policy_name)?;
                Ok($get_output {
                    $name,
                    policy_name: input.policy_name,
                    policy_document,
                })
            }
        }

        impl Operation for $delete {
            type Error = IamError;

            fn plan(call: &mut Call, input: &$delete_input) -> Result<Plan, IamError> {
                <$holder>::check(call, concat!("iam:", stringify!($delete)), &input.$name)
                    .map(Plan::new)
            }

            async fn handle(
                call: &mut Call,
                input: $delete_input,
            ) -> Result<$delete_output, IamError> {
                delete::<$holder>(call, &input.$name, &input.policy_name)
                    .map(|()| $delete_output {})
            }
        }

        impl Operation for $list {
            type Error = IamError;

            fn plan(call: &mut Call, input: &$list_input) -> Result<Plan, IamError> {
                <$holder>::check(call, concat!("iam:", stringify!($list)), &input.$name)
                    .map(Plan::new)
            }

            async fn handle(call: &mut Call, input: $list_input) -> Result<$list_output, IamError> {
                let page =
                    list::<$holder>(call, &input.$name, input.max_items, input.marker.as_deref())?;
                Ok($list_output {
                    is_truncated: Some(page.is_truncated()),
                    policy_names: page.items,
                    marker: page.marker,
                })
            }
        }
    };
}

operations!(UserRecord, user_name:
    PutUserPolicy(PutUserPolicyInput) -> PutUserPolicyOutput,
    GetUserPolicy(GetUserPolicyInput) -> GetUserPolicyOutput,
    DeleteUserPolicy(DeleteUserPolicyInput) -> DeleteUserPolicyOutput,
    ListUserPolicies(ListUserPoliciesInput) -> ListUserPoliciesOutput);

operations!(GroupRecord, group_name:
    PutGroupPolicy(PutGroupPolicyInput) -> PutGroupPolicyOutput,
    GetGroupPolicy(GetGroupPolicyInput) -> GetGroupPolicyOutput,
    DeleteGroupPolicy(DeleteGroupPolicyInput) -> DeleteGroupPolicyOutput,
    ListGroupPolicies(ListGroupPoliciesInput) -> ListGroupPoliciesOutput);

operations!(RoleRecord, role_name:
    PutRolePolicy(PutRolePolicyInput) -> PutRolePolicyOutput,
    GetRolePolicy(GetRolePolicyInput) -> GetRolePolicyOutput,
    DeleteRolePolicy(DeleteRolePolicyInput) -> DeleteRolePolicyOutput,
    ListRolePolicies(ListRolePoliciesInput) -> ListRolePoliciesOutput);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_replaces_the_one_of_its_name_and_the_order_stays() {
        let policy = |name: &str, document: &str| InlinePolicy {
            name: name.into(),
            document: document.into(),
        };
        let mut policies = Vec::new();
        for (name, document) in [("b", "1"), ("c", "1"), ("a", "1"), ("b", "2")] {
            place(&mut policies, policy(name, document));
        }
        assert_eq!(
            policies,
            [policy("a", "1"), policy("b", "2"), policy("c", "1")]
        );
    }
}
