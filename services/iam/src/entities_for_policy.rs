//! Which users, groups and roles use a managed policy.

use crate::api::operations::ListEntitiesForPolicy;
use crate::api::types::{
    EntityType, ListEntitiesForPolicyInput, ListEntitiesForPolicyOutput, PolicyGroup, PolicyRole,
    PolicyUsageType, PolicyUser,
};
use crate::entity::{Attachment, AttachmentUse, EntityKind};
use crate::{IamError, managed_policy, page, target};
use kernel::{Call, Operation, Plan, Registry};
use std::collections::BTreeMap;

/// More entries than the quotas of an account allow.
const ALL: usize = 1_000_000;

/// Adds the operation to the registry.
pub fn register(registry: &mut Registry) {
    registry.serve::<ListEntitiesForPolicy>();
}

/// The kinds that a filter keeps. Filters that name policies keep every kind.
fn kinds(filter: Option<EntityType>) -> &'static [EntityKind] {
    match filter {
        Some(EntityType::User) => &[EntityKind::User],
        Some(EntityType::Group) => &[EntityKind::Group],
        Some(EntityType::Role) => &[EntityKind::Role],
        Some(EntityType::LocalManagedPolicy | EntityType::AwsManagedPolicy) | None => {
            &[EntityKind::Group, EntityKind::User, EntityKind::Role]
        }
    }
}

fn uses(filter: Option<PolicyUsageType>) -> &'static [AttachmentUse] {
    match filter {
        Some(PolicyUsageType::PermissionsPolicy) => &[AttachmentUse::Permissions],
        Some(PolicyUsageType::PermissionsBoundary) => &[AttachmentUse::Boundary],
        None => &[AttachmentUse::Permissions, AttachmentUse::Boundary],
    }
}

/// The entities that a request asks for, kind by kind. One that uses the policy in both ways comes once.
fn entities(
    call: &mut Call,
    input: &ListEntitiesForPolicyInput,
) -> Result<Vec<(EntityKind, String, Attachment)>, IamError> {
    let path = input.path_prefix.as_deref().unwrap_or("/");
    let mut entities = Vec::new();
    for kind in kinds(input.entity_filter) {
        let mut named = BTreeMap::new();
        for used in uses(input.policy_usage_filter) {
            let prefix = Attachment::kind_prefix(&input.policy_arn, *used, *kind);
            for (key, entity) in call.list::<Attachment>(&prefix, None, ALL)? {
                if entity.path.starts_with(path) {
                    named.insert(
                        key.strip_prefix(&prefix).unwrap_or_default().to_owned(),
                        entity,
                    );
                }
            }
        }
        entities.extend(named.into_iter().map(|(key, entity)| (*kind, key, entity)));
    }
    Ok(entities)
}

impl Operation for ListEntitiesForPolicy {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListEntitiesForPolicyInput) -> Result<Plan, IamError> {
        target::policy(call, "iam:ListEntitiesForPolicy", &input.policy_arn).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListEntitiesForPolicyInput,
    ) -> Result<ListEntitiesForPolicyOutput, IamError> {
        managed_policy::existing(call, &input.policy_arn)?;
        let entities = entities(call, &input)?;
        let key =
            |(kind, key, _): &(EntityKind, String, Attachment)| format!("{}/{key}", kind.as_str());
        let page = page::of_list(entities, key, input.max_items, input.marker.as_deref())?;
        let (mut groups, mut users, mut roles) = (Vec::new(), Vec::new(), Vec::new());
        let (is_truncated, marker) = (Some(page.is_truncated()), page.marker);
        for (kind, _, Attachment { name, id, .. }) in page.items {
            let (name, id) = (Some(name), Some(id));
            match kind {
                EntityKind::Group => groups.push(PolicyGroup {
                    group_name: name,
                    group_id: id,
                }),
                EntityKind::User => users.push(PolicyUser {
                    user_name: name,
                    user_id: id,
                }),
                EntityKind::Role => roles.push(PolicyRole {
                    role_name: name,
                    role_id: id,
                }),
            }
        }
        Ok(ListEntitiesForPolicyOutput {
            policy_groups: Some(groups),
            policy_users: Some(users),
            policy_roles: Some(roles),
            is_truncated,
            marker,
        })
    }
}
