//! Permissions boundaries of users and roles ("Permissions boundaries for IAM entities").

use crate::api::operations::{
    DeleteRolePermissionsBoundary, DeleteUserPermissionsBoundary, PutRolePermissionsBoundary,
    PutUserPermissionsBoundary,
};
use crate::api::types::{
    AttachedPermissionsBoundary, DeleteRolePermissionsBoundaryInput,
    DeleteRolePermissionsBoundaryOutput, DeleteUserPermissionsBoundaryInput,
    DeleteUserPermissionsBoundaryOutput, PermissionsBoundaryAttachmentType,
    PutRolePermissionsBoundaryInput, PutRolePermissionsBoundaryOutput,
    PutUserPermissionsBoundaryInput, PutUserPermissionsBoundaryOutput,
};
use crate::attachment_index::{self, Entity};
use crate::entity::{AttachmentUse, EntityKind, RoleRecord, folded};
use crate::{IamError, attachment, find, target};
use kernel::{Call, Operation, Plan, Registry};

const KEY: &str = "iam:PermissionsBoundary";

/// Adds the operations on permissions boundaries to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<DeleteRolePermissionsBoundary>()
        .serve::<DeleteUserPermissionsBoundary>()
        .serve::<PutRolePermissionsBoundary>()
        .serve::<PutUserPermissionsBoundary>();
}

/// Stages in the index that a policy is an entity's boundary, in place of `old`. The
/// caller stores the ARN in the entity's record.
///
/// # Errors
/// `InvalidInput` where the ARN is no policy's; `NoSuchEntity` where there is no such policy.
pub fn set(
    call: &mut Call,
    kind: EntityKind,
    name: &str,
    id: &str,
    path: &str,
    old: Option<&str>,
    arn: &str,
) -> Result<(), IamError> {
    attachment::well_formed(arn)?;
    if find::policy(call, arn)?.is_none() {
        return Err(IamError::NoSuchEntity(format!(
            "Scope ARN: {arn} does not exist or is not attachable."
        )));
    }
    if let Some(old) = old {
        clear(call, kind, name, old)?;
    }
    let entity = Entity {
        kind,
        name: name.into(),
        id: id.into(),
        path: path.into(),
    };
    attachment_index::add(call, arn, AttachmentUse::Boundary, &entity)
}

/// Stages in the index that a policy is no longer an entity's boundary.
///
/// # Errors
/// The store's failure.
pub fn clear(call: &mut Call, kind: EntityKind, name: &str, arn: &str) -> Result<(), IamError> {
    attachment_index::remove(call, arn, AttachmentUse::Boundary, kind, name)
}

/// A boundary as users and roles show it.
#[must_use]
pub fn shown(arn: &str) -> AttachedPermissionsBoundary {
    AttachedPermissionsBoundary {
        permissions_boundary_type: Some(PermissionsBoundaryAttachmentType::Policy),
        permissions_boundary_arn: Some(arn.into()),
    }
}

impl Operation for PutUserPermissionsBoundary {
    type Error = IamError;

    fn plan(call: &mut Call, input: &PutUserPermissionsBoundaryInput) -> Result<Plan, IamError> {
        let check = target::user(call, "iam:PutUserPermissionsBoundary", &input.user_name)?;
        // The key is the boundary that is being set, not the one that the user has.
        Ok(Plan::new(
            check.key(KEY, input.permissions_boundary.clone()),
        ))
    }

    async fn handle(
        call: &mut Call,
        input: PutUserPermissionsBoundaryInput,
    ) -> Result<PutUserPermissionsBoundaryOutput, IamError> {
        let mut user = find::user(call, &input.user_name)?;
        let arn = input.permissions_boundary;
        set(
            call,
            EntityKind::User,
            &user.name,
            &user.id,
            &user.path,
            user.boundary.as_deref(),
            &arn,
        )?;
        user.boundary = Some(arn);
        call.save(&folded(&user.name), &user)?;
        Ok(PutUserPermissionsBoundaryOutput {})
    }
}

impl Operation for DeleteUserPermissionsBoundary {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteUserPermissionsBoundaryInput) -> Result<Plan, IamError> {
        target::user(call, "iam:DeleteUserPermissionsBoundary", &input.user_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteUserPermissionsBoundaryInput,
    ) -> Result<DeleteUserPermissionsBoundaryOutput, IamError> {
        let mut user = find::user(call, &input.user_name)?;
        let Some(arn) = user.boundary.take() else {
            return Err(IamError::NoSuchEntity(format!(
                "User {} does not have a permissions boundary.",
                user.name
            )));
        };
        clear(call, EntityKind::User, &user.name, &arn)?;
        call.save(&folded(&user.name), &user)?;
        Ok(DeleteUserPermissionsBoundaryOutput {})
    }
}

impl Operation for PutRolePermissionsBoundary {
    type Error = IamError;

    fn plan(call: &mut Call, input: &PutRolePermissionsBoundaryInput) -> Result<Plan, IamError> {
        let check = target::role(call, "iam:PutRolePermissionsBoundary", &input.role_name)?;
        Ok(Plan::new(
            check.key(KEY, input.permissions_boundary.clone()),
        ))
    }

    async fn handle(
        call: &mut Call,
        input: PutRolePermissionsBoundaryInput,
    ) -> Result<PutRolePermissionsBoundaryOutput, IamError> {
        let mut role = changeable(call, &input.role_name)?;
        let arn = input.permissions_boundary;
        set(
            call,
            EntityKind::Role,
            &role.name,
            &role.id,
            &role.path,
            role.boundary.as_deref(),
            &arn,
        )?;
        role.boundary = Some(arn);
        call.save(&folded(&role.name), &role)?;
        Ok(PutRolePermissionsBoundaryOutput {})
    }
}

impl Operation for DeleteRolePermissionsBoundary {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteRolePermissionsBoundaryInput) -> Result<Plan, IamError> {
        target::role(call, "iam:DeleteRolePermissionsBoundary", &input.role_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteRolePermissionsBoundaryInput,
    ) -> Result<DeleteRolePermissionsBoundaryOutput, IamError> {
        let mut role = changeable(call, &input.role_name)?;
        let Some(arn) = role.boundary.take() else {
            return Err(IamError::NoSuchEntity(format!(
                "Role {} does not have a permissions boundary.",
                role.name
            )));
        };
        clear(call, EntityKind::Role, &role.name, &arn)?;
        call.save(&folded(&role.name), &role)?;
        Ok(DeleteRolePermissionsBoundaryOutput {})
    }
}

/// A role whose boundary can change: a service-linked role's cannot ("PutRolePermissionsBoundary").
fn changeable(call: &mut Call, role_name: &str) -> Result<RoleRecord, IamError> {
    let role = find::role(call, role_name)?;
    if role.service_linked.is_some() {
        return Err(IamError::UnmodifiableEntity(format!(
            "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
            role.name
        )));
    }
    Ok(role)
}
