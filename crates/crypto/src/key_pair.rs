//! Whether a private key belongs to the public key of a certificate.

use crate::equal;
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair};
use aws_lc_rs::{rsa, signature};

/// A private key that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// It is no RSA or ECDSA private key in DER (PKCS #8, PKCS #1 or RFC 5915).
    #[error("the private key cannot be read")]
    Unreadable,
}

/// Whether a private key in DER is that of a public key: an RSA key in PKCS #1 or the
/// uncompressed point of an ECDSA key, as certificates hold it (RFC 3279, RFC 5480).
///
/// # Errors
/// [`PrivateKeyError::Unreadable`] where the private key is of no known form: RSA keys of
/// 2048 bits and more, and ECDSA keys on P-256, P-384 and P-521 are known.
pub fn private_key_fits(private_key: &[u8], public_key: &[u8]) -> Result<bool, PrivateKeyError> {
    let rsa =
        rsa::KeyPair::from_pkcs8(private_key).or_else(|_| rsa::KeyPair::from_der(private_key));
    if let Ok(pair) = rsa {
        return Ok(equal(pair.public_key().as_ref(), public_key));
    }
    [
        &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
    ]
    .into_iter()
    .find_map(|algorithm| EcdsaKeyPair::from_private_key_der(algorithm, private_key).ok())
    .map(|pair| equal(pair.public_key().as_ref(), public_key))
    .ok_or(PrivateKeyError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::KeySize;

    #[test]
    fn an_rsa_key_fits_its_own_public_key_only() {
        let pair = rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
        let other = rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = pair.as_der().unwrap();
        assert_eq!(
            private_key_fits(der.as_ref(), pair.public_key().as_ref()),
            Ok(true)
        );
        assert_eq!(
            private_key_fits(der.as_ref(), other.public_key().as_ref()),
            Ok(false)
        );
    }

    #[test]
    fn an_elliptic_key_fits_its_own_public_key_only() {
        let algorithm = &signature::ECDSA_P384_SHA384_ASN1_SIGNING;
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let other = EcdsaKeyPair::generate(algorithm).unwrap();
        let der = pair.to_pkcs8v1().unwrap();
        assert_eq!(
            private_key_fits(der.as_ref(), pair.public_key().as_ref()),
            Ok(true)
        );
        assert_eq!(
            private_key_fits(der.as_ref(), other.public_key().as_ref()),
            Ok(false)
        );
    }

    #[test]
    fn what_is_no_key_is_told() {
        for text in [b"".as_slice(), b"0", &[0x30; 64]] {
            assert_eq!(
                private_key_fits(text, b""),
                Err(PrivateKeyError::Unreadable)
            );
        }
    }
}
