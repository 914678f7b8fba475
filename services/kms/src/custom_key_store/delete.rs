//! `DeleteCustomKeyStore`.

use super::connect::wrong_state;
use super::{load, place, plan};
use crate::KmsError;
use crate::api::operations::DeleteCustomKeyStore;
use crate::api::types::{
    ConnectionStateType, DeleteCustomKeyStoreInput, DeleteCustomKeyStoreOutput,
};
use crate::entity::{CustomKeyStoreRecord, ExternalKeyRecord, KeyRecord};
use crate::view::Place;
use kernel::{Call, Operation, Plan, Registry};

/// Records that are read at once.
const BATCH: usize = 100;

pub(super) fn register(registry: &mut Registry) {
    registry.serve::<DeleteCustomKeyStore>();
}

impl Operation for DeleteCustomKeyStore {
    type Error = KmsError;

    fn plan(call: &mut Call, _: &DeleteCustomKeyStoreInput) -> Result<Plan, KmsError> {
        Ok(plan(call, "kms:DeleteCustomKeyStore"))
    }

    async fn handle(
        call: &mut Call,
        input: DeleteCustomKeyStoreInput,
    ) -> Result<DeleteCustomKeyStoreOutput, KmsError> {
        let record = load(call, &input.custom_key_store_id)?;
        if record.state != ConnectionStateType::Disconnected {
            return Err(wrong_state(&record.id, record.state));
        }
        let store = place(call, &record.id);
        forget_keys(call, &store)?;
        call.remove_in::<CustomKeyStoreRecord>(store.account, &store.region, &store.id)?;
        Ok(DeleteCustomKeyStoreOutput {})
    }
}

/// Stages that the store's external keys are forgotten, if none belongs to a key any more.
fn forget_keys(call: &mut Call, store: &Place) -> Result<(), KmsError> {
    let prefix = format!("{}/", store.id);
    let mut after = None;
    loop {
        let found: Vec<(String, ExternalKeyRecord)> = call.list_in(
            store.account,
            &store.region,
            &prefix,
            after.as_deref(),
            BATCH,
        )?;
        for (name, external) in &found {
            if owner(call, store, external)? {
                return Err(KmsError::CustomKeyStoreHasKeys(format!(
                    "Custom key store {} cannot be deleted because it contains KMS keys.",
                    store.id
                )));
            }
            call.remove_in::<ExternalKeyRecord>(store.account, &store.region, name)?;
        }
        match found.last() {
            Some((last, _)) if found.len() == BATCH => after = Some(last.clone()),
            _ => return Ok(()),
        }
    }
}

/// Whether the key to which an external key belongs is still there.
pub(super) fn owner(
    call: &mut Call,
    store: &Place,
    external: &ExternalKeyRecord,
) -> Result<bool, KmsError> {
    let key: Option<KeyRecord> = call.load_in(store.account, &store.region, &external.key)?;
    Ok(key.is_some_and(|key| key.custom_key_store.as_deref() == Some(&*store.id)))
}
