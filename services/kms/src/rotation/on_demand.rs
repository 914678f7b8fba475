//! `RotateKeyOnDemand`.

use super::turn;
use crate::api::operations::RotateKeyOnDemand;
use crate::api::types::{
    OriginType, RotateKeyOnDemandInput, RotateKeyOnDemandOutput, RotationType,
};
use crate::desk::Desk;
use crate::entity::MaterialRotation;
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::{KmsError, deadline, own, state};
use jiff::SignedDuration;
use kernel::{Call, Operation, Plan, Registry};

/// Rotations on demand that a key can have ("Request quotas", AWS KMS Developer Guide).
const LIMIT: usize = 25;
/// So long before an automatic rotation none can be asked for.
const CONFLICT: SignedDuration = SignedDuration::from_mins(20);

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<RotateKeyOnDemand>();
}

impl Operation for RotateKeyOnDemand {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &RotateKeyOnDemandInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:RotateKeyOnDemand"));
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: RotateKeyOnDemandInput,
    ) -> Result<RotateKeyOnDemandOutput, KmsError> {
        let key = own::customer_key(call, &input.key_id)?;
        own::symmetric(&key)?;
        own::of_origin(&key, &[OriginType::AwsKms, OriginType::External])?;
        state::usable(call, &key)?;
        own::primary(&key)?;
        let (arn, place) = (&key.arn, &key.place);
        let mut desk = Desk::of_call(call);
        let record = desk.known_key(place)?;
        let soon = deadline::rotation(place, &record)
            .is_some_and(|next| next.duration_since(desk.now) <= CONFLICT);
        if soon {
            return Err(KmsError::Conflict(format!(
                "An automatic rotation of {arn} is in progress or scheduled to begin within the next 20 minutes."
            )));
        }
        let on_demand = Some(MaterialRotation(RotationType::OnDemand));
        let materials = desk.materials(place)?;
        let done = materials
            .iter()
            .filter(|material| material.rotation == on_demand)
            .count();
        if done >= LIMIT {
            return Err(KmsError::LimitExceeded(format!(
                "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: {arn}"
            )));
        }
        if record.origin == OriginType::External {
            let pending = turn::settle(&mut desk, place, record.clone())?;
            let id = match pending {
                Some(pending) if pending.complete => pending.material.id,
                _ => {
                    return Err(KmsError::InvalidState(format!(
                        "No available key material pending rotation for the key: {arn}."
                    )));
                }
            };
            turn::imported(&mut desk, place, record, &id)?;
        } else {
            turn::generated(&mut desk, place, record, RotationType::OnDemand)?;
        }
        Ok(RotateKeyOnDemandOutput {
            key_id: Some(place.id.to_string()),
        })
    }
}
