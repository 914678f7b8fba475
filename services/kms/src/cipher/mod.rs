//! Encrypting and decrypting, and data keys.

mod decrypt;
mod encrypt;

use crate::api::types::KeyUsageType;
use crate::find::{self, Forms, Target};
use crate::view::KeyView;
use crate::{KmsError, state};
use kernel::{Call, Registry};
use std::sync::Arc;

/// Serves the operations of ciphertexts and data keys.
pub(crate) fn register(registry: &mut Registry) {
    encrypt::register(registry);
    decrypt::register(registry);
}

/// The key of a request that is to be used, in a state to be used, and for this use.
///
/// # Errors
/// `NotFoundException`, `DisabledException`, `KMSInvalidStateException`, `InvalidKeyUsageException`
pub(crate) fn usable(
    call: &mut Call,
    key_id: &str,
    usage: KeyUsageType,
) -> Result<Arc<KeyView>, KmsError> {
    let target = find::find(call, key_id, Forms::KeyOrAlias)?;
    usable_target(call, &target, usage)
}

/// As [`usable`], of a key that was found.
///
/// # Errors
/// As [`usable`].
pub(crate) fn usable_target(
    call: &mut Call,
    target: &Target,
    usage: KeyUsageType,
) -> Result<Arc<KeyView>, KmsError> {
    let key = target.found(call)?;
    call.note_resource(key.arn.clone(), "AWS::KMS::Key");
    if key.record.usage != usage {
        return Err(KmsError::InvalidKeyUsage(format!(
            "{} key usage is {} which is not valid for {}.",
            key.arn, key.record.usage, call.operation.name
        )));
    }
    state::usable(call, &key)?;
    Ok(key)
}
