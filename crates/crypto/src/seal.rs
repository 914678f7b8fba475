//! Authenticated encryption of what the store keeps.

use crate::{
    KeyId, Random, Secret,
    keyring::{Expander, Key},
};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize;

/// The format of a sealed message:
/// format (1 byte), key id (4), salt (16), nonce (12), ciphertext, tag (16).
const FORMAT: u8 = 1;
const KEY_ID: usize = 4;
const SALT: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;
const HEADER: usize = 1 + KEY_ID;

/// A message that cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The message is longer than AES-GCM can take (64 GiB).
    #[error("the message is too long to seal")]
    TooLong,
}

/// A sealed message that does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It has no format that was ever written.
    #[error("this is no sealed message")]
    Malformed,
    /// It was sealed under another root key.
    #[error("the message was sealed under another root key")]
    UnknownKey,
    /// It was changed, or sealed for another purpose or context.
    #[error("the message was changed or belongs elsewhere")]
    Rejected,
}

/// Seals and opens messages of one purpose (AES-256-GCM).
///
/// Every message has a key of its own, derived from 128 random bits, and a random nonce of 96 bits.
/// Key and nonce would have to repeat together to do harm: among 2^64 messages of one label the
/// chance for that is below 2^-96, so that no count of messages is kept.
///
/// A message opens only in the context in which it was sealed: a list of parts, such as the
/// account and the name of the record. The parts' lengths are authenticated too, so that
/// `["ab", "c"]` and `["a", "bc"]` differ.
pub struct Sealer {
    keys: MessageKeys,
    id: KeyId,
}

impl Sealer {
    pub(crate) fn new(key: Key, id: KeyId) -> Self {
        Self {
            keys: MessageKeys::new(&key),
            id,
        }
    }

    /// Seals a message in its context. The result has 49 bytes more than the message.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond 64 GiB.
    pub fn seal(
        &self,
        context: &[&[u8]],
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, SealError> {
        let header = self.header();
        let mut sealed = Vec::with_capacity(HEADER + MessageKeys::OVERHEAD + plaintext.len());
        sealed.extend_from_slice(&header);
        let associated = associated_data(&header, context);
        self.keys
            .seal_onto(&mut sealed, &associated, plaintext, random)?;
        Ok(sealed)
    }

    /// Opens a message in its context.
    ///
    /// # Errors
    /// [`OpenError`] where the message is not exactly what was sealed in this context.
    pub fn open(&self, context: &[&[u8]], sealed: &[u8]) -> Result<Secret, OpenError> {
        let (header, message) = sealed
            .split_at_checked(HEADER)
            .ok_or(OpenError::Malformed)?;
        if header.first() != Some(&FORMAT) || message.len() < MessageKeys::OVERHEAD {
            return Err(OpenError::Malformed);
        }
        let expected = self.header();
        if header != expected {
            return Err(OpenError::UnknownKey);
        }
        self.keys
            .open(&associated_data(&expected, context), message)
    }

    fn header(&self) -> [u8; HEADER] {
        let [a, b, c, d] = self.id.0;
        [FORMAT, a, b, c, d]
    }
}

/// Seals each message under a key of its own: salt (16 bytes), nonce (12), ciphertext, tag (16).
pub(crate) struct MessageKeys(Expander);

impl MessageKeys {
    /// How much longer a message becomes.
    pub(crate) const OVERHEAD: usize = SALT + NONCE + TAG;

    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Expander::new(key))
    }

    /// Appends the sealed message.
    pub(crate) fn seal_onto(
        &self,
        sealed: &mut Vec<u8>,
        associated: &[u8],
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<(), SealError> {
        // Salt and nonce at once: a draw costs more than its bytes.
        let mut drawn = [0; SALT + NONCE];
        random.fill(&mut drawn);
        let (Some((salt, _)), Some((_, nonce))) = (
            drawn.split_first_chunk::<SALT>(),
            drawn.split_last_chunk::<NONCE>(),
        ) else {
            return Err(SealError::TooLong);
        };
        let key = self.message_key(salt).ok_or(SealError::TooLong)?;
        sealed.reserve(Self::OVERHEAD + plaintext.len());
        sealed.extend_from_slice(&drawn);
        seal_with(&key, *nonce, associated, plaintext, sealed)
    }

    /// Opens what [`Self::seal_onto`] appended.
    pub(crate) fn open(&self, associated: &[u8], sealed: &[u8]) -> Result<Secret, OpenError> {
        let (salt, rest) = sealed
            .split_first_chunk::<SALT>()
            .ok_or(OpenError::Malformed)?;
        let (nonce, message) = rest
            .split_first_chunk::<NONCE>()
            .ok_or(OpenError::Malformed)?;
        let key = self.message_key(salt).ok_or(OpenError::Rejected)?;
        open_with(&key, *nonce, associated, message)
    }

    fn message_key(&self, salt: &[u8; SALT]) -> Option<LessSafeKey> {
        let key = self.0.expand(salt);
        UnboundKey::new(&AES_256_GCM, &*key)
            .ok()
            .map(LessSafeKey::new)
    }
}

/// Appends ciphertext and tag. The plaintext is encrypted where it ends up: no copy stays behind.
pub(crate) fn seal_with(
    key: &LessSafeKey,
    nonce: [u8; NONCE],
    associated: &[u8],
    plaintext: &[u8],
    sealed: &mut Vec<u8>,
) -> Result<(), SealError> {
    // A later growth would leave a copy of the plaintext in freed memory.
    sealed.reserve(plaintext.len() + TAG);
    let start = sealed.len();
    sealed.extend_from_slice(plaintext);
    let message = sealed.get_mut(start..).unwrap_or_default();
    let nonce = Nonce::assume_unique_for_key(nonce);
    match key.seal_in_place_separate_tag(nonce, Aad::from(associated), message) {
        Ok(tag) => {
            sealed.extend_from_slice(tag.as_ref());
            Ok(())
        }
        Err(_) => {
            message.zeroize();
            sealed.truncate(start);
            Err(SealError::TooLong)
        }
    }
}

/// Opens ciphertext and tag.
pub(crate) fn open_with(
    key: &LessSafeKey,
    nonce: [u8; NONCE],
    associated: &[u8],
    message: &[u8],
) -> Result<Secret, OpenError> {
    let Some(length) = message.len().checked_sub(TAG) else {
        return Err(OpenError::Malformed);
    };
    let mut message = message.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    if key
        .open_in_place(nonce, Aad::from(associated), &mut message)
        .is_err()
    {
        message.zeroize();
        return Err(OpenError::Rejected);
    }
    message.truncate(length);
    Ok(Secret::new(message))
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Sealer")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The header, the number of parts, and each part after its length: no two contexts look alike.
fn associated_data(header: &[u8], context: &[&[u8]]) -> Vec<u8> {
    let mut data = header.to_vec();
    data.extend_from_slice(&(context.len() as u64).to_be_bytes());
    for part in context {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part);
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Keyring, RootKey, SeededRandom};
    use proptest::prelude::*;

    fn sealer(seed: u64, label: &str) -> Sealer {
        Keyring::derive(&RootKey::ephemeral(&SeededRandom::new(seed))).sealer(label)
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_refused() {
        let sealer = sealer(1, "iam.access-key");
        let context: &[&[u8]] = &[b"111122223333", b"AKIAIOSFODNN7EXAMPLE"];
        let sealed = sealer
            .seal(context, b"a secret", &SeededRandom::new(2))
            .unwrap();
        assert_eq!(sealed.len(), 8 + 49);
        assert_eq!(sealer.open(context, &sealed).unwrap().expose(), b"a secret");
        for index in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[index] ^= 1 << bit;
                assert!(
                    sealer.open(context, &changed).is_err(),
                    "byte {index}, bit {bit}"
                );
            }
            assert!(
                sealer.open(context, &sealed[..index]).is_err(),
                "cut at {index}"
            );
        }
        let longer = [sealed.as_slice(), &[0]].concat();
        assert_eq!(sealer.open(context, &longer), Err(OpenError::Rejected));
    }

    #[test]
    fn another_context_label_or_root_key_is_refused() {
        let random = SeededRandom::new(2);
        let sealed = sealer(1, "a")
            .seal(&[b"ab", b"c"], b"secret", &random)
            .unwrap();
        let contexts: [&[&[u8]]; 6] = [
            &[],
            &[b"abc"],
            &[b"a", b"bc"],
            &[b"ab", b"c", b""],
            &[b"c", b"ab"],
            &[b"ab", b"d"],
        ];
        for context in contexts {
            assert_eq!(
                sealer(1, "a").open(context, &sealed),
                Err(OpenError::Rejected)
            );
        }
        assert_eq!(
            sealer(1, "b").open(&[b"ab", b"c"], &sealed),
            Err(OpenError::Rejected)
        );
        assert_eq!(
            sealer(3, "a").open(&[b"ab", b"c"], &sealed),
            Err(OpenError::UnknownKey)
        );
        assert!(sealer(1, "a").open(&[b"ab", b"c"], &sealed).is_ok());
    }

    #[test]
    fn the_same_message_never_looks_the_same() {
        let (sealer, random) = (sealer(1, "a"), SeededRandom::new(2));
        let first = sealer.seal(&[], b"secret", &random).unwrap();
        let second = sealer.seal(&[], b"secret", &random).unwrap();
        assert_ne!(first[HEADER..HEADER + SALT], second[HEADER..HEADER + SALT]);
        assert_ne!(
            first[HEADER + SALT + NONCE..],
            second[HEADER + SALT + NONCE..]
        );
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens(
            plaintext in prop::collection::vec(any::<u8>(), 0..300),
            context in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..4),
        ) {
            let context: Vec<&[u8]> = context.iter().map(Vec::as_slice).collect();
            let sealer = sealer(1, "a");
            let sealed = sealer.seal(&context, &plaintext, &SeededRandom::new(2)).unwrap();
            let opened = sealer.open(&context, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), plaintext.as_slice());
        }

        #[test]
        fn no_input_makes_it_panic(sealed in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(sealer(1, "a").open(&[], &sealed).is_err());
        }
    }
}
