//! `UpdateAlias`.

use super::{current, key_to_name, missing, named, on_alias, on_key, room};
use crate::api::operations::UpdateAlias;
use crate::api::types::{KeySpec, UpdateAliasInput, UpdateAliasOutput};
use crate::entity::AliasRecord;
use crate::view::KeyView;
use crate::{KmsError, own, state};
use kernel::{Call, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<UpdateAlias>();
}

const ACTION: &str = "kms:UpdateAlias";

impl Operation for UpdateAlias {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &UpdateAliasInput) -> Result<Plan, KmsError> {
        let alias = named(call, &input.alias_name)?;
        let target = key_to_name(call, &input.target_key_id)?;
        let mut plan = Plan::new(on_alias(call, &alias, ACTION));
        if let Some(former) = current(call, &alias)? {
            plan = plan.and(on_key(call, &former, ACTION));
        }
        Ok(plan.and(on_key(call, &target, ACTION)))
    }

    async fn handle(
        call: &mut Call,
        input: UpdateAliasInput,
    ) -> Result<UpdateAliasOutput, KmsError> {
        let alias = named(call, &input.alias_name)?;
        let former = current(call, &alias)?.ok_or_else(|| missing(call, &alias))?;
        let key = own::customer_key(call, &input.target_key_id)?;
        call.note_resource(alias.alias_arn(call.partition()), "AWS::KMS::Alias");
        // Only the new key must stay ("Key states of AWS KMS keys").
        state::staying(call, &key)?;
        if let Some(former) = &former.view {
            alike(former, &key)?;
        }
        let record = call.load_in::<AliasRecord>(alias.account, &alias.region, &alias.id)?;
        let record = record.ok_or_else(|| missing(call, &alias))?;
        if *record.key != *key.place.id {
            room(call, &key.place)?;
        }
        let record = AliasRecord {
            key: key.place.id.to_string(),
            created: record.created,
            updated: call.now,
        };
        call.save_in(alias.account, &alias.region, &alias.id, &record)?;
        own::show_changed(call, &key);
        Ok(UpdateAliasOutput {})
    }
}

/// What a key is, as far as aliases are concerned.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Symmetric,
    Hmac,
    Asymmetric,
}

fn kind(spec: KeySpec) -> Kind {
    use KeySpec as S;
    match spec {
        S::SymmetricDefault => Kind::Symmetric,
        S::Hmac224 | S::Hmac256 | S::Hmac384 | S::Hmac512 => Kind::Hmac,
        _ => Kind::Asymmetric,
    }
}

/// An alias goes on to a key of the same type and usage only ("UpdateAlias"): code that uses the alias
/// counts on it.
fn alike(former: &KeyView, key: &KeyView) -> Result<(), KmsError> {
    let (old, new) = (&former.record, &key.record);
    if kind(old.spec) == kind(new.spec) && old.usage == new.usage {
        return Ok(());
    }
    Err(KmsError::Validation(format!(
        "The alias names a key of KeySpec {} and KeyUsage {}, and cannot be updated to a key of KeySpec {} and KeyUsage {}.",
        old.spec, old.usage, new.spec, new.usage
    )))
}
