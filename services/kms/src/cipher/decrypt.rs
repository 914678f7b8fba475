//! `Decrypt`.

use super::source::{Source, ignores_ciphertext};
use crate::api::operations::Decrypt;
use crate::api::types::{DecryptInput, DecryptOutput, GrantOperation};
use crate::plan::Access;
use crate::recipient::Recipient;
use crate::{KmsError, request};
use kernel::{Call, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<Decrypt>();
}

impl Operation for Decrypt {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &DecryptInput) -> Result<Plan, KmsError> {
        request::grant_tokens(call, input.grant_tokens.as_deref())?;
        let source = source(input);
        let target = source.target(call)?;
        let recipient = Recipient::of(call, input.recipient.as_ref())?;
        let access = Access::new("kms:Decrypt")
            .granted_by(GrantOperation::Decrypt)
            .in_context(input.encryption_context.as_ref());
        let check = source.check(call, &target, access);
        Ok(Plan::new(Recipient::conditions(check, recipient.as_ref())))
    }

    async fn handle(call: &mut Call, input: DecryptInput) -> Result<DecryptOutput, KmsError> {
        let source = source(&input);
        let target = source.target(call)?;
        let recipient = Recipient::of(call, input.recipient.as_ref())?;
        let key = source.key(call, &target)?;
        let opened = source.open(call, &key).await?;
        request::dry_run(input.dry_run)?;
        let opened = opened.ok_or(KmsError::InvalidCiphertext)?;
        let answer = Recipient::answer(call, recipient.as_ref(), opened.plaintext)?;
        request::used(call, &key);
        request::used_material(call, opened.material.as_deref());
        Ok(DecryptOutput {
            key_id: Some(key.arn.clone()),
            plaintext: answer.plaintext,
            encryption_algorithm: Some(source.algorithm()),
            ciphertext_for_recipient: answer.for_recipient,
            key_material_id: opened.material,
        })
    }
}

fn source(input: &DecryptInput) -> Source<'_> {
    Source {
        ciphertext: input.ciphertext_blob.as_deref(),
        key_id: input.key_id.as_deref(),
        algorithm: input.encryption_algorithm,
        context: input.encryption_context.as_ref(),
        ignores_ciphertext: ignores_ciphertext(input.dry_run, input.dry_run_modifiers.as_deref()),
    }
}
