//! What the proxy answers when it does not succeed: the error table of AWS's "External Key Store Proxy
//! API Specification".

use crate::KmsError;
use kernel::{Code, Common, Failure};

/// An error of the proxy. Its text is the `errorMessage`: printable ASCII, less than 512 characters.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// Something in the request is missing or has a form that it cannot have.
    #[error("{0}")]
    Validation(&'static str),
    /// The key is not enabled.
    #[error("the external key is not enabled")]
    InvalidState,
    /// The ciphertext is not what this key encrypted with this data.
    #[error("the ciphertext or what was authenticated with it is invalid")]
    InvalidCiphertext,
    /// The key is not for this.
    #[error("the external key does not support the operation")]
    InvalidKeyUsage,
    /// The signature is not right.
    #[error("the request could not be authenticated")]
    AuthenticationFailed,
    /// Who asks may not.
    #[error("the operation is not authorized")]
    AccessDenied,
    /// The proxy shows no such key under this path.
    #[error("the external key is not found")]
    KeyNotFound,
    /// The proxy has nothing under this path.
    #[error("the URI path is not valid")]
    InvalidUriPath,
    /// A value is larger than this proxy takes.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The server failed.
    #[error("the server failed")]
    Internal(Failure),
}

impl From<ProxyError> for Failure {
    fn from(error: ProxyError) -> Self {
        use ProxyError as E;
        let message = error.to_string();
        let (code, status) = match error {
            E::Validation(_) => ("ValidationException", 400),
            E::InvalidState => ("InvalidStateException", 400),
            E::InvalidCiphertext => ("InvalidCiphertextException", 400),
            E::InvalidKeyUsage => ("InvalidKeyUsageException", 400),
            E::AuthenticationFailed => ("AuthenticationFailedException", 401),
            E::AccessDenied => ("AccessDeniedException", 403),
            E::KeyNotFound => ("KeyNotFoundException", 404),
            E::InvalidUriPath => ("InvalidUriPathException", 404),
            E::Unsupported(_) => ("UnsupportedOperationException", 501),
            E::Internal(failure) => return failure,
        };
        Self::modelled(code, status, message)
    }
}

impl From<KmsError> for ProxyError {
    /// Whatever else fails on the way to a key is the server's.
    fn from(error: KmsError) -> Self {
        Self::Internal(error.into())
    }
}

/// A failure as the proxy spells it: HTTP status, `errorName` and `errorMessage`.
#[must_use]
pub fn spell(failure: &Failure) -> (u16, &'static str, &str) {
    let message = failure.message.as_deref().unwrap_or_default();
    match &failure.code {
        Code::Modelled { code, status } if *status != 500 => (*status, code, message),
        // What policies are for is not told to the caller.
        Code::Common(Common::AccessDenied) => (
            403,
            "AccessDeniedException",
            "the operation is not authorized",
        ),
        Code::Common(Common::ServiceUnavailable) => (429, "ThrottlingException", message),
        _ => (500, "InternalException", "the server failed"),
    }
}
