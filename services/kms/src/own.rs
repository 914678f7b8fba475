//! The key of a request that only its own account may change.

use crate::KmsError;
use crate::api::types::{KeyManagerType, KeySpec, OriginType};
use crate::find::{self, Forms, Target};
use crate::view::KeyView;
use kernel::Call;
use std::sync::Arc;

/// The key of an operation without cross-account use, for an event and an answer.
///
/// # Errors
/// `NotFoundException`, `AccessDeniedException`
pub(crate) fn key(call: &mut Call, key_id: &str) -> Result<Arc<KeyView>, KmsError> {
    let target = find::find(call, key_id, Forms::Key)?;
    of_target(call, &target)
}

/// As [`key`], of a key that was found.
///
/// # Errors
/// As [`key`].
pub(crate) fn of_target(call: &mut Call, target: &Target) -> Result<Arc<KeyView>, KmsError> {
    let key = target.found(call)?;
    call.note_resource(key.arn.clone(), "AWS::KMS::Key");
    // No policy of a key lets another account do this ("Allowing users in other accounts to use a KMS key").
    if key.place.account != call.account() {
        return Err(KmsError::AccessDenied(format!(
            "User: {} is not authorized to perform: kms:{} on resource: {} because the resource belongs to another account",
            call.caller.arn(),
            call.operation.name,
            key.arn
        )));
    }
    Ok(key)
}

/// Lets the event show the ARN of the key that a call changed; the responses of such calls are empty
/// ("CreateAlias" and others, KMS API Reference: since December 2022).
pub(crate) fn show_changed(call: &mut Call, key: &KeyView) {
    call.record_response(serde_json::json!({ "keyId": key.arn }));
}

/// As [`key`], of a key that is not AWS's.
///
/// # Errors
/// As [`key`], and `UnsupportedOperationException`.
pub(crate) fn customer_key(call: &mut Call, key_id: &str) -> Result<Arc<KeyView>, KmsError> {
    let key = key(call, key_id)?;
    // The policies of AWS's keys do not allow this either.
    if key.record.manager == KeyManagerType::Aws {
        return Err(KmsError::UnsupportedOperation(format!(
            "{} is an AWS managed key, which does not support this operation.",
            key.arn
        )));
    }
    Ok(key)
}

/// Refuses keys of other origins.
///
/// # Errors
/// `UnsupportedOperationException`, in AWS's words.
pub(crate) fn of_origin(key: &KeyView, origins: &[OriginType]) -> Result<(), KmsError> {
    let origin = key.record.origin;
    if origins.contains(&origin) {
        return Ok(());
    }
    Err(KmsError::UnsupportedOperation(format!(
        "{} origin is {origin} which is not valid for this operation.",
        key.arn
    )))
}

/// Refuses keys that never rotate: only symmetric ones do. AWS gives no message.
///
/// # Errors
/// `UnsupportedOperationException`
pub(crate) fn symmetric(key: &KeyView) -> Result<(), KmsError> {
    if key.record.spec == KeySpec::SymmetricDefault {
        Ok(())
    } else {
        Err(KmsError::UnsupportedOperation(String::new()))
    }
}

/// Refuses replica keys: what their primary key decides for all.
///
/// # Errors
/// `UnsupportedOperationException`
pub(crate) fn primary(key: &KeyView) -> Result<(), KmsError> {
    match &key.record.multi_region {
        Some(relatives) if *relatives.primary != *key.place.region => {
            Err(KmsError::UnsupportedOperation(format!(
                "{} is a multi-Region replica key. Use the primary key in {} for this operation.",
                key.arn, relatives.primary
            )))
        }
        _ => Ok(()),
    }
}
