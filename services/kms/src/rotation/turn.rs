//! The rotation itself.

use super::setting::after;
use crate::api::types::{OriginType, RotationType};
use crate::blob;
use crate::deadline;
use crate::desk::{Desk, DeskError};
use crate::entity::{KeyRecord, MaterialRecord, MaterialRotation, MaterialState};
use crate::view::Place;
use serde::Serialize;

/// What CloudTrail shows of a rotation ("RotateKey", AWS KMS Developer Guide).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    rotation_type: &'static str,
    key_origin: &'static str,
    key_id: &'a str,
    previous_key_material_id: Option<&'a str>,
    current_key_material_id: &'a str,
}

/// Rotates a key whose time has come.
pub(crate) fn automatic(desk: &mut Desk<'_>, place: &Place) -> Result<(), DeskError> {
    let Some(mut record) = desk.key(place)? else {
        return Ok(());
    };
    let due = deadline::rotation(place, &record).is_some_and(|next| next <= desk.now);
    if !due || record.origin != OriginType::AwsKms {
        return Ok(());
    }
    if let Some(rotation) = &mut record.rotation {
        // The schedule holds; a key that was disabled for longer than a period starts a new one.
        let next = after(rotation.next, rotation.period_days);
        rotation.next = if next <= desk.now {
            after(desk.now, rotation.period_days)
        } else {
            next
        };
    }
    generated(desk, place, record, RotationType::Automatic)
}

/// Gives a key and its relatives new material of KMS's own.
pub(super) fn generated(
    desk: &mut Desk<'_>,
    place: &Place,
    record: KeyRecord,
    kind: RotationType,
) -> Result<(), DeskError> {
    let material = desk.fresh(&record)?;
    let mut bytes = [0; 32];
    desk.host.random.fill(&mut bytes);
    let id = blob::hex(&bytes);
    let rotation = record.rotation.clone();
    let previous = record.current_material.clone();
    for (relative, mut other) in desk.family(place, record)? {
        other.rotation.clone_from(&rotation);
        let fresh = MaterialRecord {
            id: id.clone(),
            created: desk.now,
            sealed: Some(desk.seal(&relative, &id, &material)?),
            state: MaterialState::Current,
            rotation: Some(MaterialRotation(kind)),
            rotated: Some(desk.now),
            valid_to: None,
            description: None,
        };
        replace(desk, &relative, other, &fresh)?;
    }
    report(
        desk,
        place,
        OriginType::AwsKms,
        kind,
        previous.as_deref(),
        &id,
    );
    Ok(())
}

/// Makes the imported material that waits for it the current one, here and at the relatives.
pub(super) fn imported(
    desk: &mut Desk<'_>,
    place: &Place,
    record: KeyRecord,
    id: &str,
) -> Result<(), DeskError> {
    let previous = record.current_material.clone();
    for (relative, other) in desk.family(place, record)? {
        let waiting = desk
            .material(&relative, id)?
            .ok_or(DeskError::Unsound("a replica lacks imported material"))?;
        let current = MaterialRecord {
            state: MaterialState::Current,
            rotation: Some(MaterialRotation(RotationType::OnDemand)),
            rotated: Some(desk.now),
            ..waiting
        };
        replace(desk, &relative, other, &current)?;
    }
    report(
        desk,
        place,
        OriginType::External,
        RotationType::OnDemand,
        previous.as_deref(),
        id,
    );
    Ok(())
}

/// Makes a material the current one of a key of one region.
fn replace(
    desk: &mut Desk<'_>,
    place: &Place,
    mut record: KeyRecord,
    current: &MaterialRecord,
) -> Result<(), DeskError> {
    if let Some(id) = record.current_material.replace(current.id.clone())
        && let Some(former) = desk.material(place, &id)?
    {
        let former = MaterialRecord {
            state: MaterialState::Former,
            ..former
        };
        desk.save_material(place, &former)?;
    }
    desk.save_material(place, current)?;
    desk.save_key(place, &record)
}

fn report(
    desk: &mut Desk<'_>,
    place: &Place,
    origin: OriginType,
    kind: RotationType,
    previous: Option<&str>,
    current: &str,
) {
    let details = Details {
        rotation_type: kind.as_str(),
        key_origin: origin.as_str(),
        key_id: &place.id,
        previous_key_material_id: previous,
        current_key_material_id: current,
    };
    desk.event("RotateKey", place, Some(&details));
}

/// Imported material that waits for a rotation.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Its record in the key's own region.
    pub(crate) material: MaterialRecord,
    /// Whether it is here and in the regions of all relatives.
    pub(crate) complete: bool,
}

/// Finds the material of a family that waits for a rotation, and makes its state in all regions say
/// whether it is complete.
pub(crate) fn settle(
    desk: &mut Desk<'_>,
    place: &Place,
    record: KeyRecord,
) -> Result<Option<Pending>, DeskError> {
    let mut waiting = Vec::new();
    for (relative, _) in desk.family(place, record)? {
        let found = desk.materials(&relative)?.into_iter().find(is_waiting);
        waiting.push((relative, found));
    }
    let Some((_, Some(own))) = waiting.first() else {
        return Ok(None);
    };
    let id = own.id.clone();
    let complete = waiting.iter().all(|(_, found)| {
        found
            .as_ref()
            .is_some_and(|found| found.id == id && is_here(found, desk))
    });
    let state = if complete {
        MaterialState::PendingRotation
    } else {
        MaterialState::PendingReplicas
    };
    let mut pending = None;
    for (relative, found) in waiting {
        let Some(found) = found.filter(|found| found.id == id) else {
            continue;
        };
        let changed = found.state != state;
        let material = MaterialRecord { state, ..found };
        if changed {
            desk.save_material(&relative, &material)?;
        }
        pending.get_or_insert(Pending { material, complete });
    }
    Ok(pending)
}

fn is_waiting(material: &MaterialRecord) -> bool {
    matches!(
        material.state,
        MaterialState::PendingRotation | MaterialState::PendingReplicas
    )
}

fn is_here(material: &MaterialRecord, desk: &Desk<'_>) -> bool {
    material.sealed.is_some() && material.valid_to.is_none_or(|expiry| desk.now < expiry)
}
