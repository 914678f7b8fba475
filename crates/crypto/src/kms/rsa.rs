//! RSA keys: signatures and OAEP.

use super::{
    EncryptionAlgorithm, KeySpec, MaterialError, Message, SignError, SigningAlgorithm, UseError,
    lazily, pkcs8,
};
use crate::Secret;
use aws_lc_rs::{
    digest,
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{
        KeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm,
        OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
        PublicEncryptingKey,
    },
    signature::{self, KeyPair as _, ParsedPublicKey, RsaParameters, RsaSignatureEncoding},
};
use std::sync::OnceLock;
use zeroize::Zeroizing;

pub(super) struct Rsa {
    pkcs8: Secret,
    public_key: Vec<u8>,
    modulus_bytes: usize,
    pair: KeyPair,
    encrypting: OaepPublicEncryptingKey,
    /// Most keys sign or decrypt, not both.
    decrypting: OnceLock<OaepPrivateDecryptingKey>,
    /// The provider ties a parsed public key to an algorithm.
    verifying: [OnceLock<ParsedPublicKey>; SCHEMES],
}

impl Rsa {
    pub(super) fn generate(spec: KeySpec) -> Result<Self, MaterialError> {
        let size = match spec {
            KeySpec::Rsa2048 => KeySize::Rsa2048,
            KeySpec::Rsa3072 => KeySize::Rsa3072,
            KeySpec::Rsa4096 => KeySize::Rsa4096,
            _ => return Err(MaterialError::OtherSpec(spec)),
        };
        let pair = KeyPair::generate(size).map_err(|_| MaterialError::Generation)?;
        Self::ready(spec, pair)
    }

    pub(super) fn import(spec: KeySpec, der: &[u8]) -> Result<Self, MaterialError> {
        pkcs8::read(spec, der)?;
        Self::load(spec, der)
    }

    pub(super) fn load(spec: KeySpec, der: &[u8]) -> Result<Self, MaterialError> {
        let pair = KeyPair::from_pkcs8(der).map_err(|_| MaterialError::Unreadable(spec))?;
        Self::ready(spec, pair)
    }

    fn ready(spec: KeySpec, pair: KeyPair) -> Result<Self, MaterialError> {
        let unreadable = |_| MaterialError::Unreadable(spec);
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(unreadable)?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(unreadable)?;
        let encrypting = PublicEncryptingKey::from_der(public.as_ref())
            .map_err(|_| MaterialError::Unreadable(spec))?;
        // In bits, so that a modulus which begins with a zero bit is not taken.
        let modulus_bytes = spec
            .modulus_bytes()
            .filter(|bytes| encrypting.key_size_bits() == bytes * 8)
            .ok_or(MaterialError::OtherSpec(spec))?;
        Ok(Self {
            pkcs8: Secret::new(der.as_ref().to_vec()),
            public_key: public.as_ref().to_vec(),
            modulus_bytes,
            encrypting: OaepPublicEncryptingKey::new(encrypting).map_err(unreadable)?,
            pair,
            decrypting: OnceLock::new(),
            verifying: Default::default(),
        })
    }

    pub(super) fn payload(&self) -> &[u8] {
        self.pkcs8.expose()
    }

    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    pub(super) fn encrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, UseError> {
        let algorithm = oaep(algorithm).ok_or(UseError::Unfit)?;
        let limit = self.encrypting.max_plaintext_size(algorithm);
        if plaintext.len() > limit {
            return Err(UseError::TooLong { limit });
        }
        let mut ciphertext = vec![0; self.modulus_bytes];
        let length = self
            .encrypting
            .encrypt(algorithm, plaintext, &mut ciphertext, None)
            .map_err(|_| UseError::Failed)?
            .len();
        ciphertext.truncate(length);
        Ok(ciphertext)
    }

    pub(super) fn decrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<Secret, UseError> {
        let algorithm = oaep(algorithm).ok_or(UseError::Unfit)?;
        if ciphertext.len() != self.modulus_bytes {
            return Err(UseError::Rejected);
        }
        let key = lazily(&self.decrypting, || {
            let key = PrivateDecryptingKey::from_pkcs8(self.pkcs8.expose()).ok()?;
            OaepPrivateDecryptingKey::new(key).ok()
        })
        .ok_or(UseError::Failed)?;
        let mut plaintext = Zeroizing::new(vec![0; self.modulus_bytes]);
        key.decrypt(algorithm, ciphertext, &mut plaintext, None)
            .map(|plaintext| Secret::new(plaintext.to_vec()))
            .map_err(|_| UseError::Rejected)
    }

    pub(super) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        message: Message<'_>,
    ) -> Result<Vec<u8>, SignError> {
        let scheme = scheme(algorithm).ok_or(SignError::Failed)?;
        let digest = message.digest(scheme.digest)?;
        let mut signature = vec![0; self.modulus_bytes];
        self.pair
            .sign_digest(scheme.signing, &digest, &mut signature)
            .map_err(|_| SignError::Failed)?;
        Ok(signature)
    }

    pub(super) fn verify(
        &self,
        algorithm: SigningAlgorithm,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<bool, SignError> {
        let scheme = scheme(algorithm).ok_or(SignError::Failed)?;
        let digest = message.digest(scheme.digest)?;
        let cell = self.verifying.get(scheme.index).ok_or(SignError::Failed)?;
        let key = lazily(cell, || {
            ParsedPublicKey::new(scheme.verifying, &self.public_key).ok()
        })
        .ok_or(SignError::Failed)?;
        Ok(key.verify_digest_sig(&digest, signature).is_ok())
    }
}

/// The hash of OAEP and of its mask generation (RFC 8017, section 7.1).
pub(super) fn oaep(algorithm: EncryptionAlgorithm) -> Option<&'static OaepAlgorithm> {
    match algorithm {
        EncryptionAlgorithm::SymmetricDefault => None,
        EncryptionAlgorithm::RsaesOaepSha1 => Some(&OAEP_SHA1_MGF1SHA1),
        EncryptionAlgorithm::RsaesOaepSha256 => Some(&OAEP_SHA256_MGF1SHA256),
    }
}

const SCHEMES: usize = 6;

/// The provider's names of a signature scheme.
pub(super) struct Scheme {
    pub(super) index: usize,
    pub(super) digest: &'static digest::Algorithm,
    pub(super) signing: &'static RsaSignatureEncoding,
    pub(super) verifying: &'static RsaParameters,
}

pub(super) fn scheme(algorithm: SigningAlgorithm) -> Option<Scheme> {
    let (index, digest, signing, verifying) = match algorithm {
        SigningAlgorithm::RsassaPssSha256 => (
            0,
            &digest::SHA256,
            &signature::RSA_PSS_SHA256,
            &signature::RSA_PSS_2048_8192_SHA256,
        ),
        SigningAlgorithm::RsassaPssSha384 => (
            1,
            &digest::SHA384,
            &signature::RSA_PSS_SHA384,
            &signature::RSA_PSS_2048_8192_SHA384,
        ),
        SigningAlgorithm::RsassaPssSha512 => (
            2,
            &digest::SHA512,
            &signature::RSA_PSS_SHA512,
            &signature::RSA_PSS_2048_8192_SHA512,
        ),
        SigningAlgorithm::RsassaPkcs1V15Sha256 => (
            3,
            &digest::SHA256,
            &signature::RSA_PKCS1_SHA256,
            &signature::RSA_PKCS1_2048_8192_SHA256,
        ),
        SigningAlgorithm::RsassaPkcs1V15Sha384 => (
            4,
            &digest::SHA384,
            &signature::RSA_PKCS1_SHA384,
            &signature::RSA_PKCS1_2048_8192_SHA384,
        ),
        SigningAlgorithm::RsassaPkcs1V15Sha512 => (
            5,
            &digest::SHA512,
            &signature::RSA_PKCS1_SHA512,
            &signature::RSA_PKCS1_2048_8192_SHA512,
        ),
        _ => return None,
    };
    Some(Scheme {
        index,
        digest,
        signing,
        verifying,
    })
}
