//! What STS answers when it does not succeed.

use kernel::{Common, Failure, RecordError};

/// An error of STS. The text is the message for the client, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub enum StsError {
    /// Denied by a rule of STS itself, whatever the policies say.
    #[error("{0}")]
    AccessDenied(String),
    /// A constraint that the model does not express (`ValidationError`).
    #[error("{0}")]
    Validation(String),
    /// A parameter that makes no sense together with others. AWS's model does not list it.
    #[error("{0}")]
    InvalidParameterValue(String),
    /// The session policy is not one.
    #[error("{0}")]
    MalformedPolicyDocument(String),
    /// Session policies and session tags are too large.
    #[error("{0}")]
    PackedPolicyTooLarge(String),
    /// The message is not one that this account was given, or is too old.
    #[error("Message is not valid")]
    InvalidAuthorizationMessage,
    /// The server failed, or another common error.
    #[error("the call failed")]
    Failure(Box<Failure>),
}

impl From<StsError> for Failure {
    fn from(error: StsError) -> Self {
        use StsError as E;
        let message = error.to_string();
        let code = match error {
            E::Failure(failure) => return *failure,
            E::AccessDenied(_) => return Self::common(Common::AccessDenied, message),
            E::Validation(_) => return Self::validation(message),
            E::InvalidParameterValue(_) => "InvalidParameterValue",
            E::MalformedPolicyDocument(_) => "MalformedPolicyDocument",
            E::PackedPolicyTooLarge(_) => "PackedPolicyTooLarge",
            E::InvalidAuthorizationMessage => "InvalidAuthorizationMessageException",
        };
        Self::modelled(code, 400, message)
    }
}

impl From<Failure> for StsError {
    fn from(failure: Failure) -> Self {
        Self::Failure(Box::new(failure))
    }
}

impl From<RecordError> for StsError {
    fn from(error: RecordError) -> Self {
        Failure::from(error).into()
    }
}
