//! What a call answers when it does not succeed.

use schema::{Protocol, Schema, Value};
use std::borrow::Cow;

/// A failed call, before any protocol spells it.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The error's code, as the service's model or [`Common`] spells it.
    pub code: Code,
    /// The message for the client; AWS's words.
    pub message: Option<String>,
    /// Members of a modelled error besides its message: `(error shape, structure value)`.
    pub detail: Option<(&'static Schema, Value)>,
    /// Why policies denied the call, sealed for `DecodeAuthorizationMessage`.
    pub encoded: Option<Box<str>>,
}

/// The code of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// An error that every service can answer with; each protocol spells it its own way.
    Common(Common),
    /// An error of one service.
    Modelled {
        /// The code on the wire.
        code: &'static str,
        /// HTTP status.
        status: u16,
    },
    /// An error whose code and status were chosen where the protocol is known.
    Spelled {
        /// The code on the wire.
        code: Cow<'static, str>,
        /// HTTP status.
        status: u16,
    },
}

/// Errors that every service can answer with ("Common Errors" in AWS's API references).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Common {
    /// No policy allows the call, or one denies it.
    AccessDenied,
    /// The input breaks a constraint.
    Validation,
    /// The operation is AWS's, and is not served here yet.
    NotImplemented,
    /// The server failed; nothing was done.
    InternalFailure,
    /// The server cannot take the call now; nothing was done.
    ServiceUnavailable,
    /// The body is larger than the server takes.
    RequestEntityTooLarge,
    /// The body did not arrive in time.
    RequestTimeout,
}

impl Common {
    fn spell(self, protocol: Protocol) -> (&'static str, u16) {
        let query = matches!(protocol, Protocol::AwsQuery | Protocol::RestXml);
        match self {
            Self::AccessDenied if query => ("AccessDenied", 403),
            Self::AccessDenied if protocol == Protocol::RestJson1 => ("AccessDeniedException", 403),
            Self::AccessDenied => ("AccessDeniedException", 400),
            Self::Validation if query => ("ValidationError", 400),
            Self::Validation => ("ValidationException", 400),
            Self::NotImplemented => ("NotImplemented", 501),
            Self::InternalFailure => ("InternalFailure", 500),
            Self::ServiceUnavailable if query => ("ServiceUnavailable", 503),
            Self::ServiceUnavailable => ("ServiceUnavailableException", 503),
            Self::RequestEntityTooLarge if query => ("RequestEntityTooLarge", 413),
            Self::RequestEntityTooLarge => ("RequestEntityTooLargeException", 413),
            Self::RequestTimeout if query => ("RequestTimeout", 408),
            Self::RequestTimeout => ("RequestTimeoutException", 408),
        }
    }
}

impl Failure {
    /// A failure that every service knows.
    #[must_use]
    pub fn common(common: Common, message: impl Into<String>) -> Self {
        Self {
            code: Code::Common(common),
            message: Some(message.into()),
            detail: None,
            encoded: None,
        }
    }

    /// A failure of one service's model.
    #[must_use]
    pub fn modelled(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self {
            code: Code::Modelled { code, status },
            message: Some(message.into()),
            detail: None,
            encoded: None,
        }
    }

    /// A broken constraint that the model does not express, in AWS's words.
    #[must_use]
    pub fn validation(message: impl Into<String>) -> Self {
        Self::common(Common::Validation, message)
    }

    /// The server failed. The cause goes to the log, never to the client.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "call failed inside the server");
        Self::common(
            Common::InternalFailure,
            "The request processing has failed because of an unknown error, exception or failure.",
        )
    }

    /// Adds the members of a modelled error.
    #[must_use]
    pub fn with_detail(mut self, shape: &'static Schema, value: Value) -> Self {
        self.detail = Some((shape, value));
        self
    }

    /// The code and the HTTP status as `protocol` spells them.
    #[must_use]
    pub fn spell(&self, protocol: Protocol) -> (Cow<'static, str>, u16) {
        match &self.code {
            Code::Common(common) => {
                let (code, status) = common.spell(protocol);
                (Cow::Borrowed(code), status)
            }
            Code::Modelled { code, status } => (Cow::Borrowed(code), *status),
            Code::Spelled { code, status } => (code.clone(), *status),
        }
    }

    /// Whether the failure is of this common kind.
    #[must_use]
    pub fn is(&self, common: Common) -> bool {
        self.code == Code::Common(common)
    }
}

impl From<store::StoreError> for Failure {
    fn from(error: store::StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<schema::Mismatch> for Failure {
    fn from(error: schema::Mismatch) -> Self {
        Self::internal(&error)
    }
}
