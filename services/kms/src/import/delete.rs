//! `DeleteImportedKeyMaterial`, and the end of material that expires.

use crate::api::operations::DeleteImportedKeyMaterial;
use crate::api::types::{
    DeleteImportedKeyMaterialInput, DeleteImportedKeyMaterialOutput, OriginType,
};
use crate::desk::{Desk, DeskError};
use crate::entity::{KeyRecord, MaterialRecord, MaterialState};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::view::Place;
use crate::{KmsError, own};
use kernel::{Call, Operation, Plan, Registry};
use serde::Serialize;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<DeleteImportedKeyMaterial>();
}

impl Operation for DeleteImportedKeyMaterial {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &DeleteImportedKeyMaterialInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:DeleteImportedKeyMaterial"));
        Ok(Plan::new(check))
    }

    /// Material can go in every state of the key; what is gone already stays so.
    async fn handle(
        call: &mut Call,
        input: DeleteImportedKeyMaterialInput,
    ) -> Result<DeleteImportedKeyMaterialOutput, KmsError> {
        let key = own::customer_key(call, &input.key_id)?;
        own::of_origin(&key, &[OriginType::External])?;
        let mut desk = Desk::of_call(call);
        let record = desk.known_key(&key.place)?;
        let wanted = input
            .key_material_id
            .clone()
            .or_else(|| record.current_material.clone());
        let material = match &wanted {
            Some(id) => desk.material(&key.place, id)?,
            None => None,
        };
        if material.is_none() && input.key_material_id.is_some() {
            return Err(KmsError::NotFound(format!(
                "The key material ID is not associated with {}.",
                key.arn
            )));
        }
        let id = match material {
            Some(material) => {
                let id = material.id.clone();
                destroy(&mut desk, &key.place, record, material)?;
                Some(id)
            }
            None => None,
        };
        Ok(DeleteImportedKeyMaterialOutput {
            key_id: Some(key.arn.clone()),
            key_material_id: id,
        })
    }
}

/// Destroys imported material. What the key ever encrypted with stays known by its id, so that only
/// the same material can come again; what only waited for a rotation is forgotten, with that of
/// the replicas where it was the primary key's.
fn destroy(
    desk: &mut Desk<'_>,
    place: &Place,
    key: KeyRecord,
    material: MaterialRecord,
) -> Result<(), DeskError> {
    match material.state {
        MaterialState::Current | MaterialState::Former => {
            let material = MaterialRecord {
                sealed: None,
                valid_to: None,
                ..material
            };
            desk.replace_material(place, &material)
        }
        MaterialState::PendingRotation | MaterialState::PendingReplicas => {
            let leads = key
                .multi_region
                .as_ref()
                .is_none_or(|relatives| *relatives.primary == *place.region);
            if !leads {
                let material = MaterialRecord {
                    sealed: None,
                    valid_to: None,
                    ..material
                };
                return desk.replace_material(place, &material);
            }
            for (relative, _) in desk.family(place, key)? {
                desk.destroy_material(&relative, &material.id)?;
            }
            Ok(())
        }
    }
}

/// What CloudTrail shows of the end of imported material ("DeleteExpiredKeyMaterial").
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    key_id: &'a str,
    key_material_id: &'a str,
}

/// Destroys imported material whose time is over.
pub(crate) fn expire(desk: &mut Desk<'_>, place: &Place, id: &str) -> Result<(), DeskError> {
    let (Some(key), Some(material)) = (desk.key(place)?, desk.material(place, id)?) else {
        return Ok(());
    };
    let over =
        material.sealed.is_some() && material.valid_to.is_some_and(|expiry| expiry <= desk.now);
    if !over {
        return Ok(());
    }
    destroy(desk, place, key, material)?;
    let details = Details {
        key_id: &place.id,
        key_material_id: id,
    };
    desk.event("DeleteExpiredKeyMaterial", place, Some(&details));
    Ok(())
}
