//! `GetKeyLastUsage`: which cryptographic operation last succeeded with a key, and its event.
//!
//! Uses are kept in memory and flushed from time to time: a crash loses at most those since the last
//! flush, and the trail has them all.

use crate::api::operations::GetKeyLastUsage;
use crate::api::types::{GetKeyLastUsageInput, GetKeyLastUsageOutput, KeyLastUsageData};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::view::{KeyView, Place};
use crate::{KmsError, own};
use jiff::Timestamp;
use kernel::{Call, Entity, Host, Operation, Plan, Registry, record};
use serde::{Deserialize, Serialize};
use store::RecordKey;

/// The last use of a key. Its name is the key's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyUsageRecord {
    /// When the key was made: a replica that is made anew was not used before.
    key_created: Timestamp,
    /// The operation, such as `Decrypt`.
    operation: String,
    at: Timestamp,
    event_id: String,
    request_id: String,
}

impl Entity for KeyUsageRecord {
    const KIND: &'static str = "kms.key-usage";
}

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<GetKeyLastUsage>();
}

/// Notes that the call used the key. To be called where a cryptographic operation has succeeded.
pub(crate) fn note(call: &Call, key: &KeyView) {
    // An id of a key that exists is the name of a record.
    let Some(record_key) = record_key(&key.place) else {
        return;
    };
    let usage = KeyUsageRecord {
        key_created: key.record.created,
        operation: call.operation.name.to_owned(),
        at: call.now,
        event_id: call.event_id.clone(),
        request_id: call.request_id.clone(),
    };
    call.host().last_used.note_resource(record_key, usage);
}

/// Forgets the uses of a key that is gone, as far as they are not flushed.
pub(crate) fn forget(host: &Host, place: &Place) {
    if let Some(key) = record_key(place) {
        host.last_used.forget_resource(&key);
    }
}

/// Whole days since a key was last used or, where it never was, since it was made
/// (`kms:TrailingDaysWithoutKeyUsage`).
///
/// # Errors
/// The server's failure.
pub(crate) fn days_without(call: &mut Call, key: &KeyView) -> Result<i64, KmsError> {
    let since = last(call, key)?.map_or(key.record.created, |usage| usage.at);
    Ok(call.now.duration_since(since).as_hours().max(0) / 24)
}

/// The last use of a key.
fn last(call: &mut Call, key: &KeyView) -> Result<Option<KeyUsageRecord>, KmsError> {
    let place = &key.place;
    let recent = record_key(place).and_then(|record_key| {
        call.host()
            .last_used
            .resource::<KeyUsageRecord>(&record_key)
    });
    let usage = match recent {
        Some(recent) => Some(KeyUsageRecord::clone(&recent)),
        None => call.load_in::<KeyUsageRecord>(place.account, &place.region, &place.id)?,
    };
    Ok(usage.filter(|usage| usage.key_created == key.record.created))
}

fn record_key(place: &Place) -> Option<RecordKey> {
    record::key::<KeyUsageRecord>(place.account.as_str(), &place.region, &place.id).ok()
}

impl Operation for GetKeyLastUsage {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &GetKeyLastUsageInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:GetKeyLastUsage"));
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: GetKeyLastUsageInput,
    ) -> Result<GetKeyLastUsageOutput, KmsError> {
        let key = own::key(call, &input.key_id)?;
        let place = &key.place;
        let usage = last(call, &key)?;
        let data = usage.map_or_else(KeyLastUsageData::default, |usage| KeyLastUsageData {
            operation: usage.operation.parse().ok(),
            timestamp: Some(usage.at),
            cloud_trail_event_id: Some(usage.event_id),
            kms_request_id: Some(usage.request_id),
        });
        Ok(GetKeyLastUsageOutput {
            key_id: Some(place.id.to_string()),
            key_last_usage: Some(data),
            // Uses have been noted for as long as there have been keys here.
            tracking_start_date: Some(key.record.created),
            key_creation_date: Some(key.record.created),
        })
    }
}
