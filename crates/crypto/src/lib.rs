//! The only crate that names a crypto provider: envelopes, key hierarchy, seal, randomness, zeroised types.
//!
//! A [`RootKey`] lies in the slots of a [`Seal`], each of which opens by itself,
//! and wraps a seed. A [`Keyring`] derives from the seed a key for every purpose, named by a label: a [`Sealer`] encrypts what the
//! store keeps, a [`TokenSealer`] what clients carry, a [`MacKey`] proves that
//! nothing was changed. Whatever is secret is a [`Secret`] or a
//! [`SecretString`], which are wiped when they go and print nothing.
//!
//! The module [`kms`] is the material of KMS keys of every spec and what they do;
//! [`attestation`] verifies what Nitro enclaves say of themselves.
//!
//! This crate refuses to invent cryptography: AES-256-GCM, HMAC-SHA256 and
//! HKDF-SHA256 are AWS-LC's, Argon2id is RustCrypto's. MD5 and HMAC-SHA1 are here
//! only where a protocol fixes them: fingerprints and one-time codes.
//!
//! ```
//! use crypto::{Keyring, RootKey, SystemRandom};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let random = SystemRandom::new();
//! let keyring = Keyring::derive(&RootKey::ephemeral(&random));
//! let sealer = keyring.sealer("iam.access-key");
//!
//! let sealed = sealer.seal(&[b"111122223333", b"AKIAIOSFODNN7EXAMPLE"], b"secret", &random)?;
//! let opened = sealer.open(&[b"111122223333", b"AKIAIOSFODNN7EXAMPLE"], &sealed)?;
//! assert_eq!(opened.expose(), b"secret");
//! assert!(sealer.open(&[b"111122223333", b"AKIAI44QH8DHBEXAMPLE"], &sealed).is_err());
//! # Ok(())
//! # }
//! ```

pub mod attestation;
mod digest;
mod key_pair;
mod keyring;
pub mod kms;
mod password;
mod random;
mod root_key;
mod seal;
mod secret;
mod token;

pub use digest::{Sha256, equal, hmac_sha1, hmac_sha256, md5, sha256};
pub use key_pair::{PrivateKeyError, private_key_fits};
pub use keyring::{Keyring, MacKey};
pub use password::{PasswordError, PasswordParameters, hash_password, verify_password};
#[cfg(feature = "testing")]
pub use random::SeededRandom;
pub use random::{Random, SystemRandom};
pub use root_key::{
    FileSlot, KeyId, Lock, NewSlot, RecoveryText, RootKey, RootKeyError, Seal, SealFileError,
    SealFiles, Slot, SlotError, SlotKey, SlotKind, TokenAddress, Unsealed, WrappedByKms,
    WrappedByToken, random_environment_key,
};
pub use seal::{OpenError, SealError, Sealer};
pub use secret::{Secret, SecretString};
pub use token::{SECRET_ACCESS_KEY_CHARACTERS, TokenSealer, random_secret_access_key};
