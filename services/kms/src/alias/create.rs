//! `CreateAlias`.

use super::{key_to_name, named, on_alias, on_key, room};
use crate::api::operations::CreateAlias;
use crate::api::types::{CreateAliasInput, CreateAliasOutput};
use crate::entity::AliasRecord;
use crate::{KmsError, own, state};
use kernel::{Call, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<CreateAlias>();
}

const ACTION: &str = "kms:CreateAlias";

impl Operation for CreateAlias {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &CreateAliasInput) -> Result<Plan, KmsError> {
        let alias = named(call, &input.alias_name)?;
        let target = key_to_name(call, &input.target_key_id)?;
        Ok(Plan::new(on_alias(call, &alias, ACTION)).and(on_key(call, &target, ACTION)))
    }

    async fn handle(
        call: &mut Call,
        input: CreateAliasInput,
    ) -> Result<CreateAliasOutput, KmsError> {
        let alias = named(call, &input.alias_name)?;
        let key = own::customer_key(call, &input.target_key_id)?;
        state::staying(call, &key)?;
        let arn = alias.alias_arn(call.partition());
        call.note_resource(arn.clone(), "AWS::KMS::Alias");
        let existing = call.load_in::<AliasRecord>(alias.account, &alias.region, &alias.id)?;
        if existing.is_some() {
            return Err(KmsError::AlreadyExists(format!(
                "An alias with the name {arn} already exists"
            )));
        }
        room(call, &key.place)?;
        let record = AliasRecord {
            key: key.place.id.to_string(),
            created: call.now,
            updated: call.now,
        };
        call.save_in(alias.account, &alias.region, &alias.id, &record)?;
        own::show_changed(call, &key);
        Ok(CreateAliasOutput {})
    }
}
