//! `DecodeAuthorizationMessage`: why a call was denied.

use crate::StsError;
use crate::api::operations::DecodeAuthorizationMessage;
use crate::api::types::{DecodeAuthorizationMessageInput, DecodeAuthorizationMessageOutput};
use kernel::{Call, Check, Operation, Plan};

/// Opens a sealed message of a denied call of the same account. A denied call's response
/// has it in the header `x-claviger-encoded-authorization-message`.
impl Operation for DecodeAuthorizationMessage {
    type Error = StsError;

    fn plan(_call: &mut Call, _input: &DecodeAuthorizationMessageInput) -> Result<Plan, StsError> {
        Ok(Plan::new(Check::new("sts:DecodeAuthorizationMessage", "*")))
    }

    async fn handle(
        call: &mut Call,
        input: DecodeAuthorizationMessageInput,
    ) -> Result<DecodeAuthorizationMessageOutput, StsError> {
        let message = kernel::decode_message(call, &input.encoded_message);
        let message = message.ok_or(StsError::InvalidAuthorizationMessage)?;
        Ok(DecodeAuthorizationMessageOutput {
            decoded_message: Some(message),
        })
    }
}
