//! `Decrypt`.

use super::usable_target;
use crate::api::operations::Decrypt;
use crate::api::types::{
    DecryptInput, DecryptOutput, EncryptionAlgorithmSpec, GrantOperation, KeyUsageType,
};
use crate::blob::Header;
use crate::find::{self, Forms, Target};
use crate::plan::{self, Access};
use crate::view::{KeyView, Place};
use crate::{KmsError, material};
use crypto::Secret;
use kernel::{Call, Operation, Plan, Registry};
use std::collections::BTreeMap;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<Decrypt>();
}

impl Operation for Decrypt {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &DecryptInput) -> Result<Plan, KmsError> {
        let target = target(call, input)?;
        let access = Access::new("kms:Decrypt")
            .granted_by(GrantOperation::Decrypt)
            .in_context(input.encryption_context.as_ref());
        let algorithm = input
            .encryption_algorithm
            .unwrap_or(EncryptionAlgorithmSpec::SymmetricDefault);
        let check =
            plan::check(call, &target, access).key("kms:EncryptionAlgorithm", algorithm.as_str());
        Ok(Plan::new(check))
    }

    async fn handle(call: &mut Call, input: DecryptInput) -> Result<DecryptOutput, KmsError> {
        let target = target(call, &input)?;
        let key = usable_target(call, &target, KeyUsageType::EncryptDecrypt)?;
        let context = input.encryption_context.unwrap_or_default();
        let ciphertext = input.ciphertext_blob.as_deref().unwrap_or_default();
        let (plaintext, material) = symmetric(call, &key, ciphertext, &context)?;
        Ok(DecryptOutput {
            key_id: Some(key.arn.clone()),
            plaintext: Some(plaintext.expose().to_vec().into()),
            encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
            ciphertext_for_recipient: None,
            key_material_id: Some(material),
        })
    }
}

/// The key that a request names, or else the one that its ciphertext names.
fn target(call: &mut Call, input: &DecryptInput) -> Result<Target, KmsError> {
    if let Some(key_id) = &input.key_id {
        return find::find(call, key_id, Forms::KeyOrAlias);
    }
    let ciphertext = input.ciphertext_blob.as_deref().unwrap_or_default();
    let (header, _) = Header::split(ciphertext).ok_or(KmsError::InvalidCiphertext)?;
    let place = Place::new(header.account, &call.region, &header.key);
    let target = find::at(call, place)?;
    // A ciphertext of no key here says nothing about who may do what.
    if target.view.is_none() {
        return Err(KmsError::InvalidCiphertext);
    }
    Ok(target)
}

/// Decrypts what a symmetric key encrypted. Gives the id of the material, too.
///
/// # Errors
/// `IncorrectKeyException` for a ciphertext of another key, `InvalidCiphertextException`
pub(crate) fn symmetric(
    call: &mut Call,
    key: &KeyView,
    ciphertext: &[u8],
    context: &BTreeMap<String, String>,
) -> Result<(Secret, String), KmsError> {
    let (header, sealed) = Header::split(ciphertext).ok_or(KmsError::InvalidCiphertext)?;
    if header.account != key.place.account || *header.key != *key.place.id {
        return Err(KmsError::IncorrectKey(
            "The key ID in the request does not identify a CMK that can perform this operation."
                .to_owned(),
        ));
    }
    let material =
        material::by_id(call, key, &header.material)?.ok_or(KmsError::InvalidCiphertext)?;
    let plaintext = material
        .open(&header.associated_data(context), sealed)
        .map_err(|_| KmsError::InvalidCiphertext)?;
    Ok((plaintext, header.material))
}
