//! What requests that use a key have in common: the key that they name, its use and its state, grant
//! tokens, `DryRun`, and what is noted once the key was used.

use crate::api::types::KeyUsageType;
use crate::find::{self, Forms, Target};
use crate::view::KeyView;
use crate::{KmsError, grant, last_usage, state};
use crypto::Secret;
use kernel::Call;
use schema::Blob;
use std::fmt::Display;
use std::sync::Arc;

/// The key that a request names by id, ARN or alias.
///
/// # Errors
/// As [`find::find`], and `InvalidGrantTokenException`.
pub(crate) fn target(
    call: &mut Call,
    key_id: &str,
    tokens: Option<&[String]>,
) -> Result<Target, KmsError> {
    grant_tokens(call, tokens)?;
    find::find(call, key_id, Forms::KeyOrAlias)
}

/// Grants count from the moment at which they are made, so that a token adds nothing to them.
///
/// # Errors
/// `InvalidGrantTokenException`
pub(crate) fn grant_tokens(call: &mut Call, tokens: Option<&[String]>) -> Result<(), KmsError> {
    grant::token::check(call, tokens)
}

/// The key, which is then shown as the event's resource.
///
/// # Errors
/// `NotFoundException`
pub(crate) fn found(call: &mut Call, target: &Target) -> Result<Arc<KeyView>, KmsError> {
    let key = target.found(call)?;
    call.note_resource(key.arn.clone(), "AWS::KMS::Key");
    Ok(key)
}

/// The key, which is for this usage and in a state to be used.
///
/// # Errors
/// `NotFoundException`, and as [`employable`].
pub(crate) fn usable(
    call: &mut Call,
    target: &Target,
    usage: KeyUsageType,
) -> Result<Arc<KeyView>, KmsError> {
    let key = found(call, target)?;
    employable(call, &key, usage)?;
    Ok(key)
}

/// Whether a key is for this usage and in a state to be used; AWS looks at them in this order.
///
/// # Errors
/// `InvalidKeyUsageException`, `DisabledException`, `KMSInvalidStateException`
pub(crate) fn employable(call: &Call, key: &KeyView, usage: KeyUsageType) -> Result<(), KmsError> {
    if key.record.usage != usage {
        return Err(KmsError::InvalidKeyUsage(format!(
            "{} key usage is {} which is not valid for {}.",
            key.arn, key.record.usage, call.operation.name
        )));
    }
    state::usable(call, key)
}

/// Whether the key has the algorithm.
///
/// # Errors
/// `InvalidKeyUsageException`
pub(crate) fn fits<A: PartialEq + Display>(
    key: &KeyView,
    all: &[A],
    algorithm: &A,
) -> Result<(), KmsError> {
    if all.contains(algorithm) {
        return Ok(());
    }
    Err(KmsError::InvalidKeyUsage(format!(
        "Algorithm {algorithm} is incompatible with key spec {}.",
        key.record.spec
    )))
}

/// Ends a request that was only to be tried.
///
/// # Errors
/// `DryRunOperationException`
pub(crate) fn dry_run(wanted: Option<bool>) -> Result<(), KmsError> {
    match wanted {
        Some(true) => Err(KmsError::DryRun),
        _ => Ok(()),
    }
}

/// Notes that a key was used. Every cryptographic operation that succeeds comes through here.
pub(crate) fn used(call: &mut Call, key: &KeyView) {
    last_usage::note(call, key);
}

/// Shows in the call's event which material of the key was used, as CloudTrail does.
pub(crate) fn used_material(call: &mut Call, material: Option<&str>) {
    if let Some(material) = material {
        call.note("keyMaterialId", material);
    }
}

/// A secret as an output carries it. It is wiped when the output goes; its form on the wire is not.
pub(crate) fn blob(secret: Secret) -> Blob {
    struct Bytes(Secret);

    impl AsRef<[u8]> for Bytes {
        fn as_ref(&self) -> &[u8] {
            self.0.expose()
        }
    }

    Blob::from_owner(Bytes(secret))
}
