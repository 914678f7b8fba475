//! `EnableKey` and `DisableKey`.

use super::change;
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
        plan_of(call, &input.key_id, "kms:EnableKey")
    }

    async fn handle(call: &mut Call, input: EnableKeyInput) -> Result<EnableKeyOutput, KmsError> {
        set(call, &input.key_id, true)?;
        Ok(EnableKeyOutput {})
    }
}

impl Operation for DisableKey {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &DisableKeyInput) -> Result<Plan, KmsError> {
        plan_of(call, &input.key_id, "kms:DisableKey")
    }

    async fn handle(call: &mut Call, input: DisableKeyInput) -> Result<DisableKeyOutput, KmsError> {
        set(call, &input.key_id, false)?;
        Ok(DisableKeyOutput {})
    }
}

fn plan_of(call: &mut Call, key_id: &str, action: &'static str) -> Result<Plan, KmsError> {
    let target = find::find(call, key_id, Forms::Key)?;
    Ok(Plan::new(plan::check(call, &target, Access::new(action))))
}

fn set(call: &mut Call, key_id: &str, enabled: bool) -> Result<(), KmsError> {
    let key = own::customer_key(call, key_id)?;
    state::changeable(call, &key)?;
    change(call, &key, |record| {
        record.enabled = enabled;
        Ok(())
    })
}
