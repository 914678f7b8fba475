//! The account's users, groups, roles and policies with all that they may do, page by page.

use crate::api::operations::GetAccountAuthorizationDetails;
use crate::api::types::{
    EntityType, GetAccountAuthorizationDetailsInput, GetAccountAuthorizationDetailsOutput,
    GroupDetail, ManagedPolicyDetail, Policy, PolicyVersion, RoleDetail, UserDetail,
};
use crate::entity::{GroupRecord, ManagedPolicyRecord, RoleRecord, UserRecord};
use crate::policy_usage::{self, Usage};
use crate::{
    IamError, attachment, boundary, find, inline_policy, instance_profile, managed_policy, page,
    policy_version, role, tag, target, trust,
};
use kernel::{Call, Check, Operation, Plan, Registry};
use std::collections::HashMap;

/// Adds the operation to the registry.
pub fn register(registry: &mut Registry) {
    registry.serve::<GetAccountAuthorizationDetails>();
}

/// The parts of the answer, in the order in which pages go through them.
const SECTIONS: [EntityType; 5] = [
    EntityType::User,
    EntityType::Group,
    EntityType::Role,
    EntityType::LocalManagedPolicy,
    EntityType::AwsManagedPolicy,
];

/// Items of a page where the request does not say.
const DEFAULT_ITEMS: i32 = 100;

/// Reads a marker: the section's number, and the section's own marker where it has begun.
fn read_marker(marker: Option<&str>) -> Result<(usize, Option<&str>), IamError> {
    let Some(marker) = marker else {
        return Ok((0, None));
    };
    let invalid = || IamError::Validation("Invalid Marker.".into());
    let section = marker
        .chars()
        .next()
        .and_then(|digit| digit.to_digit(10))
        .ok_or_else(invalid)?;
    let section = usize::try_from(section)
        .ok()
        .filter(|section| *section < SECTIONS.len())
        .ok_or_else(invalid)?;
    let inner = marker.get(1..).filter(|inner| !inner.is_empty());
    Ok((section, inner))
}

impl Operation for GetAccountAuthorizationDetails {
    type Error = IamError;

    fn plan(
        _call: &mut Call,
        _input: &GetAccountAuthorizationDetailsInput,
    ) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new(
            "iam:GetAccountAuthorizationDetails",
            "*",
        )))
    }

    async fn handle(
        call: &mut Call,
        input: GetAccountAuthorizationDetailsInput,
    ) -> Result<GetAccountAuthorizationDetailsOutput, IamError> {
        let filter = input.filter.unwrap_or_default();
        let (first, inner) = read_marker(input.marker.as_deref())?;
        let mut details = Details {
            room: input.max_items.unwrap_or(DEFAULT_ITEMS),
            ..Details::default()
        };
        let mut next = None;
        for (number, section) in SECTIONS.iter().enumerate().skip(first) {
            if !filter.is_empty() && !filter.contains(section) {
                continue;
            }
            if details.room <= 0 {
                if is_empty(call, *section)? {
                    continue;
                }
                next = Some(format!("{number}"));
                break;
            }
            let begun = inner.filter(|_| number == first);
            if let Some(marker) = details.add(call, *section, begun)? {
                next = Some(format!("{number}{marker}"));
                break;
            }
        }
        Ok(GetAccountAuthorizationDetailsOutput {
            user_detail_list: Some(details.users),
            group_detail_list: Some(details.groups),
            role_detail_list: Some(details.roles),
            policies: Some(details.policies),
            is_truncated: Some(next.is_some()),
            marker: next,
        })
    }
}

/// What a page holds so far.
#[derive(Default)]
struct Details {
    users: Vec<UserDetail>,
    groups: Vec<GroupDetail>,
    roles: Vec<RoleDetail>,
    policies: Vec<ManagedPolicyDetail>,
    /// How many more items the page takes.
    room: i32,
}

impl Details {
    fn took(&mut self, items: usize) {
        self.room = self
            .room
            .saturating_sub(i32::try_from(items).unwrap_or(i32::MAX));
    }

    /// Adds what fits of a section; where not all does, answers with the marker of the rest.
    fn add(
        &mut self,
        call: &mut Call,
        section: EntityType,
        marker: Option<&str>,
    ) -> Result<Option<String>, IamError> {
        let room = Some(self.room);
        match section {
            EntityType::User => {
                let page = page::of_records(call, "", room, marker, |_: &UserRecord| true)?;
                self.took(page.items.len());
                for (_, record) in &page.items {
                    self.users.push(user(call, record)?);
                }
                Ok(page.marker)
            }
            EntityType::Group => {
                let page = page::of_records(call, "", room, marker, |_: &GroupRecord| true)?;
                self.took(page.items.len());
                self.groups
                    .extend(page.items.iter().map(|(_, record)| group(call, record)));
                Ok(page.marker)
            }
            EntityType::Role => {
                let page = page::of_records(call, "", room, marker, |_: &RoleRecord| true)?;
                self.took(page.items.len());
                for (_, record) in &page.items {
                    self.roles.push(role(call, record)?);
                }
                Ok(page.marker)
            }
            EntityType::LocalManagedPolicy => {
                let page =
                    page::of_records(call, "", room, marker, |_: &ManagedPolicyRecord| true)?;
                self.took(page.items.len());
                for (_, record) in &page.items {
                    let arn = target::arn(call, "policy", &record.path, &record.name);
                    let usage = policy_usage::of(call, &arn)?;
                    let shown = Policy {
                        description: record.description.clone(),
                        ..managed_policy::own_listed(call, record, usage)
                    };
                    self.policies
                        .push(policy(shown, policy_version::details(record)));
                }
                Ok(page.marker)
            }
            EntityType::AwsManagedPolicy => {
                let used = aws_in_use(call)?;
                let page = page::of_list(used, |(arn, _)| arn.clone(), room, marker)?;
                self.took(page.items.len());
                for (arn, usage) in &page.items {
                    if let Some(find::Policy::Aws(found)) = find::policy(call, arn)? {
                        let shown = managed_policy::aws_listed(call, found, *usage);
                        self.policies.push(policy(
                            shown,
                            policy_version::aws_details(call.partition(), found),
                        ));
                    }
                }
                Ok(page.marker)
            }
        }
    }
}

/// Whether a section has nothing to show: a full page that nothing follows is the last.
fn is_empty(call: &mut Call, section: EntityType) -> Result<bool, IamError> {
    Ok(match section {
        EntityType::User => call.list::<UserRecord>("", None, 1)?.is_empty(),
        EntityType::Group => call.list::<GroupRecord>("", None, 1)?.is_empty(),
        EntityType::Role => call.list::<RoleRecord>("", None, 1)?.is_empty(),
        EntityType::LocalManagedPolicy => call.list::<ManagedPolicyRecord>("", None, 1)?.is_empty(),
        EntityType::AwsManagedPolicy => aws_in_use(call)?.is_empty(),
    })
}

/// AWS's policies that the account uses, by ARN: the others say nothing about the account.
fn aws_in_use(call: &mut Call) -> Result<Vec<(String, Usage)>, IamError> {
    let prefix = format!("arn:{}:iam::aws:", call.partition().as_str());
    let usages: HashMap<String, Usage> = policy_usage::all(call)?;
    let mut used: Vec<_> = usages
        .into_iter()
        .filter(|(arn, _)| arn.starts_with(&prefix))
        .collect();
    used.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(used)
}

fn user(call: &mut Call, user: &UserRecord) -> Result<UserDetail, IamError> {
    let mut groups = Vec::with_capacity(user.groups.len());
    for group in &user.groups {
        groups.extend(
            call.load::<GroupRecord>(&group.key)?
                .map(|group| group.name),
        );
    }
    Ok(UserDetail {
        path: Some(user.path.clone()),
        user_name: Some(user.name.clone()),
        user_id: Some(user.id.clone()),
        arn: Some(target::arn(call, "user", &user.path, &user.name)),
        create_date: Some(user.created),
        // AWS leaves this list out where it is empty, and no other.
        user_policy_list: (!user.inline.is_empty()).then(|| inline_policy::details(&user.inline)),
        group_list: Some(groups),
        attached_managed_policies: Some(attachment::details(&user.attached)),
        permissions_boundary: user.boundary.as_deref().map(boundary::shown),
        tags: Some(tag::shown(&user.tags)),
    })
}

fn group(call: &Call, group: &GroupRecord) -> GroupDetail {
    GroupDetail {
        path: Some(group.path.clone()),
        group_name: Some(group.name.clone()),
        group_id: Some(group.id.clone()),
        arn: Some(target::arn(call, "group", &group.path, &group.name)),
        create_date: Some(group.created),
        group_policy_list: Some(inline_policy::details(&group.inline)),
        attached_managed_policies: Some(attachment::details(&group.attached)),
    }
}

fn role(call: &mut Call, role: &RoleRecord) -> Result<RoleDetail, IamError> {
    Ok(RoleDetail {
        path: Some(role.path.clone()),
        role_name: Some(role.name.clone()),
        role_id: Some(role.id.clone()),
        arn: Some(target::arn(call, "role", &role.path, &role.name)),
        create_date: Some(role.created),
        assume_role_policy_document: Some(trust::shown(call, &role.trust)),
        instance_profile_list: Some(instance_profile::of_role(call, &role.name)?),
        role_policy_list: Some(inline_policy::details(&role.inline)),
        attached_managed_policies: Some(attachment::details(&role.attached)),
        permissions_boundary: role.boundary.as_deref().map(boundary::shown),
        tags: Some(tag::shown(&role.tags)),
        role_last_used: Some(role::last_used(call, role)?),
    })
}

fn policy(shown: Policy, versions: Vec<PolicyVersion>) -> ManagedPolicyDetail {
    ManagedPolicyDetail {
        policy_name: shown.policy_name,
        policy_id: shown.policy_id,
        arn: shown.arn,
        path: shown.path,
        default_version_id: shown.default_version_id,
        attachment_count: shown.attachment_count,
        permissions_boundary_usage_count: shown.permissions_boundary_usage_count,
        is_attachable: shown.is_attachable,
        description: shown.description,
        create_date: shown.create_date,
        update_date: shown.update_date,
        policy_version_list: Some(versions),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_names_a_section_and_a_place_in_it() {
        assert_eq!(read_marker(None).unwrap(), (0, None));
        assert_eq!(read_marker(Some("2")).unwrap(), (2, None));
        assert_eq!(read_marker(Some("361")).unwrap(), (3, Some("61")));
        for wrong in ["", "x", "5", "9ab", "é"] {
            assert!(read_marker(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
