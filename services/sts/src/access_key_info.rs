//! `GetAccessKeyInfo`: which account an access key id belongs to.

use crate::StsError;
use crate::api::operations::GetAccessKeyInfo;
use crate::api::types::{GetAccessKeyInfoInput, GetAccessKeyInfoOutput};
use arn::AccountId;
use kernel::{Call, Check, Operation, Plan};

/// Says which account a key belongs to, not whether it is active or exists: ids carry their account.
impl Operation for GetAccessKeyInfo {
    type Error = StsError;

    fn plan(_call: &mut Call, _input: &GetAccessKeyInfoInput) -> Result<Plan, StsError> {
        Ok(Plan::new(Check::new("sts:GetAccessKeyInfo", "*")))
    }

    async fn handle(
        call: &mut Call,
        input: GetAccessKeyInfoInput,
    ) -> Result<GetAccessKeyInfoOutput, StsError> {
        let id = input.access_key_id;
        match account_of(call, &id) {
            Some(account) => Ok(GetAccessKeyInfoOutput {
                account: Some(account.to_string()),
            }),
            None => Err(StsError::Validation(format!(
                "The access key ID {id} does not exist."
            ))),
        }
    }
}

fn account_of(call: &Call, id: &str) -> Option<AccountId> {
    let configured = || {
        call.host()
            .settings
            .configured
            .iter()
            .find(|key| key.id == id)
            .map(|key| key.account)
    };
    let known = call.world().access_key(id).map(|key| key.account);
    known
        .or_else(configured)
        .or_else(|| arn::account_of_key_id(id))
}
