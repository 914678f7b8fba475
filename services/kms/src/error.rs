//! What KMS answers when it does not succeed.

use kernel::{Common, Failure, RecordError};

/// An error of KMS's model. The text is the message for the client, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    /// The alias exists.
    #[error("{0}")]
    AlreadyExists(String),
    /// The CloudHSM cluster does not exist.
    #[error("{0}")]
    CloudHsmClusterNotFound(String),
    /// Another change is under way, or was already made.
    #[error("{0}")]
    Conflict(String),
    /// The custom key store still holds keys.
    #[error("{0}")]
    CustomKeyStoreHasKeys(String),
    /// The custom key store's connection state does not admit this.
    #[error("{0}")]
    CustomKeyStoreInvalidState(String),
    /// Another custom key store has that name.
    #[error("{0}")]
    CustomKeyStoreNameInUse(String),
    /// There is no such custom key store.
    #[error("{0}")]
    CustomKeyStoreNotFound(String),
    /// What the call needs did not answer in time.
    #[error("{0}")]
    DependencyTimeout(String),
    /// The key is disabled.
    #[error("{0}")]
    Disabled(String),
    /// The call would have succeeded, and was not to be done.
    #[error("The request would have succeeded, but the DryRun option is set.")]
    DryRun,
    /// The import token is too old.
    #[error("{0}")]
    ExpiredImportToken(String),
    /// The ciphertext belongs to another key.
    #[error("{0}")]
    IncorrectKey(String),
    /// The key material is not the one that the key had.
    #[error("{0}")]
    IncorrectKeyMaterial(String),
    /// The alias name is not acceptable.
    #[error("{0}")]
    InvalidAliasName(String),
    /// The ARN is not acceptable.
    #[error("{0}")]
    InvalidArn(String),
    /// The ciphertext, the encrypted key material or the encryption context is wrong. AWS gives no message.
    #[error("the ciphertext is invalid")]
    InvalidCiphertext,
    /// There is no such grant.
    #[error("{0}")]
    InvalidGrantId(String),
    /// The grant token is none.
    #[error("{0}")]
    InvalidGrantToken(String),
    /// The import token is none, or belongs to another key.
    #[error("{0}")]
    InvalidImportToken(String),
    /// The key is not for this.
    #[error("{0}")]
    InvalidKeyUsage(String),
    /// The marker is none of this list.
    #[error("{0}")]
    InvalidMarker(String),
    /// KMS failed.
    #[error("{0}")]
    KmsInternal(String),
    /// The code is not that of the message.
    #[error("{0}")]
    InvalidMac(String),
    /// The signature is not that of the message.
    #[error("{0}")]
    InvalidSignature(String),
    /// The state of the key does not admit this.
    #[error("{0}")]
    InvalidState(String),
    /// The key cannot be used now.
    #[error("{0}")]
    KeyUnavailable(String),
    /// A quota is used up.
    #[error("{0}")]
    LimitExceeded(String),
    /// The policy document is not one.
    #[error("{0}")]
    MalformedPolicyDocument(String),
    /// The key, alias or grant does not exist.
    #[error("{0}")]
    NotFound(String),
    /// A tag is not acceptable.
    #[error("{0}")]
    Tag(String),
    /// The key, or KMS, cannot do this.
    #[error("{0}")]
    UnsupportedOperation(String),
    /// The external key belongs to another KMS key already.
    #[error("{0}")]
    XksKeyAlreadyInUse(String),
    /// The external key is not fit.
    #[error("{0}")]
    XksKeyInvalidConfiguration(String),
    /// The external key store proxy does not know the external key.
    #[error("{0}")]
    XksKeyNotFound(String),
    /// The external key store proxy does not accept the credential.
    #[error("{0}")]
    XksProxyIncorrectAuthenticationCredential(String),
    /// The external key store proxy is not set up as its custom key store says.
    #[error("{0}")]
    XksProxyInvalidConfiguration(String),
    /// The external key store proxy answers nonsense.
    #[error("{0}")]
    XksProxyInvalidResponse(String),
    /// Another custom key store has that endpoint.
    #[error("{0}")]
    XksProxyUriEndpointInUse(String),
    /// Another custom key store has that endpoint and path.
    #[error("{0}")]
    XksProxyUriInUse(String),
    /// The external key store proxy does not answer.
    #[error("{0}")]
    XksProxyUriUnreachable(String),
    /// There is no such VPC endpoint service.
    #[error("{0}")]
    XksProxyVpcEndpointServiceNotFound(String),
    /// A constraint that the model does not express (`ValidationException`).
    #[error("{0}")]
    Validation(String),
    /// Only AWS itself may do this. AWS gives no message.
    #[error("")]
    NotAuthorized,
    /// Access denied by a rule of KMS itself, whatever the policies say.
    #[error("{0}")]
    AccessDenied(String),
    /// The server failed, or another common error.
    #[error("the call failed")]
    Failure(Failure),
}

impl From<KmsError> for Failure {
    fn from(error: KmsError) -> Self {
        use KmsError as E;
        let message = error.to_string();
        // HTTP status 400, and 500 where KMS itself is at fault ("Common errors" of each operation, KMS API Reference).
        let (code, status) = match error {
            E::Failure(failure) => return failure,
            E::Validation(text) => return Self::validation(text),
            E::AccessDenied(text) => return Self::common(Common::AccessDenied, text),
            E::InvalidCiphertext => {
                return Self {
                    message: None,
                    ..Self::modelled("InvalidCiphertextException", 400, "")
                };
            }
            E::AlreadyExists(_) => ("AlreadyExistsException", 400),
            E::CloudHsmClusterNotFound(_) => ("CloudHsmClusterNotFoundException", 400),
            E::Conflict(_) => ("ConflictException", 400),
            E::CustomKeyStoreHasKeys(_) => ("CustomKeyStoreHasCMKsException", 400),
            E::CustomKeyStoreInvalidState(_) => ("CustomKeyStoreInvalidStateException", 400),
            E::CustomKeyStoreNameInUse(_) => ("CustomKeyStoreNameInUseException", 400),
            E::CustomKeyStoreNotFound(_) => ("CustomKeyStoreNotFoundException", 400),
            E::DependencyTimeout(_) => ("DependencyTimeoutException", 500),
            E::Disabled(_) => ("DisabledException", 400),
            E::DryRun => ("DryRunOperationException", 400),
            E::ExpiredImportToken(_) => ("ExpiredImportTokenException", 400),
            E::IncorrectKey(_) => ("IncorrectKeyException", 400),
            E::IncorrectKeyMaterial(_) => ("IncorrectKeyMaterialException", 400),
            E::InvalidAliasName(_) => ("InvalidAliasNameException", 400),
            E::InvalidArn(_) => ("InvalidArnException", 400),
            E::InvalidGrantId(_) => ("InvalidGrantIdException", 400),
            E::InvalidGrantToken(_) => ("InvalidGrantTokenException", 400),
            E::InvalidImportToken(_) => ("InvalidImportTokenException", 400),
            E::InvalidKeyUsage(_) => ("InvalidKeyUsageException", 400),
            E::InvalidMarker(_) => ("InvalidMarkerException", 400),
            E::KmsInternal(_) => ("KMSInternalException", 500),
            E::InvalidMac(_) => ("KMSInvalidMacException", 400),
            E::InvalidSignature(_) => ("KMSInvalidSignatureException", 400),
            E::InvalidState(_) => ("KMSInvalidStateException", 400),
            E::KeyUnavailable(_) => ("KeyUnavailableException", 500),
            E::LimitExceeded(_) => ("LimitExceededException", 400),
            E::MalformedPolicyDocument(_) => ("MalformedPolicyDocumentException", 400),
            E::NotAuthorized => ("NotAuthorizedException", 400),
            E::NotFound(_) => ("NotFoundException", 400),
            E::Tag(_) => ("TagException", 400),
            E::UnsupportedOperation(_) => ("UnsupportedOperationException", 400),
            E::XksKeyAlreadyInUse(_) => ("XksKeyAlreadyInUseException", 400),
            E::XksKeyInvalidConfiguration(_) => ("XksKeyInvalidConfigurationException", 400),
            E::XksKeyNotFound(_) => ("XksKeyNotFoundException", 400),
            E::XksProxyIncorrectAuthenticationCredential(_) => {
                ("XksProxyIncorrectAuthenticationCredentialException", 400)
            }
            E::XksProxyInvalidConfiguration(_) => ("XksProxyInvalidConfigurationException", 400),
            E::XksProxyInvalidResponse(_) => ("XksProxyInvalidResponseException", 400),
            E::XksProxyUriEndpointInUse(_) => ("XksProxyUriEndpointInUseException", 400),
            E::XksProxyUriInUse(_) => ("XksProxyUriInUseException", 400),
            E::XksProxyUriUnreachable(_) => ("XksProxyUriUnreachableException", 400),
            E::XksProxyVpcEndpointServiceNotFound(_) => {
                ("XksProxyVpcEndpointServiceNotFoundException", 400)
            }
        };
        // AWS gives some errors no message.
        let unsaid = message.is_empty();
        let failure = Self::modelled(code, status, message);
        Self {
            message: failure.message.filter(|_| !unsaid),
            ..failure
        }
    }
}

impl From<RecordError> for KmsError {
    fn from(error: RecordError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<store::StoreError> for KmsError {
    fn from(error: store::StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<store::InvalidKey> for KmsError {
    fn from(error: store::InvalidKey) -> Self {
        Self::Failure(RecordError::from(error).into())
    }
}

impl From<kernel::OffloadError> for KmsError {
    fn from(error: kernel::OffloadError) -> Self {
        Self::Failure(Failure::internal(&error))
    }
}
