//! `UpdateCustomKeyStore`.

use super::connect::wrong_state;
use super::{
    all, check_unique, invalid, load, no_endpoint_service, place, plan, save, set_credential,
};
use crate::KmsError;
use crate::api::operations::UpdateCustomKeyStore;
use crate::api::types::{
    ConnectionStateType, UpdateCustomKeyStoreInput, UpdateCustomKeyStoreOutput,
    XksProxyConnectivityType,
};
use crate::entity::CustomKeyStoreRecord;
use crate::xks::{self, ProxyFailure};
use kernel::{Call, Operation, Plan, Registry};

pub(super) fn register(registry: &mut Registry) {
    registry.serve::<UpdateCustomKeyStore>();
}

impl Operation for UpdateCustomKeyStore {
    type Error = KmsError;

    fn plan(call: &mut Call, _: &UpdateCustomKeyStoreInput) -> Result<Plan, KmsError> {
        Ok(plan(call, "kms:UpdateCustomKeyStore"))
    }

    async fn handle(
        call: &mut Call,
        input: UpdateCustomKeyStoreInput,
    ) -> Result<UpdateCustomKeyStoreOutput, KmsError> {
        let mut record = load(call, &input.custom_key_store_id)?;
        if input.key_store_password.is_some() || input.cloud_hsm_cluster_id.is_some() {
            return Err(invalid(
                "KeyStorePassword and CloudHsmClusterId are not valid for a CustomKeyStoreType of EXTERNAL_KEY_STORE",
            ));
        }
        check_state(&record, &input)?;
        check_connectivity(&record, &input)?;
        let proxy_changes = input.xks_proxy_uri_endpoint.is_some()
            || input.xks_proxy_uri_path.is_some()
            || input.xks_proxy_authentication_credential.is_some();
        if let Some(name) = input.new_custom_key_store_name {
            record.name = name;
        }
        if let Some(endpoint) = input.xks_proxy_uri_endpoint {
            record.endpoint = endpoint;
        }
        if let Some(path) = input.xks_proxy_uri_path {
            record.path = path;
        }
        if let Some(new) = input.xks_proxy_authentication_credential {
            set_credential(
                call,
                &mut record,
                new.access_key_id,
                new.raw_secret_access_key,
            )?;
        }
        check_unique(&all(call)?, &record)?;
        if proxy_changes {
            let store = place(call, &record.id);
            xks::check_health(call, &store, &record)
                .await
                .map_err(|trouble| trouble.say(ProxyFailure::of_store))?;
        }
        save(call, &record)?;
        Ok(UpdateCustomKeyStoreOutput {})
    }
}

/// A connected store may change its name, its credential and its path; everything else needs it
/// disconnected, and so does everything of a store whose connection failed.
fn check_state(
    record: &CustomKeyStoreRecord,
    input: &UpdateCustomKeyStoreInput,
) -> Result<(), KmsError> {
    let deep = input.xks_proxy_uri_endpoint.is_some()
        || input.xks_proxy_connectivity.is_some()
        || input.xks_proxy_vpc_endpoint_service_name.is_some()
        || input.xks_proxy_vpc_endpoint_service_owner.is_some();
    match record.state {
        ConnectionStateType::Disconnected => Ok(()),
        ConnectionStateType::Connected if !deep => Ok(()),
        state => Err(wrong_state(&record.id, state)),
    }
}

/// The connectivity stays that of a public endpoint: there are no VPC endpoint services here.
fn check_connectivity(
    record: &CustomKeyStoreRecord,
    input: &UpdateCustomKeyStoreInput,
) -> Result<(), KmsError> {
    let service = input.xks_proxy_vpc_endpoint_service_name.as_deref();
    match input.xks_proxy_connectivity.unwrap_or(record.connectivity) {
        XksProxyConnectivityType::VpcEndpointService
            if service.is_none() || input.xks_proxy_uri_endpoint.is_none() =>
        {
            Err(invalid(
                "XksProxyVpcEndpointServiceName and XksProxyUriEndpoint are required to change the XksProxyConnectivity to VPC_ENDPOINT_SERVICE",
            ))
        }
        XksProxyConnectivityType::VpcEndpointService => Err(no_endpoint_service(service)),
        XksProxyConnectivityType::PublicEndpoint
            if service.is_some() || input.xks_proxy_vpc_endpoint_service_owner.is_some() =>
        {
            Err(invalid(
                "XksProxyVpcEndpointServiceName is not valid for an XksProxyConnectivity of PUBLIC_ENDPOINT",
            ))
        }
        XksProxyConnectivityType::PublicEndpoint => Ok(()),
    }
}
