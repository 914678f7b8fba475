//! The lock-out safety check: whoever puts a key policy must be able to put the next one
//! ("Default key policy").

use super::compile;
use crate::KmsError;
use crate::entity::KeyRecord;
use crate::find::Target;
use crate::plan::{self, Access};
use crate::view::{KeyView, Place};
use kernel::{Call, Check};
use std::sync::Arc;

/// Refuses a key's policy that would not let the caller put another one. All policies of the caller
/// count, as they would then.
///
/// # Errors
/// `MalformedPolicyDocumentException`
pub(crate) fn keep_open(
    call: &mut Call,
    place: &Place,
    record: &KeyRecord,
    bypassed: Option<bool>,
) -> Result<(), KmsError> {
    if bypassed == Some(true) {
        return Ok(());
    }
    let arn = place.key_arn(call.partition());
    let key = kernel::record::key::<KeyRecord>(place.account.as_str(), &place.region, &place.id)?;
    let view = KeyView {
        place: place.clone(),
        policy: compile(record, &arn),
        arn,
        record: record.clone(),
        key,
    };
    let target = Target {
        place: place.clone(),
        view: Some(Arc::new(view)),
        alias: None,
    };
    let check = put(call, &target, Some(false), super::operations::DEFAULT);
    if kernel::decide(call, &check).is_allowed() {
        return Ok(());
    }
    Err(KmsError::MalformedPolicyDocument(
        "The new key policy will not allow you to update the key policy in the future.".to_owned(),
    ))
}

/// What putting a key policy needs.
pub(super) fn put(call: &mut Call, target: &Target, bypassed: Option<bool>, name: &str) -> Check {
    plan::check(call, target, Access::new("kms:PutKeyPolicy"))
        .key(
            "kms:BypassPolicyLockoutSafetyCheck",
            if bypassed == Some(true) {
                "true"
            } else {
                "false"
            },
        )
        .key("kms:PolicyName", name)
}
