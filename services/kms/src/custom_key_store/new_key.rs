//! What `CreateKey` does where the key is to live in a custom key store.

use super::connect::wrong_state;
use super::{delete, invalid, load, no_cluster, place};
use crate::KmsError;
use crate::api::types::{ConnectionStateType, CreateKeyInput, KeySpec, KeyUsageType, OriginType};
use crate::entity::ExternalKeyRecord;
use crate::xks::{self, ProxyFailure};
use kernel::Call;

/// Where a new key's other half is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attachment {
    /// The id of the store, for the key's record.
    pub(crate) store: String,
    /// The id of the external key, for the key's record.
    pub(crate) external_key: String,
}

/// Attaches a new key to the external key that a request names, after the store's proxy has said
/// that it is fit, and stages that no other key of the store may have it. `None` for keys outside of
/// custom key stores, with which the caller goes on as usual; keys in a store get material of KMS's
/// own besides.
///
/// # Errors
/// Those of `CreateKey` about custom key stores.
pub(crate) async fn attach(
    call: &mut Call,
    input: &CreateKeyInput,
    spec: KeySpec,
    usage: KeyUsageType,
    key: &str,
) -> Result<Option<Attachment>, KmsError> {
    let origin = input.origin.unwrap_or(OriginType::AwsKms);
    let (store, external) = (&input.custom_key_store_id, &input.xks_key_id);
    let store = match (origin, store) {
        (OriginType::ExternalKeyStore | OriginType::AwsCloudhsm, None) => {
            return Err(invalid(format!(
                "CustomKeyStoreId is required for an Origin of {origin}"
            )));
        }
        (OriginType::ExternalKeyStore | OriginType::AwsCloudhsm, Some(store)) => store,
        (_, Some(_)) => {
            return Err(invalid(format!(
                "CustomKeyStoreId is not valid for an Origin of {origin}"
            )));
        }
        (_, None) if external.is_some() => {
            return Err(invalid(format!(
                "XksKeyId is not valid for an Origin of {origin}"
            )));
        }
        (_, None) => return Ok(None),
    };
    if spec != KeySpec::SymmetricDefault
        || usage != KeyUsageType::EncryptDecrypt
        || input.multi_region == Some(true)
    {
        return Err(KmsError::UnsupportedOperation(
            "A custom key store supports single-Region symmetric encryption keys only.".to_owned(),
        ));
    }
    let record = load(call, store)?;
    if origin == OriginType::AwsCloudhsm {
        // All stores here are external ones.
        return Err(no_cluster(&record.id));
    }
    let Some(external) = external else {
        return Err(invalid(
            "XksKeyId is required for an Origin of EXTERNAL_KEY_STORE",
        ));
    };
    if record.state != ConnectionStateType::Connected {
        return Err(wrong_state(&record.id, record.state));
    }
    let place = place(call, &record.id);
    let name = format!("{}/{external}", record.id);
    let known: Option<ExternalKeyRecord> = call.load_in(place.account, &place.region, &name)?;
    if let Some(known) = known
        && delete::owner(call, &place, &known)?
    {
        return Err(KmsError::XksKeyAlreadyInUse(format!(
            "The external key {external} is already associated with another KMS key in this external key store."
        )));
    }
    xks::check_key(call, &place, &record, external)
        .await
        .map_err(|trouble| trouble.say(ProxyFailure::of_new_key))?;
    let claim = ExternalKeyRecord {
        key: key.to_owned(),
    };
    call.save_in(place.account, &place.region, &name, &claim)?;
    Ok(Some(Attachment {
        store: record.id,
        external_key: external.clone(),
    }))
}
