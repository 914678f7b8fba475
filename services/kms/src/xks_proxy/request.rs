//! What a request must have: fields, forms and lengths of AWS's "External Key Store Proxy API
//! Specification".

use super::api::types::{DecryptInput, EncryptInput, RequestMetadata};
use super::error::ProxyError;
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::Secret;

/// The largest plaintext or ciphertext, in bytes: the specification wants 4300 at least.
const MAX_TEXT: usize = 4300;
/// The largest data to be authenticated, in bytes: the specification wants 8192 at least.
const MAX_ASSOCIATED: usize = 8192;
/// The largest metadata of a ciphertext, in bytes.
const MAX_METADATA: usize = 20;
/// The longest field of the request's metadata: ARNs have up to 2048 characters.
const MAX_FIELD: usize = 2048;

/// What a request says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needed {
    /// Which operation of KMS, and in which request.
    Operation,
    /// Who called KMS, besides.
    Caller,
    /// With which key of KMS, besides.
    Key,
}

/// Checks that the request's metadata has what it must have. What it says is not for the proxy to check.
pub(super) fn check_metadata(
    metadata: Option<&RequestMetadata>,
    needed: Needed,
) -> Result<(), ProxyError> {
    let metadata = metadata.ok_or(ProxyError::Validation("requestMetadata is missing"))?;
    let required = [
        (true, &metadata.kms_operation, "kmsOperation is missing"),
        (true, &metadata.kms_request_id, "kmsRequestId is missing"),
        (
            needed != Needed::Operation,
            &metadata.aws_principal_arn,
            "awsPrincipalArn is missing",
        ),
        (
            needed == Needed::Key,
            &metadata.kms_key_arn,
            "kmsKeyArn is missing",
        ),
    ];
    for (wanted, field, problem) in required {
        if wanted && field.as_ref().is_none_or(String::is_empty) {
            return Err(ProxyError::Validation(problem));
        }
    }
    let fields = [
        &metadata.aws_principal_arn,
        &metadata.aws_source_vpc,
        &metadata.aws_source_vpce,
        &metadata.kms_key_arn,
        &metadata.kms_operation,
        &metadata.kms_request_id,
        &metadata.kms_via_service,
    ];
    if fields
        .into_iter()
        .flatten()
        .any(|field| field.len() > MAX_FIELD)
    {
        return Err(ProxyError::Unsupported(
            "a field of requestMetadata is too long",
        ));
    }
    Ok(())
}

/// A request to encrypt, read.
pub(super) struct Encrypt {
    pub(super) plaintext: Secret,
    pub(super) associated: Vec<u8>,
    /// Whether the answer must have an integrity value.
    pub(super) integrity: bool,
}

impl Encrypt {
    pub(super) fn read(input: &EncryptInput) -> Result<Self, ProxyError> {
        check_metadata(input.request_metadata.as_ref(), Needed::Key)?;
        check_algorithm(input.encryption_algorithm.as_deref())?;
        let plaintext = required(
            input.plaintext.as_deref(),
            "plaintext is missing or not Base64",
        )?;
        if plaintext.is_empty() {
            return Err(ProxyError::Validation("plaintext is empty"));
        }
        Ok(Self {
            plaintext: Secret::new(within(plaintext, MAX_TEXT, "plaintext is too long")?),
            associated: associated(input.additional_authenticated_data.as_deref())?,
            integrity: match input.ciphertext_data_integrity_value_algorithm.as_deref() {
                None => false,
                Some("SHA_256") => true,
                Some(_) => {
                    return Err(ProxyError::Validation(
                        "ciphertextDataIntegrityValueAlgorithm is not SHA_256",
                    ));
                }
            },
        })
    }
}

/// A request to decrypt, read.
pub(super) struct Decrypt {
    pub(super) ciphertext: Vec<u8>,
    pub(super) metadata: Vec<u8>,
    pub(super) associated: Vec<u8>,
    pub(super) vector: Vec<u8>,
    pub(super) tag: [u8; 16],
}

impl Decrypt {
    pub(super) fn read(input: &DecryptInput) -> Result<Self, ProxyError> {
        check_metadata(input.request_metadata.as_ref(), Needed::Key)?;
        check_algorithm(input.encryption_algorithm.as_deref())?;
        let ciphertext = required(
            input.ciphertext.as_deref(),
            "ciphertext is missing or not Base64",
        )?;
        if ciphertext.is_empty() {
            return Err(ProxyError::Validation("ciphertext is empty"));
        }
        let metadata = optional(
            input.ciphertext_metadata.as_deref(),
            "ciphertextMetadata is not Base64",
        )?;
        if metadata.len() > MAX_METADATA {
            return Err(ProxyError::Validation(
                "ciphertextMetadata has more than 20 bytes",
            ));
        }
        let vector = required(
            input.initialization_vector.as_deref(),
            "initializationVector is missing or not Base64",
        )?;
        if !matches!(vector.len(), 12 | 16) {
            return Err(ProxyError::Validation(
                "initializationVector has neither 12 nor 16 bytes",
            ));
        }
        let tag = required(
            input.authentication_tag.as_deref(),
            "authenticationTag is missing or not Base64",
        )?;
        Ok(Self {
            ciphertext: within(ciphertext, MAX_TEXT, "ciphertext is too long")?,
            metadata,
            associated: associated(input.additional_authenticated_data.as_deref())?,
            vector,
            tag: tag
                .try_into()
                .map_err(|_| ProxyError::Validation("authenticationTag has not 16 bytes"))?,
        })
    }
}

fn check_algorithm(name: Option<&str>) -> Result<(), ProxyError> {
    match name {
        Some("AES_GCM") => Ok(()),
        Some(_) => Err(ProxyError::Validation("encryptionAlgorithm is not AES_GCM")),
        None => Err(ProxyError::Validation("encryptionAlgorithm is missing")),
    }
}

fn associated(text: Option<&str>) -> Result<Vec<u8>, ProxyError> {
    let bytes = optional(text, "additionalAuthenticatedData is not Base64")?;
    within(
        bytes,
        MAX_ASSOCIATED,
        "additionalAuthenticatedData is too long",
    )
}

fn required(text: Option<&str>, problem: &'static str) -> Result<Vec<u8>, ProxyError> {
    let text = text.ok_or(ProxyError::Validation(problem))?;
    STANDARD
        .decode(text)
        .map_err(|_| ProxyError::Validation(problem))
}

fn optional(text: Option<&str>, problem: &'static str) -> Result<Vec<u8>, ProxyError> {
    text.map_or_else(|| Ok(Vec::new()), |text| required(Some(text), problem))
}

/// What is larger than the specification wants is not supported ("Error Codes").
fn within(bytes: Vec<u8>, limit: usize, problem: &'static str) -> Result<Vec<u8>, ProxyError> {
    if bytes.len() > limit {
        Err(ProxyError::Unsupported(problem))
    } else {
        Ok(bytes)
    }
}
