//! `CreateCustomKeyStore`.

use super::{
    MOST, all, check_unique, invalid, no_cluster, no_endpoint_service, place, plan, save,
    set_credential,
};
use crate::api::operations::CreateCustomKeyStore;
use crate::api::types::{
    ConnectionStateType, CreateCustomKeyStoreInput, CreateCustomKeyStoreOutput, CustomKeyStoreType,
    XksProxyConnectivityType,
};
use crate::entity::CustomKeyStoreRecord;
use crate::xks::{self, ProxyFailure};
use crate::{KmsError, blob};
use kernel::{Call, Operation, Plan, Registry};

pub(super) fn register(registry: &mut Registry) {
    registry.serve::<CreateCustomKeyStore>();
}

impl Operation for CreateCustomKeyStore {
    type Error = KmsError;

    fn plan(call: &mut Call, _: &CreateCustomKeyStoreInput) -> Result<Plan, KmsError> {
        Ok(plan(call, "kms:CreateCustomKeyStore"))
    }

    async fn handle(
        call: &mut Call,
        input: CreateCustomKeyStoreInput,
    ) -> Result<CreateCustomKeyStoreOutput, KmsError> {
        let kind = input
            .custom_key_store_type
            .unwrap_or(CustomKeyStoreType::AwsCloudhsm);
        if kind == CustomKeyStoreType::AwsCloudhsm {
            return Err(refuse_cluster(&input));
        }
        let record = record(call, input)?;
        let others = all(call)?;
        if others.len() >= MOST {
            return Err(KmsError::LimitExceeded(
                "The maximum number of custom key stores has been reached.".to_owned(),
            ));
        }
        check_unique(&others, &record)?;
        let store = place(call, &record.id);
        xks::check_health(call, &store, &record)
            .await
            .map_err(|trouble| trouble.say(ProxyFailure::of_store))?;
        save(call, &record)?;
        Ok(CreateCustomKeyStoreOutput {
            custom_key_store_id: Some(record.id),
        })
    }
}

/// The store that a request describes, not connected yet.
fn record(call: &Call, input: CreateCustomKeyStoreInput) -> Result<CustomKeyStoreRecord, KmsError> {
    if input.cloud_hsm_cluster_id.is_some()
        || input.key_store_password.is_some()
        || input.trust_anchor_certificate.is_some()
    {
        return Err(invalid(
            "CloudHsmClusterId, KeyStorePassword and TrustAnchorCertificate are not valid for a CustomKeyStoreType of EXTERNAL_KEY_STORE",
        ));
    }
    let missing = |name: &str| {
        invalid(format!(
            "{name} is required for a CustomKeyStoreType of EXTERNAL_KEY_STORE"
        ))
    };
    let connectivity = input
        .xks_proxy_connectivity
        .ok_or_else(|| missing("XksProxyConnectivity"))?;
    let endpoint = input
        .xks_proxy_uri_endpoint
        .ok_or_else(|| missing("XksProxyUriEndpoint"))?;
    let path = input
        .xks_proxy_uri_path
        .ok_or_else(|| missing("XksProxyUriPath"))?;
    let credential = input
        .xks_proxy_authentication_credential
        .ok_or_else(|| missing("XksProxyAuthenticationCredential"))?;
    let service = input.xks_proxy_vpc_endpoint_service_name;
    match connectivity {
        XksProxyConnectivityType::VpcEndpointService if service.is_none() => {
            return Err(invalid(
                "XksProxyVpcEndpointServiceName is required for an XksProxyConnectivity of VPC_ENDPOINT_SERVICE",
            ));
        }
        XksProxyConnectivityType::VpcEndpointService => {
            return Err(no_endpoint_service(service.as_deref()));
        }
        XksProxyConnectivityType::PublicEndpoint
            if service.is_some() || input.xks_proxy_vpc_endpoint_service_owner.is_some() =>
        {
            return Err(invalid(
                "XksProxyVpcEndpointServiceName is not valid for an XksProxyConnectivity of PUBLIC_ENDPOINT",
            ));
        }
        XksProxyConnectivityType::PublicEndpoint => {}
    }
    let mut record = CustomKeyStoreRecord {
        id: new_id(call),
        name: input.custom_key_store_name,
        created: call.now,
        state: ConnectionStateType::Disconnected,
        error: None,
        connectivity,
        endpoint,
        path,
        access_key_id: String::new(),
        sealed_secret: String::new(),
    };
    let (id, secret) = (credential.access_key_id, credential.raw_secret_access_key);
    set_credential(call, &mut record, id, secret)?;
    Ok(record)
}

/// `cks-` and 17 hexadecimal digits.
fn new_id(call: &Call) -> String {
    let digits = blob::hex(&call.random::<9>());
    format!("cks-{}", digits.get(..17).unwrap_or_default())
}

/// Why there is no store with a CloudHSM cluster.
fn refuse_cluster(input: &CreateCustomKeyStoreInput) -> KmsError {
    if input.xks_proxy_connectivity.is_some()
        || input.xks_proxy_uri_endpoint.is_some()
        || input.xks_proxy_uri_path.is_some()
        || input.xks_proxy_authentication_credential.is_some()
        || input.xks_proxy_vpc_endpoint_service_name.is_some()
        || input.xks_proxy_vpc_endpoint_service_owner.is_some()
    {
        return invalid(
            "Parameters of an external key store proxy are not valid for a CustomKeyStoreType of AWS_CLOUDHSM",
        );
    }
    let (Some(cluster), Some(_), Some(_)) = (
        &input.cloud_hsm_cluster_id,
        &input.key_store_password,
        &input.trust_anchor_certificate,
    ) else {
        return invalid(
            "CloudHsmClusterId, KeyStorePassword and TrustAnchorCertificate are required for a CustomKeyStoreType of AWS_CLOUDHSM",
        );
    };
    no_cluster(cluster)
}
