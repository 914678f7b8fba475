//! `ListKeys`.

use crate::api::operations::ListKeys;
use crate::api::types::{KeyListEntry, ListKeysInput, ListKeysOutput, ResourceOwnerType};
use crate::view::KmsWorld;
use crate::{KmsError, page, plan};
use kernel::{Call, Check, Operation, Plan, Registry};
use std::sync::Arc;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<ListKeys>();
}

impl Operation for ListKeys {
    type Error = KmsError;

    fn plan(call: &mut Call, _input: &ListKeysInput) -> Result<Plan, KmsError> {
        let check = Check::new("kms:ListKeys", "*");
        Ok(Plan::new(plan::of_call(call, check)))
    }

    async fn handle(call: &mut Call, input: ListKeysInput) -> Result<ListKeysOutput, KmsError> {
        // Nothing is shared by Resource Access Manager here, so that only the account's own keys can be listed.
        let own = input
            .resource_owners
            .is_none_or(|owners| owners.contains(&ResourceOwnerType::SelfValue));
        let world = Arc::clone(call.world());
        let keys = KmsWorld::of(&world)
            .and_then(|kms| kms.keys_at(call.account(), &call.region))
            .filter(|_| own);
        let page = page::ordered("keys", keys, input.limit, 100, input.marker.as_deref())?;
        let truncated = page.is_truncated();
        let present = page.items.iter().filter(|(_, key)| !key.is_gone(call.now));
        let shown = present.map(|(id, key)| KeyListEntry {
            key_id: Some(id.to_string()),
            key_arn: Some(key.arn.clone()),
        });
        Ok(ListKeysOutput {
            keys: Some(shown.collect()),
            next_marker: page.next,
            truncated: Some(truncated),
        })
    }
}
