//! Attestation documents of Nitro enclaves (AWS: "Verifying the root of trust").
//!
//! A document is a COSE_Sign1 message (RFC 9052), signed by ES384 with the key of a certificate
//! that it brings along, and whose chain ends in a root that the verifier knows beforehand:
//! [`AWS_NITRO_ROOT`], or one of one's own for enclaves that are only played.

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use coset::{
    Algorithm, CborSerializable, CoseSign1, TaggedCborSerializable, cbor::value::Value, iana,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use std::{collections::BTreeMap, time::Duration};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, aws_lc_rs::ECDSA_P384_SHA384};

/// The root certificate of AWS's enclaves, "G1", in DER; its SHA-256 fingerprint
/// 641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b is the one that AWS publishes.
pub const AWS_NITRO_ROOT: &[u8] = include_bytes!("aws_nitro_root_g1.der");

/// The longest document that KMS takes, in bytes (the model's AttestationDocumentType).
const MAX_DOCUMENT: usize = 262_144;
/// The first byte of a COSE_Sign1 message that says that it is one (RFC 9052, section 4.2).
const TAG_SIGN1: u8 = 0xd2;
const MAX_CERTIFICATE: usize = 1024;
const MAX_FIELD: usize = 1024;
const MAX_CERTIFICATES: usize = 16;
const MAX_PCRS: usize = 32;

/// What an enclave proved about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The enclave's module id.
    pub module_id: String,
    /// When the document was made, in milliseconds since 1970. How old it may be, the caller says.
    pub timestamp: u64,
    /// The measurements by their number: SHA-384 digests. All zero in debug mode.
    pub pcrs: BTreeMap<u8, Vec<u8>>,
    /// The public key to encrypt for, in DER.
    pub public_key: Option<Vec<u8>>,
    /// What the enclave wished to have signed.
    pub user_data: Option<Vec<u8>>,
    /// What somebody gave the enclave to prove that the document is new.
    pub nonce: Option<Vec<u8>>,
}

/// A document that proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
    /// It is longer than 262,144 bytes.
    #[error("the attestation document is too long")]
    TooLong,
    /// It is no document of the form that AWS describes.
    #[error("the attestation document is malformed: {0}")]
    Malformed(&'static str),
    /// Its certificate has expired or is not valid yet.
    #[error("the certificate of the attestation document is not valid now")]
    Expired,
    /// Its certificates do not end in the root, or one of them is unsound.
    #[error("the certificate of the attestation document does not come from the root")]
    Untrusted,
    /// Its signature is not that of its content.
    #[error("the signature of the attestation document is wrong")]
    Signature,
}

/// Verifies a document against a root certificate in DER, at a time in seconds since 1970.
///
/// # Errors
/// [`AttestationError`] where it is malformed, wrongly signed, expired or of another root.
pub fn verify(document: &[u8], root_der: &[u8], now: u64) -> Result<Attestation, AttestationError> {
    if document.len() > MAX_DOCUMENT {
        return Err(AttestationError::TooLong);
    }
    let message = parse_message(document)?;
    let payload = message
        .payload
        .as_deref()
        .ok_or(AttestationError::Malformed("it has no payload"))?;
    let mut fields = Fields::parse(payload)?;
    let certificate = fields.required_bytes("certificate", 1, MAX_CERTIFICATE)?;
    let bundle = fields.bundle()?;
    verify_chain(&message, &certificate, &bundle, root_der, now)?;
    fields.attestation()
}

fn parse_message(document: &[u8]) -> Result<CoseSign1, AttestationError> {
    let parsed = match document.first() {
        Some(&TAG_SIGN1) => CoseSign1::from_tagged_slice(document),
        _ => CoseSign1::from_slice(document),
    };
    let message = parsed.map_err(|_| AttestationError::Malformed("it is no COSE_Sign1"))?;
    let header = &message.protected.header;
    if header.alg != Some(Algorithm::Assigned(iana::Algorithm::ES384)) {
        return Err(AttestationError::Malformed("it is not signed by ES384"));
    }
    // A critical header that nobody here understands.
    if !header.crit.is_empty() {
        return Err(AttestationError::Malformed("it has critical headers"));
    }
    Ok(message)
}

fn verify_chain(
    message: &CoseSign1,
    certificate: &[u8],
    bundle: &[Vec<u8>],
    root_der: &[u8],
    now: u64,
) -> Result<(), AttestationError> {
    let untrusted = |_| AttestationError::Untrusted;
    let (first, intermediates) = bundle.split_first().ok_or(AttestationError::Untrusted)?;
    if first != root_der {
        return Err(AttestationError::Untrusted);
    }
    let root = CertificateDer::from(root_der);
    let anchor = anchor_from_trusted_cert(&root).map_err(untrusted)?;
    let intermediates: Vec<CertificateDer<'_>> = intermediates
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let leaf = CertificateDer::from(certificate);
    let leaf = EndEntityCert::try_from(&leaf).map_err(untrusted)?;
    leaf.verify_for_usage(
        &[ECDSA_P384_SHA384],
        &[anchor],
        &intermediates,
        UnixTime::since_unix_epoch(Duration::from_secs(now)),
        // These certificates have no extended key usage; one that has another is not one of them.
        KeyUsage::client_auth(),
        None,
        None,
    )
    .map_err(|error| match error {
        webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. } => {
            AttestationError::Expired
        }
        _ => AttestationError::Untrusted,
    })?;
    let key = leaf.subject_public_key_info();
    let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, key.as_ref());
    message.verify_signature(&[], |signature, signed| {
        key.verify(signed, signature)
            .map_err(|_| AttestationError::Signature)
    })
}

/// The payload's fields, each of which is taken once.
struct Fields(BTreeMap<String, Value>);

impl Fields {
    fn parse(payload: &[u8]) -> Result<Self, AttestationError> {
        let malformed = AttestationError::Malformed("its payload is no map");
        let mut rest = payload;
        let value: Value = coset::cbor::de::from_reader(&mut rest).map_err(|_| malformed)?;
        let Value::Map(entries) = value else {
            return Err(malformed);
        };
        if !rest.is_empty() {
            return Err(malformed);
        }
        let mut fields = BTreeMap::new();
        for (key, value) in entries {
            let Value::Text(key) = key else {
                return Err(malformed);
            };
            if fields.insert(key, value).is_some() {
                return Err(AttestationError::Malformed("it has a field twice"));
            }
        }
        Ok(Self(fields))
    }

    fn required(&mut self, name: &str) -> Result<Value, AttestationError> {
        self.0
            .remove(name)
            .ok_or(AttestationError::Malformed("a field is missing"))
    }

    fn required_bytes(
        &mut self,
        name: &str,
        least: usize,
        most: usize,
    ) -> Result<Vec<u8>, AttestationError> {
        bytes(self.required(name)?, least, most)
    }

    fn optional_bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, AttestationError> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => bytes(value, 0, MAX_FIELD).map(Some),
        }
    }

    /// The certificates from the root downwards, without the one that signed the document.
    fn bundle(&mut self) -> Result<Vec<Vec<u8>>, AttestationError> {
        match self.required("cabundle")? {
            Value::Array(values) if (1..=MAX_CERTIFICATES).contains(&values.len()) => values
                .into_iter()
                .map(|value| bytes(value, 1, MAX_CERTIFICATE))
                .collect(),
            _ => Err(AttestationError::Malformed("cabundle is no list")),
        }
    }

    fn attestation(mut self) -> Result<Attestation, AttestationError> {
        let module_id = match self.required("module_id")? {
            Value::Text(text) if !text.is_empty() => text,
            _ => return Err(AttestationError::Malformed("module_id is no text")),
        };
        if self.required("digest")? != Value::Text("SHA384".to_owned()) {
            return Err(AttestationError::Malformed("digest is not SHA384"));
        }
        let timestamp = match self.required("timestamp")? {
            Value::Integer(number) => u64::try_from(number).ok().filter(|number| *number > 0),
            _ => None,
        }
        .ok_or(AttestationError::Malformed(
            "timestamp is no positive number",
        ))?;
        Ok(Attestation {
            module_id,
            timestamp,
            pcrs: pcrs(self.required("pcrs")?)?,
            public_key: self
                .optional_bytes("public_key")?
                .filter(|key| !key.is_empty()),
            user_data: self.optional_bytes("user_data")?,
            nonce: self.optional_bytes("nonce")?,
        })
    }
}

fn pcrs(value: Value) -> Result<BTreeMap<u8, Vec<u8>>, AttestationError> {
    let malformed = AttestationError::Malformed("pcrs is no map of digests");
    let Value::Map(entries) = value else {
        return Err(malformed);
    };
    if !(1..=MAX_PCRS).contains(&entries.len()) {
        return Err(malformed);
    }
    let mut pcrs = BTreeMap::new();
    for (key, value) in entries {
        let number = match key {
            Value::Integer(number) => u8::try_from(number).ok(),
            _ => None,
        }
        .filter(|number| usize::from(*number) < MAX_PCRS)
        .ok_or(malformed)?;
        let digest = bytes(value, 32, 64)?;
        if !matches!(digest.len(), 32 | 48 | 64) || pcrs.insert(number, digest).is_some() {
            return Err(malformed);
        }
    }
    Ok(pcrs)
}

fn bytes(value: Value, least: usize, most: usize) -> Result<Vec<u8>, AttestationError> {
    match value {
        Value::Bytes(bytes) if (least..=most).contains(&bytes.len()) => Ok(bytes),
        _ => Err(AttestationError::Malformed(
            "a field is not of the length or type that it must have",
        )),
    }
}

#[cfg(test)]
mod tests;
