//! `GetParametersForImport`.

use super::{importing, token};
use crate::api::operations::GetParametersForImport;
use crate::api::types::{GetParametersForImportInput, GetParametersForImportOutput};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::{KmsError, heavy};
use crypto::kms::WrappingKey;
use jiff::SignedDuration;
use kernel::{Call, Failure, Operation, Plan, Registry};
use std::sync::Arc;

/// How long a wrapping key and its token are valid.
const VALIDITY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<GetParametersForImport>();
}

impl Operation for GetParametersForImport {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &GetParametersForImportInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:GetParametersForImport"))
            .key("kms:WrappingAlgorithm", input.wrapping_algorithm.as_str())
            .key("kms:WrappingKeySpec", input.wrapping_key_spec.as_str());
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: GetParametersForImportInput,
    ) -> Result<GetParametersForImportOutput, KmsError> {
        let key = importing(call, &input.key_id)?;
        let (Some(algorithm), Some(spec)) = (
            token::algorithm(input.wrapping_algorithm),
            token::key_spec(input.wrapping_key_spec),
        ) else {
            return Err(KmsError::UnsupportedOperation(
                "SM2 wrapping keys are supported in the China Regions only.".to_owned(),
            ));
        };
        let made = heavy::generation(call, move || WrappingKey::generate(spec)).await?;
        let wrapping = made.map_err(|error| KmsError::Failure(Failure::internal(&error)))?;
        let expiry = call.now.saturating_add(VALIDITY).unwrap_or(call.now);
        let host = Arc::clone(call.host());
        let random = host.random.as_ref();
        let sealed = token::seal(
            &host.keyring,
            &key.place,
            algorithm,
            expiry,
            &wrapping,
            random,
        )
        .map_err(|error| KmsError::Failure(Failure::internal(&error)))?;
        Ok(GetParametersForImportOutput {
            key_id: Some(key.arn.clone()),
            import_token: Some(sealed.into()),
            public_key: Some(wrapping.public_key().to_vec().into()),
            parameters_valid_to: Some(expiry),
        })
    }
}
