//! A key to encrypt with, and how: what `Encrypt` has, and `ReEncrypt` as its destination.

use super::source::without_context;
use super::symmetric::{self, Encrypted};
use crate::api::types::{EncryptionAlgorithmSpec, KeySpec, KeyUsageType};
use crate::find::Target;
use crate::plan::{self, Access};
use crate::view::KeyView;
use crate::{KmsError, material, request, spec};
use kernel::{Call, Check, Failure};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a request wants a plaintext encrypted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Destination<'i> {
    pub(super) algorithm: Option<EncryptionAlgorithmSpec>,
    pub(super) context: Option<&'i BTreeMap<String, String>>,
}

impl Destination<'_> {
    /// The algorithm, which for symmetric keys need not be named.
    pub(super) fn algorithm(&self) -> EncryptionAlgorithmSpec {
        self.algorithm
            .unwrap_or(EncryptionAlgorithmSpec::SymmetricDefault)
    }

    /// What must be allowed.
    pub(super) fn check(&self, call: &mut Call, target: &Target, access: Access<'_>) -> Check {
        plan::check(call, target, access).key("kms:EncryptionAlgorithm", self.algorithm().as_str())
    }

    /// The key, once it is certain that it may encrypt so.
    ///
    /// # Errors
    /// As [`request::usable`] and [`request::fits`]; `ValidationException` for a context that the
    /// algorithm does not take.
    pub(super) fn key(&self, call: &mut Call, target: &Target) -> Result<Arc<KeyView>, KmsError> {
        let key = request::usable(call, target, KeyUsageType::EncryptDecrypt)?;
        let algorithm = self.algorithm();
        request::fits(&key, spec::encryption(key.record.spec), &algorithm)?;
        if algorithm != EncryptionAlgorithmSpec::SymmetricDefault {
            without_context(self.context)?;
        }
        Ok(key)
    }

    /// Whether the key takes so long a plaintext.
    ///
    /// # Errors
    /// `ValidationException`
    pub(super) fn check_length(&self, key: &KeyView, length: usize) -> Result<(), KmsError> {
        let (algorithm, of) = (self.algorithm(), key.record.spec);
        match limit(of, algorithm) {
            Some(limit) if length > limit => Err(KmsError::Validation(format!(
                "Algorithm {algorithm} and key spec {of} cannot encrypt data larger than {limit} bytes."
            ))),
            _ => Ok(()),
        }
    }

    /// Encrypts.
    ///
    /// # Errors
    /// The server's failure.
    pub(super) async fn encrypt(
        &self,
        call: &mut Call,
        key: &KeyView,
        plaintext: &[u8],
    ) -> Result<Encrypted, KmsError> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        let algorithm = self.algorithm();
        if algorithm == EncryptionAlgorithmSpec::SymmetricDefault {
            return symmetric::encrypt(call, key, plaintext, self.context.unwrap_or(&NONE)).await;
        }
        let algorithm = algorithm
            .as_str()
            .parse()
            .map_err(|error| internal(&error))?;
        let (_, material) = material::current(call, key)?;
        let ciphertext = material
            .encrypt(algorithm, plaintext)
            .map_err(|error| internal(&error))?;
        Ok(Encrypted {
            ciphertext,
            material: None,
        })
    }
}

/// The longest plaintext of RSAES-OAEP: the modulus less twice the digest less 2 bytes (RFC 8017,
/// section 7.1.1); `None` for other algorithms.
fn limit(of: KeySpec, algorithm: EncryptionAlgorithmSpec) -> Option<usize> {
    let digest = match algorithm {
        EncryptionAlgorithmSpec::RsaesOaepSha1 => 20,
        EncryptionAlgorithmSpec::RsaesOaepSha256 => 32,
        _ => return None,
    };
    let modulus: usize = match of {
        KeySpec::Rsa2048 => 256,
        KeySpec::Rsa3072 => 384,
        KeySpec::Rsa4096 => 512,
        _ => return None,
    };
    Some(modulus - 2 * digest - 2)
}

fn internal(error: &dyn std::fmt::Display) -> KmsError {
    KmsError::Failure(Failure::internal(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of "Encrypt", KMS API Reference.
    #[test]
    fn the_longest_plaintexts_are_those_that_aws_documents() {
        use EncryptionAlgorithmSpec::{RsaesOaepSha1, RsaesOaepSha256, SymmetricDefault};
        for (of, sha1, sha256) in [
            (KeySpec::Rsa2048, 214, 190),
            (KeySpec::Rsa3072, 342, 318),
            (KeySpec::Rsa4096, 470, 446),
        ] {
            assert_eq!(limit(of, RsaesOaepSha1), Some(sha1));
            assert_eq!(limit(of, RsaesOaepSha256), Some(sha256));
        }
        assert_eq!(limit(KeySpec::SymmetricDefault, SymmetricDefault), None);
    }
}
