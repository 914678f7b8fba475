//! SYMMETRIC_DEFAULT: AES-256-GCM.

use super::{KeySpec, MaterialError, UseError};
use crate::{
    OpenError, Random, SealError, Secret, hmac_sha256,
    keyring::Key,
    seal::{MessageKeys, open_with, seal_with},
};
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use zeroize::Zeroizing;

/// Keeps the keys of messages apart from the key itself, which encrypts in [`Symmetric::seal_plain`].
const SALT: &[u8] = b"claviger kms symmetric v1";
const LENGTH: usize = 32;
/// AES-GCM takes this many bytes under one key and nonce (NIST SP 800-38D, section 5.2.1.1).
const LIMIT: usize = (1 << 36) - 32;

pub(super) struct Symmetric {
    key: Key,
    messages: MessageKeys,
    plain: LessSafeKey,
}

impl Symmetric {
    pub(super) fn generate(random: &dyn Random) -> Result<Self, MaterialError> {
        let mut key = Zeroizing::new([0; LENGTH]);
        random.fill(&mut *key);
        Self::ready(key).ok_or(MaterialError::Generation)
    }

    pub(super) fn import(bytes: &[u8]) -> Result<Self, MaterialError> {
        let key: &[u8; LENGTH] = bytes.try_into().map_err(|_| MaterialError::WrongLength {
            spec: KeySpec::SymmetricDefault,
            expected: LENGTH,
            found: bytes.len(),
        })?;
        Self::ready(Zeroizing::new(*key)).ok_or(MaterialError::Generation)
    }

    fn ready(key: Key) -> Option<Self> {
        let pseudorandom_key = Zeroizing::new(hmac_sha256(SALT, &*key));
        let plain = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*key).ok()?);
        Some(Self {
            messages: MessageKeys::new(&pseudorandom_key),
            plain,
            key,
        })
    }

    pub(super) fn payload(&self) -> &[u8] {
        &*self.key
    }

    pub(super) fn seal(
        &self,
        aad: &[u8],
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, UseError> {
        let mut sealed = Vec::with_capacity(MessageKeys::OVERHEAD + plaintext.len());
        self.messages
            .seal_onto(&mut sealed, aad, plaintext, random)
            .map_err(too_long)?;
        Ok(sealed)
    }

    pub(super) fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Secret, UseError> {
        self.messages.open(aad, sealed).map_err(rejected)
    }

    pub(super) fn seal_plain(
        &self,
        nonce: [u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, UseError> {
        let mut sealed = Vec::new();
        seal_with(&self.plain, nonce, aad, plaintext, &mut sealed).map_err(too_long)?;
        Ok(sealed)
    }

    pub(super) fn open_plain(
        &self,
        nonce: [u8; 12],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Secret, UseError> {
        open_with(&self.plain, nonce, aad, sealed).map_err(rejected)
    }
}

fn too_long(_: SealError) -> UseError {
    UseError::TooLong { limit: LIMIT }
}

fn rejected(_: OpenError) -> UseError {
    UseError::Rejected
}
