//! What IAM answers when it does not succeed.

use kernel::{Failure, RecordError};

/// An error of IAM's model. The text is the message for the client, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub enum IamError {
    /// The entity does not exist.
    #[error("{0}")]
    NoSuchEntity(String),
    /// An entity of that name exists.
    #[error("{0}")]
    EntityAlreadyExists(String),
    /// The entity cannot go while others hang on it.
    #[error("{0}")]
    DeleteConflict(String),
    /// A quota is used up.
    #[error("{0}")]
    LimitExceeded(String),
    /// The policy document is not one.
    #[error("{0}")]
    MalformedPolicyDocument(String),
    /// The input makes no sense.
    #[error("{0}")]
    InvalidInput(String),
    /// A constraint that the model does not express (`ValidationError`).
    #[error("{0}")]
    Validation(String),
    /// The entity is AWS's and cannot be changed.
    #[error("{0}")]
    UnmodifiableEntity(String),
    /// The entity cannot be changed now.
    #[error("{0}")]
    EntityTemporarilyUnmodifiable(String),
    /// The policy cannot be attached to this kind of entity.
    #[error("{0}")]
    PolicyNotAttachable(String),
    /// The password breaks the account's password policy.
    #[error("{0}")]
    PasswordPolicyViolation(String),
    /// The operation is for another type of user.
    #[error("{0}")]
    InvalidUserType(String),
    /// The MFA codes are wrong.
    #[error("{0}")]
    InvalidAuthenticationCode(String),
    /// The certificate cannot be read.
    #[error("{0}")]
    MalformedCertificate(String),
    /// The certificate is not acceptable.
    #[error("{0}")]
    InvalidCertificate(String),
    /// The certificate is there already.
    #[error("{0}")]
    DuplicateCertificate(String),
    /// Certificate and private key do not belong together.
    #[error("{0}")]
    KeyPairMismatch(String),
    /// The public key cannot be read.
    #[error("{0}")]
    InvalidPublicKey(String),
    /// The public key is there already.
    #[error("{0}")]
    DuplicateSshPublicKey(String),
    /// The encoding of the public key is not one that is known.
    #[error("{0}")]
    UnrecognizedPublicKeyEncoding(String),
    /// There is no credential report.
    #[error("{0}")]
    ReportNotPresent(String),
    /// The credential report is too old.
    #[error("{0}")]
    ReportExpired(String),
    /// The credential report is being made.
    #[error("{0}")]
    ReportInProgress(String),
    /// A policy cannot be evaluated.
    #[error("{0}")]
    PolicyEvaluation(String),
    /// The service has no such credentials.
    #[error("{0}")]
    NotSupportedService(String),
    /// Access denied by a rule of IAM itself, whatever the policies say.
    #[error("{0}")]
    AccessDenied(String),
    /// The server failed, or another common error.
    #[error("the call failed")]
    Failure(Failure),
}

impl From<IamError> for Failure {
    fn from(error: IamError) -> Self {
        use IamError as E;
        let message = error.to_string();
        let (code, status) = match error {
            E::Failure(failure) => return failure,
            E::Validation(text) => return Self::validation(text),
            E::AccessDenied(text) => return Self::common(kernel::Common::AccessDenied, text),
            E::NoSuchEntity(_) => ("NoSuchEntity", 404),
            E::EntityAlreadyExists(_) => ("EntityAlreadyExists", 409),
            E::DeleteConflict(_) => ("DeleteConflict", 409),
            E::LimitExceeded(_) => ("LimitExceeded", 409),
            E::MalformedPolicyDocument(_) => ("MalformedPolicyDocument", 400),
            E::InvalidInput(_) => ("InvalidInput", 400),
            E::UnmodifiableEntity(_) => ("UnmodifiableEntity", 400),
            E::EntityTemporarilyUnmodifiable(_) => ("EntityTemporarilyUnmodifiable", 409),
            E::PolicyNotAttachable(_) => ("PolicyNotAttachable", 400),
            E::PasswordPolicyViolation(_) => ("PasswordPolicyViolation", 400),
            E::InvalidUserType(_) => ("InvalidUserType", 400),
            E::InvalidAuthenticationCode(_) => ("InvalidAuthenticationCode", 403),
            E::MalformedCertificate(_) => ("MalformedCertificate", 400),
            E::InvalidCertificate(_) => ("InvalidCertificate", 400),
            E::DuplicateCertificate(_) => ("DuplicateCertificate", 409),
            E::KeyPairMismatch(_) => ("KeyPairMismatch", 400),
            E::InvalidPublicKey(_) => ("InvalidPublicKey", 400),
            E::DuplicateSshPublicKey(_) => ("DuplicateSSHPublicKey", 400),
            E::UnrecognizedPublicKeyEncoding(_) => ("UnrecognizedPublicKeyEncoding", 400),
            E::ReportNotPresent(_) => ("ReportNotPresent", 410),
            E::ReportExpired(_) => ("ReportExpired", 410),
            E::ReportInProgress(_) => ("ReportInProgress", 404),
            E::PolicyEvaluation(_) => ("PolicyEvaluation", 500),
            E::NotSupportedService(_) => ("NotSupportedService", 404),
        };
        Self::modelled(code, status, message)
    }
}

impl From<RecordError> for IamError {
    fn from(error: RecordError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<store::StoreError> for IamError {
    fn from(error: store::StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<store::InvalidKey> for IamError {
    fn from(error: store::InvalidKey) -> Self {
        Self::Failure(RecordError::from(error).into())
    }
}
