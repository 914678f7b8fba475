//! Key material at rest: sealed for its account and region, its key and its id.

use crate::api::types::KeySpec;
use crate::view::Place;
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::kms::Material;
use crypto::{Keyring, Random, Sealer};

/// Why material does not open.
#[derive(Debug, thiserror::Error)]
pub enum UnsealError {
    /// It is not Base64.
    #[error("key material is not Base64")]
    NotText,
    /// It was sealed for another key or by another root key, or changed.
    #[error(transparent)]
    Open(#[from] crypto::OpenError),
    /// What was sealed is no material of this key.
    #[error("sealed key material is not of its key's kind")]
    Kind,
}

/// The key of an account and region, below the root key and above the material.
fn sealer(keyring: &Keyring, place: &Place) -> Sealer {
    keyring.sealer(&format!("kms.material/{}/{}", place.account, place.region))
}

fn context<'a>(place: &'a Place, material: &'a str) -> [&'a [u8]; 2] {
    [place.id.as_bytes(), material.as_bytes()]
}

/// Seals a key's material, as [`crate::entity::MaterialRecord`] keeps it.
///
/// # Errors
/// [`crypto::SealError`], which material is too short for.
pub fn seal(
    keyring: &Keyring,
    place: &Place,
    id: &str,
    material: &Material,
    random: &dyn Random,
) -> Result<String, crypto::SealError> {
    sealer(keyring, place)
        .seal(&context(place, id), material.to_secret().expose(), random)
        .map(|sealed| STANDARD.encode(sealed))
}

/// Opens a key's material.
///
/// # Errors
/// [`UnsealError`]
pub fn unseal(
    keyring: &Keyring,
    place: &Place,
    spec: KeySpec,
    id: &str,
    sealed: &str,
) -> Result<Material, UnsealError> {
    let sealed = STANDARD.decode(sealed).map_err(|_| UnsealError::NotText)?;
    let secret = sealer(keyring, place).open(&context(place, id), &sealed)?;
    let spec = crate::spec::of(spec).ok_or(UnsealError::Kind)?;
    Material::from_secret(spec, secret.expose()).map_err(|_| UnsealError::Kind)
}
