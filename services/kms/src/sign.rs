//! `Sign` and `Verify`.

use crate::api::operations::{Sign, Verify};
use crate::api::types::{
    GrantOperation, KeySpec, KeyUsageType, MessageType, SignInput, SignOutput,
    SigningAlgorithmSpec, VerifyInput, VerifyOutput,
};
use crate::plan::{self, Access};
use crate::view::KeyView;
use crate::{KmsError, heavy, material, request, spec};
use crypto::kms::{Material, Message, SigningAlgorithm};
use kernel::{Call, Check, Failure, Operation, Plan, Registry};
use std::sync::Arc;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<Sign>().serve::<Verify>();
}

impl Operation for Sign {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &SignInput) -> Result<Plan, KmsError> {
        let access = Access::new("kms:Sign").granted_by(GrantOperation::Sign);
        Ok(Plan::new(Asked::sign(input).check(call, access)?))
    }

    async fn handle(call: &mut Call, input: SignInput) -> Result<SignOutput, KmsError> {
        let (key, material, algorithm) = Asked::sign(&input).ready(call)?;
        let (message_type, message) = (message_type(input.message_type)?, input.message);
        let work = move || material.sign(algorithm, Message::new(message_type, &message));
        let signature = heavy::private_key(call, key.record.spec, work)
            .await?
            .map_err(internal)?;
        request::used(call, &key);
        Ok(SignOutput {
            key_id: Some(key.arn.clone()),
            signature: Some(signature.into()),
            signing_algorithm: Some(input.signing_algorithm),
        })
    }
}

impl Operation for Verify {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &VerifyInput) -> Result<Plan, KmsError> {
        let access = Access::new("kms:Verify").granted_by(GrantOperation::Verify);
        Ok(Plan::new(Asked::verify(input).check(call, access)?))
    }

    async fn handle(call: &mut Call, input: VerifyInput) -> Result<VerifyOutput, KmsError> {
        let (key, material, algorithm) = Asked::verify(&input).ready(call)?;
        let message = Message::new(message_type(input.message_type)?, &input.message);
        let valid = material
            .verify(algorithm, message, &input.signature)
            .map_err(internal)?;
        if !valid {
            return Err(KmsError::InvalidSignature(String::new()));
        }
        request::used(call, &key);
        Ok(VerifyOutput {
            key_id: Some(key.arn.clone()),
            signature_valid: Some(true),
            signing_algorithm: Some(input.signing_algorithm),
        })
    }
}

/// What both operations ask for.
struct Asked<'i> {
    key_id: &'i str,
    tokens: Option<&'i [String]>,
    message_type: MessageType,
    length: usize,
    algorithm: SigningAlgorithmSpec,
    dry_run: Option<bool>,
}

impl<'i> Asked<'i> {
    fn sign(input: &'i SignInput) -> Self {
        Self {
            key_id: &input.key_id,
            tokens: input.grant_tokens.as_deref(),
            message_type: input.message_type.unwrap_or(MessageType::Raw),
            length: input.message.len(),
            algorithm: input.signing_algorithm,
            dry_run: input.dry_run,
        }
    }

    fn verify(input: &'i VerifyInput) -> Self {
        Self {
            key_id: &input.key_id,
            tokens: input.grant_tokens.as_deref(),
            message_type: input.message_type.unwrap_or(MessageType::Raw),
            length: input.message.len(),
            algorithm: input.signing_algorithm,
            dry_run: input.dry_run,
        }
    }

    fn check(&self, call: &mut Call, access: Access<'_>) -> Result<Check, KmsError> {
        let target = request::target(call, self.key_id, self.tokens)?;
        Ok(plan::check(call, &target, access)
            .key("kms:MessageType", self.message_type.as_str())
            .key("kms:SigningAlgorithm", self.algorithm.as_str()))
    }

    /// The key and its material, once all is checked.
    fn ready(
        &self,
        call: &mut Call,
    ) -> Result<(Arc<KeyView>, Arc<Material>, SigningAlgorithm), KmsError> {
        let target = request::target(call, self.key_id, self.tokens)?;
        let key = request::usable(call, &target, KeyUsageType::SignVerify)?;
        request::fits(&key, spec::signing(key.record.spec), &self.algorithm)?;
        let algorithm = self.algorithm.as_str().parse().map_err(internal)?;
        self.check_message(key.record.spec, algorithm)?;
        request::dry_run(self.dry_run)?;
        let (_, material) = material::current(call, &key)?;
        Ok((key, material, algorithm))
    }

    /// Whether the algorithm takes a message of this type and length.
    fn check_message(&self, of: KeySpec, algorithm: SigningAlgorithm) -> Result<(), KmsError> {
        let wanted = self.message_type;
        let known = message_type(Some(wanted))?;
        if !algorithm.message_types().contains(&known) {
            // A key of Ed25519 has two algorithms, which take different types.
            let what = match of {
                KeySpec::EccNistEdwards25519 => format!("algorithm {algorithm}"),
                of => format!("key spec {of}"),
            };
            return Err(KmsError::Validation(format!(
                "Message type {wanted} is incompatible with {what}."
            )));
        }
        if wanted != MessageType::Raw && self.length != algorithm.digest_length() {
            return Err(KmsError::Validation(format!(
                "Digest is invalid length for algorithm {algorithm}."
            )));
        }
        Ok(())
    }
}

fn message_type(wanted: Option<MessageType>) -> Result<crypto::kms::MessageType, KmsError> {
    let wanted = wanted.unwrap_or(MessageType::Raw);
    wanted.as_str().parse().map_err(internal)
}

fn internal(error: impl std::fmt::Display) -> KmsError {
    KmsError::Failure(Failure::internal(&error))
}
