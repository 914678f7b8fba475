//! `DescribeCustomKeyStores`.

use super::{all, invalid, not_found, plan};
use crate::api::operations::DescribeCustomKeyStores;
use crate::api::types::{
    CustomKeyStoreType, CustomKeyStoresListEntry, DescribeCustomKeyStoresInput,
    DescribeCustomKeyStoresOutput, XksProxyConfigurationType,
};
use crate::entity::CustomKeyStoreRecord;
use crate::{KmsError, page};
use kernel::{Call, Operation, Plan, Registry};

/// Stores on a page where no limit is given: more than there can be.
const PAGE: usize = 100;

pub(super) fn register(registry: &mut Registry) {
    registry.serve::<DescribeCustomKeyStores>();
}

impl Operation for DescribeCustomKeyStores {
    type Error = KmsError;

    fn plan(call: &mut Call, _: &DescribeCustomKeyStoresInput) -> Result<Plan, KmsError> {
        Ok(plan(call, "kms:DescribeCustomKeyStores"))
    }

    async fn handle(
        call: &mut Call,
        input: DescribeCustomKeyStoresInput,
    ) -> Result<DescribeCustomKeyStoresOutput, KmsError> {
        let mut stores = all(call)?;
        match (&input.custom_key_store_id, &input.custom_key_store_name) {
            (Some(_), Some(_)) => {
                return Err(invalid(
                    "Cannot specify both CustomKeyStoreId and CustomKeyStoreName",
                ));
            }
            (Some(id), None) => {
                stores.retain(|store| store.id == *id);
                if stores.is_empty() {
                    return Err(not_found("id", id));
                }
            }
            (None, Some(name)) => {
                stores.retain(|store| store.name == *name);
                if stores.is_empty() {
                    return Err(not_found("name", name));
                }
            }
            (None, None) => {}
        }
        let page = page::of(
            "DescribeCustomKeyStores",
            stores,
            |store| store.id.clone(),
            input.limit,
            PAGE,
            input.marker.as_deref(),
        )?;
        Ok(DescribeCustomKeyStoresOutput {
            truncated: Some(page.is_truncated()),
            next_marker: page.next,
            custom_key_stores: Some(page.items.into_iter().map(show).collect()),
        })
    }
}

/// A store as clients see it. The secret of its credential is never shown.
fn show(store: CustomKeyStoreRecord) -> CustomKeyStoresListEntry {
    CustomKeyStoresListEntry {
        custom_key_store_id: Some(store.id),
        custom_key_store_name: Some(store.name),
        cloud_hsm_cluster_id: None,
        trust_anchor_certificate: None,
        connection_state: Some(store.state),
        connection_error_code: store.error.map(|error| error.0),
        creation_date: Some(store.created),
        custom_key_store_type: Some(CustomKeyStoreType::ExternalKeyStore),
        xks_proxy_configuration: Some(XksProxyConfigurationType {
            connectivity: Some(store.connectivity),
            access_key_id: Some(store.access_key_id),
            uri_endpoint: Some(store.endpoint),
            uri_path: Some(store.path),
            vpc_endpoint_service_name: None,
            vpc_endpoint_service_owner: None,
        }),
    }
}
