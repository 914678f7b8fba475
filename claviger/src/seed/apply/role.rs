//! Roles and their trust policies.

use super::super::check::api_tags;
use super::super::records::Records;
use super::super::spec::RoleSpec;
use super::{Applier, Done, changed, changed_tags, value};
use arn::{AccountId, Arn};
use kernel::world::World;
use policy::PrincipalKind;
use service_iam::api::operations::{
    CreateRole, PutRolePermissionsBoundary, TagRole, UpdateAssumeRolePolicy, UpdateRole,
};
use service_iam::api::types::{
    CreateRoleInput, PutRolePermissionsBoundaryInput, TagRoleInput, UpdateAssumeRolePolicyInput,
    UpdateRoleInput,
};
use service_iam::entity::{EntityKind, RoleRecord};
use std::borrow::Cow;

/// The trust policy of a role whose own names roles that are not there yet: nobody may assume it.
const NOBODY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;

impl Applier<'_> {
    pub(super) async fn role(&mut self, id: AccountId, role: &RoleSpec) -> Done {
        match self.records.named::<RoleRecord>(id, &role.name.value)? {
            None => {
                let ready = self.stored(role)?.is_some();
                let input = CreateRoleInput {
                    path: value(role.path.as_ref()),
                    role_name: role.name.value.clone(),
                    assume_role_policy_document: if ready {
                        role.trust.text.clone()
                    } else {
                        NOBODY.into()
                    },
                    description: value(role.description.as_ref()),
                    max_session_duration: value(role.max_session_duration.as_ref()),
                    permissions_boundary: value(role.boundary.as_ref()),
                    tags: role.tags.as_ref().map(|tags| api_tags(&tags.value)),
                };
                self.call::<CreateRole>(id, &role.name.span, input).await?;
            }
            Some(old) => self.change_role(id, role, &old).await?,
        }
        self.permissions(id, EntityKind::Role, &role.name, &role.permissions)
            .await
    }

    async fn change_role(&mut self, id: AccountId, role: &RoleSpec, old: &RoleRecord) -> Done {
        let role_name = || role.name.value.clone();
        if let Some(arn) = changed(role.boundary.as_ref(), old.boundary.as_deref()) {
            let input = PutRolePermissionsBoundaryInput {
                role_name: role_name(),
                permissions_boundary: arn.value.clone(),
            };
            self.call::<PutRolePermissionsBoundary>(id, &arn.span, input)
                .await?;
        }
        let description = changed(
            role.description.as_ref(),
            Some(old.description.as_deref().unwrap_or_default()),
        );
        let seconds = role
            .max_session_duration
            .as_ref()
            .filter(|seconds| i32::try_from(old.max_session_duration) != Ok(seconds.value));
        if description.is_some() || seconds.is_some() {
            let input = UpdateRoleInput {
                role_name: role_name(),
                description: value(description),
                max_session_duration: value(seconds),
            };
            self.call::<UpdateRole>(id, &role.name.span, input).await?;
        }
        if let Some(tags) = changed_tags(role.tags.as_ref(), &old.tags) {
            self.call::<TagRole>(
                id,
                &role.name.span,
                TagRoleInput {
                    role_name: role_name(),
                    tags,
                },
            )
            .await?;
        }
        Ok(())
    }

    /// Puts the trust policy in place, now that every principal is there.
    pub(super) async fn trust(&mut self, id: AccountId, role: &RoleSpec) -> Done {
        let old = self.records.named::<RoleRecord>(id, &role.name.value)?;
        let wanted = self.stored(role)?;
        if old.is_some_and(|old| Some(old.trust) == wanted) {
            return Ok(());
        }
        let input = UpdateAssumeRolePolicyInput {
            role_name: role.name.value.clone(),
            policy_document: role.trust.text.clone(),
        };
        self.call::<UpdateAssumeRolePolicy>(id, &role.trust.span, input)
            .await
            .map(drop)
    }

    /// The trust policy as IAM stores it: users and roles by their unique ids. `None` where one is not there yet.
    fn stored(&self, role: &RoleSpec) -> anyhow::Result<Option<String>> {
        let world = self.kernel.host().world();
        let mut failed = None;
        let mapped = role.trust.parsed.map_principals(&mut |kind, text| {
            principal(&self.records, &world, kind, text).map_err(|error| failed = error)
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(mapped.ok().map(|stored| stored.to_json())),
        }
    }
}

/// A principal as IAM stores it; an error without a cause where it is not there.
fn principal<'t>(
    records: &Records<'_>,
    world: &World,
    kind: PrincipalKind,
    text: &'t str,
) -> Result<Cow<'t, str>, Option<anyhow::Error>> {
    if kind != PrincipalKind::Aws {
        return Ok(Cow::Borrowed(text));
    }
    if let Ok(account) = AccountId::parse(text) {
        return Ok(Cow::Owned(
            Arn::root(records.partition(), account).to_string(),
        ));
    }
    let Ok(arn) = Arn::parse(text) else {
        return Ok(Cow::Borrowed(text));
    };
    match (arn.service(), arn.resource_type(), arn.account_id()) {
        ("iam", "user" | "role", _) => match world.principal_by_arn(text) {
            Some(principal) => Ok(Cow::Owned(principal.id.to_string())),
            None => Err(None),
        },
        ("sts", "assumed-role", Some(account)) => {
            let Some((role, session)) = arn.resource_id().split_once('/') else {
                return Ok(Cow::Borrowed(text));
            };
            match records.named::<RoleRecord>(account, role) {
                Ok(Some(record)) => Ok(Cow::Owned(format!("{}:{session}", record.id))),
                Ok(None) => Err(None),
                Err(error) => Err(Some(error)),
            }
        }
        _ => Ok(Cow::Borrowed(text)),
    }
}
