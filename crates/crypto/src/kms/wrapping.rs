//! The RSA keys under which key material comes in (AWS: "Importing key material").

use super::{
    EncryptionAlgorithm, KeySpec, MaterialError, UnwrapError, WrappingAlgorithm, WrappingKeySpec,
    rsa::oaep, stored,
};
use crate::Secret;
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    key_wrap::{AES_256, AesKek, KeyWrapPadded},
    rsa::{KeySize, OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey},
};
use zeroize::Zeroizing;

/// The size of the AES key that lies between (RFC 5649 with AES-256).
const KEY: usize = 32;

/// An RSA key pair that wraps imported key material. It is wiped when it goes and prints nothing
/// but its spec.
pub struct WrappingKey {
    spec: WrappingKeySpec,
    pkcs8: Secret,
    public_key: Vec<u8>,
    modulus_bytes: usize,
    oaep: OaepPrivateDecryptingKey,
    pkcs1: Pkcs1PrivateDecryptingKey,
}

impl WrappingKey {
    /// Makes a new key pair from the provider's own randomness. It takes 0.1 s and more: keep it
    /// off the threads that answer requests.
    ///
    /// # Errors
    /// [`MaterialError::Generation`] where the provider fails.
    pub fn generate(spec: WrappingKeySpec) -> Result<Self, MaterialError> {
        let size = match spec {
            WrappingKeySpec::Rsa2048 => KeySize::Rsa2048,
            WrappingKeySpec::Rsa3072 => KeySize::Rsa3072,
            WrappingKeySpec::Rsa4096 => KeySize::Rsa4096,
        };
        let key = PrivateDecryptingKey::generate(size).map_err(|_| MaterialError::Generation)?;
        Self::ready(spec, key)
    }

    /// The form in which to keep it, once sealed.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        stored::write(key_spec(self.spec), self.pkcs8.expose())
    }

    /// Loads what [`Self::to_secret`] gave.
    ///
    /// # Errors
    /// [`MaterialError`] as for [`super::Material::from_secret`].
    pub fn from_secret(spec: WrappingKeySpec, stored: &[u8]) -> Result<Self, MaterialError> {
        let pkcs8 = stored::read(key_spec(spec), stored)?;
        let key = PrivateDecryptingKey::from_pkcs8(pkcs8)
            .map_err(|_| MaterialError::Unreadable(key_spec(spec)))?;
        Self::ready(spec, key)
    }

    fn ready(spec: WrappingKeySpec, key: PrivateDecryptingKey) -> Result<Self, MaterialError> {
        let unreadable = |_| MaterialError::Unreadable(key_spec(spec));
        let modulus_bytes = key_spec(spec)
            .modulus_bytes()
            .filter(|bytes| key.key_size_bits() == bytes * 8)
            .ok_or(MaterialError::OtherSpec(key_spec(spec)))?;
        let der: Pkcs8V1Der<'_> = key.as_der().map_err(unreadable)?;
        let public: PublicKeyX509Der<'_> = key.public_key().as_der().map_err(unreadable)?;
        Ok(Self {
            spec,
            pkcs8: Secret::new(der.as_ref().to_vec()),
            public_key: public.as_ref().to_vec(),
            modulus_bytes,
            oaep: OaepPrivateDecryptingKey::new(key.clone()).map_err(unreadable)?,
            pkcs1: Pkcs1PrivateDecryptingKey::new(key).map_err(unreadable)?,
        })
    }

    /// The size of the key.
    #[must_use]
    pub fn spec(&self) -> WrappingKeySpec {
        self.spec
    }

    /// The public key as GetParametersForImport gives it: SubjectPublicKeyInfo in DER (RFC 5280).
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Takes the key material out of its wrapping.
    ///
    /// With RSAES-PKCS1-v1_5 the caller must not let on either whether it was the unwrapping or the
    /// material inside that failed: each answer that differs helps to decrypt (Bleichenbacher).
    ///
    /// # Errors
    /// [`UnwrapError`] for every failure, whatever the cause.
    pub fn unwrap(
        &self,
        algorithm: WrappingAlgorithm,
        wrapped: &[u8],
    ) -> Result<Secret, UnwrapError> {
        match algorithm {
            WrappingAlgorithm::RsaesPkcs1V15 => self.unwrap_pkcs1(wrapped),
            WrappingAlgorithm::RsaesOaepSha1 => {
                self.unwrap_oaep(EncryptionAlgorithm::RsaesOaepSha1, wrapped)
            }
            WrappingAlgorithm::RsaesOaepSha256 => {
                self.unwrap_oaep(EncryptionAlgorithm::RsaesOaepSha256, wrapped)
            }
            WrappingAlgorithm::RsaAesKeyWrapSha1 => {
                self.unwrap_both(EncryptionAlgorithm::RsaesOaepSha1, wrapped)
            }
            WrappingAlgorithm::RsaAesKeyWrapSha256 => {
                self.unwrap_both(EncryptionAlgorithm::RsaesOaepSha256, wrapped)
            }
        }
    }

    fn unwrap_pkcs1(&self, wrapped: &[u8]) -> Result<Secret, UnwrapError> {
        if wrapped.len() != self.modulus_bytes {
            return Err(UnwrapError);
        }
        let mut buffer = Zeroizing::new(vec![0; self.modulus_bytes]);
        self.pkcs1
            .decrypt(wrapped, &mut buffer)
            .map(|plaintext| Secret::new(plaintext.to_vec()))
            .map_err(|_| UnwrapError)
    }

    fn unwrap_oaep(
        &self,
        algorithm: EncryptionAlgorithm,
        wrapped: &[u8],
    ) -> Result<Secret, UnwrapError> {
        let algorithm = oaep(algorithm).ok_or(UnwrapError)?;
        if wrapped.len() != self.modulus_bytes {
            return Err(UnwrapError);
        }
        let mut buffer = Zeroizing::new(vec![0; self.modulus_bytes]);
        self.oaep
            .decrypt(algorithm, wrapped, &mut buffer, None)
            .map(|plaintext| Secret::new(plaintext.to_vec()))
            .map_err(|_| UnwrapError)
    }

    /// The AES key wrapped by OAEP, and behind it the material wrapped by the AES key (PKCS #11,
    /// CKM_RSA_AES_KEY_WRAP).
    fn unwrap_both(
        &self,
        algorithm: EncryptionAlgorithm,
        wrapped: &[u8],
    ) -> Result<Secret, UnwrapError> {
        let (wrapped_key, wrapped_material) = wrapped
            .split_at_checked(self.modulus_bytes)
            .ok_or(UnwrapError)?;
        let key = self.unwrap_oaep(algorithm, wrapped_key)?;
        if key.expose().len() != KEY {
            return Err(UnwrapError);
        }
        let key = AesKek::new(&AES_256, key.expose()).map_err(|_| UnwrapError)?;
        let mut buffer = Zeroizing::new(vec![0; wrapped_material.len()]);
        key.unwrap_with_padding(wrapped_material, &mut buffer)
            .map(|material| Secret::new(material.to_vec()))
            .map_err(|_| UnwrapError)
    }
}

impl std::fmt::Debug for WrappingKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "WrappingKey({})", self.spec)
    }
}

fn key_spec(spec: WrappingKeySpec) -> KeySpec {
    match spec {
        WrappingKeySpec::Rsa2048 => KeySpec::Rsa2048,
        WrappingKeySpec::Rsa3072 => KeySpec::Rsa3072,
        WrappingKeySpec::Rsa4096 => KeySpec::Rsa4096,
    }
}

/// Wraps key material as the owner of it does before ImportKeyMaterial. For tests.
///
/// # Errors
/// [`super::UseError::TooLong`] where the material is too long for the algorithm,
/// [`super::UseError::Rejected`] where the public key is no RSA key.
#[cfg(feature = "testing")]
pub fn wrap(
    algorithm: WrappingAlgorithm,
    wrapping_public_key: &[u8],
    material: &[u8],
    random: &dyn crate::Random,
) -> Result<Vec<u8>, super::UseError> {
    use super::UseError;
    use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
    let key = PublicEncryptingKey::from_der(wrapping_public_key).map_err(|_| UseError::Rejected)?;
    match algorithm {
        WrappingAlgorithm::RsaesPkcs1V15 => {
            let key = Pkcs1PublicEncryptingKey::new(key).map_err(|_| UseError::Failed)?;
            let limit = key.max_plaintext_size();
            let mut wrapped = vec![0; key.ciphertext_size()];
            key.encrypt(material, &mut wrapped)
                .map(|wrapped| wrapped.to_vec())
                .map_err(|_| UseError::TooLong { limit })
        }
        WrappingAlgorithm::RsaesOaepSha1 => {
            wrap_oaep(key, EncryptionAlgorithm::RsaesOaepSha1, material)
        }
        WrappingAlgorithm::RsaesOaepSha256 => {
            wrap_oaep(key, EncryptionAlgorithm::RsaesOaepSha256, material)
        }
        WrappingAlgorithm::RsaAesKeyWrapSha1 => {
            wrap_both(key, EncryptionAlgorithm::RsaesOaepSha1, material, random)
        }
        WrappingAlgorithm::RsaAesKeyWrapSha256 => {
            wrap_both(key, EncryptionAlgorithm::RsaesOaepSha256, material, random)
        }
    }
}

#[cfg(feature = "testing")]
fn wrap_both(
    key: aws_lc_rs::rsa::PublicEncryptingKey,
    algorithm: EncryptionAlgorithm,
    material: &[u8],
    random: &dyn crate::Random,
) -> Result<Vec<u8>, super::UseError> {
    use super::UseError;
    let mut between = Zeroizing::new([0; KEY]);
    random.fill(&mut *between);
    let mut wrapped = wrap_oaep(key, algorithm, &*between)?;
    let key = AesKek::new(&AES_256, &*between).map_err(|_| UseError::Failed)?;
    let mut buffer = vec![0; material.len() + 16];
    let material = key
        .wrap_with_padding(material, &mut buffer)
        .map_err(|_| UseError::Failed)?;
    wrapped.extend_from_slice(material);
    Ok(wrapped)
}

/// Encrypts by OAEP for an RSA public key.
pub(super) fn wrap_oaep(
    key: aws_lc_rs::rsa::PublicEncryptingKey,
    algorithm: EncryptionAlgorithm,
    plaintext: &[u8],
) -> Result<Vec<u8>, super::UseError> {
    use super::UseError;
    let algorithm = oaep(algorithm).ok_or(UseError::Unfit)?;
    let key = aws_lc_rs::rsa::OaepPublicEncryptingKey::new(key).map_err(|_| UseError::Failed)?;
    let limit = key.max_plaintext_size(algorithm);
    if plaintext.len() > limit {
        return Err(UseError::TooLong { limit });
    }
    let mut ciphertext = vec![0; key.ciphertext_size()];
    key.encrypt(algorithm, plaintext, &mut ciphertext, None)
        .map(|ciphertext| ciphertext.to_vec())
        .map_err(|_| UseError::Failed)
}
