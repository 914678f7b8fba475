//! `ConnectCustomKeyStore` and `DisconnectCustomKeyStore`.

use super::{load, place, plan, save};
use crate::KmsError;
use crate::api::operations::{ConnectCustomKeyStore, DisconnectCustomKeyStore};
use crate::api::types::{
    ConnectCustomKeyStoreInput, ConnectCustomKeyStoreOutput, ConnectionStateType,
    DisconnectCustomKeyStoreInput, DisconnectCustomKeyStoreOutput,
};
use crate::entity::ConnectionError;
use crate::xks::{self, Trouble};
use kernel::{Call, Operation, Plan, Registry};

pub(super) fn register(registry: &mut Registry) {
    registry.serve::<ConnectCustomKeyStore>();
    registry.serve::<DisconnectCustomKeyStore>();
}

impl Operation for ConnectCustomKeyStore {
    type Error = KmsError;

    fn plan(call: &mut Call, _: &ConnectCustomKeyStoreInput) -> Result<Plan, KmsError> {
        Ok(plan(call, "kms:ConnectCustomKeyStore"))
    }

    /// AWS connects after its answer and here it is done before. Either way the answer does not say
    /// whether it worked: the store's state does.
    async fn handle(
        call: &mut Call,
        input: ConnectCustomKeyStoreInput,
    ) -> Result<ConnectCustomKeyStoreOutput, KmsError> {
        let mut record = load(call, &input.custom_key_store_id)?;
        match record.state {
            ConnectionStateType::Failed | ConnectionStateType::Disconnecting => {
                return Err(wrong_state(&record.id, record.state));
            }
            // Nothing is left to do.
            ConnectionStateType::Connected => return Ok(ConnectCustomKeyStoreOutput {}),
            ConnectionStateType::Disconnected | ConnectionStateType::Connecting => {}
        }
        let store = place(call, &record.id);
        let failure = match xks::check_health(call, &store, &record).await {
            Ok(()) => None,
            Err(Trouble::Proxy(failure)) => Some(ConnectionError(failure.of_connection())),
            Err(Trouble::Server(error)) => return Err(error),
        };
        record.state = if failure.is_none() {
            ConnectionStateType::Connected
        } else {
            ConnectionStateType::Failed
        };
        record.error = failure;
        save(call, &record)?;
        Ok(ConnectCustomKeyStoreOutput {})
    }
}

impl Operation for DisconnectCustomKeyStore {
    type Error = KmsError;

    fn plan(call: &mut Call, _: &DisconnectCustomKeyStoreInput) -> Result<Plan, KmsError> {
        Ok(plan(call, "kms:DisconnectCustomKeyStore"))
    }

    async fn handle(
        call: &mut Call,
        input: DisconnectCustomKeyStoreInput,
    ) -> Result<DisconnectCustomKeyStoreOutput, KmsError> {
        let mut record = load(call, &input.custom_key_store_id)?;
        if matches!(
            record.state,
            ConnectionStateType::Disconnected | ConnectionStateType::Disconnecting
        ) {
            return Err(wrong_state(&record.id, record.state));
        }
        record.state = ConnectionStateType::Disconnected;
        record.error = None;
        save(call, &record)?;
        Ok(DisconnectCustomKeyStoreOutput {})
    }
}

/// How a connection state is refused.
pub(super) fn wrong_state(id: &str, state: ConnectionStateType) -> KmsError {
    KmsError::CustomKeyStoreInvalidState(format!(
        "Custom key store {id} has an invalid connection state for this operation: {state}."
    ))
}
