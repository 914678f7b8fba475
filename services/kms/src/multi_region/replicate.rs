//! `ReplicateKey`.

use crate::api::operations::ReplicateKey;
use crate::api::types::{KeyState, OriginType, ReplicateKeyInput, ReplicateKeyOutput};
use crate::desk::{Desk, DeskError};
use crate::entity::{KeyRecord, MaterialRecord};
use crate::find::{self, Forms, Target};
use crate::key::quota;
use crate::key_policy::{self, Bound};
use crate::plan::{self, Access};
use crate::view::{KeyView, Place};
use crate::{KmsError, metadata, own, rotation, state, tag};
use kernel::{Call, Check, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<ReplicateKey>();
}

impl Operation for ReplicateKey {
    type Error = KmsError;

    /// `kms:ReplicateKey` on the primary key, and `kms:CreateKey` in the replica's region.
    fn plan(call: &mut Call, input: &ReplicateKeyInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let replicate = plan::check(call, &target, Access::new("kms:ReplicateKey"))
            .key("kms:ReplicaRegion", &input.replica_region)
            .key("kms:BypassPolicyLockoutSafetyCheck", flag(input));
        let create = created(call, &target, input, Check::new("kms:CreateKey", "*"));
        let plan = Plan::new(replicate).and(create);
        if tag::pairs(input.tags.as_ref()).next().is_none() {
            return Ok(plan);
        }
        let replica = Place::new(
            target.place.account,
            &input.replica_region,
            &target.place.id,
        );
        let replica = replica.key_arn(call.partition());
        let tag = Check::new("kms:TagResource", replica).owned_by(target.place.account);
        Ok(plan.and(created(call, &target, input, tag)))
    }

    async fn handle(
        call: &mut Call,
        input: ReplicateKeyInput,
    ) -> Result<ReplicateKeyOutput, KmsError> {
        let key = own::key(call, &input.key_id)?;
        is_primary(&key)?;
        state::usable(call, &key)?;
        let partition = call.partition();
        let region = input.replica_region.as_str();
        let known = catalog::regions(partition.as_str())
            .iter()
            .any(|known| known.id == region);
        if !known {
            return Err(KmsError::UnsupportedOperation(format!(
                "{region} is not a Region of this partition."
            )));
        }
        let place = Place::new(key.place.account, region, &key.place.id);
        let arn = place.key_arn(partition);
        call.note_resource(arn.clone(), "AWS::KMS::Key");
        if place == key.place || find::at(call, place.clone())?.view.is_some() {
            return Err(KmsError::AlreadyExists(format!("{arn} already exists.")));
        }
        quota::room(call, region)?;
        let replica = record(call, &key, &input)?;
        // The default policy leaves it to the account who may change it, as for a key that is made.
        let bypassed = input.bypass_policy_lockout_safety_check;
        if input.policy.is_some() {
            key_policy::keep_open(call, &place, &replica, bypassed)?;
        }
        let mut desk = Desk::of_call(call);
        if desk.key(&place)?.is_some() {
            return Err(KmsError::AlreadyExists(format!("{arn} already exists.")));
        }
        let replica = stage(&mut desk, &key.place, &place, replica)?;
        let state = if replica.origin == OriginType::External {
            KeyState::PendingImport
        } else {
            KeyState::Enabled
        };
        let shown = metadata::of(partition, &place, &replica, state, None);
        Ok(ReplicateKeyOutput {
            replica_key_metadata: Some(shown),
            replica_policy: Some(replica.policy),
            replica_tags: Some(input.tags.unwrap_or_default()),
        })
    }
}

/// The replica's record: what it shares, and what is its own.
fn record(
    call: &mut Call,
    key: &KeyView,
    input: &ReplicateKeyInput,
) -> Result<KeyRecord, KmsError> {
    let policy = match &input.policy {
        Some(text) => key_policy::bind(call, text)?,
        None => Bound {
            text: key_policy::default_document(call.partition(), call.account()),
            principals: Vec::new(),
        },
    };
    Ok(KeyRecord {
        created: call.now,
        description: input.description.clone().unwrap_or_default(),
        policy: policy.text,
        principals: policy.principals,
        tags: tag::checked(input.tags.as_deref().unwrap_or_default())?,
        enabled: true,
        deletion: None,
        ..key.record.clone()
    })
}

/// Writes the replica, its material, and at all relatives that it is there.
fn stage(
    desk: &mut Desk<'_>,
    from: &Place,
    place: &Place,
    replica: KeyRecord,
) -> Result<KeyRecord, DeskError> {
    let primary = desk.known_key(from)?;
    for material in desk.materials(from)? {
        let copy = copy(desk, from, &primary, place, &material)?;
        desk.save_material(place, &copy)?;
    }
    let mut family = desk.family(from, primary)?;
    family.push((place.clone(), replica));
    let mut made = None;
    for (relative, mut record) in family {
        if let Some(relatives) = &mut record.multi_region {
            relatives.replicas.push(place.region.to_string());
        }
        desk.save_key(&relative, &record)?;
        made = Some(record);
    }
    // New material that waits for a rotation is not there yet.
    let primary = desk.known_key(from)?;
    rotation::settle(desk, from, primary)?;
    made.ok_or(DeskError::Unsound("a replica was not made"))
}

/// A material for the replica: sealed for its place, and without what was imported, which must be
/// imported there too.
fn copy(
    desk: &Desk<'_>,
    from: &Place,
    key: &KeyRecord,
    to: &Place,
    material: &MaterialRecord,
) -> Result<MaterialRecord, DeskError> {
    let external = key.origin == OriginType::External;
    let sealed = if external {
        None
    } else {
        desk.open(from, key, material)?
            .map(|opened| desk.seal(to, &material.id, &opened))
            .transpose()?
    };
    Ok(MaterialRecord {
        sealed,
        valid_to: None,
        ..material.clone()
    })
}

/// A check about the replica to be made, in its region.
fn created(call: &Call, target: &Target, input: &ReplicateKeyInput, check: Check) -> Check {
    let check = plan::of_call(call, check)
        .key("aws:RequestedRegion", &input.replica_region)
        .key("kms:BypassPolicyLockoutSafetyCheck", flag(input))
        .key("kms:MultiRegion", "true")
        .key("kms:MultiRegionKeyType", "REPLICA")
        .request_tags(tag::pairs(input.tags.as_ref()));
    match &target.view {
        Some(view) => plan::spec_and_usage(check, view.record.spec, Some(view.record.usage))
            .key("kms:KeyOrigin", view.record.origin.as_str()),
        None => check,
    }
}

fn flag(input: &ReplicateKeyInput) -> &'static str {
    if input.bypass_policy_lockout_safety_check == Some(true) {
        "true"
    } else {
        "false"
    }
}

/// Refuses keys that are no multi-Region primary key.
///
/// # Errors
/// `UnsupportedOperationException`, in AWS's words.
pub(super) fn is_primary(key: &KeyView) -> Result<(), KmsError> {
    match &key.record.multi_region {
        Some(relatives) if *relatives.primary == *key.place.region => Ok(()),
        _ => Err(KmsError::UnsupportedOperation(format!(
            "{} is not a multi-Region primary key.",
            key.arn
        ))),
    }
}
