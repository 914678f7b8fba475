//! The root key and its name.

use super::{FileSlot, RootKeyError};
use crate::{Random, hmac_sha256, keyring::Key};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, io, path::Path, str::FromStr};
use zeroize::Zeroizing;

/// Names a root key: 4 bytes that say nothing of the key itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    /// The id of a key of the hierarchy, told apart from others of its bytes by the label.
    pub(super) fn of(key: &[u8; 32], label: &[u8]) -> Self {
        let [a, b, c, d, ..] = hmac_sha256(key, label);
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({self})")
    }
}

/// A text that names no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key id has 8 lower-case hexadecimal digits")]
pub struct KeyIdError;

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        let number = u32::from_str_radix(text, 16).map_err(|_| KeyIdError)?;
        let id = Self(number.to_be_bytes());
        // One spelling only.
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(KeyIdError)
        }
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// The key that all other keys come from: 256 bits, wiped when it goes.
///
/// Whoever has it and the data directory can open everything that was sealed. Whoever loses every
/// slot of it can open nothing: keep a recovery slot, away from the backups of the store.
pub struct RootKey(Key);

impl RootKey {
    /// A key that lies nowhere and ends with the process.
    #[must_use]
    pub fn ephemeral(random: &dyn Random) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(&mut *key);
        Self(key)
    }

    /// Reads the key of a file, or makes a key and the file where there is none.
    ///
    /// Whoever has sealed data already should use [`Self::open`]: a new key does not open it.
    ///
    /// # Errors
    /// [`RootKeyError`] where the file is there and unsound, or cannot be written.
    pub fn create_or_open(path: &Path, random: &dyn Random) -> Result<Self, RootKeyError> {
        let slot = FileSlot::new(path);
        match slot.read() {
            Err(error) if error.is_missing() => {}
            found => return found,
        }
        match slot.create(&Self::ephemeral(random)) {
            // Another process was first: its key counts.
            Err(RootKeyError::Io { source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => {}
        }
        slot.read()
    }

    /// Reads the key of a file.
    ///
    /// # Errors
    /// [`RootKeyError`] where the file is missing, unsound, or open to other users.
    pub fn open(path: &Path) -> Result<Self, RootKeyError> {
        FileSlot::new(path).read()
    }

    /// Names the key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.0, b"claviger root key id")
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of 32 bytes; `None` for any other number of them.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(Self(key))
    }

    pub(super) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RootKey({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn debug_shows_the_id_only() {
        let key = RootKey::ephemeral(&SeededRandom::new(1));
        assert_eq!(format!("{key:?}"), format!("RootKey({})", key.id()));
    }

    #[test]
    fn ids_have_one_spelling() {
        let id = RootKey::ephemeral(&SeededRandom::new(1)).id();
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "0", "+1234567", "ABCDEF01", "123456789", "1234567g"] {
            assert_eq!(text.parse::<KeyId>(), Err(KeyIdError), "{text}");
        }
    }
}
