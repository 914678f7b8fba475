//! Encrypting and decrypting with symmetric keys: the one place that knows where their material is.

use crate::api::types::OriginType;
use crate::blob::Header;
use crate::view::KeyView;
use crate::{KmsError, material, xks};
use crypto::Secret;
use kernel::{Call, Failure};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a symmetric key encrypted.
#[derive(Debug)]
pub(crate) struct Encrypted {
    /// The ciphertext, which names its key.
    pub(crate) ciphertext: Vec<u8>,
    /// The id of the material; `None` where it is not KMS's.
    pub(crate) material: Option<Arc<str>>,
}

/// What a symmetric key decrypted.
#[derive(Debug)]
pub(crate) struct Decrypted {
    /// The plaintext.
    pub(crate) plaintext: Secret,
    /// The id of the material; `None` where it is not KMS's.
    pub(crate) material: Option<String>,
}

/// Encrypts with a key's current material.
///
/// # Errors
/// The server's failure; `KMSInvalidStateException` where a key's other half is in an external key
/// store whose proxy fails.
pub(crate) async fn encrypt(
    call: &mut Call,
    key: &KeyView,
    plaintext: &[u8],
    context: &BTreeMap<String, String>,
) -> Result<Encrypted, KmsError> {
    if is_external(key) {
        let ciphertext = xks::encrypt(call, key, plaintext, context).await?;
        return Ok(Encrypted {
            ciphertext,
            material: None,
        });
    }
    let (id, material) = material::current(call, key)?;
    let header =
        Header::new(&key.place, &id).ok_or_else(|| internal(&"a key has no readable id"))?;
    let random = call.host().random.as_ref();
    let sealed = material
        .seal(&header.associated_data(context), plaintext, random)
        .map_err(|error| internal(&error))?;
    Ok(Encrypted {
        ciphertext: header.join(&sealed),
        material: Some(id),
    })
}

/// Decrypts a ciphertext that names this key.
///
/// # Errors
/// `InvalidCiphertextException`; `KMSInvalidStateException` as for [`encrypt`].
pub(crate) async fn decrypt(
    call: &mut Call,
    key: &KeyView,
    ciphertext: &[u8],
    context: &BTreeMap<String, String>,
) -> Result<Decrypted, KmsError> {
    let (header, sealed) = Header::split(ciphertext).ok_or(KmsError::InvalidCiphertext)?;
    if !names(&header, key) {
        return Err(KmsError::InvalidCiphertext);
    }
    if is_external(key) {
        let plaintext = xks::decrypt(call, key, &header, sealed, context).await?;
        return Ok(Decrypted {
            plaintext,
            material: None,
        });
    }
    let material = material::by_id(call, key, &header.material)?;
    let plaintext = material
        .ok_or(KmsError::InvalidCiphertext)?
        .open(&header.associated_data(context), sealed)
        .map_err(|_| KmsError::InvalidCiphertext)?;
    Ok(Decrypted {
        plaintext,
        material: Some(header.material),
    })
}

/// Whether the key's other half is in an external key store.
fn is_external(key: &KeyView) -> bool {
    key.record.origin == OriginType::ExternalKeyStore
}

/// Whether a ciphertext says that it is of this key. The relatives of a multi-Region key share its
/// id and material, so that the region does not matter.
pub(crate) fn names(header: &Header, key: &KeyView) -> bool {
    header.account == key.place.account && *header.key == *key.place.id
}

fn internal(error: &dyn std::fmt::Display) -> KmsError {
    KmsError::Failure(Failure::internal(error))
}
