//! RSA public keys in the two spellings of "UploadSSHPublicKey": `ssh-rsa` (RFC 4253, section 6.6) and PEM (RFC 5280).

use crate::certificate;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

const SSH_RSA: &str = "ssh-rsa";
/// The least bits of a modulus ("UploadSSHPublicKey").
const LEAST_BITS: usize = 2048;
/// The most bits of a modulus: what fits into a body of 16,384 characters is more than anybody uses.
const MOST_BITS: usize = 16_384;
/// DER of the algorithm identifier `rsaEncryption` with NULL parameters (RFC 3279).
const RSA_ENCRYPTION: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// An RSA public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RsaPublicKey {
    // INVARIANT: big-endian, without leading zeros.
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// A text that is no acceptable public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFormatError {
    /// It is in neither spelling.
    #[error("the encoding is neither ssh-rsa nor PEM")]
    Unrecognized,
    /// It is spelled well and no RSA key of 2048 bits or more.
    #[error("the key is no RSA key of 2048 bits or more")]
    Invalid,
}

impl RsaPublicKey {
    /// Reads a key in either spelling.
    ///
    /// # Errors
    /// [`KeyFormatError`].
    pub fn parse(text: &str) -> Result<Self, KeyFormatError> {
        let text = text.trim();
        if text.starts_with(SSH_RSA) {
            Self::from_ssh(text)
        } else {
            Self::from_pem(text)
        }
    }

    fn from_ssh(text: &str) -> Result<Self, KeyFormatError> {
        let mut words = text.split_ascii_whitespace();
        if words.next() != Some(SSH_RSA) {
            return Err(KeyFormatError::Unrecognized);
        }
        let blob = words
            .next()
            .and_then(|word| STANDARD.decode(word).ok())
            .ok_or(KeyFormatError::Invalid)?;
        let mut rest = blob.as_slice();
        let name = field(&mut rest).ok_or(KeyFormatError::Invalid)?;
        let exponent = field(&mut rest).ok_or(KeyFormatError::Invalid)?;
        let modulus = field(&mut rest).ok_or(KeyFormatError::Invalid)?;
        if name != SSH_RSA.as_bytes() || !rest.is_empty() {
            return Err(KeyFormatError::Invalid);
        }
        Self::checked(modulus, exponent)
    }

    fn from_pem(text: &str) -> Result<Self, KeyFormatError> {
        let mut blocks = certificate::blocks(text);
        let block = blocks
            .next()
            .flatten()
            .ok_or(KeyFormatError::Unrecognized)?;
        if blocks.next().is_some() {
            return Err(KeyFormatError::Unrecognized);
        }
        let info = match block.label.as_str() {
            "PUBLIC KEY" => block.contents,
            "RSA PUBLIC KEY" => subject_public_key_info(&block.contents),
            _ => return Err(KeyFormatError::Unrecognized),
        };
        let (rest, info) =
            SubjectPublicKeyInfo::from_der(&info).map_err(|_| KeyFormatError::Invalid)?;
        match info.parsed() {
            Ok(PublicKey::RSA(key)) if rest.is_empty() => Self::checked(key.modulus, key.exponent),
            _ => Err(KeyFormatError::Invalid),
        }
    }

    fn checked(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyFormatError> {
        let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
        let bits = modulus.first().map_or(0, |first| {
            modulus.len() * 8 - first.leading_zeros() as usize
        });
        let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        let good = (LEAST_BITS..=MOST_BITS).contains(&bits)
            && odd(modulus)
            && odd(exponent)
            && exponent != [1]
            && exponent.len() <= 8;
        if good {
            Ok(Self {
                modulus: modulus.into(),
                exponent: exponent.into(),
            })
        } else {
            Err(KeyFormatError::Invalid)
        }
    }

    /// The key as the `ssh-rsa` blob of RFC 4253.
    #[must_use]
    pub fn blob(&self) -> Vec<u8> {
        let mut blob = Vec::new();
        put_field(&mut blob, SSH_RSA.as_bytes());
        put_field(&mut blob, &positive(&self.exponent));
        put_field(&mut blob, &positive(&self.modulus));
        blob
    }

    /// The key in one line, without a comment.
    #[must_use]
    pub fn ssh(&self) -> String {
        format!("{SSH_RSA} {}", STANDARD.encode(self.blob()))
    }

    /// The key in PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        let mut key = der(0x02, &positive(&self.modulus));
        key.extend(der(0x02, &positive(&self.exponent)));
        let text = STANDARD.encode(subject_public_key_info(&der(0x30, &key)));
        let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
        let mut column = 0;
        for character in text.chars() {
            if column == 64 {
                pem.push('\n');
                column = 0;
            }
            pem.push(character);
            column += 1;
        }
        pem.push_str("\n-----END PUBLIC KEY-----\n");
        pem
    }

    /// The MD5 fingerprint: 16 bytes in hexadecimal with colons between them.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut text = String::with_capacity(47);
        for byte in crypto::md5(&self.blob()) {
            if !text.is_empty() {
                text.push(':');
            }
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// The next field: four bytes of length, then as many bytes.
fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (field, after) =
        after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = after;
    Some(field)
}

fn put_field(blob: &mut Vec<u8>, field: &[u8]) {
    // INVARIANT: fields are at most 2 KiB long, so the length fits.
    blob.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
    blob.extend_from_slice(field);
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// A number with a zero before it where its first bit would make it negative.
fn positive(number: &[u8]) -> Vec<u8> {
    let zero = number.first().is_some_and(|first| first & 0x80 != 0);
    let mut bytes = Vec::with_capacity(number.len() + 1);
    if zero {
        bytes.push(0);
    }
    bytes.extend_from_slice(number);
    bytes
}

/// A DER element.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut element = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => element.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let length = without_zeros(&length);
            element.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
            element.extend_from_slice(length);
        }
    }
    element.extend_from_slice(content);
    element
}

fn subject_public_key_info(rsa_public_key: &[u8]) -> Vec<u8> {
    let mut bits = vec![0];
    bits.extend_from_slice(rsa_public_key);
    let mut content = RSA_ENCRYPTION.to_vec();
    content.extend(der(0x03, &bits));
    der(0x30, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSH: &str = include_str!("../tests/data/ssh-rsa.pub");
    const PEM: &str = include_str!("../tests/data/ssh-rsa.pem");

    #[test]
    fn both_spellings_are_one_key() {
        let key = RsaPublicKey::parse(SSH).unwrap();
        assert_eq!(RsaPublicKey::parse(PEM).unwrap(), key);
        assert_eq!(key.pem(), PEM);
        assert!(SSH.starts_with(&key.ssh()));
        assert_eq!(
            RsaPublicKey::parse(include_str!("../tests/data/ssh-rsa-pkcs1.pem")).unwrap(),
            key
        );
    }

    #[test]
    fn the_fingerprint_is_that_of_ssh_keygen() {
        let key = RsaPublicKey::parse(SSH).unwrap();
        assert_eq!(
            key.fingerprint(),
            include_str!("../tests/data/ssh-rsa.md5").trim()
        );
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, error) in [
            ("", KeyFormatError::Unrecognized),
            ("hello", KeyFormatError::Unrecognized),
            ("ssh-rsax AAAA", KeyFormatError::Unrecognized),
            (
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA",
                KeyFormatError::Unrecognized,
            ),
            (
                crate::certificate::tests::CERTIFICATE,
                KeyFormatError::Unrecognized,
            ),
            ("ssh-rsa", KeyFormatError::Invalid),
            (
                "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ",
                KeyFormatError::Invalid,
            ),
            (
                "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQU=",
                KeyFormatError::Invalid,
            ),
        ] {
            assert_eq!(RsaPublicKey::parse(text), Err(error), "{text}");
        }
    }
}
