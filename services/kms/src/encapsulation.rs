//! `Encapsulate` and `Decapsulate`.

use crate::api::operations::{Decapsulate, Encapsulate};
use crate::api::types::{
    DecapsulateInput, DecapsulateOutput, EncapsulateInput, EncapsulateOutput,
    EncapsulationAlgorithmSpec, GrantOperation, KeyUsageType,
};
use crate::plan::{self, Access};
use crate::view::KeyView;
use crate::{KmsError, material, request, spec};
use crypto::kms::{Material, UseError};
use kernel::{Call, Failure, Operation, Plan, Registry};
use std::sync::Arc;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<Encapsulate>().serve::<Decapsulate>();
}

impl Operation for Encapsulate {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &EncapsulateInput) -> Result<Plan, KmsError> {
        let target = request::target(call, &input.key_id, input.grant_tokens.as_deref())?;
        let access = Access::new("kms:Encapsulate").granted_by(GrantOperation::Encapsulate);
        Ok(Plan::new(plan::check(call, &target, access)))
    }

    async fn handle(
        call: &mut Call,
        input: EncapsulateInput,
    ) -> Result<EncapsulateOutput, KmsError> {
        let asked = Asked {
            key_id: &input.key_id,
            tokens: input.grant_tokens.as_deref(),
            algorithm: input.encapsulation_algorithm,
            dry_run: input.dry_run,
        };
        let (key, material) = asked.ready(call)?;
        let (ciphertext, secret) = material.encapsulate().map_err(failed)?;
        request::used(call, &key);
        Ok(EncapsulateOutput {
            key_id: Some(key.arn.clone()),
            shared_secret: Some(request::blob(secret)),
            shared_secret_ciphertext_blob: Some(ciphertext.into()),
            encapsulation_algorithm: Some(input.encapsulation_algorithm),
        })
    }
}

impl Operation for Decapsulate {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &DecapsulateInput) -> Result<Plan, KmsError> {
        let target = request::target(call, &input.key_id, input.grant_tokens.as_deref())?;
        let access = Access::new("kms:Decapsulate").granted_by(GrantOperation::Decapsulate);
        Ok(Plan::new(plan::check(call, &target, access)))
    }

    async fn handle(
        call: &mut Call,
        input: DecapsulateInput,
    ) -> Result<DecapsulateOutput, KmsError> {
        let asked = Asked {
            key_id: &input.key_id,
            tokens: input.grant_tokens.as_deref(),
            algorithm: input.encapsulation_algorithm,
            dry_run: input.dry_run,
        };
        let (key, material) = asked.ready(call)?;
        let secret = material
            .decapsulate(&input.shared_secret_ciphertext_blob)
            .map_err(failed)?;
        request::used(call, &key);
        Ok(DecapsulateOutput {
            key_id: Some(key.arn.clone()),
            shared_secret: Some(request::blob(secret)),
            encapsulation_algorithm: Some(input.encapsulation_algorithm),
        })
    }
}

/// What both operations ask for.
struct Asked<'i> {
    key_id: &'i str,
    tokens: Option<&'i [String]>,
    algorithm: EncapsulationAlgorithmSpec,
    dry_run: Option<bool>,
}

impl Asked<'_> {
    /// The key and its material, once all is checked.
    fn ready(&self, call: &mut Call) -> Result<(Arc<KeyView>, Arc<Material>), KmsError> {
        let target = request::target(call, self.key_id, self.tokens)?;
        let key = request::usable(call, &target, KeyUsageType::EncapsulateDecapsulate)?;
        request::fits(&key, spec::encapsulation(key.record.spec), &self.algorithm)?;
        request::dry_run(self.dry_run)?;
        let (_, material) = material::current(call, &key)?;
        Ok((key, material))
    }
}

/// Only a ciphertext's length can be wrong; any other one has a secret ("Decapsulate").
fn failed(error: UseError) -> KmsError {
    match error {
        UseError::Rejected => KmsError::InvalidCiphertext,
        error => KmsError::Failure(Failure::internal(&error)),
    }
}
