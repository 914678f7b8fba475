//! `DeriveSharedSecret`.

use crate::api::operations::DeriveSharedSecret;
use crate::api::types::{
    DeriveSharedSecretInput, DeriveSharedSecretOutput, GrantOperation, KeyUsageType,
};
use crate::plan::{self, Access};
use crate::recipient::Recipient;
use crate::{KmsError, material, request, spec};
use crypto::kms::UseError;
use kernel::{Call, Failure, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<DeriveSharedSecret>();
}

impl Operation for DeriveSharedSecret {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &DeriveSharedSecretInput) -> Result<Plan, KmsError> {
        let target = request::target(call, &input.key_id, input.grant_tokens.as_deref())?;
        let recipient = Recipient::of(call, input.recipient.as_ref())?;
        let access =
            Access::new("kms:DeriveSharedSecret").granted_by(GrantOperation::DeriveSharedSecret);
        let algorithm = input.key_agreement_algorithm.as_str();
        let check = plan::check(call, &target, access).key("kms:KeyAgreementAlgorithm", algorithm);
        Ok(Plan::new(Recipient::conditions(check, recipient.as_ref())))
    }

    async fn handle(
        call: &mut Call,
        input: DeriveSharedSecretInput,
    ) -> Result<DeriveSharedSecretOutput, KmsError> {
        let target = request::target(call, &input.key_id, input.grant_tokens.as_deref())?;
        let recipient = Recipient::of(call, input.recipient.as_ref())?;
        let key = request::usable(call, &target, KeyUsageType::KeyAgreement)?;
        let algorithm = input.key_agreement_algorithm;
        request::fits(&key, spec::agreement(key.record.spec), &algorithm)?;
        request::dry_run(input.dry_run)?;
        let (_, material) = material::current(call, &key)?;
        let secret = material
            .agree(&input.public_key)
            .map_err(|error| match error {
                // AWS does not say what is wrong with the other's key.
                UseError::Rejected => KmsError::Validation(String::new()),
                error => KmsError::Failure(Failure::internal(&error)),
            })?;
        let answer = Recipient::answer(call, recipient.as_ref(), secret)?;
        request::used(call, &key);
        Ok(DeriveSharedSecretOutput {
            key_id: Some(key.arn.clone()),
            shared_secret: answer.plaintext,
            ciphertext_for_recipient: answer.for_recipient,
            key_agreement_algorithm: Some(algorithm),
            key_origin: Some(key.record.origin),
        })
    }
}
