//! Which version of session tokens the global STS endpoint hands out ("SetSecurityTokenServicePreferences").
//!
//! It is kept and shown and changes nothing else: tokens here work in every region.

use crate::IamError;
use crate::api::operations::SetSecurityTokenServicePreferences;
use crate::api::types::{
    GlobalEndpointTokenVersion, SetSecurityTokenServicePreferencesInput,
    SetSecurityTokenServicePreferencesOutput,
};
use kernel::{Call, Check, Entity, Operation, Plan, Registry};
use serde::{Deserialize, Serialize};

/// An account has one preference, under this name.
const NAME: &str = "GlobalEndpointTokenVersion";

/// Adds the operation on the preference to the registry.
pub fn register(registry: &mut Registry) {
    registry.serve::<SetSecurityTokenServicePreferences>();
}

/// The preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenPreferenceRecord {
    /// 1 or 2.
    pub version: u32,
}

impl Entity for TokenPreferenceRecord {
    const KIND: &'static str = "iam.token-preference";
}

/// The version that the account prefers: 1 where it has not said.
///
/// # Errors
/// The store's failure.
pub fn version(call: &mut Call) -> Result<u32, IamError> {
    Ok(call
        .load::<TokenPreferenceRecord>(NAME)?
        .map_or(1, |preference| preference.version))
}

impl Operation for SetSecurityTokenServicePreferences {
    type Error = IamError;

    fn plan(_: &mut Call, _: &SetSecurityTokenServicePreferencesInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new(
            "iam:SetSecurityTokenServicePreferences",
            "*",
        )))
    }

    async fn handle(
        call: &mut Call,
        input: SetSecurityTokenServicePreferencesInput,
    ) -> Result<SetSecurityTokenServicePreferencesOutput, IamError> {
        let version = match input.global_endpoint_token_version {
            GlobalEndpointTokenVersion::V1Token => 1,
            GlobalEndpointTokenVersion::V2Token => 2,
        };
        call.save(NAME, &TokenPreferenceRecord { version })?;
        Ok(SetSecurityTokenServicePreferencesOutput {})
    }
}
