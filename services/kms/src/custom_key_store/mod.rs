//! Custom key stores: the external ones, whose keys' material is at a proxy that the account names.
//! CloudHSM clusters do not exist here.

mod connect;
mod create;
mod delete;
mod describe;
mod new_key;
mod update;

pub(crate) use new_key::attach;

use crate::KmsError;
use crate::entity::CustomKeyStoreRecord;
use crate::view::Place;
use crypto::SecretString;
use kernel::{Call, Check, Plan, Registry};

/// The most custom key stores of an account in a region ("Resource quotas", AWS KMS Developer Guide).
const MOST: usize = 10;

/// Serves the operations of custom key stores.
pub(crate) fn register(registry: &mut Registry) {
    create::register(registry);
    describe::register(registry);
    update::register(registry);
    delete::register(registry);
    connect::register(registry);
}

/// All of these actions have no resource, and one condition key ("Actions, resources, and condition
/// keys for AWS Key Management Service").
fn plan(call: &Call, action: &'static str) -> Plan {
    Plan::new(Check::new(action, "*").key("kms:CallerAccount", call.account().as_str()))
}

/// Where a store of the caller's account is.
fn place(call: &Call, id: &str) -> Place {
    Place::new(call.account(), &call.region, id)
}

/// A store, to be changed.
///
/// # Errors
/// `CustomKeyStoreNotFoundException`
fn load(call: &mut Call, id: &str) -> Result<CustomKeyStoreRecord, KmsError> {
    let place = place(call, id);
    // A text that cannot be a record's key names no store.
    match kernel::record::key::<CustomKeyStoreRecord>(place.account.as_str(), &place.region, id) {
        Ok(_) => call
            .load_in(place.account, &place.region, id)?
            .ok_or_else(|| not_found("id", id)),
        Err(_) => Err(not_found("id", id)),
    }
}

/// Why a store makes no random bytes: only CloudHSM key stores do, and all here are external ones.
pub(crate) fn no_random(call: &mut Call, id: &str) -> KmsError {
    match load(call, id) {
        Ok(_) => KmsError::UnsupportedOperation(
            "GenerateRandom is not supported for external key stores.".to_owned(),
        ),
        Err(error) => error,
    }
}

fn not_found(what: &str, text: &str) -> KmsError {
    KmsError::CustomKeyStoreNotFound(format!("Custom key store with {what} {text} is not found."))
}

fn save(call: &mut Call, record: &CustomKeyStoreRecord) -> Result<(), KmsError> {
    let place = place(call, &record.id);
    Ok(call.save_in(place.account, &place.region, &place.id, record)?)
}

/// All stores of the caller's account and region, in the order of their ids.
fn all(call: &mut Call) -> Result<Vec<CustomKeyStoreRecord>, KmsError> {
    let (account, region) = (call.account(), call.region.clone());
    let found = call.list_in(account, &region, "", None, MOST.saturating_add(1))?;
    Ok(found.into_iter().map(|(_, record)| record).collect())
}

/// No two stores have the same name, or the same proxy.
///
/// # Errors
/// `CustomKeyStoreNameInUseException`, `XksProxyUriInUseException`
fn check_unique(
    others: &[CustomKeyStoreRecord],
    record: &CustomKeyStoreRecord,
) -> Result<(), KmsError> {
    let mut others = others
        .iter()
        .filter(|other| other.id != record.id)
        .peekable();
    if others.peek().is_none() {
        return Ok(());
    }
    for other in others {
        if other.name == record.name {
            return Err(KmsError::CustomKeyStoreNameInUse(format!(
                "Custom key store name {} is already in use.",
                record.name
            )));
        }
        if other.endpoint.eq_ignore_ascii_case(&record.endpoint) && other.path == record.path {
            return Err(KmsError::XksProxyUriInUse(format!(
                "The external key store proxy URI {}{} is already in use by another external key store in this Region.",
                record.endpoint, record.path
            )));
        }
    }
    Ok(())
}

fn invalid(text: impl Into<String>) -> KmsError {
    KmsError::Validation(text.into())
}

/// Gives a store its credential, with the secret sealed.
fn set_credential(
    call: &Call,
    record: &mut CustomKeyStoreRecord,
    access_key_id: String,
    secret: String,
) -> Result<(), KmsError> {
    let store = place(call, &record.id);
    let secret = SecretString::new(secret);
    record.sealed_secret = crate::xks::seal_secret(call, &store, &access_key_id, &secret)?;
    record.access_key_id = access_key_id;
    Ok(())
}

/// A VPC endpoint service cannot exist here.
fn no_endpoint_service(name: Option<&str>) -> KmsError {
    KmsError::XksProxyVpcEndpointServiceNotFound(format!(
        "AWS KMS could not find the VPC endpoint service {}.",
        name.unwrap_or_default()
    ))
}

/// A CloudHSM cluster cannot exist here.
fn no_cluster(id: &str) -> KmsError {
    KmsError::CloudHsmClusterNotFound(format!("AWS CloudHSM cluster {id} was not found."))
}
