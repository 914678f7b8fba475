//! `ScheduleKeyDeletion` and `CancelKeyDeletion`, and the deletion itself ("Delete an AWS KMS key").

use super::idle_days;
use crate::api::operations::{CancelKeyDeletion, ScheduleKeyDeletion};
use crate::api::types::{
    CancelKeyDeletionInput, CancelKeyDeletionOutput, KeyState, ScheduleKeyDeletionInput,
    ScheduleKeyDeletionOutput,
};
use crate::desk::{Desk, DeskError};
use crate::entity::{AliasRecord, DeletionRecord, GrantRecord, KeyRecord};
use crate::find::{self, Forms};
use crate::last_usage::{self, KeyUsageRecord};
use crate::plan::{self, Access};
use crate::view::{KmsWorld, Place};
use crate::{KmsError, own, state};
use jiff::{SignedDuration, Timestamp};
use kernel::chore::{ChoreError, Work};
use kernel::{Call, Operation, Plan, Registry};

/// The shortest, the longest and the usual waiting period, in days.
const SHORTEST: i32 = 7;
const LONGEST: i32 = 30;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<ScheduleKeyDeletion>();
    registry.serve::<CancelKeyDeletion>();
}

impl Operation for ScheduleKeyDeletion {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &ScheduleKeyDeletionInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:ScheduleKeyDeletion"));
        let check = idle_days(call, &target, check)?;
        // The period that counts, given or not: a policy is about what happens.
        let window = input.pending_window_in_days.unwrap_or(LONGEST);
        Ok(Plan::new(check.key(
            "kms:ScheduleKeyDeletionPendingWindowInDays",
            window.to_string(),
        )))
    }

    async fn handle(
        call: &mut Call,
        input: ScheduleKeyDeletionInput,
    ) -> Result<ScheduleKeyDeletionOutput, KmsError> {
        let window_days = input.pending_window_in_days.unwrap_or(LONGEST);
        if !(SHORTEST..=LONGEST).contains(&window_days) {
            return Err(KmsError::Validation(format!(
                "PendingWindowInDays must be between {SHORTEST} and {LONGEST}"
            )));
        }
        let key = own::customer_key(call, &input.key_id)?;
        match state::of(call, &key) {
            state @ (KeyState::PendingDeletion
            | KeyState::PendingReplicaDeletion
            | KeyState::Creating
            | KeyState::Updating) => return Err(state::refusal(&key, state)),
            KeyState::Enabled
            | KeyState::Disabled
            | KeyState::PendingImport
            | KeyState::Unavailable => {}
        }
        let mut desk = Desk::of_call(call);
        let mut record = desk.known_key(&key.place)?;
        let due = (!has_replicas(&key.place, &record)).then(|| after(desk.now, window_days));
        record.deletion = Some(DeletionRecord { window_days, due });
        desk.save_key(&key.place, &record)?;
        Ok(ScheduleKeyDeletionOutput {
            key_id: Some(key.arn.clone()),
            deletion_date: due,
            key_state: Some(match due {
                Some(_) => KeyState::PendingDeletion,
                None => KeyState::PendingReplicaDeletion,
            }),
            pending_window_in_days: Some(window_days),
        })
    }
}

impl Operation for CancelKeyDeletion {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &CancelKeyDeletionInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:CancelKeyDeletion"));
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: CancelKeyDeletionInput,
    ) -> Result<CancelKeyDeletionOutput, KmsError> {
        let key = own::customer_key(call, &input.key_id)?;
        let mut desk = Desk::of_call(call);
        let mut record = desk.known_key(&key.place)?;
        if record.deletion.take().is_none() {
            let arn = &key.arn;
            return Err(KmsError::InvalidState(format!(
                "{arn} is not pending deletion."
            )));
        }
        record.enabled = false;
        desk.save_key(&key.place, &record)?;
        Ok(CancelKeyDeletionOutput {
            key_id: Some(key.arn.clone()),
        })
    }
}

/// A primary key is not deleted before its replicas are.
fn has_replicas(place: &Place, record: &KeyRecord) -> bool {
    record.multi_region.as_ref().is_some_and(|relatives| {
        *relatives.primary == *place.region && !relatives.replicas.is_empty()
    })
}

/// The time some days later.
fn after(now: Timestamp, days: i32) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(24 * i64::from(days)))
        .unwrap_or(Timestamp::MAX)
}

/// Destroys a key whose waiting period is over: its record, its material, its grants, its aliases,
/// and what is known of its use.
pub(crate) fn destroy(work: &mut Work, place: &Place) -> Result<(), ChoreError> {
    let now = work.now;
    let Some(record) = Desk::of_work(work).key(place)? else {
        return Ok(());
    };
    let over = record
        .deletion
        .as_ref()
        .and_then(|deletion| deletion.due)
        .is_some_and(|due| due <= now);
    if !over || has_replicas(place, &record) {
        return Ok(());
    }
    let (account, region) = (place.account, &*place.region);
    let below = format!("{}/", place.id);
    remove::<KeyRecord>(work, place, &place.id)?;
    let mut desk = Desk::of_work(work);
    for material in desk.materials(place)? {
        desk.destroy_material(place, &material.id)?;
    }
    work.remove_all::<GrantRecord>(account, region, &below)?;
    let aliases: Vec<_> = KmsWorld::of(work.world())
        .map(|kms| kms.aliases_of(place).cloned().collect())
        .unwrap_or_default();
    for name in aliases {
        let alias: Option<AliasRecord> = work.load(account, region, &name)?;
        if alias.is_some_and(|alias| *alias.key == *place.id) {
            remove::<AliasRecord>(work, place, &name)?;
        }
    }
    remove::<KeyUsageRecord>(work, place, &place.id)?;
    last_usage::forget(work.host(), place);
    let mut desk = Desk::of_work(work);
    leave_family(&mut desk, place, record)?;
    desk.event("DeleteKey", place, None::<&()>);
    Ok(())
}

/// A replica that goes is forgotten by its relatives; the last one that goes starts the waiting
/// period of a primary key that waits for it ("Deleting multi-Region keys").
fn leave_family(desk: &mut Desk<'_>, place: &Place, record: KeyRecord) -> Result<(), DeskError> {
    for (relative, mut other) in desk.family(place, record)?.into_iter().skip(1) {
        if let Some(relatives) = &mut other.multi_region {
            relatives
                .replicas
                .retain(|region| **region != *place.region);
        }
        let alone = !has_replicas(&relative, &other);
        if let Some(deletion) = &mut other.deletion
            && deletion.due.is_none()
            && alone
        {
            deletion.due = Some(after(desk.now, deletion.window_days));
        }
        desk.save_key(&relative, &other)?;
    }
    Ok(())
}

fn remove<T: kernel::Entity>(work: &mut Work, place: &Place, name: &str) -> Result<(), ChoreError> {
    let key = kernel::record::key::<T>(place.account.as_str(), &place.region, name)
        .map_err(kernel::RecordError::from)?;
    work.tx().delete(key);
    Ok(())
}
