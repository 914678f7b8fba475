//! `GenerateMac` and `VerifyMac`.

use crate::api::operations::{GenerateMac, VerifyMac};
use crate::api::types::{
    GenerateMacInput, GenerateMacOutput, GrantOperation, KeyUsageType, MacAlgorithmSpec,
    VerifyMacInput, VerifyMacOutput,
};
use crate::plan::{self, Access};
use crate::view::KeyView;
use crate::{KmsError, material, request, spec};
use crypto::kms::{MacAlgorithm, Material};
use kernel::{Call, Failure, Operation, Plan, Registry};
use std::sync::Arc;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<GenerateMac>().serve::<VerifyMac>();
}

impl Operation for GenerateMac {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &GenerateMacInput) -> Result<Plan, KmsError> {
        let target = request::target(call, &input.key_id, input.grant_tokens.as_deref())?;
        let access = Access::new("kms:GenerateMac").granted_by(GrantOperation::GenerateMac);
        let check = plan::check(call, &target, access);
        Ok(Plan::new(
            check.key("kms:MacAlgorithm", input.mac_algorithm.as_str()),
        ))
    }

    async fn handle(
        call: &mut Call,
        input: GenerateMacInput,
    ) -> Result<GenerateMacOutput, KmsError> {
        let asked = Asked {
            key_id: &input.key_id,
            tokens: input.grant_tokens.as_deref(),
            algorithm: input.mac_algorithm,
            dry_run: input.dry_run,
        };
        let (key, material, algorithm) = asked.ready(call)?;
        let code = material.mac(algorithm, &input.message).map_err(internal)?;
        request::used(call, &key);
        Ok(GenerateMacOutput {
            mac: Some(code.into()),
            mac_algorithm: Some(input.mac_algorithm),
            key_id: Some(key.arn.clone()),
        })
    }
}

impl Operation for VerifyMac {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &VerifyMacInput) -> Result<Plan, KmsError> {
        let target = request::target(call, &input.key_id, input.grant_tokens.as_deref())?;
        let access = Access::new("kms:VerifyMac").granted_by(GrantOperation::VerifyMac);
        let check = plan::check(call, &target, access);
        Ok(Plan::new(
            check.key("kms:MacAlgorithm", input.mac_algorithm.as_str()),
        ))
    }

    async fn handle(call: &mut Call, input: VerifyMacInput) -> Result<VerifyMacOutput, KmsError> {
        let asked = Asked {
            key_id: &input.key_id,
            tokens: input.grant_tokens.as_deref(),
            algorithm: input.mac_algorithm,
            dry_run: input.dry_run,
        };
        let (key, material, algorithm) = asked.ready(call)?;
        let valid = material
            .verify_mac(algorithm, &input.message, &input.mac)
            .map_err(internal)?;
        if !valid {
            return Err(KmsError::InvalidMac(String::new()));
        }
        request::used(call, &key);
        Ok(VerifyMacOutput {
            key_id: Some(key.arn.clone()),
            mac_valid: Some(true),
            mac_algorithm: Some(input.mac_algorithm),
        })
    }
}

/// What both operations ask for.
struct Asked<'i> {
    key_id: &'i str,
    tokens: Option<&'i [String]>,
    algorithm: MacAlgorithmSpec,
    dry_run: Option<bool>,
}

impl Asked<'_> {
    /// The key and its material, once all is checked.
    fn ready(
        &self,
        call: &mut Call,
    ) -> Result<(Arc<KeyView>, Arc<Material>, MacAlgorithm), KmsError> {
        let target = request::target(call, self.key_id, self.tokens)?;
        let key = request::usable(call, &target, KeyUsageType::GenerateVerifyMac)?;
        request::fits(&key, spec::mac(key.record.spec), &self.algorithm)?;
        request::dry_run(self.dry_run)?;
        let (_, material) = material::current(call, &key)?;
        let algorithm = self.algorithm.as_str().parse().map_err(internal)?;
        Ok((key, material, algorithm))
    }
}

fn internal(error: impl std::fmt::Display) -> KmsError {
    KmsError::Failure(Failure::internal(&error))
}
