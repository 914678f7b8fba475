//! The form of what a key of an external key store encrypts, after the header that all ciphertexts have.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version: 1 |
//! | 1 + m | length of the proxy's metadata, and that metadata |
//! | 1 + v | length of the initialization vector, and the vector |
//! | 16 | authentication tag |
//! | n | what the external key encrypted: that which the key's own material encrypted |

use super::message::Encrypted;

/// The version of the form.
const VERSION: u8 = 1;

/// The bytes; `None` for parts of lengths that the specification does not have.
pub(super) fn join(encrypted: &Encrypted) -> Option<Vec<u8>> {
    if !encrypted.is_sound() {
        return None;
    }
    let mut bytes = vec![VERSION];
    for part in [&encrypted.metadata, &encrypted.vector] {
        bytes.push(u8::try_from(part.len()).ok()?);
        bytes.extend_from_slice(part);
    }
    bytes.extend_from_slice(&encrypted.tag);
    bytes.extend_from_slice(&encrypted.ciphertext);
    Some(bytes)
}

/// The parts; `None` for bytes that [`join`] did not make.
pub(super) fn split(bytes: &[u8]) -> Option<Encrypted> {
    let (&version, rest) = bytes.split_first()?;
    let (metadata, rest) = part(rest)?;
    let (vector, rest) = part(rest)?;
    let (tag, ciphertext) = rest.split_first_chunk::<16>()?;
    let encrypted = Encrypted {
        metadata: metadata.to_vec(),
        vector: vector.to_vec(),
        tag: tag.to_vec(),
        ciphertext: ciphertext.to_vec(),
    };
    (version == VERSION && encrypted.is_sound()).then_some(encrypted)
}

fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_joined_is_split() {
        let encrypted = Encrypted {
            metadata: b"key_version=1".to_vec(),
            vector: vec![2; 16],
            tag: vec![3; 16],
            ciphertext: vec![4; 5],
        };
        assert_eq!(split(&join(&encrypted).unwrap()), Some(encrypted));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(encrypted) = split(&bytes) {
                prop_assert_eq!(join(&encrypted), Some(bytes));
            }
        }
    }
}
