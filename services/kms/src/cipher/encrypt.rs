//! `Encrypt`.

use super::usable;
use crate::api::operations::Encrypt;
use crate::api::types::{
    EncryptInput, EncryptOutput, EncryptionAlgorithmSpec, GrantOperation, KeyUsageType,
};
use crate::blob::Header;
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::view::KeyView;
use crate::{KmsError, material};
use kernel::{Call, Failure, Operation, Plan, Registry};
use std::collections::BTreeMap;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<Encrypt>();
}

impl Operation for Encrypt {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &EncryptInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::KeyOrAlias)?;
        let access = Access::new("kms:Encrypt")
            .granted_by(GrantOperation::Encrypt)
            .in_context(input.encryption_context.as_ref());
        let algorithm = input
            .encryption_algorithm
            .unwrap_or(EncryptionAlgorithmSpec::SymmetricDefault);
        let check =
            plan::check(call, &target, access).key("kms:EncryptionAlgorithm", algorithm.as_str());
        Ok(Plan::new(check))
    }

    async fn handle(call: &mut Call, input: EncryptInput) -> Result<EncryptOutput, KmsError> {
        let key = usable(call, &input.key_id, KeyUsageType::EncryptDecrypt)?;
        let context = input.encryption_context.unwrap_or_default();
        let ciphertext = symmetric(call, &key, input.plaintext.as_ref(), &context)?;
        Ok(EncryptOutput {
            ciphertext_blob: Some(ciphertext.into()),
            key_id: Some(key.arn.clone()),
            encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
        })
    }
}

/// Encrypts with a symmetric key's current material.
///
/// # Errors
/// The server's failure.
pub(crate) fn symmetric(
    call: &mut Call,
    key: &KeyView,
    plaintext: &[u8],
    context: &BTreeMap<String, String>,
) -> Result<Vec<u8>, KmsError> {
    let (id, material) = material::current(call, key)?;
    let internal = |cause: &str| KmsError::Failure(Failure::internal(&cause));
    let header =
        Header::new(&key.place, &id).ok_or_else(|| internal("a key has no readable id"))?;
    let sealed = material
        .seal(
            &header.associated_data(context),
            plaintext,
            call.host().random.as_ref(),
        )
        .map_err(|error| internal(&error.to_string()))?;
    Ok(header.join(&sealed))
}
