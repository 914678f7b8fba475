//! `EnableKey` and `DisableKey`.

use super::{change, idle_days};
use crate::api::operations::{DisableKey, EnableKey};
use crate::api::types::{DisableKeyInput, DisableKeyOutput, EnableKeyInput, EnableKeyOutput};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::{KmsError, own, state};
use kernel::{Call, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<EnableKey>().serve::<DisableKey>();
}

impl Operation for EnableKey {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &EnableKeyInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:EnableKey"));
        Ok(Plan::new(check))
    }

    async fn handle(call: &mut Call, input: EnableKeyInput) -> Result<EnableKeyOutput, KmsError> {
        set(call, &input.key_id, true)?;
        Ok(EnableKeyOutput {})
    }
}

impl Operation for DisableKey {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &DisableKeyInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:DisableKey"));
        Ok(Plan::new(idle_days(call, &target, check)?))
    }

    async fn handle(call: &mut Call, input: DisableKeyInput) -> Result<DisableKeyOutput, KmsError> {
        set(call, &input.key_id, false)?;
        Ok(DisableKeyOutput {})
    }
}

fn set(call: &mut Call, key_id: &str, enabled: bool) -> Result<(), KmsError> {
    let key = own::customer_key(call, key_id)?;
    state::changeable(call, &key)?;
    change(call, &key, |record| {
        record.enabled = enabled;
        Ok(())
    })
}
