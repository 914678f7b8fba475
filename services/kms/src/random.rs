//! `GenerateRandom`.

use crate::api::operations::GenerateRandom;
use crate::api::types::{GenerateRandomInput, GenerateRandomOutput};
use crate::recipient::Recipient;
use crate::{KmsError, custom_key_store};
use crypto::Secret;
use kernel::{Call, Check, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<GenerateRandom>();
}

impl Operation for GenerateRandom {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &GenerateRandomInput) -> Result<Plan, KmsError> {
        let recipient = Recipient::of(call, input.recipient.as_ref())?;
        let check = Check::new("kms:GenerateRandom", "*");
        Ok(Plan::new(Recipient::conditions(check, recipient.as_ref())))
    }

    async fn handle(
        call: &mut Call,
        input: GenerateRandomInput,
    ) -> Result<GenerateRandomOutput, KmsError> {
        let recipient = Recipient::of(call, input.recipient.as_ref())?;
        let length = input
            .number_of_bytes
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| {
                KmsError::Validation(
                    "Please specify either number of bytes or key spec.".to_owned(),
                )
            })?;
        // Only clusters of CloudHSM make random bytes, and there are none here.
        if let Some(store) = input.custom_key_store_id {
            return Err(custom_key_store::no_random(call, &store));
        }
        let answer = Recipient::answer(call, recipient.as_ref(), bytes(call, length))?;
        Ok(GenerateRandomOutput {
            plaintext: answer.plaintext,
            ciphertext_for_recipient: answer.for_recipient,
        })
    }
}

/// Fresh random bytes.
pub(crate) fn bytes(call: &Call, length: usize) -> Secret {
    let mut bytes = vec![0; length];
    call.host().random.fill(&mut bytes);
    Secret::new(bytes)
}
