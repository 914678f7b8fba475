//! `UpdatePrimaryRegion`.

use crate::api::operations::UpdatePrimaryRegion;
use crate::api::types::{KeyState, UpdatePrimaryRegionInput, UpdatePrimaryRegionOutput};
use crate::desk::Desk;
use crate::entity::MultiRegionRecord;
use crate::find::{self, Forms, Target};
use crate::plan::{self, Access};
use crate::view::{KeyView, Place};
use crate::{KmsError, own, state};
use kernel::{Call, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<UpdatePrimaryRegion>();
}

impl Operation for UpdatePrimaryRegion {
    type Error = KmsError;

    /// The permission is needed on both keys, whose policies are their own.
    fn plan(call: &mut Call, input: &UpdatePrimaryRegionInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let replica = replica(call, &target, &input.primary_region)?;
        let access = Access::new("kms:UpdatePrimaryRegion");
        let checks = [target, replica].map(|target| {
            plan::check(call, &target, access)
                .key("kms:PrimaryRegion", &input.primary_region)
                .key("aws:RequestedRegion", &*target.place.region)
        });
        Ok(Plan::all(checks.into()))
    }

    async fn handle(
        call: &mut Call,
        input: UpdatePrimaryRegionInput,
    ) -> Result<UpdatePrimaryRegionOutput, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let key = own::of_target(call, &target)?;
        super::replicate::is_primary(&key)?;
        state::usable(call, &key)?;
        let region = input.primary_region.as_str();
        let replica = replica(call, &target, region)?;
        let Some(heir) = replica.view.filter(|_| has_replica_in(&key, region)) else {
            return Err(KmsError::NotFound(format!(
                "Key '{}' does not exist",
                replica.place.key_arn(call.partition())
            )));
        };
        call.note_resource(heir.arn.clone(), "AWS::KMS::Key");
        match state::of(call, &heir) {
            KeyState::Enabled | KeyState::Disabled => {}
            state => return Err(state::refusal(&heir, state)),
        }
        let mut desk = Desk::of_call(call);
        let record = desk.known_key(&key.place)?;
        for (place, mut record) in desk.family(&key.place, record)? {
            if let Some(relatives) = &mut record.multi_region {
                *relatives = led_by(region, relatives);
            }
            desk.save_key(&place, &record)?;
        }
        own::show_changed(call, &key);
        Ok(UpdatePrimaryRegionOutput {})
    }
}

/// The key of the same id in another region, which need not exist.
fn replica(call: &mut Call, target: &Target, region: &str) -> Result<Target, KmsError> {
    let place = Place::new(target.place.account, region, &target.place.id);
    find::at(call, place)
}

fn has_replica_in(key: &KeyView, region: &str) -> bool {
    key.record
        .multi_region
        .as_ref()
        .is_some_and(|relatives| relatives.replicas.iter().any(|replica| replica == region))
}

/// The same relatives with another primary key.
fn led_by(region: &str, relatives: &MultiRegionRecord) -> MultiRegionRecord {
    let replicas = std::iter::once(&relatives.primary)
        .chain(&relatives.replicas)
        .filter(|other| *other != region)
        .cloned();
    MultiRegionRecord {
        primary: region.to_owned(),
        replicas: replicas.collect(),
    }
}
