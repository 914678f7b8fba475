//! `ListKeyRotations`.

use crate::api::operations::ListKeyRotations;
use crate::api::types::{
    ExpirationModelType, ImportState, IncludeKeyMaterial, KeyMaterialState, ListKeyRotationsInput,
    ListKeyRotationsOutput, OriginType, RotationsListEntry,
};
use crate::entity::{MaterialRecord, MaterialState};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::view::{KeyView, KmsWorld, MaterialView};
use crate::{KmsError, own, page};
use jiff::Timestamp;
use kernel::{Call, Operation, Plan, Registry};

/// The usual length of a page.
const PAGE: usize = 100;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<ListKeyRotations>();
}

impl Operation for ListKeyRotations {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &ListKeyRotationsInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:ListKeyRotations"));
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: ListKeyRotationsInput,
    ) -> Result<ListKeyRotationsOutput, KmsError> {
        let key = own::key(call, &input.key_id)?;
        own::symmetric(&key)?;
        own::of_origin(&key, &[OriginType::AwsKms, OriginType::External])?;
        let all = input.include_key_material == Some(IncludeKeyMaterial::AllKeyMaterial);
        let now = call.now;
        let mut entries: Vec<(String, RotationsListEntry)> = KmsWorld::of(call.world())
            .into_iter()
            .flat_map(|kms| kms.materials(&key.place))
            .filter(|material| all || material.record.rotation.is_some())
            .map(|material| (order(&material.record), entry(&key, material, now)))
            .collect();
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        let page = page::of(
            &format!("rotations/{}", key.place.id),
            entries,
            |entry| entry.0.clone(),
            input.limit,
            PAGE,
            input.marker.as_deref(),
        )?;
        Ok(ListKeyRotationsOutput {
            truncated: Some(page.is_truncated()),
            next_marker: page.next,
            rotations: Some(page.items.into_iter().map(|(_, entry)| entry).collect()),
        })
    }
}

/// A text that sorts materials: the first, then by their rotation, then those that wait for one.
fn order(material: &MaterialRecord) -> String {
    let part = match material.state {
        MaterialState::PendingRotation | MaterialState::PendingReplicas => 2,
        _ if material.rotated.is_some() => 1,
        _ => 0,
    };
    let at = material.rotated.unwrap_or(material.created);
    format!("{part}/{:020}/{}", at.as_microsecond().max(0), material.id)
}

fn entry(key: &KeyView, material: &MaterialView, now: Timestamp) -> RotationsListEntry {
    let record = &material.record;
    let external = key.record.origin == OriginType::External;
    let present = material.is_present(now);
    RotationsListEntry {
        key_id: Some(key.place.id.to_string()),
        key_material_id: Some(record.id.clone()),
        key_material_description: record.description.clone().filter(|_| external),
        import_state: external.then_some(if present {
            ImportState::Imported
        } else {
            ImportState::PendingImport
        }),
        key_material_state: Some(match record.state {
            MaterialState::Current => KeyMaterialState::Current,
            MaterialState::Former => KeyMaterialState::NonCurrent,
            MaterialState::PendingRotation => KeyMaterialState::PendingRotation,
            MaterialState::PendingReplicas => KeyMaterialState::PendingMultiRegionImportAndRotation,
        }),
        expiration_model: (external && present).then_some(if record.valid_to.is_some() {
            ExpirationModelType::KeyMaterialExpires
        } else {
            ExpirationModelType::KeyMaterialDoesNotExpire
        }),
        valid_to: record.valid_to.filter(|_| present),
        rotation_date: record.rotated,
        rotation_type: record.rotation.map(|rotation| rotation.0),
    }
}
