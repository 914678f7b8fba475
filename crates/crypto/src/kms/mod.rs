//! The cryptography of KMS keys: material of every key spec, and what can be done with it.
//!
//! A [`Material`] is one version of a key, parsed and ready. It knows its [`KeySpec`] and refuses
//! what the spec does not do ([`UseError::Unfit`], [`SignError::Unfit`]); who may use it, for what,
//! and in which state the key is, is the caller's to decide.
//!
//! AWS-LC does the work. RustCrypto fills its gaps: Ed25519ph (`ed25519-dalek`), ML-DSA with an
//! external µ (`ml-dsa`), and the expansion of ML-KEM seeds (`ml-kem`).
//!
//! ```
//! use crypto::{SystemRandom, kms::{KeySpec, Material, Message, SigningAlgorithm}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let random = SystemRandom::new();
//! let key = Material::generate(KeySpec::EccNistP256, &random)?;
//! let signature = key.sign(SigningAlgorithm::EcdsaSha256, Message::Raw(b"message"))?;
//! assert!(key.verify(SigningAlgorithm::EcdsaSha256, Message::Raw(b"message"), &signature)?);
//!
//! let kept = key.to_secret();
//! let again = Material::from_secret(KeySpec::EccNistP256, kept.expose())?;
//! assert_eq!(again.public_key(), key.public_key());
//! # Ok(())
//! # }
//! ```

mod cms;
mod der;
mod edwards;
mod elliptic;
mod error;
mod mac;
mod material;
mod ml_dsa;
mod ml_kem;
mod pkcs8;
mod rsa;
mod sign;
mod spec;
mod stored;
mod symmetric;
mod wrapping;

pub use cms::cms_enveloped_data;
pub use error::{MaterialError, SignError, UnwrapError, UseError};
pub use material::Material;
pub use sign::{Message, MessageType, SigningAlgorithm};
pub use spec::{
    EncryptionAlgorithm, KeySpec, MacAlgorithm, UnknownName, WrappingAlgorithm, WrappingKeySpec,
};
pub use wrapping::WrappingKey;
#[cfg(feature = "testing")]
pub use wrapping::wrap;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

/// The value of a cell, made at first use; `None` where it cannot be made.
fn lazily<T>(cell: &OnceLock<T>, make: impl FnOnce() -> Option<T>) -> Option<&T> {
    match cell.get() {
        Some(value) => Some(value),
        None => {
            let value = make()?;
            Some(cell.get_or_init(|| value))
        }
    }
}
