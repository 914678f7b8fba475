//! What becomes due with time: deletions, rotations, and the end of imported material.

use crate::entity::{KeyRecord, MaterialRecord};
use crate::view::Place;
use jiff::Timestamp;
use std::sync::Arc;

/// Something that is due at a time, about the key of a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deadline {
    /// When.
    pub(crate) at: Timestamp,
    /// Which key.
    pub(crate) place: Place,
    /// What.
    pub(crate) deed: Deed,
}

/// What is due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deed {
    /// The key is destroyed, with all that belongs to it.
    Delete,
    /// The key gets new material.
    Rotate,
    /// Imported material is destroyed; its id.
    Expire(Arc<str>),
}

/// What a key's record makes due.
#[must_use]
pub(crate) fn of_key(place: &Place, record: &KeyRecord) -> Option<Deadline> {
    let (at, deed) = match &record.deletion {
        Some(deletion) => (deletion.due?, Deed::Delete),
        None => (rotation(place, record)?, Deed::Rotate),
    };
    let place = place.clone();
    Some(Deadline { at, place, deed })
}

/// When a key rotates by itself. Replicas follow their primary key; a disabled key does not rotate
/// ("GetKeyRotationStatus", KMS API Reference).
#[must_use]
pub(crate) fn rotation(place: &Place, record: &KeyRecord) -> Option<Timestamp> {
    let leads = record
        .multi_region
        .as_ref()
        .is_none_or(|relatives| *relatives.primary == *place.region);
    record
        .rotation
        .as_ref()
        .filter(|_| record.enabled && leads && record.deletion.is_none())
        .map(|rotation| rotation.next)
}

/// What a material's record makes due.
#[must_use]
pub(crate) fn of_material(place: &Place, record: &MaterialRecord) -> Option<Deadline> {
    let at = record.valid_to.filter(|_| record.sealed.is_some())?;
    Some(Deadline {
        at,
        place: place.clone(),
        deed: Deed::Expire(record.id.as_str().into()),
    })
}
