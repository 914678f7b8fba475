//! `GetPublicKey`.

use crate::api::operations::GetPublicKey;
use crate::api::types::{GetPublicKeyInput, GetPublicKeyOutput, GrantOperation, KeyUsageType};
use crate::plan::{self, Access};
use crate::{KmsError, material, request, spec, state};
use kernel::{Call, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<GetPublicKey>();
}

impl Operation for GetPublicKey {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &GetPublicKeyInput) -> Result<Plan, KmsError> {
        let target = request::target(call, &input.key_id, input.grant_tokens.as_deref())?;
        let access = Access::new("kms:GetPublicKey").granted_by(GrantOperation::GetPublicKey);
        Ok(Plan::new(plan::check(call, &target, access)))
    }

    async fn handle(
        call: &mut Call,
        input: GetPublicKeyInput,
    ) -> Result<GetPublicKeyOutput, KmsError> {
        let target = request::target(call, &input.key_id, input.grant_tokens.as_deref())?;
        let key = request::found(call, &target)?;
        // A disabled key has a public key still ("Key states of AWS KMS keys").
        state::changeable(call, &key)?;
        let (of, usage) = (key.record.spec, key.record.usage);
        // AWS gives no message.
        let no_public_key = || KmsError::UnsupportedOperation(String::new());
        if !spec::of(of).is_some_and(crypto::kms::KeySpec::is_asymmetric) {
            return Err(no_public_key());
        }
        let (_, material) = material::current(call, &key)?;
        let public_key = material.public_key().ok_or_else(no_public_key)?.to_vec();
        Ok(GetPublicKeyOutput {
            key_id: Some(key.arn.clone()),
            public_key: Some(public_key.into()),
            customer_master_key_spec: of.as_str().parse().ok(),
            key_spec: Some(of),
            key_usage: Some(usage),
            encryption_algorithms: shown(
                usage == KeyUsageType::EncryptDecrypt,
                spec::encryption(of),
            ),
            signing_algorithms: shown(usage == KeyUsageType::SignVerify, spec::signing(of)),
            key_agreement_algorithms: shown(
                usage == KeyUsageType::KeyAgreement,
                spec::agreement(of),
            ),
            encapsulation_algorithms: shown(
                usage == KeyUsageType::EncapsulateDecapsulate,
                spec::encapsulation(of),
            ),
        })
    }
}

fn shown<T: Clone>(wanted: bool, all: &[T]) -> Option<Vec<T>> {
    wanted.then(|| all.to_vec())
}
