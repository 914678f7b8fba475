//! `ListAliases`.

use crate::api::operations::ListAliases;
use crate::api::types::{AliasListEntry, ListAliasesInput, ListAliasesOutput};
use crate::entity::AliasRecord;
use crate::find::{self, Forms};
use crate::view::{KmsWorld, Ordered, Place};
use crate::{KmsError, aws_managed, page, plan};
use kernel::{Call, Check, Operation, Plan, Registry};
use std::sync::Arc;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<ListAliases>();
}

/// An alias of the list; `None` for one of AWS's that names no key yet.
type Listed = Option<AliasRecord>;

impl Operation for ListAliases {
    type Error = KmsError;

    fn plan(call: &mut Call, _input: &ListAliasesInput) -> Result<Plan, KmsError> {
        let check = Check::new("kms:ListAliases", "*");
        Ok(Plan::new(plan::of_call(call, check)))
    }

    async fn handle(
        call: &mut Call,
        input: ListAliasesInput,
    ) -> Result<ListAliasesOutput, KmsError> {
        let all = match &input.key_id {
            Some(key_id) => of_key(call, key_id)?,
            None => of_account(call),
        };
        let page = page::ordered(
            "aliases",
            Some(&all),
            input.limit,
            50,
            input.marker.as_deref(),
        )?;
        let partition = call.partition();
        let shown = page.items.iter().map(|(name, alias)| {
            let place = Place::new(call.account(), &call.region, name);
            let record = alias.as_ref();
            AliasListEntry {
                alias_name: Some(name.to_string()),
                alias_arn: Some(place.alias_arn(partition)),
                target_key_id: record.map(|record| record.key.clone()),
                creation_date: record.map(|record| record.created),
                last_updated_date: record.map(|record| record.updated),
            }
        });
        Ok(ListAliasesOutput {
            aliases: Some(shown.collect()),
            truncated: Some(page.is_truncated()),
            next_marker: page.next.clone(),
        })
    }
}

/// The aliases of the caller's account and region, with those of AWS's that name no key yet.
fn of_account(call: &Call) -> Ordered<Listed> {
    let mut all: Ordered<Listed> = aws_managed::aliases()
        .map(|name| (Arc::from(name), None))
        .collect();
    let own =
        KmsWorld::of(call.world()).and_then(|kms| kms.aliases_at(call.account(), &call.region));
    for (name, alias) in own.into_iter().flatten() {
        all.insert(Arc::clone(name), Some(alias.record.clone()));
    }
    all
}

/// The aliases of one key of the caller's account.
fn of_key(call: &mut Call, key_id: &str) -> Result<Ordered<Listed>, KmsError> {
    let mut target = find::find(call, key_id, Forms::Key)?;
    // The permission is for the caller's own account, so that it tells nothing of others.
    target.view = target
        .view
        .filter(|view| view.place.account == call.account());
    let key = target.found(call)?;
    let world = Arc::clone(call.world());
    let Some(kms) = KmsWorld::of(&world) else {
        return Ok(Ordered::new());
    };
    let names = kms.aliases_of(&key.place).filter_map(|name| {
        let place = Place::new(key.place.account, &key.place.region, name);
        let alias = kms.alias(&place)?;
        Some((Arc::clone(name), Some(alias.record.clone())))
    });
    Ok(names.collect())
}
