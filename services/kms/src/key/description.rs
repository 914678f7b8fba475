//! `UpdateKeyDescription`.

use super::change;
use crate::api::operations::UpdateKeyDescription;
use crate::api::types::{UpdateKeyDescriptionInput, UpdateKeyDescriptionOutput};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::{KmsError, own, state};
use kernel::{Call, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<UpdateKeyDescription>();
}

impl Operation for UpdateKeyDescription {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &UpdateKeyDescriptionInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:UpdateKeyDescription"));
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: UpdateKeyDescriptionInput,
    ) -> Result<UpdateKeyDescriptionOutput, KmsError> {
        let key = own::customer_key(call, &input.key_id)?;
        state::staying(call, &key)?;
        change(call, &key, |record| {
            record.description = input.description;
            Ok(())
        })?;
        Ok(UpdateKeyDescriptionOutput {})
    }
}
