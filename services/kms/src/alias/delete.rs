//! `DeleteAlias`.

use super::{current, missing, named, on_alias, on_key};
use crate::api::operations::DeleteAlias;
use crate::api::types::{DeleteAliasInput, DeleteAliasOutput};
use crate::entity::AliasRecord;
use crate::{KmsError, own};
use kernel::{Call, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<DeleteAlias>();
}

const ACTION: &str = "kms:DeleteAlias";

impl Operation for DeleteAlias {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &DeleteAliasInput) -> Result<Plan, KmsError> {
        let alias = named(call, &input.alias_name)?;
        let plan = Plan::new(on_alias(call, &alias, ACTION));
        Ok(match current(call, &alias)? {
            Some(key) => plan.and(on_key(call, &key, ACTION)),
            None => plan,
        })
    }

    async fn handle(
        call: &mut Call,
        input: DeleteAliasInput,
    ) -> Result<DeleteAliasOutput, KmsError> {
        let alias = named(call, &input.alias_name)?;
        let record = call.load_in::<AliasRecord>(alias.account, &alias.region, &alias.id)?;
        if record.is_none() {
            return Err(missing(call, &alias));
        }
        call.note_resource(alias.alias_arn(call.partition()), "AWS::KMS::Alias");
        if let Some(key) = current(call, &alias)?.and_then(|target| target.view) {
            call.note_resource(key.arn.clone(), "AWS::KMS::Key");
            own::show_changed(call, &key);
        }
        call.remove_in::<AliasRecord>(alias.account, &alias.region, &alias.id)?;
        Ok(DeleteAliasOutput {})
    }
}
