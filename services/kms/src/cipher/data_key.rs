//! `GenerateDataKey` and `GenerateDataKeyWithoutPlaintext`.

use super::symmetric;
use crate::api::operations::{GenerateDataKey, GenerateDataKeyWithoutPlaintext};
use crate::api::types::{
    DataKeySpec, EncryptionAlgorithmSpec, GenerateDataKeyInput, GenerateDataKeyOutput,
    GenerateDataKeyWithoutPlaintextInput, GenerateDataKeyWithoutPlaintextOutput, GrantOperation,
    KeySpec, KeyUsageType,
};
use crate::plan::{self, Access};
use crate::random;
use crate::recipient::Recipient;
use crate::view::KeyView;
use crate::{KmsError, request};
use crypto::Secret;
use kernel::{Call, Check, Operation, Plan, Registry};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn register(registry: &mut Registry) {
    registry
        .serve::<GenerateDataKey>()
        .serve::<GenerateDataKeyWithoutPlaintext>();
}

impl Operation for GenerateDataKey {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &GenerateDataKeyInput) -> Result<Plan, KmsError> {
        let recipient = Recipient::of(call, input.recipient.as_ref())?;
        let access = Access::new("kms:GenerateDataKey").granted_by(GrantOperation::GenerateDataKey);
        let check = asked(input).check(call, access)?;
        Ok(Plan::new(Recipient::conditions(check, recipient.as_ref())))
    }

    async fn handle(
        call: &mut Call,
        input: GenerateDataKeyInput,
    ) -> Result<GenerateDataKeyOutput, KmsError> {
        let recipient = Recipient::of(call, input.recipient.as_ref())?;
        let made = asked(&input).make(call).await?;
        let answer = Recipient::answer(call, recipient.as_ref(), made.plaintext)?;
        request::used(call, &made.key);
        request::used_material(call, made.material.as_deref());
        Ok(GenerateDataKeyOutput {
            ciphertext_blob: Some(made.ciphertext.into()),
            plaintext: answer.plaintext,
            key_id: Some(made.key.arn.clone()),
            ciphertext_for_recipient: answer.for_recipient,
            key_material_id: made.material.map(|id| id.to_string()),
        })
    }
}

impl Operation for GenerateDataKeyWithoutPlaintext {
    type Error = KmsError;

    fn plan(
        call: &mut Call,
        input: &GenerateDataKeyWithoutPlaintextInput,
    ) -> Result<Plan, KmsError> {
        let access = Access::new("kms:GenerateDataKeyWithoutPlaintext")
            .granted_by(GrantOperation::GenerateDataKeyWithoutPlaintext);
        Ok(Plan::new(asked_without(input).check(call, access)?))
    }

    async fn handle(
        call: &mut Call,
        input: GenerateDataKeyWithoutPlaintextInput,
    ) -> Result<GenerateDataKeyWithoutPlaintextOutput, KmsError> {
        let made = asked_without(&input).make(call).await?;
        request::used(call, &made.key);
        request::used_material(call, made.material.as_deref());
        Ok(GenerateDataKeyWithoutPlaintextOutput {
            ciphertext_blob: Some(made.ciphertext.into()),
            key_id: Some(made.key.arn.clone()),
            key_material_id: made.material.map(|id| id.to_string()),
        })
    }
}

/// What both operations ask for.
struct Asked<'i> {
    key_id: &'i str,
    tokens: Option<&'i [String]>,
    context: Option<&'i BTreeMap<String, String>>,
    spec: Option<DataKeySpec>,
    length: Option<i32>,
    dry_run: Option<bool>,
}

/// A data key, in the clear and encrypted.
struct Made {
    key: Arc<KeyView>,
    plaintext: Secret,
    ciphertext: Vec<u8>,
    material: Option<Arc<str>>,
}

fn asked(input: &GenerateDataKeyInput) -> Asked<'_> {
    Asked {
        key_id: &input.key_id,
        tokens: input.grant_tokens.as_deref(),
        context: input.encryption_context.as_ref(),
        spec: input.key_spec,
        length: input.number_of_bytes,
        dry_run: input.dry_run,
    }
}

fn asked_without(input: &GenerateDataKeyWithoutPlaintextInput) -> Asked<'_> {
    Asked {
        key_id: &input.key_id,
        tokens: input.grant_tokens.as_deref(),
        context: input.encryption_context.as_ref(),
        spec: input.key_spec,
        length: input.number_of_bytes,
        dry_run: input.dry_run,
    }
}

impl<'i> Asked<'i> {
    fn check(&self, call: &mut Call, access: Access<'i>) -> Result<Check, KmsError> {
        let target = request::target(call, self.key_id, self.tokens)?;
        Ok(wrapping_check(
            call,
            &target,
            access.in_context(self.context),
        ))
    }

    async fn make(&self, call: &mut Call) -> Result<Made, KmsError> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        let target = request::target(call, self.key_id, self.tokens)?;
        let key = request::found(call, &target)?;
        let length = self.length()?;
        wrapping_key(call, &key)?;
        request::dry_run(self.dry_run)?;
        let plaintext = random::bytes(call, length);
        let context = self.context.unwrap_or(&NONE);
        let made = symmetric::encrypt(call, &key, plaintext.expose(), context).await?;
        Ok(Made {
            key,
            plaintext,
            ciphertext: made.ciphertext,
            material: made.material,
        })
    }

    /// Either of the two says how long it is. AWS looks at this before it looks at the key.
    fn length(&self) -> Result<usize, KmsError> {
        match (self.spec, self.length) {
            (Some(DataKeySpec::Aes128), None) => Some(16),
            (Some(DataKeySpec::Aes256), None) => Some(32),
            (None, Some(length)) => usize::try_from(length).ok(),
            _ => None,
        }
        .ok_or_else(|| {
            KmsError::Validation("Please specify either number of bytes or key spec.".to_owned())
        })
    }
}

/// What must be allowed to make a data key: it is encrypted by the only symmetric algorithm.
pub(super) fn wrapping_check(
    call: &mut Call,
    target: &crate::find::Target,
    access: Access<'_>,
) -> Check {
    let algorithm = EncryptionAlgorithmSpec::SymmetricDefault;
    plan::check(call, target, access).key("kms:EncryptionAlgorithm", algorithm.as_str())
}

/// Whether the key can encrypt data keys.
///
/// # Errors
/// `InvalidKeyUsageException`, and as [`request::employable`].
pub(super) fn wrapping_key(call: &Call, key: &KeyView) -> Result<(), KmsError> {
    request::employable(call, key, KeyUsageType::EncryptDecrypt)?;
    if key.record.spec != KeySpec::SymmetricDefault {
        return Err(KmsError::InvalidKeyUsage(
            "You cannot generate a data key with an asymmetric CMK".to_owned(),
        ));
    }
    Ok(())
}
