//! What a Nitro enclave gets instead of a plaintext: CMS EnvelopedData (RFC 5652).

use super::{
    EncryptionAlgorithm, UseError,
    der::{self, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET},
    wrapping::wrap_oaep,
};
use crate::Random;
use ::pkcs8::{ObjectIdentifier, spki::SubjectPublicKeyInfoRef};
use aws_lc_rs::{
    cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey},
    digest,
    iv::FixedLength,
    rsa::PublicEncryptingKey,
};
use zeroize::Zeroizing;

const ENVELOPED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.3");
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const AES_256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
const CONTEXT_0: u8 = 0xa0;
const NULL: &[u8] = &[5, 0];
/// Both versions are 2 where the recipient is named by its key (RFC 5652, sections 6.1 and 6.2.1).
const VERSION: &[u8] = &[INTEGER, 1, 2];

/// Encrypts for the owner of an RSA key (SubjectPublicKeyInfo in DER), as KMS answers to the
/// parameter Recipient: an AES-256-CBC key wrapped by RSAES-OAEP with SHA-256.
///
/// The outer layers have no lengths: AWS writes them so, and the parser of its Nitro Enclaves SDK
/// (`aws_cms_parse_enveloped_data`) takes no others.
///
/// # Errors
/// [`UseError::Rejected`] where the public key is no sound RSA key of 2048 to 8192 bits.
pub fn cms_enveloped_data(
    recipient_public_key: &[u8],
    plaintext: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, UseError> {
    let recipient =
        PublicEncryptingKey::from_der(recipient_public_key).map_err(|_| UseError::Rejected)?;
    let name = subject_key_identifier(recipient_public_key)?;
    let mut key = Zeroizing::new([0; 32]);
    let mut initial = [0; 16];
    random.fill(&mut *key);
    random.fill(&mut initial);
    let wrapped = wrap_oaep(recipient, EncryptionAlgorithm::RsaesOaepSha256, &*key)?;
    let ciphertext = encrypt(&key, initial, plaintext)?;

    let recipient = der::value(
        SEQUENCE,
        &[
            VERSION,
            &der::value(0x80, &[&name]),
            &oaep_identifier(),
            &der::value(OCTET_STRING, &[&wrapped]),
        ],
    );
    let recipients = der::value(SET, &[&recipient]);
    let cipher = der::value(
        SEQUENCE,
        &[&oid(AES_256_CBC), &der::value(OCTET_STRING, &[&initial])],
    );
    let text = indefinite(CONTEXT_0, &[&der::value(OCTET_STRING, &[&ciphertext])]);
    let content = indefinite(SEQUENCE, &[&oid(DATA), &cipher, &text]);
    let enveloped = indefinite(SEQUENCE, &[VERSION, &recipients, &content]);
    let enveloped = indefinite(CONTEXT_0, &[&enveloped]);
    Ok(indefinite(SEQUENCE, &[&oid(ENVELOPED_DATA), &enveloped]))
}

/// A constructed value of BER whose length is not told but whose end is marked (X.690, 8.1.3.6).
fn indefinite(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut written = vec![tag, 0x80];
    parts
        .iter()
        .for_each(|part| written.extend_from_slice(part));
    written.extend_from_slice(&[0, 0]);
    written
}

/// The SHA-1 digest of the key's bits (RFC 5280, section 4.2.1.2): a name, no protection.
fn subject_key_identifier(public_key: &[u8]) -> Result<Vec<u8>, UseError> {
    let info = SubjectPublicKeyInfoRef::try_from(public_key).map_err(|_| UseError::Rejected)?;
    let bits = info.subject_public_key.raw_bytes();
    let name = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bits);
    Ok(name.as_ref().to_vec())
}

fn encrypt(key: &[u8; 32], initial: [u8; 16], plaintext: &[u8]) -> Result<Vec<u8>, UseError> {
    let failed = |_| UseError::Failed;
    let key = UnboundCipherKey::new(&AES_256, key).map_err(failed)?;
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).map_err(failed)?;
    // Room for the padding, so that no copy of the plaintext stays behind when it grows.
    let mut text = Vec::with_capacity(plaintext.len() + 16);
    text.extend_from_slice(plaintext);
    let context = EncryptionContext::Iv128(FixedLength::from(initial));
    key.less_safe_encrypt(&mut text, context).map_err(failed)?;
    Ok(text)
}

/// RSAES-OAEP with SHA-256 and MGF1 with SHA-256 (RFC 4055, section 4.1).
fn oaep_identifier() -> Vec<u8> {
    let hash = der::value(SEQUENCE, &[&oid(SHA256), NULL]);
    let mask = der::value(SEQUENCE, &[&oid(MGF1), &hash]);
    let parameters = der::value(
        SEQUENCE,
        &[
            &der::value(CONTEXT_0, &[&hash]),
            &der::value(0xa1, &[&mask]),
        ],
    );
    der::value(SEQUENCE, &[&oid(OAEP), &parameters])
}

fn oid(identifier: ObjectIdentifier) -> Vec<u8> {
    der::value(OBJECT_IDENTIFIER, &[identifier.as_bytes()])
}
