//! The key that a slot wraps the root key under, and the secrets that it is made of.

use super::{KeyId, RecoveryText, SlotError};
use crate::{
    OpenError, Random, Sealer, SecretString, hmac_sha256,
    keyring::{Key, expand},
};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// The shortest passphrase, in characters.
const SHORTEST_PASSPHRASE: usize = 12;
/// The most memory and passes that a seal's file may ask for.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_ITERATIONS: u32 = 16;

/// The key of a slot: 256 bits, wiped when it goes.
pub struct SlotKey(Key);

impl SlotKey {
    /// A new key, to be kept by a token or another KMS.
    #[must_use]
    pub fn random(random: &dyn Random) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(&mut *key);
        Self(key)
    }

    /// The key that came back from where it was kept.
    ///
    /// # Errors
    /// [`SlotError::NoKey`] where it does not have 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SlotError> {
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return Err(SlotError::NoKey);
        }
        key.copy_from_slice(bytes);
        Ok(Self(key))
    }

    /// The bytes, to be kept by a token or another KMS.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// From 32 random bytes in base64 or hexadecimal.
    pub(super) fn of_environment(text: &str, salt: &[u8]) -> Result<Self, SlotError> {
        let text = text.trim();
        let bytes = Zeroizing::new(
            match text.len() {
                64 => unhex(text),
                _ => STANDARD.decode(text).ok(),
            }
            .unwrap_or_default(),
        );
        if bytes.len() != 32 {
            return Err(SlotError::EnvironmentKey);
        }
        Ok(Self::derive(&bytes, salt, b"claviger slot env"))
    }

    /// From a passphrase, by Argon2id (RFC 9106) with one lane.
    pub(super) fn of_passphrase(
        passphrase: &str,
        salt: &[u8],
        memory_kib: u32,
        iterations: u32,
    ) -> Result<Self, SlotError> {
        if memory_kib > MAX_MEMORY_KIB || iterations > MAX_ITERATIONS {
            return Err(SlotError::Hashing("its parameters are out of range"));
        }
        let mut key = Zeroizing::new([0; 32]);
        let parameters = Params::new(memory_kib, iterations, 1, Some(key.len()))
            .map_err(|_| SlotError::Hashing("its parameters are out of range"))?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
            .map_err(|_| SlotError::Hashing("there is too little memory"))?;
        Ok(Self(key))
    }

    /// From the text that was printed once.
    pub(super) fn of_recovery(text: &str, salt: &[u8]) -> Result<Self, SlotError> {
        let secret = RecoveryText::parse(text)?;
        Ok(Self::derive(&*secret, salt, b"claviger slot recovery"))
    }

    /// HKDF-SHA256 (RFC 5869) over a secret that has 256 random bits.
    fn derive(secret: &[u8], salt: &[u8], purpose: &[u8]) -> Self {
        let pseudorandom_key = Zeroizing::new(hmac_sha256(salt, secret));
        Self(expand(&pseudorandom_key, purpose))
    }

    pub(super) fn wrap(&self, context: &[&[u8]], key: &[u8; 32], random: &dyn Random) -> Vec<u8> {
        // INVARIANT: only messages of 64 GiB are too long.
        self.sealer().seal(context, key, random).unwrap_or_default()
    }

    pub(super) fn unwrap(&self, context: &[&[u8]], wrapped: &[u8]) -> Result<Key, SlotError> {
        let opened = self.sealer().open(context, wrapped);
        let opened = opened.map_err(|error| match error {
            OpenError::UnknownKey => SlotError::WrongSecret,
            OpenError::Malformed | OpenError::Rejected => SlotError::Damaged,
        })?;
        Self::from_bytes(opened.expose())
            .map(|key| key.0)
            .map_err(|_| SlotError::Damaged)
    }

    fn sealer(&self) -> Sealer {
        Sealer::new(self.0.clone(), KeyId::of(&self.0, b"claviger slot key id"))
    }
}

impl std::fmt::Debug for SlotKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SlotKey(..)")
    }
}

/// Refuses a new passphrase that can be guessed.
pub(super) fn check_passphrase(passphrase: &str) -> Result<(), SlotError> {
    if passphrase.chars().count() < SHORTEST_PASSPHRASE {
        return Err(SlotError::ShortPassphrase(SHORTEST_PASSPHRASE));
    }
    Ok(())
}

/// A new key for a variable of the environment: 32 random bytes in base64.
#[must_use]
pub fn random_environment_key(random: &dyn Random) -> SecretString {
    SecretString::new(STANDARD.encode(SlotKey::random(random).expose()))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = Zeroizing::new(digits?);
    let bytes = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    });
    bytes.collect()
}
