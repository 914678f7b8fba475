//! From the root key to a key for every purpose.

use crate::{KeyId, RootKey, Sealer, TokenSealer, digest, equal, hmac_sha256};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// Binds every derived key to this program and to this version of the hierarchy.
const SALT: &[u8] = b"claviger keyring v1";

/// A key of 32 bytes that is wiped when it goes.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// Derives a key for every purpose from a root key (HKDF-SHA256, RFC 5869).
///
/// The purpose and a label make the key: different labels give keys that say nothing of each other.
pub struct Keyring {
    pseudorandom_key: Key,
    id: KeyId,
}

impl Keyring {
    /// The keyring of a root key.
    #[must_use]
    pub fn derive(root: &RootKey) -> Self {
        let pseudorandom_key = Zeroizing::new(hmac_sha256(SALT, root.expose()));
        Self {
            pseudorandom_key,
            id: root.id(),
        }
    }

    /// Names the root key, without saying anything of it.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The sealer for what the store keeps under this label, such as `iam.access-key`.
    #[must_use]
    pub fn sealer(&self, label: &str) -> Sealer {
        Sealer::new(self.key("seal", label), self.id)
    }

    /// The sealer for tokens of this label, such as `sts.session`.
    #[must_use]
    pub fn token_sealer(&self, label: &str) -> TokenSealer {
        let sealer = Sealer::new(self.key("token", label), self.id);
        TokenSealer::new(sealer, self.key("token-secret", label))
    }

    /// The key for codes of this label, such as `audit.chain`.
    #[must_use]
    pub fn mac_key(&self, label: &str) -> MacKey {
        MacKey(hmac::Key::new(hmac::HMAC_SHA256, &*self.key("mac", label)))
    }

    /// The purposes have no slash, so that no purpose and label look like two others.
    fn key(&self, purpose: &str, label: &str) -> Key {
        expand(
            &self.pseudorandom_key,
            format!("{purpose}/{label}").as_bytes(),
        )
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Keyring")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// HKDF-Expand for 32 bytes, which is its first block (RFC 5869, section 2.3).
pub(crate) fn expand(pseudorandom_key: &[u8; 32], info: &[u8]) -> Key {
    Expander::new(pseudorandom_key).expand(info)
}

/// A pseudorandom key that was prepared once, for many keys that are expanded from it.
pub(crate) struct Expander(hmac::Key);

impl Expander {
    pub(crate) fn new(pseudorandom_key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, pseudorandom_key))
    }

    /// HKDF-Expand for 32 bytes, as [`expand`].
    pub(crate) fn expand(&self, info: &[u8]) -> Key {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(info);
        context.update(&[1]);
        Zeroizing::new(digest::bytes(context.sign().as_ref()))
    }
}

/// A key for message authentication codes (HMAC-SHA256).
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// The code of the data.
    #[must_use]
    pub fn sign(&self, data: &[u8]) -> [u8; 32] {
        digest::bytes(hmac::sign(&self.0, data).as_ref())
    }

    /// Whether the code is the data's, in constant time.
    #[must_use]
    pub fn verify(&self, data: &[u8], code: &[u8]) -> bool {
        equal(&self.sign(data), code)
    }
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("MacKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SeededRandom, digest::tests::hex};

    #[test]
    fn expand_knows_the_answers_of_rfc_5869() {
        // Test cases 1 and 3: the first 32 bytes of the output.
        for (salt, info, answer) in [
            (
                hex("000102030405060708090a0b0c"),
                hex("f0f1f2f3f4f5f6f7f8f9"),
                hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"),
            ),
            (
                Vec::new(),
                Vec::new(),
                hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"),
            ),
        ] {
            let pseudorandom_key = hmac_sha256(&salt, &[0x0b; 22]);
            assert_eq!(expand(&pseudorandom_key, &info).as_slice(), answer);
        }
    }

    #[test]
    fn purposes_and_labels_have_keys_of_their_own() {
        let keyring = Keyring::derive(&RootKey::ephemeral(&SeededRandom::new(1)));
        let other = Keyring::derive(&RootKey::ephemeral(&SeededRandom::new(2)));
        let keys = [
            keyring.key("seal", "a"),
            keyring.key("seal", "b"),
            keyring.key("mac", "a"),
            keyring.key("token", "a"),
            other.key("seal", "a"),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(keys[index + 1..].iter().all(|later| later != key));
        }
        assert_ne!(keyring.id(), other.id());
    }

    #[test]
    fn a_code_is_verified() {
        let keyring = Keyring::derive(&RootKey::ephemeral(&SeededRandom::new(1)));
        let key = keyring.mac_key("audit.chain");
        let code = key.sign(b"data");
        assert!(key.verify(b"data", &code));
        assert!(!key.verify(b"date", &code));
        assert!(!key.verify(b"data", &code[..31]));
        assert!(!keyring.mac_key("audit.other").verify(b"data", &code));
    }
}
