//! KMS as the client of an external key store's proxy: keys whose material is elsewhere.
//!
//! What such a key encrypts is encrypted twice: by material of its own here, and then by the external
//! key ("Double encryption"). Neither side alone can decrypt it.

mod failure;
mod form;
mod message;

pub(crate) use failure::ProxyFailure;

use crate::blob::Header;
use crate::entity::CustomKeyStoreRecord;
use crate::view::{KeyView, KmsWorld, Place};
use crate::{KmsError, material};
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Sealer, Secret, SecretString};
use kernel::{Call, Failure, OutboundRequest};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The service that proxies are.
pub(crate) const SIGNING_NAME: &str = "kms-xks-proxy";
/// What external keys authenticate begins with this: the version of the form.
const ASSOCIATED: &[u8] = b"claviger-xks-1";

/// The key of an account's and region's credentials, below the root key.
fn sealer(call: &Call, place: &Place) -> Sealer {
    let label = format!("kms.xks-credential/{}/{}", place.account, place.region);
    call.host().keyring.sealer(&label)
}

/// Seals the secret of a proxy's credential, as [`CustomKeyStoreRecord`] keeps it.
///
/// # Errors
/// The server's failure.
pub(crate) fn seal_secret(
    call: &Call,
    store: &Place,
    access_key_id: &str,
    secret: &SecretString,
) -> Result<String, KmsError> {
    let context: [&[u8]; 2] = [store.id.as_bytes(), access_key_id.as_bytes()];
    sealer(call, store)
        .seal(
            &context,
            secret.expose().as_bytes(),
            call.host().random.as_ref(),
        )
        .map(|sealed| STANDARD.encode(sealed))
        .map_err(|error| internal(&error))
}

fn open_secret(
    call: &Call,
    store: &Place,
    record: &CustomKeyStoreRecord,
) -> Result<SecretString, KmsError> {
    let sealed = STANDARD
        .decode(&record.sealed_secret)
        .map_err(|error| internal(&error))?;
    let context: [&[u8]; 2] = [store.id.as_bytes(), record.access_key_id.as_bytes()];
    sealer(call, store)
        .open(&context, &sealed)
        .map_err(|error| internal(&error))?
        .to_text()
        .ok_or_else(|| internal(&"a credential is no text"))
}

fn internal(cause: &dyn std::fmt::Display) -> KmsError {
    KmsError::Failure(Failure::internal(cause))
}

/// Why the proxy's answer cannot be had.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The proxy, or the way to it.
    Proxy(ProxyFailure),
    /// The server itself.
    Server(KmsError),
}

impl Trouble {
    /// The error of the call; `say` tells the proxy's failures as the operation does.
    pub(crate) fn say(self, say: impl FnOnce(ProxyFailure) -> KmsError) -> KmsError {
        match self {
            Self::Proxy(failure) => say(failure),
            Self::Server(error) => error,
        }
    }
}

impl From<ProxyFailure> for Trouble {
    fn from(failure: ProxyFailure) -> Self {
        Self::Proxy(failure)
    }
}

/// Asks a store's proxy whether it can work (`GetHealthStatus`).
///
/// # Errors
/// [`Trouble`] where it cannot.
pub(crate) async fn check_health(
    call: &mut Call,
    store: &Place,
    record: &CustomKeyStoreRecord,
) -> Result<(), Trouble> {
    let request = message::health_metadata(call);
    let body = ask(call, store, record, "health", &request).await?;
    Ok(message::healthy(&body)?)
}

/// Asks a store's proxy whether an external key is fit to stand behind a key (`GetKeyMetadata`).
///
/// # Errors
/// [`Trouble`] where it is not.
pub(crate) async fn check_key(
    call: &mut Call,
    store: &Place,
    record: &CustomKeyStoreRecord,
    external_key: &str,
) -> Result<(), Trouble> {
    let request = serde_json::json!({ "requestMetadata": message::request_metadata(call, None) });
    let what = format!("keys/{external_key}/metadata");
    let body = ask(call, store, record, &what, &request).await?;
    Ok(message::fit_for_key(&body)?)
}

/// Encrypts with a key of an external key store.
///
/// # Errors
/// `KMSInvalidStateException` where the proxy fails or its answer is not to be trusted.
pub(crate) async fn encrypt(
    call: &mut Call,
    key: &KeyView,
    plaintext: &[u8],
    context: &BTreeMap<String, String>,
) -> Result<Vec<u8>, KmsError> {
    let (id, material) = material::current(call, key)?;
    let header =
        Header::new(&key.place, &id).ok_or_else(|| internal(&"a key has no readable id"))?;
    let associated = header.associated_data(context);
    let inner = material
        .seal(&associated, plaintext, call.host().random.as_ref())
        .map_err(|error| internal(&error))?;
    let outer = outer_associated(&associated);
    let metadata = message::request_metadata(call, Some(&key.arn));
    let request = message::encrypt_request(&metadata, &inner, &outer);
    let body = of_key(call, key, "encrypt", &request).await?;
    let encrypted = message::encrypted(&body, inner.len(), &outer).map_err(ProxyFailure::of_use)?;
    let sealed = form::join(&encrypted).ok_or_else(|| ProxyFailure::Unreadable.of_use())?;
    Ok(header.join(&sealed))
}

/// Decrypts what [`encrypt`] gave. Gives the id of the material, too.
///
/// # Errors
/// `InvalidCiphertextException` for what is no such ciphertext; `KMSInvalidStateException` where the
/// proxy fails or refuses.
pub(crate) async fn decrypt(
    call: &mut Call,
    key: &KeyView,
    header: &Header,
    sealed: &[u8],
    context: &BTreeMap<String, String>,
) -> Result<Secret, KmsError> {
    let material =
        material::by_id(call, key, &header.material)?.ok_or(KmsError::InvalidCiphertext)?;
    let encrypted = form::split(sealed).ok_or(KmsError::InvalidCiphertext)?;
    let associated = header.associated_data(context);
    let metadata = message::request_metadata(call, Some(&key.arn));
    let request = message::decrypt_request(&metadata, &encrypted, &outer_associated(&associated));
    let body = of_key(call, key, "decrypt", &request).await?;
    let inner =
        message::decrypted(&body, encrypted.ciphertext.len()).map_err(ProxyFailure::of_use)?;
    material
        .open(&associated, inner.expose())
        .map_err(|_| ProxyFailure::WrongPlaintext.of_use())
}

/// What the external key authenticates: a hash of the header and the encryption context, because a
/// proxy need not take more than 8192 bytes, and need not learn the context.
fn outer_associated(associated: &[u8]) -> Vec<u8> {
    [ASSOCIATED, &crypto::sha256(associated)].concat()
}

/// Asks the proxy of a key's store to use its external key.
async fn of_key(
    call: &mut Call,
    key: &KeyView,
    what: &str,
    request: &Value,
) -> Result<Vec<u8>, KmsError> {
    let store = KmsWorld::of(call.world())
        .filter(|kms| kms.is_reachable(key))
        .and_then(|kms| kms.store_of(key))
        .map(Arc::clone)
        .ok_or_else(|| crate::state::refusal(key, crate::api::types::KeyState::Unavailable))?;
    let external_key = key.record.xks_key.as_deref().unwrap_or_default();
    call.tx().depend_on(store.key.clone());
    let place = Place::new(key.place.account, &key.place.region, &store.record.id);
    let what = format!("keys/{external_key}/{what}");
    ask(call, &place, &store.record, &what, request)
        .await
        .map_err(|trouble| trouble.say(ProxyFailure::of_use))
}

/// Sends a request to a store's proxy and gives the body of its success.
async fn ask(
    call: &mut Call,
    store: &Place,
    record: &CustomKeyStoreRecord,
    what: &str,
    request: &Value,
) -> Result<Vec<u8>, Trouble> {
    let secret = open_secret(call, store, record).map_err(Trouble::Server)?;
    let request = OutboundRequest {
        endpoint: record.endpoint.clone(),
        path: format!("{}/{what}", record.path),
        body: request.to_string().into(),
        region: store.region.to_string(),
        signing_name: SIGNING_NAME,
        access_key_id: record.access_key_id.clone(),
        secret,
    };
    let outbound = Arc::clone(&call.host().outbound);
    let answer = outbound.post(request).await.map_err(ProxyFailure::from)?;
    if answer.status == 200 {
        Ok(answer.body.to_vec())
    } else {
        Err(message::failure(&answer.body).into())
    }
}
