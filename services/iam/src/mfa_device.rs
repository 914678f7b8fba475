//! Virtual MFA devices of users and of the root user.

use crate::api::operations::{
    CreateVirtualMFADevice, DeactivateMFADevice, DeleteVirtualMFADevice, EnableMFADevice,
    GetMFADevice, ListMFADevices, ListVirtualMFADevices, ResyncMFADevice,
};
use crate::api::types::{
    AssignmentStatusType, CreateVirtualMFADeviceInput, CreateVirtualMFADeviceOutput,
    DeactivateMFADeviceInput, DeactivateMFADeviceOutput, DeleteVirtualMFADeviceInput,
    DeleteVirtualMFADeviceOutput, EnableMFADeviceInput, EnableMFADeviceOutput, GetMFADeviceInput,
    GetMFADeviceOutput, ListMFADevicesInput, ListMFADevicesOutput, ListVirtualMFADevicesInput,
    ListVirtualMFADevicesOutput, MFADevice, ResyncMFADeviceInput, ResyncMFADeviceOutput, User,
    VirtualMFADevice,
};
use crate::credential_tag::Taggable;
use crate::entity::{ROOT_OWNER, TagRecord, UserRecord, folded, owned_prefix};
use crate::mfa::{self, MfaAssignment, MfaDevice, qr};
use crate::owner::{self, Owner};
use crate::{IamError, page, quota, tag, target, user, wording};
use crypto::{Secret, SecretString};
use kernel::{Call, Check, Operation, Plan, Registry};

/// Quota "MFA devices assigned to an IAM user" ("IAM and AWS STS quotas").
const MAX_DEVICES: usize = 8;
/// Bytes of a seed: 64 characters in base32.
const SEED: usize = 40;

/// Adds the operations on MFA devices to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreateVirtualMFADevice>()
        .serve::<DeactivateMFADevice>()
        .serve::<DeleteVirtualMFADevice>()
        .serve::<EnableMFADevice>()
        .serve::<GetMFADevice>()
        .serve::<ListMFADevices>()
        .serve::<ListVirtualMFADevices>()
        .serve::<ResyncMFADevice>();
}

/// An action on a device, by serial number. One that is not the account's is authorized as it is spelled.
fn check(call: &mut Call, action: &'static str, serial_number: &str) -> Result<Check, IamError> {
    let check = Check::new(action, serial_number.to_owned());
    Ok(match mfa::find(call, serial_number)? {
        Some(device) => check.resource_tags(tag::pairs(&device.tags)),
        None => check,
    })
}

/// A device by its serial number.
fn find(call: &mut Call, serial_number: &str) -> Result<MfaDevice, IamError> {
    mfa::find(call, serial_number)?.ok_or_else(|| no_device(serial_number))
}

fn no_device(serial_number: &str) -> IamError {
    IamError::NoSuchEntity(format!(
        "VirtualMFADevice with serial number {serial_number} doesn't exist."
    ))
}

impl Taggable for MfaDevice {
    fn check(call: &mut Call, action: &'static str, id: &str) -> Result<Check, IamError> {
        check(call, action, id)
    }

    fn find(call: &mut Call, id: &str) -> Result<Self, IamError> {
        find(call, id)
    }

    fn tags(&mut self) -> &mut Vec<TagRecord> {
        &mut self.tags
    }

    fn store(&self, call: &mut Call) -> Result<(), IamError> {
        Ok(self.save(call)?)
    }
}

/// The root user has no name; where it asks about the user "root" and no user is called so, it means itself.
fn means_root(call: &mut Call, user_name: &str) -> Result<bool, IamError> {
    let root = call.caller.is_root() && user_name == ROOT_OWNER;
    Ok(root && call.load::<UserRecord>(&folded(user_name))?.is_none())
}

fn check_owner(
    call: &mut Call,
    action: &'static str,
    user_name: Option<&str>,
) -> Result<Check, IamError> {
    match user_name {
        Some(name) if means_root(call, name)? => owner::check(call, action, None),
        _ => owner::check(call, action, user_name),
    }
}

fn owner_of(call: &mut Call, user_name: Option<&str>) -> Result<Owner, IamError> {
    match user_name {
        Some(name) if means_root(call, name)? => owner::of(call, None),
        _ => owner::of(call, user_name),
    }
}

/// The device of an owner, by serial number.
fn find_of(call: &mut Call, owner: &Owner, serial_number: &str) -> Result<MfaDevice, IamError> {
    let device = mfa::find(call, serial_number)?;
    device
        .filter(|device| {
            device
                .assignment
                .as_ref()
                .is_some_and(|a| a.owner == owner.id)
        })
        .ok_or_else(|| {
            IamError::NoSuchEntity(format!(
                "MFA device with serial number {serial_number} is not valid for this user."
            ))
        })
}

impl Operation for CreateVirtualMFADevice {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreateVirtualMFADeviceInput) -> Result<Plan, IamError> {
        let path = input.path.as_deref().unwrap_or("/");
        let arn = target::arn(call, "mfa", path, &input.virtual_mfa_device_name);
        let tags = || tag::request_pairs(input.tags.as_ref());
        let plan =
            Plan::new(Check::new("iam:CreateVirtualMFADevice", arn.clone()).request_tags(tags()));
        // Tags at creation need their own permission ("Tagging virtual MFA devices").
        Ok(match tags().next() {
            Some(_) => plan.and(Check::new("iam:TagMFADevice", arn).request_tags(tags())),
            None => plan,
        })
    }

    async fn handle(
        call: &mut Call,
        input: CreateVirtualMFADeviceInput,
    ) -> Result<CreateVirtualMFADeviceOutput, IamError> {
        let path = input.path.unwrap_or_else(|| "/".into());
        wording::check_path(&path, "path")?;
        let serial_number = target::arn(call, "mfa", &path, &input.virtual_mfa_device_name);
        let tags = tag::checked(input.tags.unwrap_or_default())?;
        let seed = Secret::new(call.random::<SEED>().to_vec());
        let device = MfaDevice {
            tags,
            ..MfaDevice::new(call, serial_number, &seed)?
        };
        if call.load::<MfaDevice>(&device.name())?.is_some() {
            return Err(IamError::EntityAlreadyExists(
                "MFADevice entity at the same path and name already exists.".into(),
            ));
        }
        device.save(call)?;
        let seed = qr::base32(seed.expose());
        let uri = SecretString::new(format!(
            "otpauth://totp/{}@{}?secret={}",
            input.virtual_mfa_device_name,
            call.account(),
            seed.expose()
        ));
        Ok(CreateVirtualMFADeviceOutput {
            virtual_mfa_device: VirtualMFADevice {
                base32_string_seed: Some(seed.expose().as_bytes().to_vec().into()),
                qr_code_png: qr::png(&uri).map(Into::into),
                ..shown(call, &device)?
            },
        })
    }
}

impl Operation for EnableMFADevice {
    type Error = IamError;

    fn plan(call: &mut Call, input: &EnableMFADeviceInput) -> Result<Plan, IamError> {
        // The keys that the reference lists (iam:RegisterSecurityKey, iam:FIDO-...) are of security keys only.
        check_owner(call, "iam:EnableMFADevice", Some(&input.user_name)).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: EnableMFADeviceInput,
    ) -> Result<EnableMFADeviceOutput, IamError> {
        let owner = owner_of(call, Some(&input.user_name))?;
        let device = find(call, &input.serial_number)?;
        if device.assignment.is_some() {
            return Err(IamError::EntityAlreadyExists(
                "MFA Device is already in use.".into(),
            ));
        }
        let prefix = owned_prefix(&owner.id);
        quota::room_under::<MfaAssignment>(call, &prefix, MAX_DEVICES, "MFADevicesPerUser")?;
        let codes = [
            input.authentication_code1.as_str(),
            input.authentication_code2.as_str(),
        ];
        let device = mfa::assign(call, device, &owner.id, codes)?.map_err(|_| wrong_codes())?;
        device.save(call)?;
        let enabled = device
            .assignment
            .as_ref()
            .map_or(call.now, |assignment| assignment.enabled);
        let assignment = MfaAssignment {
            serial_number: device.serial_number.clone(),
            enabled,
        };
        call.save(&device.assignment_key(&owner.id), &assignment)?;
        Ok(EnableMFADeviceOutput {})
    }
}

fn wrong_codes() -> IamError {
    IamError::InvalidAuthenticationCode("Authentication code for device is not valid.".into())
}

impl Operation for ResyncMFADevice {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ResyncMFADeviceInput) -> Result<Plan, IamError> {
        check_owner(call, "iam:ResyncMFADevice", Some(&input.user_name)).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ResyncMFADeviceInput,
    ) -> Result<ResyncMFADeviceOutput, IamError> {
        let owner = owner_of(call, Some(&input.user_name))?;
        let device = find_of(call, &owner, &input.serial_number)?;
        let codes = [
            input.authentication_code1.as_str(),
            input.authentication_code2.as_str(),
        ];
        let device = mfa::assign(call, device, &owner.id, codes)?.map_err(|_| wrong_codes())?;
        device.save(call)?;
        Ok(ResyncMFADeviceOutput {})
    }
}

impl Operation for DeactivateMFADevice {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeactivateMFADeviceInput) -> Result<Plan, IamError> {
        check_owner(call, "iam:DeactivateMFADevice", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeactivateMFADeviceInput,
    ) -> Result<DeactivateMFADeviceOutput, IamError> {
        let owner = owner_of(call, input.user_name.as_deref())?;
        let mut device = find_of(call, &owner, &input.serial_number)?;
        device.assignment = None;
        device.save(call)?;
        call.remove::<MfaAssignment>(&device.assignment_key(&owner.id))?;
        Ok(DeactivateMFADeviceOutput {})
    }
}

impl Operation for DeleteVirtualMFADevice {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteVirtualMFADeviceInput) -> Result<Plan, IamError> {
        check(call, "iam:DeleteVirtualMFADevice", &input.serial_number).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteVirtualMFADeviceInput,
    ) -> Result<DeleteVirtualMFADeviceOutput, IamError> {
        let device = find(call, &input.serial_number)?;
        if device.assignment.is_some() {
            return Err(IamError::DeleteConflict(
                "MFA VirtualDevice in use. Must deactivate first.".into(),
            ));
        }
        call.remove::<MfaDevice>(&device.name())?;
        Ok(DeleteVirtualMFADeviceOutput {})
    }
}

impl Operation for GetMFADevice {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetMFADeviceInput) -> Result<Plan, IamError> {
        check_owner(call, "iam:GetMFADevice", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: GetMFADeviceInput,
    ) -> Result<GetMFADeviceOutput, IamError> {
        let owner = owner_of(call, input.user_name.as_deref())?;
        let device = find_of(call, &owner, &input.serial_number)?;
        Ok(GetMFADeviceOutput {
            user_name: owner.name,
            enable_date: device.assignment.map(|assignment| assignment.enabled),
            serial_number: device.serial_number,
            certifications: None,
        })
    }
}

impl Operation for ListMFADevices {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListMFADevicesInput) -> Result<Plan, IamError> {
        check_owner(call, "iam:ListMFADevices", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListMFADevicesInput,
    ) -> Result<ListMFADevicesOutput, IamError> {
        let owner = owner_of(call, input.user_name.as_deref())?;
        let prefix = owned_prefix(&owner.id);
        let page = page::of_records::<MfaAssignment>(
            call,
            &prefix,
            input.max_items,
            input.marker.as_deref(),
            |_| true,
        )?;
        Ok(ListMFADevicesOutput {
            is_truncated: Some(page.is_truncated()),
            marker: page.marker,
            mfa_devices: page
                .items
                .into_iter()
                .map(|(_, assignment)| MFADevice {
                    // The root user has no user name, and the model wants one.
                    user_name: owner.name.clone().unwrap_or_default(),
                    serial_number: assignment.serial_number,
                    enable_date: assignment.enabled,
                })
                .collect(),
        })
    }
}

impl Operation for ListVirtualMFADevices {
    type Error = IamError;

    fn plan(_call: &mut Call, _input: &ListVirtualMFADevicesInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new("iam:ListVirtualMFADevices", "*")))
    }

    async fn handle(
        call: &mut Call,
        input: ListVirtualMFADevicesInput,
    ) -> Result<ListVirtualMFADevicesOutput, IamError> {
        let keep = |device: &MfaDevice| match input.assignment_status {
            Some(AssignmentStatusType::Assigned) => device.assignment.is_some(),
            Some(AssignmentStatusType::Unassigned) => device.assignment.is_none(),
            Some(AssignmentStatusType::Any) | None => true,
        };
        let page = page::of_records(call, "", input.max_items, input.marker.as_deref(), keep)?;
        let is_truncated = Some(page.is_truncated());
        let mut devices = Vec::with_capacity(page.items.len());
        for (_, device) in &page.items {
            // "ListVirtualMFADevices": tags of the devices are not returned.
            devices.push(VirtualMFADevice {
                tags: None,
                ..shown(call, device)?
            });
        }
        Ok(ListVirtualMFADevicesOutput {
            virtual_mfa_devices: devices,
            is_truncated,
            marker: page.marker,
        })
    }
}

/// A device as IAM shows it, without its seed.
fn shown(call: &mut Call, device: &MfaDevice) -> Result<VirtualMFADevice, IamError> {
    let user = match &device.assignment {
        Some(assignment) => holder(call, &assignment.owner)?,
        None => None,
    };
    let tags = tag::shown(&device.tags);
    Ok(VirtualMFADevice {
        serial_number: device.serial_number.clone(),
        base32_string_seed: None,
        qr_code_png: None,
        user,
        enable_date: device
            .assignment
            .as_ref()
            .map(|assignment| assignment.enabled),
        tags: (!tags.is_empty()).then_some(tags),
    })
}

/// Who holds a device, by unique id.
fn holder(call: &mut Call, owner: &str) -> Result<Option<User>, IamError> {
    if owner == ROOT_OWNER {
        return user::root(call).map(Some);
    }
    let Some(name) = call
        .world()
        .principal(owner)
        .map(|principal| principal.name.to_string())
    else {
        return Ok(None);
    };
    let record = call
        .load::<UserRecord>(&folded(&name))?
        .filter(|user| user.id == owner);
    Ok(record.map(|record| user::shown(call, &record)))
}
