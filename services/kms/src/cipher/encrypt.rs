//! `Encrypt`.

use super::destination::Destination;
use crate::api::operations::Encrypt;
use crate::api::types::{EncryptInput, EncryptOutput, GrantOperation};
use crate::plan::Access;
use crate::{KmsError, request};
use kernel::{Call, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<Encrypt>();
}

impl Operation for Encrypt {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &EncryptInput) -> Result<Plan, KmsError> {
        let target = request::target(call, &input.key_id, input.grant_tokens.as_deref())?;
        let access = Access::new("kms:Encrypt")
            .granted_by(GrantOperation::Encrypt)
            .in_context(input.encryption_context.as_ref());
        Ok(Plan::new(destination(input).check(call, &target, access)))
    }

    async fn handle(call: &mut Call, input: EncryptInput) -> Result<EncryptOutput, KmsError> {
        let target = request::target(call, &input.key_id, input.grant_tokens.as_deref())?;
        let destination = destination(&input);
        let key = destination.key(call, &target)?;
        destination.check_length(&key, input.plaintext.len())?;
        request::dry_run(input.dry_run)?;
        let made = destination.encrypt(call, &key, &input.plaintext).await?;
        request::used(call, &key);
        request::used_material(call, made.material.as_deref());
        Ok(EncryptOutput {
            ciphertext_blob: Some(made.ciphertext.into()),
            key_id: Some(key.arn.clone()),
            encryption_algorithm: Some(destination.algorithm()),
        })
    }
}

fn destination(input: &EncryptInput) -> Destination<'_> {
    Destination {
        algorithm: input.encryption_algorithm,
        context: input.encryption_context.as_ref(),
    }
}
