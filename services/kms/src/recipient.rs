//! `Recipient`: a Nitro enclave that proves what it runs, and gets what it asked for so that only it
//! can read it ("Cryptographic attestation support in AWS KMS").

use crate::api::types::{KeyEncryptionMechanism, RecipientInfo};
use crate::{KmsError, request};
use crypto::Secret;
use crypto::attestation::{self, AWS_NITRO_ROOT, Attestation, AttestationError};
use crypto::kms::cms_enveloped_data;
use kernel::{Call, Check};
use schema::Blob;

/// How old a document may be, and how far in the future, in seconds.
const FRESH: u64 = 300;

/// An enclave whose attestation document was verified.
#[derive(Debug)]
pub(crate) struct Recipient {
    attestation: Attestation,
    public_key: Vec<u8>,
}

/// A secret as it is answered: in the clear, or for the enclave alone.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Where no enclave asks.
    pub(crate) plaintext: Option<Blob>,
    /// CMS EnvelopedData for the enclave's public key.
    pub(crate) for_recipient: Option<Blob>,
}

impl Recipient {
    /// The enclave that a request names, where it names one.
    ///
    /// # Errors
    /// `ValidationException` where the document proves nothing.
    pub(crate) fn of(call: &Call, info: Option<&RecipientInfo>) -> Result<Option<Self>, KmsError> {
        let Some(info) = info else { return Ok(None) };
        if info.key_encryption_algorithm != Some(KeyEncryptionMechanism::RsaesOaepSha256) {
            return Err(KmsError::Validation(
                "Recipient must specify the KeyEncryptionAlgorithm RSAES_OAEP_SHA_256.".to_owned(),
            ));
        }
        let document = info.attestation_document.as_deref().unwrap_or_default();
        let now = u64::try_from(call.now.as_second()).unwrap_or_default();
        let attestation = verify(call, document, now)?;
        let made = attestation.timestamp / 1000;
        if now.abs_diff(made) > FRESH {
            return Err(refused("it was not made within the last 5 minutes"));
        }
        let public_key = attestation
            .public_key
            .clone()
            .ok_or_else(|| refused("it has no public key"))?;
        Ok(Some(Self {
            attestation,
            public_key,
        }))
    }

    /// `kms:RecipientAttestation:...`: the measurements in hexadecimal digits. Without a recipient
    /// the keys are absent.
    pub(crate) fn conditions(mut check: Check, recipient: Option<&Self>) -> Check {
        let Some(recipient) = recipient else {
            return check;
        };
        for (number, digest) in &recipient.attestation.pcrs {
            let digest = crate::blob::hex(digest);
            if *number == 0 {
                check = check.key("kms:RecipientAttestation:ImageSha384", digest.as_str());
            }
            check = check.key(format!("kms:RecipientAttestation:PCR{number}"), digest);
        }
        check
    }

    /// The secret as the request wants it.
    ///
    /// # Errors
    /// `ValidationException` where the enclave's public key is no sound RSA key.
    pub(crate) fn answer(
        call: &mut Call,
        recipient: Option<&Self>,
        secret: Secret,
    ) -> Result<Answer, KmsError> {
        let Some(recipient) = recipient else {
            return Ok(Answer {
                plaintext: Some(request::blob(secret)),
                for_recipient: None,
            });
        };
        let random = call.host().random.as_ref();
        let enveloped = cms_enveloped_data(&recipient.public_key, secret.expose(), random)
            .map_err(|_| refused("its public key is no RSA key"))?;
        recipient.note(call);
        Ok(Answer {
            plaintext: None,
            for_recipient: Some(enveloped.into()),
        })
    }

    /// What CloudTrail says of the enclave.
    fn note(&self, call: &mut Call) {
        let mut shown = serde_json::Map::new();
        let module = self.attestation.module_id.as_str();
        shown.insert("attestationDocumentModuleId".to_owned(), module.into());
        for (number, digest) in &self.attestation.pcrs {
            let name = match number {
                0 => "attestationDocumentEnclaveImageDigest".to_owned(),
                number => format!("attestationDocumentEnclavePCR{number}"),
            };
            // Registers that nothing was written to are all zero.
            if digest.iter().any(|byte| *byte != 0) {
                shown.insert(name, crate::blob::hex(digest).into());
            }
        }
        call.note("recipient", shown);
    }
}

/// Verifies a document against AWS's root, and those that the operator trusts.
fn verify(call: &Call, document: &[u8], now: u64) -> Result<Attestation, KmsError> {
    let roots = &call.host().settings.attestation_roots;
    let mut failure = match attestation::verify(document, AWS_NITRO_ROOT, now) {
        Ok(attestation) => return Ok(attestation),
        Err(error) => error,
    };
    for root in roots {
        match attestation::verify(document, root, now) {
            Ok(attestation) => return Ok(attestation),
            // A document of another root says least about what is wrong.
            Err(AttestationError::Untrusted) => {}
            Err(error) => failure = error,
        }
    }
    Err(refused(&failure.to_string()))
}

fn refused(why: &str) -> KmsError {
    KmsError::Validation(format!("Recipient is not valid: {why}."))
}
