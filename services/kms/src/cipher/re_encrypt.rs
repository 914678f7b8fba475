//! `ReEncrypt`.

use super::destination::Destination;
use super::source::{Source, ignores_ciphertext};
use crate::api::operations::ReEncrypt;
use crate::api::types::{GrantOperation, ReEncryptInput, ReEncryptOutput};
use crate::find::{self, Forms, Target};
use crate::plan::Access;
use crate::{KmsError, request};
use kernel::{Call, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<ReEncrypt>();
}

impl Operation for ReEncrypt {
    type Error = KmsError;

    /// Two keys, two permissions.
    fn plan(call: &mut Call, input: &ReEncryptInput) -> Result<Plan, KmsError> {
        let (source, destination) = (source(input), destination(input));
        let (from, to) = targets(call, input)?;
        let same = if is_same(&from, &to) { "true" } else { "false" };
        let access = Access::new("kms:ReEncryptFrom")
            .granted_by(GrantOperation::ReEncryptFrom)
            .in_context(input.source_encryption_context.as_ref());
        let reading = source
            .check(call, &from, access)
            .key("kms:ReEncryptOnSameKey", same);
        let access = Access::new("kms:ReEncryptTo")
            .granted_by(GrantOperation::ReEncryptTo)
            .in_context(input.destination_encryption_context.as_ref());
        let writing = destination
            .check(call, &to, access)
            .key("kms:ReEncryptOnSameKey", same);
        Ok(Plan::all(vec![reading, writing]))
    }

    async fn handle(call: &mut Call, input: ReEncryptInput) -> Result<ReEncryptOutput, KmsError> {
        let (source, destination) = (source(&input), destination(&input));
        let (from, to) = targets(call, &input)?;
        let source_key = source.key(call, &from)?;
        let key = destination.key(call, &to)?;
        let opened = source.open(call, &source_key).await?;
        if let Some(opened) = &opened {
            destination.check_length(&key, opened.plaintext.expose().len())?;
        }
        request::dry_run(input.dry_run)?;
        let opened = opened.ok_or(KmsError::InvalidCiphertext)?;
        let made = destination
            .encrypt(call, &key, opened.plaintext.expose())
            .await?;
        request::used(call, &source_key);
        request::used(call, &key);
        note_materials(call, opened.material.as_deref(), made.material.as_deref());
        Ok(ReEncryptOutput {
            ciphertext_blob: Some(made.ciphertext.into()),
            source_key_id: Some(source_key.arn.clone()),
            key_id: Some(key.arn.clone()),
            source_encryption_algorithm: Some(source.algorithm()),
            destination_encryption_algorithm: Some(destination.algorithm()),
            source_key_material_id: opened.material,
            destination_key_material_id: made.material.map(|id| id.to_string()),
        })
    }
}

fn source(input: &ReEncryptInput) -> Source<'_> {
    Source {
        ciphertext: input.ciphertext_blob.as_deref(),
        key_id: input.source_key_id.as_deref(),
        algorithm: input.source_encryption_algorithm,
        context: input.source_encryption_context.as_ref(),
        ignores_ciphertext: ignores_ciphertext(input.dry_run, input.dry_run_modifiers.as_deref()),
    }
}

fn destination(input: &ReEncryptInput) -> Destination<'_> {
    Destination {
        algorithm: input.destination_encryption_algorithm,
        context: input.destination_encryption_context.as_ref(),
    }
}

/// The key that decrypts and the one that encrypts.
fn targets(call: &mut Call, input: &ReEncryptInput) -> Result<(Target, Target), KmsError> {
    request::grant_tokens(call, input.grant_tokens.as_deref())?;
    let from = source(input).target(call)?;
    let to = find::find(call, &input.destination_key_id, Forms::KeyOrAlias)?;
    Ok((from, to))
}

/// Whether both are the same key, under whatever names. A multi-Region key is another one than its
/// relatives here, which are in other regions.
fn is_same(from: &Target, to: &Target) -> bool {
    match (&from.view, &to.view) {
        (Some(from), Some(to)) => from.place == to.place,
        _ => false,
    }
}

fn note_materials(call: &mut Call, source: Option<&str>, destination: Option<&str>) {
    if let Some(source) = source {
        call.note("sourceKeyMaterialId", source);
    }
    if let Some(destination) = destination {
        call.note("destinationKeyMaterialId", destination);
    }
}
