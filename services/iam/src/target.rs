//! What IAM's calls are authorized on: the ARNs and tags of their entities
//! ("Actions, resources, and condition keys for AWS Identity and Access Management").
//!
//! A missing entity still has an ARN, with the path `/`: whether it exists is told
//! only to those who may ask for it.

use crate::IamError;
use crate::entity::{
    GroupRecord, InlinePolicy, InstanceProfileRecord, RoleRecord, TagRecord, UserRecord, folded,
};
use crate::{find, name, tag};
use kernel::{Call, Check};

/// The ARN of an entity of the caller's account.
#[must_use]
pub fn arn(call: &Call, kind: &str, path: &str, entity: &str) -> String {
    name::arn(call.partition(), call.account(), kind, path, entity)
}

/// An action on a user, by name.
///
/// # Errors
/// The store's failure.
pub fn user(call: &mut Call, action: &'static str, user_name: &str) -> Result<Check, IamError> {
    Ok(match call.load::<UserRecord>(&folded(user_name))? {
        Some(user) => {
            let check = Check::new(action, arn(call, "user", &user.path, &user.name));
            bounded(
                check.resource_tags(tag::pairs(&user.tags)),
                action,
                user.boundary,
            )
        }
        None => Check::new(action, arn(call, "user", "/", user_name)),
    })
}

/// An action on what a user becomes when it gets another path or name, with the tags and boundary that it has.
///
/// # Errors
/// The store's failure.
pub fn renamed_user(
    call: &mut Call,
    action: &'static str,
    user_name: &str,
    new_path: Option<&str>,
    new_name: Option<&str>,
) -> Result<Check, IamError> {
    let name = new_name.unwrap_or(user_name);
    Ok(match call.load::<UserRecord>(&folded(user_name))? {
        Some(user) => {
            let check = Check::new(
                action,
                arn(call, "user", new_path.unwrap_or(&user.path), name),
            );
            bounded(
                check.resource_tags(tag::pairs(&user.tags)),
                action,
                user.boundary,
            )
        }
        None => Check::new(action, arn(call, "user", new_path.unwrap_or("/"), name)),
    })
}

/// Adds `iam:PermissionsBoundary`, the boundary that the principal has, where AWS's
/// reference lists the key for the action. For other actions the key does not exist:
/// a statement that asks for it must not match.
fn bounded(check: Check, action: &str, boundary: Option<String>) -> Check {
    const KEY: &str = "iam:PermissionsBoundary";
    let listed = catalog::action(action)
        .is_some_and(|action| action.all_condition_keys().any(|key| key.name == KEY));
    check.optional_key(KEY, boundary.filter(|_| listed))
}

/// An action on a group, by name.
///
/// # Errors
/// The store's failure.
pub fn group(call: &mut Call, action: &'static str, group_name: &str) -> Result<Check, IamError> {
    Ok(match call.load::<GroupRecord>(&folded(group_name))? {
        Some(group) => Check::new(action, arn(call, "group", &group.path, &group.name)),
        None => Check::new(action, arn(call, "group", "/", group_name)),
    })
}

/// An action on a role, by name.
///
/// # Errors
/// The store's failure.
pub fn role(call: &mut Call, action: &'static str, role_name: &str) -> Result<Check, IamError> {
    Ok(match call.load::<RoleRecord>(&folded(role_name))? {
        Some(role) => {
            let check = Check::new(action, arn(call, "role", &role.path, &role.name));
            bounded(
                check.resource_tags(tag::pairs(&role.tags)),
                action,
                role.boundary,
            )
        }
        None => Check::new(action, arn(call, "role", "/", role_name)),
    })
}

/// An action on a managed policy, by ARN.
///
/// # Errors
/// The store's failure.
pub fn policy(call: &mut Call, action: &'static str, policy_arn: &str) -> Result<Check, IamError> {
    let check = Check::new(action, policy_arn.to_owned());
    Ok(match find::policy(call, policy_arn)? {
        Some(find::Policy::Customer(record)) => tagged(check, &record.tags),
        _ => check,
    })
}

/// An action on an instance profile, by name.
///
/// # Errors
/// The store's failure.
pub fn instance_profile(
    call: &mut Call,
    action: &'static str,
    profile_name: &str,
) -> Result<Check, IamError> {
    Ok(
        match call.load::<InstanceProfileRecord>(&folded(profile_name))? {
            Some(profile) => {
                let check = Check::new(
                    action,
                    arn(call, "instance-profile", &profile.path, &profile.name),
                );
                tagged(check, &profile.tags)
            }
            None => Check::new(action, arn(call, "instance-profile", "/", profile_name)),
        },
    )
}

/// Adds the tags of a resource that is neither a user nor a role: AWS's reference
/// lists `aws:ResourceTag` for it and not `iam:ResourceTag`.
#[must_use]
pub fn tagged(check: Check, tags: &[TagRecord]) -> Check {
    tags.iter().fold(check, |check, tag| {
        check.key(format!("aws:ResourceTag/{}", tag.key), tag.value.clone())
    })
}

/// The inline policy of that name.
#[must_use]
pub fn inline<'a>(policies: &'a [InlinePolicy], policy_name: &str) -> Option<&'a InlinePolicy> {
    policies.iter().find(|policy| policy.name == policy_name)
}
