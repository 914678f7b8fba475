//! What the state of a key admits ("Key states of AWS KMS keys").

use crate::KmsError;
use crate::api::types::KeyState;
use crate::view::{KeyView, KmsWorld};
use kernel::Call;

/// The state of a key at the call's time.
#[must_use]
pub(crate) fn of(call: &Call, key: &KeyView) -> KeyState {
    KmsWorld::of(call.world()).map_or(KeyState::Unavailable, |kms| kms.state(key, call.now))
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

/// A key whose settings are to change may be disabled, but not in one of the other states.
///
/// # Errors
/// `KMSInvalidStateException`, in AWS's words.
pub(crate) fn changeable(call: &Call, key: &KeyView) -> Result<(), KmsError> {
    match of(call, key) {
        KeyState::Enabled | KeyState::Disabled => Ok(()),
        state => Err(refusal(key, state)),
    }
}

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
        KeyState::Unavailable => "unavailable",
    };
    KmsError::InvalidState(format!("{arn} is {what}."))
}
