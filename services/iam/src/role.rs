//! Roles ("IAM roles").

use crate::api::operations::{
    CreateRole, DeleteRole, GetRole, ListRoles, UpdateAssumeRolePolicy, UpdateRole,
    UpdateRoleDescription,
};
use crate::api::types::{
    CreateRoleInput, CreateRoleOutput, DeleteRoleInput, DeleteRoleOutput, GetRoleInput,
    GetRoleOutput, ListRolesInput, ListRolesOutput, Role, RoleLastUsed,
    UpdateAssumeRolePolicyInput, UpdateAssumeRolePolicyOutput, UpdateRoleDescriptionInput,
    UpdateRoleDescriptionOutput, UpdateRoleInput, UpdateRoleOutput,
};
use crate::entity::{EntityKind, RoleProfile, RoleRecord, folded};
use crate::{IamError, boundary, find, ids, page, path, quota, tag, target, time, trust};
use kernel::last_used::LastUse;
use kernel::{Call, Check, Operation, Plan, Registry};

/// The longest session of a role that does not say, in seconds ("CreateRole").
const DEFAULT_SESSION: u32 = 3_600;

/// Adds the operations on roles to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreateRole>()
        .serve::<DeleteRole>()
        .serve::<GetRole>()
        .serve::<ListRoles>()
        .serve::<UpdateAssumeRolePolicy>()
        .serve::<UpdateRole>()
        .serve::<UpdateRoleDescription>();
}

/// Makes sure that customers may change a role: AWS's own they may not.
///
/// # Errors
/// `UnmodifiableEntity`.
pub fn modifiable(role: &RoleRecord) -> Result<(), IamError> {
    if role.service_linked.is_none() {
        return Ok(());
    }
    Err(IamError::UnmodifiableEntity(format!(
        "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
        role.name
    )))
}

/// A role that customers may change.
fn changeable(call: &mut Call, name: &str) -> Result<RoleRecord, IamError> {
    let role = find::role(call, name)?;
    modifiable(&role).map(|()| role)
}

impl Operation for CreateRole {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreateRoleInput) -> Result<Plan, IamError> {
        let arn = target::arn(
            call,
            "role",
            input.path.as_deref().unwrap_or("/"),
            &input.role_name,
        );
        let tags = input.tags.as_ref();
        let plan = Plan::new(
            Check::new("iam:CreateRole", arn.clone())
                .request_tags(tag::request_pairs(tags))
                .optional_key(
                    "iam:PermissionsBoundary",
                    input.permissions_boundary.clone(),
                ),
        );
        if tags.is_none_or(Vec::is_empty) {
            return Ok(plan);
        }
        // Tags at creation need their own permission ("Tagging IAM roles").
        Ok(plan.and(Check::new("iam:TagRole", arn).request_tags(tag::request_pairs(tags))))
    }

    async fn handle(call: &mut Call, input: CreateRoleInput) -> Result<CreateRoleOutput, IamError> {
        let path = path::checked(input.path)?;
        let trust = trust::checked(call, &input.assume_role_policy_document)?;
        if call
            .load::<RoleRecord>(&folded(&input.role_name))?
            .is_some()
        {
            return Err(IamError::EntityAlreadyExists(format!(
                "Role with name {} already exists.",
                input.role_name
            )));
        }
        quota::room::<RoleRecord>(call, call.host().settings.quotas.roles, "RolesPerAccount")?;
        let role = RoleRecord {
            id: ids::role(call),
            name: input.role_name,
            path,
            created: time::seconds(call.now),
            trust,
            description: input.description,
            max_session_duration: session_seconds(input.max_session_duration)
                .unwrap_or(DEFAULT_SESSION),
            tags: tag::checked(input.tags.unwrap_or_default())?,
            inline: Vec::new(),
            attached: Vec::new(),
            boundary: input.permissions_boundary,
            service_linked: None,
        };
        if let Some(arn) = &role.boundary {
            boundary::set(
                call,
                EntityKind::Role,
                &role.name,
                &role.id,
                &role.path,
                None,
                arn,
            )?;
        }
        call.save(&folded(&role.name), &role)?;
        Ok(CreateRoleOutput {
            role: created(call, &role),
        })
    }
}

/// The model keeps the value between 3,600 and 43,200.
fn session_seconds(requested: Option<i32>) -> Option<u32> {
    requested.and_then(|seconds| u32::try_from(seconds).ok())
}

impl Operation for GetRole {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetRoleInput) -> Result<Plan, IamError> {
        target::role(call, "iam:GetRole", &input.role_name).map(Plan::new)
    }

    async fn handle(call: &mut Call, input: GetRoleInput) -> Result<GetRoleOutput, IamError> {
        let role = find::role(call, &input.role_name)?;
        let last_used = last_used(call, &role)?;
        Ok(GetRoleOutput {
            role: Role {
                permissions_boundary: role.boundary.as_deref().map(boundary::shown),
                tags: shown_tags(&role),
                role_last_used: Some(last_used),
                ..listed(call, &role)
            },
        })
    }
}

impl Operation for ListRoles {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListRolesInput) -> Result<Plan, IamError> {
        let path = input.path_prefix.as_deref().unwrap_or("/");
        Ok(Plan::new(Check::new(
            "iam:ListRoles",
            target::arn(call, "role", path, ""),
        )))
    }

    async fn handle(call: &mut Call, input: ListRolesInput) -> Result<ListRolesOutput, IamError> {
        let prefix = input.path_prefix.unwrap_or_else(|| "/".into());
        let keep = |role: &RoleRecord| role.path.starts_with(&prefix);
        let page = page::of_records(call, "", input.max_items, input.marker.as_deref(), keep)?;
        Ok(ListRolesOutput {
            is_truncated: Some(page.is_truncated()),
            roles: page
                .items
                .iter()
                .map(|(_, role)| listed(call, role))
                .collect(),
            marker: page.marker,
        })
    }
}

impl Operation for UpdateRole {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UpdateRoleInput) -> Result<Plan, IamError> {
        target::role(call, "iam:UpdateRole", &input.role_name).map(Plan::new)
    }

    async fn handle(call: &mut Call, input: UpdateRoleInput) -> Result<UpdateRoleOutput, IamError> {
        let mut role = find::role(call, &input.role_name)?;
        // Of a service-linked role customers may change the description alone ("Editing a service-linked role").
        if input.max_session_duration.is_some() {
            modifiable(&role)?;
        }
        if let Some(seconds) = session_seconds(input.max_session_duration) {
            role.max_session_duration = seconds;
        }
        if let Some(description) = input.description {
            role.description = Some(description);
        }
        call.save(&folded(&role.name), &role)?;
        Ok(UpdateRoleOutput {})
    }
}

impl Operation for UpdateRoleDescription {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UpdateRoleDescriptionInput) -> Result<Plan, IamError> {
        target::role(call, "iam:UpdateRoleDescription", &input.role_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: UpdateRoleDescriptionInput,
    ) -> Result<UpdateRoleDescriptionOutput, IamError> {
        let mut role = find::role(call, &input.role_name)?;
        role.description = Some(input.description);
        call.save(&folded(&role.name), &role)?;
        Ok(UpdateRoleDescriptionOutput {
            role: Some(Role {
                description: role.description.clone(),
                ..created(call, &role)
            }),
        })
    }
}

impl Operation for UpdateAssumeRolePolicy {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UpdateAssumeRolePolicyInput) -> Result<Plan, IamError> {
        target::role(call, "iam:UpdateAssumeRolePolicy", &input.role_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: UpdateAssumeRolePolicyInput,
    ) -> Result<UpdateAssumeRolePolicyOutput, IamError> {
        let mut role = changeable(call, &input.role_name)?;
        role.trust = trust::checked(call, &input.policy_document)?;
        call.save(&folded(&role.name), &role)?;
        Ok(UpdateAssumeRolePolicyOutput {})
    }
}

impl Operation for DeleteRole {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteRoleInput) -> Result<Plan, IamError> {
        target::role(call, "iam:DeleteRole", &input.role_name).map(Plan::new)
    }

    async fn handle(call: &mut Call, input: DeleteRoleInput) -> Result<DeleteRoleOutput, IamError> {
        let role = changeable(call, &input.role_name)?;
        let in_profiles = !call
            .list::<RoleProfile>(&RoleProfile::prefix(&role.name), None, 1)?
            .is_empty();
        let first = if in_profiles {
            Some("remove roles from instance profile")
        } else if !role.attached.is_empty() {
            Some("detach all policies")
        } else if !role.inline.is_empty() {
            Some("delete policies")
        } else {
            None
        };
        if let Some(what) = first {
            return Err(IamError::DeleteConflict(format!(
                "Cannot delete entity, must {what} first."
            )));
        }
        remove(call, &role)?;
        Ok(DeleteRoleOutput {})
    }
}

/// Stages the end of a role that nothing hangs on.
///
/// # Errors
/// The store's failure.
pub(crate) fn remove(call: &mut Call, role: &RoleRecord) -> Result<(), IamError> {
    if let Some(arn) = &role.boundary {
        boundary::clear(call, EntityKind::Role, &role.name, arn)?;
    }
    call.remove::<RoleRecord>(&folded(&role.name))?;
    call.remove::<LastUse>(&role.id)?;
    Ok(())
}

/// A role as other entities show it, without what `GetRole` alone tells.
#[must_use]
pub fn base(call: &Call, role: &RoleRecord) -> Role {
    Role {
        path: role.path.clone(),
        role_name: role.name.clone(),
        role_id: role.id.clone(),
        arn: target::arn(call, "role", &role.path, &role.name),
        create_date: role.created,
        assume_role_policy_document: Some(trust::shown(call, &role.trust)),
        description: None,
        max_session_duration: None,
        permissions_boundary: None,
        tags: None,
        role_last_used: None,
        source_role_template: None,
    }
}

/// A role as `CreateRole` answers it: AWS leaves out the description and the longest session.
pub(crate) fn created(call: &Call, role: &RoleRecord) -> Role {
    Role {
        permissions_boundary: role.boundary.as_deref().map(boundary::shown),
        tags: shown_tags(role),
        ..base(call, role)
    }
}

/// A role as lists show it: without boundary, tags and last use ("ListRoles").
fn listed(call: &Call, role: &RoleRecord) -> Role {
    Role {
        description: role.description.clone(),
        max_session_duration: i32::try_from(role.max_session_duration).ok(),
        ..base(call, role)
    }
}

fn shown_tags(role: &RoleRecord) -> Option<Vec<crate::api::types::Tag>> {
    (!role.tags.is_empty()).then(|| tag::shown(&role.tags))
}

/// When and where a role was last used; empty where it never was.
///
/// # Errors
/// The store's failure.
pub fn last_used(call: &mut Call, role: &RoleRecord) -> Result<RoleLastUsed, IamError> {
    let last = call.last_use(call.account(), &role.id)?;
    Ok(
        last.map_or_else(RoleLastUsed::default, |last| RoleLastUsed {
            last_used_date: Some(time::seconds(last.at)),
            region: Some(last.region),
        }),
    )
}
