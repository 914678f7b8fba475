//! `EnableKeyRotation`, `DisableKeyRotation` and `GetKeyRotationStatus`.

use crate::api::operations::{DisableKeyRotation, EnableKeyRotation, GetKeyRotationStatus};
use crate::api::types::{
    DisableKeyRotationInput, DisableKeyRotationOutput, EnableKeyRotationInput,
    EnableKeyRotationOutput, GetKeyRotationStatusInput, GetKeyRotationStatusOutput, OriginType,
};
use crate::desk::Desk;
use crate::entity::RotationRecord;
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::view::KeyView;
use crate::{KmsError, own, state};
use jiff::{SignedDuration, Timestamp};
use kernel::{Call, Operation, Plan, Registry};
use std::sync::Arc;

/// The usual period, in days.
const YEAR: i32 = 365;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<EnableKeyRotation>();
    registry.serve::<DisableKeyRotation>();
    registry.serve::<GetKeyRotationStatus>();
}

impl Operation for EnableKeyRotation {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &EnableKeyRotationInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:EnableKeyRotation"));
        // The period that counts, given or not: a policy is about what happens.
        let period = input.rotation_period_in_days.unwrap_or(YEAR);
        Ok(Plan::new(
            check.key("kms:RotationPeriodInDays", period.to_string()),
        ))
    }

    async fn handle(
        call: &mut Call,
        input: EnableKeyRotationInput,
    ) -> Result<EnableKeyRotationOutput, KmsError> {
        let key = rotatable(call, &input.key_id)?;
        let period_days = input.rotation_period_in_days.unwrap_or(YEAR);
        let next = after(call.now, period_days);
        // To ask again for what is does not put the rotation off.
        let unchanged = key
            .record
            .rotation
            .as_ref()
            .is_some_and(|rotation| rotation.period_days == period_days);
        if !unchanged {
            set(call, &key, Some(RotationRecord { period_days, next }))?;
        }
        own::show_changed(call, &key);
        Ok(EnableKeyRotationOutput {})
    }
}

impl Operation for DisableKeyRotation {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &DisableKeyRotationInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:DisableKeyRotation"));
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: DisableKeyRotationInput,
    ) -> Result<DisableKeyRotationOutput, KmsError> {
        let key = rotatable(call, &input.key_id)?;
        set(call, &key, None)?;
        own::show_changed(call, &key);
        Ok(DisableKeyRotationOutput {})
    }
}

/// A key whose automatic rotation can be turned on and off.
fn rotatable(call: &mut Call, key_id: &str) -> Result<Arc<KeyView>, KmsError> {
    let key = own::customer_key(call, key_id)?;
    own::symmetric(&key)?;
    own::of_origin(&key, &[OriginType::AwsKms])?;
    state::usable(call, &key)?;
    own::primary(&key)?;
    Ok(key)
}

/// Sets the rotation of a key and of its replicas.
fn set(call: &mut Call, key: &KeyView, rotation: Option<RotationRecord>) -> Result<(), KmsError> {
    let mut desk = Desk::of_call(call);
    let record = desk.known_key(&key.place)?;
    for (place, mut record) in desk.family(&key.place, record)? {
        record.rotation.clone_from(&rotation);
        desk.save_key(&place, &record)?;
    }
    Ok(())
}

/// The time some days later.
pub(super) fn after(time: Timestamp, days: i32) -> Timestamp {
    time.saturating_add(SignedDuration::from_hours(24 * i64::from(days)))
        .unwrap_or(Timestamp::MAX)
}

impl Operation for GetKeyRotationStatus {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &GetKeyRotationStatusInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:GetKeyRotationStatus"));
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: GetKeyRotationStatusInput,
    ) -> Result<GetKeyRotationStatusOutput, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let key = target.found(call)?;
        call.note_resource(key.arn.clone(), "AWS::KMS::Key");
        own::symmetric(&key)?;
        own::of_origin(&key, &[OriginType::AwsKms, OriginType::External])?;
        // While a key waits for its deletion, it does not rotate, and says so.
        let rotation = key
            .record
            .rotation
            .as_ref()
            .filter(|_| key.record.deletion.is_none());
        Ok(GetKeyRotationStatusOutput {
            key_rotation_enabled: Some(rotation.is_some()),
            key_id: Some(key.place.id.to_string()),
            rotation_period_in_days: rotation.map(|rotation| rotation.period_days),
            next_rotation_date: rotation.map(|rotation| rotation.next),
            // A rotation on demand is over when its call is.
            on_demand_rotation_start_date: None,
        })
    }
}
