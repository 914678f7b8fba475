//! Reading X.509 certificates and private keys in PEM (RFC 7468, RFC 5280).

use jiff::Timestamp;
use x509_parser::pem::Pem;
use zeroize::Zeroizing;

/// What is asked of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of the certificate's DER.
    pub digest: [u8; 32],
    /// When it ends.
    pub expires: Timestamp,
    /// The public key: PKCS #1 of an RSA key, the point of an ECDSA key.
    pub public_key: Vec<u8>,
    subject: Vec<u8>,
    issuer: Vec<u8>,
}

impl Certificate {
    /// A text that is one certificate in PEM; `None` where it is not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut all = Self::parse_all(text)?.into_iter();
        let one = all.next()?;
        all.next().is_none().then_some(one)
    }

    /// A text that is certificates in PEM, at least one; `None` where anything in it is something else.
    #[must_use]
    pub fn parse_all(text: &str) -> Option<Vec<Self>> {
        let blocks: Vec<_> = blocks(text).collect::<Option<_>>()?;
        let all: Vec<_> = blocks
            .iter()
            .map(|block| {
                if block.label == "CERTIFICATE" {
                    Self::from_der(&block.contents)
                } else {
                    None
                }
            })
            .collect::<Option<_>>()?;
        (!all.is_empty()).then_some(all)
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, parsed) = x509_parser::parse_x509_certificate(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        Some(Self {
            digest: crypto::sha256(der),
            expires: Timestamp::from_second(parsed.validity().not_after.timestamp()).ok()?,
            public_key: parsed.public_key().subject_public_key.data.to_vec(),
            subject: parsed.subject().as_raw().to_vec(),
            issuer: parsed.issuer().as_raw().to_vec(),
        })
    }

    /// Whether the certificate names another as its issuer. Signatures are not checked.
    #[must_use]
    pub fn is_issued_by(&self, other: &Self) -> bool {
        self.issuer == other.subject
    }
}

/// The DER of a text that is one unencrypted private key in PEM; parameters of its curve may stand before it.
#[must_use]
pub fn private_key(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut key = None;
    for block in blocks(text) {
        let block = block?;
        let contents = Zeroizing::new(block.contents);
        match block.label.as_str() {
            "EC PARAMETERS" => {}
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" if key.is_none() => {
                key = Some(contents)
            }
            _ => return None,
        }
    }
    key
}

/// The blocks of a PEM text; `None` for one that cannot be read.
pub(crate) fn blocks(text: &str) -> impl Iterator<Item = Option<Pem>> {
    Pem::iter_from_buffer(text.as_bytes()).map(Result::ok)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const CERTIFICATE: &str = include_str!("../tests/data/certificate.pem");
    pub(crate) const PRIVATE_KEY: &str = include_str!("../tests/data/private-key.pem");

    #[test]
    fn a_certificate_and_its_key_are_read() {
        let certificate = Certificate::parse(CERTIFICATE).unwrap();
        assert!(certificate.is_issued_by(&certificate), "it is self-signed");
        let key = private_key(PRIVATE_KEY).unwrap();
        assert_eq!(
            crypto::private_key_fits(&key, &certificate.public_key),
            Ok(true)
        );
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let cut = CERTIFICATE.replace("MII", "MIX");
        let twice = format!("{CERTIFICATE}{CERTIFICATE}");
        for text in ["", "notacert", PRIVATE_KEY, cut.as_str(), twice.as_str()] {
            assert_eq!(Certificate::parse(text), None, "{text}");
        }
        assert_eq!(Certificate::parse_all(&twice).unwrap().len(), 2);
        assert_eq!(
            Certificate::parse_all(&format!("{CERTIFICATE}{PRIVATE_KEY}")),
            None
        );
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        let encrypted = PRIVATE_KEY.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        let twice = format!("{PRIVATE_KEY}{PRIVATE_KEY}");
        for text in ["", "key", CERTIFICATE, encrypted.as_str(), twice.as_str()] {
            assert!(private_key(text).is_none(), "{text}");
        }
    }
}
