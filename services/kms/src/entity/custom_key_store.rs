//! The records of custom key stores, and of the external keys that keys in them stand for.

use super::text;
use crate::api::types::{ConnectionErrorCodeType, ConnectionStateType, XksProxyConnectivityType};
use jiff::Timestamp;
use kernel::Entity;
use serde::{Deserialize, Serialize};

/// An external key store. Its name is its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomKeyStoreRecord {
    /// The id: `cks-` and 17 hexadecimal digits.
    pub id: String,
    /// Its friendly name, which no other has in its account and region.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it is connected.
    #[serde(with = "text")]
    pub state: ConnectionStateType,
    /// Why it is not.
    #[serde(default)]
    pub error: Option<ConnectionError>,
    /// How its proxy is reached.
    #[serde(with = "text")]
    pub connectivity: XksProxyConnectivityType,
    /// Where its proxy is.
    pub endpoint: String,
    /// The proxy's path.
    pub path: String,
    /// The access key that the proxy knows.
    pub access_key_id: String,
    /// Its secret, sealed, in Base64.
    pub sealed_secret: String,
}

impl Entity for CustomKeyStoreRecord {
    const KIND: &'static str = "kms.store";
}

/// A [`ConnectionErrorCodeType`] as a record keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionError(#[serde(with = "text")] pub ConnectionErrorCodeType);

/// That an external key belongs to a key. Its name is the store's id, a slash and the external key's
/// id. Where the key is gone, the record means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalKeyRecord {
    /// The id of the key.
    pub key: String,
}

impl Entity for ExternalKeyRecord {
    const KIND: &'static str = "kms.external-key";
}
