//! Import tokens. A token carries the private key under which material is wrapped, sealed for one
//! KMS key: the server keeps nothing of it.
//!
//! What is sealed: version (1 byte), wrapping key spec (1), wrapping algorithm (1), end of its
//! validity in seconds since 1970 (8, big-endian), private key.

use crate::api::types::{AlgorithmSpec, WrappingKeySpec};
use crate::view::Place;
use crate::{KmsError, blob};
use crypto::kms::{WrappingAlgorithm, WrappingKey};
use crypto::{Keyring, Random, SealError, Sealer, Secret};
use jiff::Timestamp;

const VERSION: u8 = 1;
/// Bytes before the private key.
const HEADER: usize = 1 + 1 + 1 + 8;

/// What a token says.
pub(super) struct ImportToken {
    /// How material is wrapped.
    pub(super) algorithm: WrappingAlgorithm,
    /// Until when it is valid.
    pub(super) expiry: Timestamp,
    /// The size of the private key.
    pub(super) spec: crypto::kms::WrappingKeySpec,
    /// The private key, as it is kept.
    pub(super) key: Secret,
}

/// Seals a token for a key.
///
/// # Errors
/// [`SealError`], which tokens are too short for.
pub(super) fn seal(
    keyring: &Keyring,
    place: &Place,
    algorithm: WrappingAlgorithm,
    expiry: Timestamp,
    key: &WrappingKey,
    random: &dyn Random,
) -> Result<Vec<u8>, SealError> {
    let private = key.to_secret();
    // Made in its whole length: growing would leave copies of the private key behind.
    let mut claims = Vec::with_capacity(HEADER + private.expose().len());
    claims.extend_from_slice(&[
        VERSION,
        position(crypto::kms::WrappingKeySpec::ALL, key.spec()),
        position(WrappingAlgorithm::ALL, algorithm),
    ]);
    claims.extend_from_slice(&expiry.as_second().to_be_bytes());
    claims.extend_from_slice(private.expose());
    let claims = Secret::new(claims);
    sealer(keyring, place).seal(&[place.id.as_bytes()], claims.expose(), random)
}

/// Opens a token that was sealed for this key.
///
/// # Errors
/// `InvalidImportTokenException`
pub(super) fn open(
    keyring: &Keyring,
    place: &Place,
    token: &[u8],
) -> Result<ImportToken, KmsError> {
    let invalid = || {
        KmsError::InvalidImportToken(
            "The import token is invalid or belongs to another KMS key.".to_owned(),
        )
    };
    let claims = sealer(keyring, place)
        .open(&[place.id.as_bytes()], token)
        .map_err(|_| invalid())?;
    let (header, private) = claims
        .expose()
        .split_first_chunk::<HEADER>()
        .ok_or_else(invalid)?;
    let [VERSION, spec, algorithm, expiry @ ..] = header else {
        return Err(invalid());
    };
    let at = |position: &u8| usize::from(*position);
    Ok(ImportToken {
        algorithm: *WrappingAlgorithm::ALL
            .get(at(algorithm))
            .ok_or_else(invalid)?,
        expiry: Timestamp::from_second(i64::from_be_bytes(*expiry)).map_err(|_| invalid())?,
        spec: *crypto::kms::WrappingKeySpec::ALL
            .get(at(spec))
            .ok_or_else(invalid)?,
        key: Secret::new(private.to_vec()),
    })
}

fn sealer(keyring: &Keyring, place: &Place) -> Sealer {
    keyring.sealer(&format!(
        "kms.import-token/{}/{}",
        place.account, place.region
    ))
}

/// Where a value stands among all; the order of these lists is AWS's and does not change in a day.
fn position<T: PartialEq>(all: &[T], value: T) -> u8 {
    let position = all.iter().position(|other| *other == value);
    position
        .and_then(|position| u8::try_from(position).ok())
        .unwrap_or(u8::MAX)
}

/// The wrapping algorithm as the cryptography knows it; `None` for SM2's, which exists in China only.
pub(super) fn algorithm(algorithm: AlgorithmSpec) -> Option<WrappingAlgorithm> {
    algorithm.as_str().parse().ok()
}

/// The wrapping key's spec as the cryptography knows it; `None` for SM2.
pub(super) fn key_spec(spec: WrappingKeySpec) -> Option<crypto::kms::WrappingKeySpec> {
    spec.as_str().parse().ok()
}

/// The id of imported material: always the same for the same material of the same key, in all of its
/// regions, and without telling anything of the material to those who lack the server's root key.
pub(super) fn material_id(
    keyring: &Keyring,
    place: &Place,
    material: &crypto::kms::Material,
) -> String {
    let kept = material.to_secret();
    let parts = [
        place.account.as_str().as_bytes(),
        b"/",
        place.id.as_bytes(),
        b"/",
        kept.expose(),
    ];
    let length = parts.iter().map(|part| part.len()).sum();
    let mut text = Vec::with_capacity(length);
    for part in parts {
        text.extend_from_slice(part);
    }
    let text = Secret::new(text);
    blob::hex(&keyring.mac_key("kms.material-id").sign(text.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::kms::{KeySpec, Material};
    use crypto::{RootKey, SeededRandom};

    fn keyring(seed: u64) -> Keyring {
        Keyring::derive(&RootKey::ephemeral(&SeededRandom::new(seed)))
    }

    fn place(region: &str, id: &str) -> Place {
        Place::new("111122223333".parse().unwrap(), region, id)
    }

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
    const OTHER: &str = "1234abcd-12ab-34cd-56ef-1234567890ac";

    #[test]
    fn a_token_opens_for_its_key_only_and_fits_the_model() {
        let random = SeededRandom::new(1);
        let spec = crypto::kms::WrappingKeySpec::Rsa4096;
        let key = WrappingKey::generate(spec).unwrap();
        let expiry = Timestamp::from_second(1_800_000_000).unwrap();
        let algorithm = WrappingAlgorithm::RsaAesKeyWrapSha256;
        let here = place("us-east-1", ID);
        let token = seal(&keyring(1), &here, algorithm, expiry, &key, &random).unwrap();
        assert!(token.len() <= 6144, "{}", token.len());
        let opened = open(&keyring(1), &here, &token).unwrap();
        assert_eq!(
            (opened.algorithm, opened.expiry, opened.spec),
            (algorithm, expiry, spec)
        );
        let again = WrappingKey::from_secret(spec, opened.key.expose()).unwrap();
        assert_eq!(again.public_key(), key.public_key());

        assert!(open(&keyring(2), &here, &token).is_err());
        assert!(open(&keyring(1), &place("us-east-1", OTHER), &token).is_err());
        assert!(open(&keyring(1), &place("eu-west-1", ID), &token).is_err());
        for at in [0, 5, 40, token.len() - 1] {
            let mut changed = token.clone();
            changed[at] ^= 1;
            assert!(open(&keyring(1), &here, &changed).is_err());
        }
        for length in [0, 1, 48, 60, token.len() - 1] {
            assert!(open(&keyring(1), &here, &token[..length]).is_err());
        }
    }

    #[test]
    fn the_id_of_material_is_that_of_the_key_and_the_material() {
        let material = |byte| Material::import(KeySpec::SymmetricDefault, &[byte; 32]).unwrap();
        let id = |seed, region, key, byte| {
            material_id(&keyring(seed), &place(region, key), &material(byte))
        };
        let first = id(1, "us-east-1", ID, 7);
        assert_eq!(first.len(), 64);
        assert_eq!(first, id(1, "eu-west-1", ID, 7));
        assert_ne!(first, id(1, "us-east-1", OTHER, 7));
        assert_ne!(first, id(1, "us-east-1", ID, 8));
        assert_ne!(first, id(2, "us-east-1", ID, 7));
    }
}
