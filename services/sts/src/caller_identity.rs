//! `GetCallerIdentity`: who am I.

use crate::StsError;
use crate::api::operations::GetCallerIdentity;
use crate::api::types::{GetCallerIdentityInput, GetCallerIdentityOutput};
use kernel::{Call, Operation, Plan};

/// Says who calls. Nothing can forbid it, not even an explicit deny.
impl Operation for GetCallerIdentity {
    type Error = StsError;

    fn plan(_call: &mut Call, _input: &GetCallerIdentityInput) -> Result<Plan, StsError> {
        Ok(Plan::authenticated())
    }

    async fn handle(
        call: &mut Call,
        _input: GetCallerIdentityInput,
    ) -> Result<GetCallerIdentityOutput, StsError> {
        Ok(GetCallerIdentityOutput {
            user_id: Some(call.caller.user_id()),
            account: Some(call.account().to_string()),
            arn: Some(call.caller.arn()),
        })
    }
}
