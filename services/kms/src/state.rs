//! What the state of a key admits ("Key states of AWS KMS keys").

use crate::KmsError;
use crate::api::types::KeyState;
use crate::view::{KeyView, KmsWorld};
use kernel::Call;

/// The state of a key at the call's time.
#[must_use]
pub(crate) fn of(call: &Call, key: &KeyView) -> KeyState {
    let state = |kms: &KmsWorld| kms.state(key, call.now);
    // Without any record there can still be a key that AWS manages and that is to be made.
    KmsWorld::of(call.world()).map_or_else(|| state(&KmsWorld::default()), state)
}

/// A key that is to encrypt, sign or the like must be enabled.
///
/// # Errors
/// `DisabledException` and `KMSInvalidStateException`, in AWS's words.
pub(crate) fn usable(call: &Call, key: &KeyView) -> Result<(), KmsError> {
    match of(call, key) {
        KeyState::Enabled => Ok(()),
        state => Err(refusal(key, state)),
    }
}

/// A key for which a grant is to be made must be enabled; its custom key store need not be connected.
///
/// # Errors
/// As [`usable`].
pub(crate) fn grantable(call: &Call, key: &KeyView) -> Result<(), KmsError> {
    match of(call, key) {
        KeyState::Enabled | KeyState::Unavailable => Ok(()),
        state => Err(refusal(key, state)),
    }
}

/// A key whose settings are to change may be disabled, but not in one of the other states.
///
/// # Errors
/// `KMSInvalidStateException`, in AWS's words.
pub(crate) fn changeable(call: &Call, key: &KeyView) -> Result<(), KmsError> {
    match of(call, key) {
        // A key whose store is disconnected cannot be used, but changed.
        KeyState::Enabled | KeyState::Disabled | KeyState::Unavailable => Ok(()),
        state => Err(refusal(key, state)),
    }
}

/// A key whose description, tags or aliases are to change may be in any state but on its way out.
///
/// # Errors
/// `KMSInvalidStateException`, in AWS's words.
pub(crate) fn staying(call: &Call, key: &KeyView) -> Result<(), KmsError> {
    match of(call, key) {
        state @ (KeyState::PendingDeletion | KeyState::PendingReplicaDeletion) => {
            Err(refusal(key, state))
        }
        _ => Ok(()),
    }
}

/// What AWS says of keys in stores that are not connected ("External Key Store Proxy API
/// Specification", error codes).
const DISCONNECTED: &str = "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.";

/// How a state is refused.
#[must_use]
pub(crate) fn refusal(key: &KeyView, state: KeyState) -> KmsError {
    let arn = &key.arn;
    let what = match state {
        KeyState::Enabled => "enabled",
        KeyState::Disabled => return KmsError::Disabled(format!("{arn} is disabled.")),
        KeyState::PendingDeletion => "pending deletion",
        KeyState::PendingReplicaDeletion => "pending replica deletion",
        KeyState::PendingImport => "pending import",
        KeyState::Creating => "creating",
        KeyState::Updating => "updating",
        KeyState::Unavailable => return KmsError::InvalidState(DISCONNECTED.to_owned()),
    };
    KmsError::InvalidState(format!("{arn} is {what}."))
}
