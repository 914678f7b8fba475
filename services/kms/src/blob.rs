//! The form of symmetric ciphertexts. A ciphertext names its key and its material, so that it can be
//! decrypted without naming the key, and after the key was rotated.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version: 1 |
//! | 1 | kind of the key's id: 0 for a UUID, 1 for a multi-Region id |
//! | 8 | account, as a number, big-endian |
//! | 16 | the key's id |
//! | 32 | the material's id |
//! | 16 + 12 | salt of the message's own key, and nonce |
//! | n + 16 | AES-256-GCM of the plaintext, and tag |
//!
//! All that comes before the salt is authenticated, and so is the encryption context.

use crate::view::Place;
use arn::AccountId;
use std::collections::BTreeMap;

/// The version of the form.
const VERSION: u8 = 1;
/// Bytes before the salt.
const HEADER: usize = 1 + 1 + 8 + 16 + 32;

/// What a ciphertext says of itself. Nothing of it is proved before it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// The account that owns the key.
    pub(crate) account: AccountId,
    /// The key's id.
    pub(crate) key: String,
    /// The material's id.
    pub(crate) material: String,
    bytes: [u8; HEADER],
}

impl Header {
    /// The header of what a key's material encrypts; `None` for ids of another form.
    #[must_use]
    pub(crate) fn new(place: &Place, material: &str) -> Option<Self> {
        let (kind, id) = key_bytes(&place.id)?;
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend_from_slice(&[VERSION, kind]);
        bytes.extend_from_slice(&place.account.as_u64().to_be_bytes());
        bytes.extend_from_slice(&id);
        bytes.extend_from_slice(&unhex::<32>(material.bytes())?);
        Some(Self {
            account: place.account,
            key: place.id.to_string(),
            material: material.to_owned(),
            bytes: bytes.try_into().ok()?,
        })
    }

    /// Splits a ciphertext into its header and what was sealed; `None` for what cannot be a ciphertext.
    #[must_use]
    pub(crate) fn split(ciphertext: &[u8]) -> Option<(Self, &[u8])> {
        let (bytes, sealed) = ciphertext.split_first_chunk::<HEADER>()?;
        let [VERSION, kind, rest @ ..] = bytes else {
            return None;
        };
        let (account, rest) = rest.split_first_chunk::<8>()?;
        let (id, material) = rest.split_first_chunk::<16>()?;
        let header = Self {
            account: AccountId::from_u64(u64::from_be_bytes(*account))?,
            key: key_text(*kind, id)?,
            material: hex(material),
            bytes: *bytes,
        };
        Some((header, sealed))
    }

    /// The ciphertext of this header and what was sealed.
    #[must_use]
    pub(crate) fn join(&self, sealed: &[u8]) -> Vec<u8> {
        [self.bytes.as_slice(), sealed].concat()
    }

    /// What is authenticated with a message: the header and the encryption context, whose parts
    /// come after their lengths, so that no two contexts look alike.
    #[must_use]
    pub(crate) fn associated_data(&self, context: &BTreeMap<String, String>) -> Vec<u8> {
        let mut data = self.bytes.to_vec();
        data.extend_from_slice(&(context.len() as u64).to_be_bytes());
        for part in context.iter().flat_map(|(key, value)| [key, value]) {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part.as_bytes());
        }
        data
    }
}

fn key_bytes(id: &str) -> Option<(u8, [u8; 16])> {
    let (kind, digits) = match id.strip_prefix("mrk-") {
        Some(digits) => (1, digits),
        None => (0, id),
    };
    let bytes = unhex(digits.bytes().filter(|byte| *byte != b'-'))?;
    // Only ids in their own form are read back as they were.
    (key_text(kind, &bytes)? == id).then_some((kind, bytes))
}

fn key_text(kind: u8, bytes: &[u8; 16]) -> Option<String> {
    let mut text = String::with_capacity(36);
    match kind {
        0 => {
            for (index, byte) in bytes.iter().enumerate() {
                if matches!(index, 4 | 6 | 8 | 10) {
                    text.push('-');
                }
                push_hex(&mut text, *byte);
            }
        }
        1 => {
            text.push_str("mrk-");
            bytes.iter().for_each(|byte| push_hex(&mut text, *byte));
        }
        _ => return None,
    }
    Some(text)
}

/// Lower-case hexadecimal digits.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    bytes.iter().for_each(|byte| push_hex(&mut text, *byte));
    text
}

fn push_hex(text: &mut String, byte: u8) {
    for nibble in [byte >> 4, byte & 15] {
        let first = if nibble < 10 { b'0' } else { b'a' - 10 };
        text.push(char::from(first + nibble));
    }
}

/// As many bytes as the digits are to be; `None` where they are more, fewer or no digits.
fn unhex<const N: usize>(digits: impl Iterator<Item = u8>) -> Option<[u8; N]> {
    let mut nibbles = digits.map(|digit| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    });
    let mut bytes = [0; N];
    for byte in &mut bytes {
        *byte = (nibbles.next()?? << 4) | nibbles.next()??;
    }
    nibbles.next().is_none().then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(id: &str) -> Header {
        let account = "012345678901".parse().unwrap();
        Header::new(&Place::new(account, "us-east-1", id), &"0f".repeat(32)).unwrap()
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        for id in [
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234abcd12ab34cd56ef1234567890ab",
        ] {
            let header = header(id);
            let ciphertext = header.join(b"sealed");
            assert_eq!(
                Header::split(&ciphertext),
                Some((header, b"sealed".as_slice()))
            );
        }
    }

    #[test]
    fn no_two_contexts_are_authenticated_alike() {
        let header = header("1234abcd-12ab-34cd-56ef-1234567890ab");
        let context = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            header.associated_data(&pairs.collect())
        };
        let all = [
            context(&[]),
            context(&[("ab", "c")]),
            context(&[("a", "bc")]),
            context(&[("a", "b"), ("c", "")]),
            context(&[("a", ""), ("b", "c")]),
            context(&[("", "abc")]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all[index + 1..].iter().all(|other| other != one));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            if let Some((header, sealed)) = Header::split(&bytes) {
                prop_assert_eq!(header.join(sealed), bytes);
            }
        }
    }
}
