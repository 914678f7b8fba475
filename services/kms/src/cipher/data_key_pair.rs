//! `GenerateDataKeyPair` and `GenerateDataKeyPairWithoutPlaintext`.

use super::data_key::{wrapping_check, wrapping_key};
use super::symmetric;
use crate::api::operations::{GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext};
use crate::api::types::{
    DataKeyPairSpec, GenerateDataKeyPairInput, GenerateDataKeyPairOutput,
    GenerateDataKeyPairWithoutPlaintextInput, GenerateDataKeyPairWithoutPlaintextOutput,
    GrantOperation, KeySpec, OriginType,
};
use crate::plan::Access;
use crate::recipient::Recipient;
use crate::view::KeyView;
use crate::{KmsError, material, request};
use crypto::Secret;
use kernel::{Call, Check, Failure, Operation, Plan, Registry};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn register(registry: &mut Registry) {
    registry
        .serve::<GenerateDataKeyPair>()
        .serve::<GenerateDataKeyPairWithoutPlaintext>();
}

impl Operation for GenerateDataKeyPair {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &GenerateDataKeyPairInput) -> Result<Plan, KmsError> {
        let recipient = Recipient::of(call, input.recipient.as_ref())?;
        let access =
            Access::new("kms:GenerateDataKeyPair").granted_by(GrantOperation::GenerateDataKeyPair);
        let check = asked(input).check(call, access)?;
        Ok(Plan::new(Recipient::conditions(check, recipient.as_ref())))
    }

    async fn handle(
        call: &mut Call,
        input: GenerateDataKeyPairInput,
    ) -> Result<GenerateDataKeyPairOutput, KmsError> {
        let recipient = Recipient::of(call, input.recipient.as_ref())?;
        let made = asked(&input).make(call).await?;
        let answer = Recipient::answer(call, recipient.as_ref(), made.private_key)?;
        request::used(call, &made.key);
        request::used_material(call, made.material.as_deref());
        Ok(GenerateDataKeyPairOutput {
            private_key_ciphertext_blob: Some(made.ciphertext.into()),
            private_key_plaintext: answer.plaintext,
            public_key: Some(made.public_key.into()),
            key_id: Some(made.key.arn.clone()),
            key_pair_spec: Some(input.key_pair_spec),
            ciphertext_for_recipient: answer.for_recipient,
            key_material_id: made.material.map(|id| id.to_string()),
        })
    }
}

impl Operation for GenerateDataKeyPairWithoutPlaintext {
    type Error = KmsError;

    fn plan(
        call: &mut Call,
        input: &GenerateDataKeyPairWithoutPlaintextInput,
    ) -> Result<Plan, KmsError> {
        let access = Access::new("kms:GenerateDataKeyPairWithoutPlaintext")
            .granted_by(GrantOperation::GenerateDataKeyPairWithoutPlaintext);
        Ok(Plan::new(asked_without(input).check(call, access)?))
    }

    async fn handle(
        call: &mut Call,
        input: GenerateDataKeyPairWithoutPlaintextInput,
    ) -> Result<GenerateDataKeyPairWithoutPlaintextOutput, KmsError> {
        let made = asked_without(&input).make(call).await?;
        request::used(call, &made.key);
        request::used_material(call, made.material.as_deref());
        Ok(GenerateDataKeyPairWithoutPlaintextOutput {
            private_key_ciphertext_blob: Some(made.ciphertext.into()),
            public_key: Some(made.public_key.into()),
            key_id: Some(made.key.arn.clone()),
            key_pair_spec: Some(input.key_pair_spec),
            key_material_id: made.material.map(|id| id.to_string()),
        })
    }
}

/// What both operations ask for.
struct Asked<'i> {
    key_id: &'i str,
    tokens: Option<&'i [String]>,
    context: Option<&'i BTreeMap<String, String>>,
    spec: DataKeyPairSpec,
    dry_run: Option<bool>,
}

/// A key pair, whose private key is in the clear and encrypted.
struct Made {
    key: Arc<KeyView>,
    public_key: Vec<u8>,
    private_key: Secret,
    ciphertext: Vec<u8>,
    material: Option<Arc<str>>,
}

fn asked(input: &GenerateDataKeyPairInput) -> Asked<'_> {
    Asked {
        key_id: &input.key_id,
        tokens: input.grant_tokens.as_deref(),
        context: input.encryption_context.as_ref(),
        spec: input.key_pair_spec,
        dry_run: input.dry_run,
    }
}

fn asked_without(input: &GenerateDataKeyPairWithoutPlaintextInput) -> Asked<'_> {
    Asked {
        key_id: &input.key_id,
        tokens: input.grant_tokens.as_deref(),
        context: input.encryption_context.as_ref(),
        spec: input.key_pair_spec,
        dry_run: input.dry_run,
    }
}

impl<'i> Asked<'i> {
    fn check(&self, call: &mut Call, access: Access<'i>) -> Result<Check, KmsError> {
        let target = request::target(call, self.key_id, self.tokens)?;
        let check = wrapping_check(call, &target, access.in_context(self.context));
        Ok(check.key("kms:DataKeyPairSpec", self.spec.as_str()))
    }

    async fn make(&self, call: &mut Call) -> Result<Made, KmsError> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        let target = request::target(call, self.key_id, self.tokens)?;
        let key = request::found(call, &target)?;
        wrapping_key(call, &key)?;
        if matches!(
            key.record.origin,
            OriginType::AwsCloudhsm | OriginType::ExternalKeyStore
        ) {
            return Err(KmsError::UnsupportedOperation(
                "You cannot generate a data key pair with a KMS key in a custom key store."
                    .to_owned(),
            ));
        }
        let spec = self.key_spec()?;
        request::dry_run(self.dry_run)?;
        let pair = material::generate(call, spec).await?;
        let lacking = || KmsError::Failure(Failure::internal(&"a key pair lacks a half"));
        let public_key = pair.public_key().ok_or_else(lacking)?.to_vec();
        let private_key = pair.private_key_pkcs8().ok_or_else(lacking)?;
        let context = self.context.unwrap_or(&NONE);
        let made = symmetric::encrypt(call, &key, private_key.expose(), context).await?;
        Ok(Made {
            key,
            public_key,
            private_key,
            ciphertext: made.ciphertext,
            material: made.material,
        })
    }

    /// Every spec of key pairs is one of keys, too.
    fn key_spec(&self) -> Result<KeySpec, KmsError> {
        match self.spec.as_str().parse() {
            Ok(spec) if crate::spec::of(spec).is_some() => Ok(spec),
            _ => Err(KmsError::UnsupportedOperation(format!(
                "KeyPairSpec {} is not supported in this Region.",
                self.spec
            ))),
        }
    }
}
