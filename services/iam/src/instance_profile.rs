//! Instance profiles and the role in each ("Using instance profiles").

use crate::api::operations::{
    AddRoleToInstanceProfile, CreateInstanceProfile, DeleteInstanceProfile, GetInstanceProfile,
    ListInstanceProfiles, ListInstanceProfilesForRole, RemoveRoleFromInstanceProfile,
};
use crate::api::types::{
    AddRoleToInstanceProfileInput, AddRoleToInstanceProfileOutput, CreateInstanceProfileInput,
    CreateInstanceProfileOutput, DeleteInstanceProfileInput, DeleteInstanceProfileOutput,
    GetInstanceProfileInput, GetInstanceProfileOutput, InstanceProfile,
    ListInstanceProfilesForRoleInput, ListInstanceProfilesForRoleOutput, ListInstanceProfilesInput,
    ListInstanceProfilesOutput, RemoveRoleFromInstanceProfileInput,
    RemoveRoleFromInstanceProfileOutput,
};
use crate::entity::{InstanceProfileRecord, RoleProfile, RoleRecord, folded};
use crate::{IamError, find, ids, page, path, quota, role, tag, target, time};
use kernel::{Call, Check, Operation, Plan, Registry};

/// Adds the operations on instance profiles to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<AddRoleToInstanceProfile>()
        .serve::<CreateInstanceProfile>()
        .serve::<DeleteInstanceProfile>()
        .serve::<GetInstanceProfile>()
        .serve::<ListInstanceProfiles>()
        .serve::<ListInstanceProfilesForRole>()
        .serve::<RemoveRoleFromInstanceProfile>();
}

/// An instance profile by name.
///
/// # Errors
/// `NoSuchEntity`.
pub(crate) fn named(call: &mut Call, name: &str) -> Result<InstanceProfileRecord, IamError> {
    call.load::<InstanceProfileRecord>(&folded(name))?
        .ok_or_else(|| IamError::NoSuchEntity(format!("Instance Profile {name} cannot be found.")))
}

/// An instance profile as lists show it, without tags ("ListInstanceProfiles").
fn listed(call: &mut Call, profile: &InstanceProfileRecord) -> Result<InstanceProfile, IamError> {
    let role = match &profile.role {
        Some(name) => call.load::<RoleRecord>(&folded(name))?,
        None => None,
    };
    Ok(InstanceProfile {
        path: profile.path.clone(),
        instance_profile_name: profile.name.clone(),
        instance_profile_id: profile.id.clone(),
        arn: target::arn(call, "instance-profile", &profile.path, &profile.name),
        create_date: profile.created,
        roles: role.iter().map(|role| role::base(call, role)).collect(),
        tags: None,
    })
}

/// The instance profiles that a role is in.
///
/// # Errors
/// The store's failure.
pub(crate) fn of_role(call: &mut Call, role_name: &str) -> Result<Vec<InstanceProfile>, IamError> {
    let prefix = RoleProfile::prefix(role_name);
    let limit =
        usize::try_from(call.host().settings.quotas.instance_profiles).unwrap_or(usize::MAX);
    let mut profiles = Vec::new();
    for (key, _) in call.list::<RoleProfile>(&prefix, None, limit.clamp(1, 100_000))? {
        let name = key.strip_prefix(&prefix).unwrap_or_default();
        if let Some(profile) = call.load::<InstanceProfileRecord>(name)? {
            profiles.push(listed(call, &profile)?);
        }
    }
    Ok(profiles)
}

impl Operation for CreateInstanceProfile {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreateInstanceProfileInput) -> Result<Plan, IamError> {
        let path = input.path.as_deref().unwrap_or("/");
        let arn = target::arn(call, "instance-profile", path, &input.instance_profile_name);
        let tags = input.tags.as_ref();
        let check = Check::new("iam:CreateInstanceProfile", arn.clone())
            .request_tags(tag::request_pairs(tags));
        if tags.is_none_or(Vec::is_empty) {
            return Ok(Plan::new(check));
        }
        let tagging =
            Check::new("iam:TagInstanceProfile", arn).request_tags(tag::request_pairs(tags));
        Ok(Plan::new(check).and(tagging))
    }

    async fn handle(
        call: &mut Call,
        input: CreateInstanceProfileInput,
    ) -> Result<CreateInstanceProfileOutput, IamError> {
        let path = path::checked(input.path)?;
        let name = input.instance_profile_name;
        if call
            .load::<InstanceProfileRecord>(&folded(&name))?
            .is_some()
        {
            return Err(IamError::EntityAlreadyExists(format!(
                "Instance Profile {name} already exists."
            )));
        }
        let limit = call.host().settings.quotas.instance_profiles;
        quota::room::<InstanceProfileRecord>(call, limit, "InstanceProfilesPerAccount")?;
        let profile = InstanceProfileRecord {
            id: ids::instance_profile(call),
            name,
            path,
            created: time::seconds(call.now),
            tags: tag::checked(input.tags.unwrap_or_default())?,
            role: None,
        };
        call.save(&folded(&profile.name), &profile)?;
        let tags = (!profile.tags.is_empty()).then(|| tag::shown(&profile.tags));
        let shown = listed(call, &profile)?;
        Ok(CreateInstanceProfileOutput {
            instance_profile: InstanceProfile { tags, ..shown },
        })
    }
}

impl Operation for GetInstanceProfile {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetInstanceProfileInput) -> Result<Plan, IamError> {
        target::instance_profile(call, "iam:GetInstanceProfile", &input.instance_profile_name)
            .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: GetInstanceProfileInput,
    ) -> Result<GetInstanceProfileOutput, IamError> {
        let profile = named(call, &input.instance_profile_name)?;
        let tags = Some(tag::shown(&profile.tags));
        let shown = listed(call, &profile)?;
        Ok(GetInstanceProfileOutput {
            instance_profile: InstanceProfile { tags, ..shown },
        })
    }
}

impl Operation for ListInstanceProfiles {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListInstanceProfilesInput) -> Result<Plan, IamError> {
        let path = input.path_prefix.as_deref().unwrap_or("/");
        let arn = target::arn(call, "instance-profile", path, "");
        Ok(Plan::new(Check::new("iam:ListInstanceProfiles", arn)))
    }

    async fn handle(
        call: &mut Call,
        input: ListInstanceProfilesInput,
    ) -> Result<ListInstanceProfilesOutput, IamError> {
        let prefix = input.path_prefix.unwrap_or_else(|| "/".into());
        let keep = |profile: &InstanceProfileRecord| profile.path.starts_with(&prefix);
        let page = page::of_records(call, "", input.max_items, input.marker.as_deref(), keep)?;
        let is_truncated = Some(page.is_truncated());
        let marker = page.marker.clone();
        let instance_profiles = page
            .items
            .iter()
            .map(|(_, profile)| listed(call, profile))
            .collect::<Result<_, _>>()?;
        Ok(ListInstanceProfilesOutput {
            instance_profiles,
            is_truncated,
            marker,
        })
    }
}

impl Operation for ListInstanceProfilesForRole {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListInstanceProfilesForRoleInput) -> Result<Plan, IamError> {
        target::role(call, "iam:ListInstanceProfilesForRole", &input.role_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListInstanceProfilesForRoleInput,
    ) -> Result<ListInstanceProfilesForRoleOutput, IamError> {
        let role = find::role(call, &input.role_name)?;
        let profiles = of_role(call, &role.name)?;
        let key = |profile: &InstanceProfile| folded(&profile.instance_profile_name);
        let page = page::of_list(profiles, key, input.max_items, input.marker.as_deref())?;
        Ok(ListInstanceProfilesForRoleOutput {
            is_truncated: Some(page.is_truncated()),
            instance_profiles: page.items,
            marker: page.marker,
        })
    }
}

impl Operation for DeleteInstanceProfile {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteInstanceProfileInput) -> Result<Plan, IamError> {
        target::instance_profile(
            call,
            "iam:DeleteInstanceProfile",
            &input.instance_profile_name,
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteInstanceProfileInput,
    ) -> Result<DeleteInstanceProfileOutput, IamError> {
        let profile = named(call, &input.instance_profile_name)?;
        if profile.role.is_some() {
            return Err(IamError::DeleteConflict(
                "Cannot delete entity, must remove roles from instance profile first.".into(),
            ));
        }
        call.remove::<InstanceProfileRecord>(&folded(&profile.name))?;
        Ok(DeleteInstanceProfileOutput {})
    }
}

impl Operation for AddRoleToInstanceProfile {
    type Error = IamError;

    fn plan(call: &mut Call, input: &AddRoleToInstanceProfileInput) -> Result<Plan, IamError> {
        let profile = target::instance_profile(
            call,
            "iam:AddRoleToInstanceProfile",
            &input.instance_profile_name,
        )?;
        // Whoever may put a role into a profile can hand the role to an instance
        // ("AddRoleToInstanceProfile"); the keys are those that AWS documents there.
        let instances = format!(
            "arn:{}:ec2:*:{}:instance/*",
            call.partition().as_str(),
            call.account()
        );
        let pass = target::role(call, "iam:PassRole", &input.role_name)?
            .key("iam:PassedToService", "ec2.amazonaws.com")
            .key("iam:AssociatedResourceArn", instances);
        Ok(Plan::new(profile).and(pass))
    }

    async fn handle(
        call: &mut Call,
        input: AddRoleToInstanceProfileInput,
    ) -> Result<AddRoleToInstanceProfileOutput, IamError> {
        let mut profile = named(call, &input.instance_profile_name)?;
        let role = find::role(call, &input.role_name)?;
        role::modifiable(&role)?;
        if profile.role.is_some() {
            return Err(quota::exceeded("InstanceSessionsPerInstanceProfile", 1));
        }
        call.save(
            &RoleProfile::key(&role.name, &profile.name),
            &RoleProfile {},
        )?;
        profile.role = Some(role.name);
        call.save(&folded(&profile.name), &profile)?;
        Ok(AddRoleToInstanceProfileOutput {})
    }
}

impl Operation for RemoveRoleFromInstanceProfile {
    type Error = IamError;

    fn plan(call: &mut Call, input: &RemoveRoleFromInstanceProfileInput) -> Result<Plan, IamError> {
        target::instance_profile(
            call,
            "iam:RemoveRoleFromInstanceProfile",
            &input.instance_profile_name,
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: RemoveRoleFromInstanceProfileInput,
    ) -> Result<RemoveRoleFromInstanceProfileOutput, IamError> {
        let mut profile = named(call, &input.instance_profile_name)?;
        let role = find::role(call, &input.role_name)?;
        role::modifiable(&role)?;
        if profile.role.as_deref().map(folded) != Some(folded(&role.name)) {
            return Err(IamError::NoSuchEntity(format!(
                "Role {} in Instance Profile {} cannot be found.",
                role.name, profile.name
            )));
        }
        call.remove::<RoleProfile>(&RoleProfile::key(&role.name, &profile.name))?;
        profile.role = None;
        call.save(&folded(&profile.name), &profile)?;
        Ok(RemoveRoleFromInstanceProfileOutput {})
    }
}
