//! Service-linked roles: roles that belong to a service and that only it can change
//! ("Create a service-linked role").
//!
//! The services here use no resources of such a role, so that a deletion never waits
//! and never fails.

use crate::api::operations::{
    CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus,
};
use crate::api::types::{
    CreateServiceLinkedRoleInput, CreateServiceLinkedRoleOutput, DeleteServiceLinkedRoleInput,
    DeleteServiceLinkedRoleOutput, DeletionTaskStatusType, GetServiceLinkedRoleDeletionStatusInput,
    GetServiceLinkedRoleDeletionStatusOutput, Role,
};
use crate::entity::{AttachmentUse, DeletionTask, EntityKind, RoleRecord, folded};
use crate::holder::Holder;
use crate::{IamError, attachment_index, find, ids, role, target, time};
use catalog::ServiceLinkedRole;
use kernel::{Call, Check, Operation, Plan, Registry};

/// The longest session of a service-linked role, in seconds.
const SESSION: u32 = 3_600;

/// Adds the operations on service-linked roles to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreateServiceLinkedRole>()
        .serve::<DeleteServiceLinkedRole>()
        .serve::<GetServiceLinkedRoleDeletionStatus>();
}

/// The name of the role that a request asks for.
fn role_name(kind: &ServiceLinkedRole, suffix: Option<&str>) -> Option<String> {
    match suffix {
        Some(suffix) => kind.role_name_with_suffix(suffix),
        None => Some(kind.role_name.to_owned()),
    }
}

impl Operation for CreateServiceLinkedRole {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreateServiceLinkedRoleInput) -> Result<Plan, IamError> {
        let service = input.aws_service_name.as_str();
        let name = catalog::service_linked_role(service)
            .and_then(|kind| role_name(kind, input.custom_suffix.as_deref()))
            .unwrap_or_default();
        let arn = target::arn(
            call,
            "role",
            &format!("/aws-service-role/{service}/"),
            &name,
        );
        Ok(Plan::new(
            Check::new("iam:CreateServiceLinkedRole", arn).key("iam:AWSServiceName", service),
        ))
    }

    async fn handle(
        call: &mut Call,
        input: CreateServiceLinkedRoleInput,
    ) -> Result<CreateServiceLinkedRoleOutput, IamError> {
        let service = input.aws_service_name;
        let kind = catalog::service_linked_role(&service).ok_or_else(|| {
            IamError::InvalidInput(format!(
                "Service {service} does not support service-linked roles."
            ))
        })?;
        let name = role_name(kind, input.custom_suffix.as_deref()).ok_or_else(|| {
            IamError::InvalidInput(format!("Custom suffix is not allowed for {service}"))
        })?;
        if name.len() > 64 {
            return Err(IamError::InvalidInput(
                "Role name must have length less than or equal to 64".into(),
            ));
        }
        if call.load::<RoleRecord>(&folded(&name))?.is_some() {
            return Err(IamError::InvalidInput(format!(
                "Service role name {name} has been taken in this account, please try a different suffix."
            )));
        }
        let role = linked(call, kind, name, input.description);
        for policy in &role.attached {
            attachment_index::add(call, policy, AttachmentUse::Permissions, &role.indexed())?;
        }
        call.save(&folded(&role.name), &role)?;
        Ok(CreateServiceLinkedRoleOutput {
            role: Some(Role {
                description: role.description.clone(),
                ..role::created(call, &role)
            }),
        })
    }
}

/// The role that a service gets.
fn linked(
    call: &Call,
    kind: &ServiceLinkedRole,
    name: String,
    description: Option<String>,
) -> RoleRecord {
    let service = kind.service_principal;
    let partition = call.partition();
    RoleRecord {
        id: ids::role(call),
        name,
        path: kind.path(),
        created: time::seconds(call.now),
        trust: format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":["{service}"]}},"Action":["sts:AssumeRole"]}}]}}"#
        ),
        description,
        max_session_duration: SESSION,
        tags: Vec::new(),
        inline: Vec::new(),
        attached: kind
            .policy()
            .map(|policy| policy.arn_in(partition.as_str()))
            .into_iter()
            .collect(),
        boundary: None,
        service_linked: Some(service.to_owned()),
    }
}

impl Operation for DeleteServiceLinkedRole {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteServiceLinkedRoleInput) -> Result<Plan, IamError> {
        target::role(call, "iam:DeleteServiceLinkedRole", &input.role_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteServiceLinkedRoleInput,
    ) -> Result<DeleteServiceLinkedRoleOutput, IamError> {
        let role = find::role(call, &input.role_name)?;
        let Some(service) = role.service_linked.clone() else {
            let text = format!("The role with name {} cannot be found.", input.role_name);
            return Err(IamError::NoSuchEntity(text));
        };
        for policy in &role.attached {
            attachment_index::remove(
                call,
                policy,
                AttachmentUse::Permissions,
                EntityKind::Role,
                &role.name,
            )?;
        }
        role::remove(call, &role)?;
        let uuid = kernel::ids::uuid(call.host().random.as_ref());
        let id = format!("task/aws-service-role/{service}/{}/{uuid}", role.name);
        call.save(&folded(&role.name), &DeletionTask { id: id.clone() })?;
        Ok(DeleteServiceLinkedRoleOutput {
            deletion_task_id: id,
        })
    }
}

/// The service and role of `task/aws-service-role/SERVICE/ROLE/UUID`.
fn parts(task: &str) -> Option<(&str, &str)> {
    let mut parts = task.strip_prefix("task/aws-service-role/")?.split('/');
    let (service, role, _uuid) = (parts.next()?, parts.next()?, parts.next()?);
    (parts.next().is_none() && !service.is_empty() && !role.is_empty()).then_some((service, role))
}

impl Operation for GetServiceLinkedRoleDeletionStatus {
    type Error = IamError;

    fn plan(
        call: &mut Call,
        input: &GetServiceLinkedRoleDeletionStatusInput,
    ) -> Result<Plan, IamError> {
        let (service, role) = parts(&input.deletion_task_id).unwrap_or_default();
        let arn = target::arn(call, "role", &format!("/aws-service-role/{service}/"), role);
        Ok(Plan::new(Check::new(
            "iam:GetServiceLinkedRoleDeletionStatus",
            arn,
        )))
    }

    async fn handle(
        call: &mut Call,
        input: GetServiceLinkedRoleDeletionStatusInput,
    ) -> Result<GetServiceLinkedRoleDeletionStatusOutput, IamError> {
        let id = input.deletion_task_id;
        let Some((_, role)) = parts(&id) else {
            return Err(IamError::InvalidInput(format!(
                "Invalid deletion task id {id}."
            )));
        };
        match call.load::<DeletionTask>(&folded(role))? {
            Some(task) if task.id == id => Ok(GetServiceLinkedRoleDeletionStatusOutput {
                status: DeletionTaskStatusType::Succeeded,
                reason: None,
            }),
            _ => Err(IamError::NoSuchEntity(format!(
                "Deletion task {id} cannot be found."
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_id_names_service_and_role() {
        assert_eq!(
            parts("task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/1-2"),
            Some(("ecs.amazonaws.com", "AWSServiceRoleForECS"))
        );
        for wrong in [
            "",
            "task/aws-service-role/ecs/role",
            "task/aws-service-role///x",
            "task/aws-service-role/a/b/c/d",
        ] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_suffix_is_for_services_that_take_one() {
        let kind = |service| catalog::service_linked_role(service).unwrap();
        let autoscaling = kind("autoscaling.amazonaws.com");
        assert_eq!(
            role_name(autoscaling, Some("blue")).as_deref(),
            Some("AWSServiceRoleForAutoScaling_blue")
        );
        assert_eq!(role_name(kind("config.amazonaws.com"), Some("blue")), None);
        assert_eq!(
            role_name(autoscaling, None).as_deref(),
            Some("AWSServiceRoleForAutoScaling")
        );
    }
}
