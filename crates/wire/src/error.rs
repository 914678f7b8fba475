//! What can be wrong with a message, and the words that each protocol has for it.

use schema::{Protocol, Schema, ServiceSchema, Value};
use std::borrow::Cow;

/// What a codec stumbles over, before a protocol gives it a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The message does not follow its format.
    Malformed,
    /// More levels than [`crate::MAX_DEPTH`].
    TooDeep,
    /// More parameters than [`crate::MAX_PARAMETERS`], or more values than [`crate::MAX_VALUES`].
    TooMany,
    /// A scalar of one kind where another is wanted.
    Convert {
        found: &'static str,
        wanted: &'static str,
    },
    /// A list where none belongs.
    UnexpectedList,
    /// A structure or map where none belongs.
    UnexpectedStructure,
    /// A scalar where a list, map or structure belongs.
    UnexpectedScalar,
    /// Text that is no base64.
    Base64,
    /// The index of a list's element is no number.
    Index,
}

/// A request that a protocol cannot read.
///
/// [`DecodeError::code`] and [`DecodeError::message`] are what AWS answers: the JSON and CBOR
/// protocols with `SerializationException`, awsQuery with `MalformedInput`, restXml with
/// `MalformedXML`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", self.code(), self.message().unwrap_or_default())]
pub struct DecodeError {
    pub(crate) protocol: Protocol,
    pub(crate) fault: Fault,
}

impl DecodeError {
    /// The error code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.protocol {
            Protocol::AwsQuery => "MalformedInput",
            Protocol::RestXml => match self.fault {
                Fault::Convert { .. } | Fault::Base64 => "InvalidArgument",
                _ => "MalformedXML",
            },
            _ => "SerializationException",
        }
    }

    /// The HTTP status, always 400.
    #[must_use]
    pub fn status(&self) -> u16 {
        400
    }

    /// The message; none where AWS sends none (a JSON or form body that does not parse).
    #[must_use]
    pub fn message(&self) -> Option<Cow<'static, str>> {
        let text = match self.fault {
            Fault::Malformed if self.protocol == Protocol::RestXml => {
                "The XML you provided was not well-formed or did not validate against our published schema"
            }
            Fault::Malformed => return None,
            Fault::TooDeep => "Nesting is too deep",
            Fault::TooMany => "Too many values",
            Fault::Convert { found, wanted } => {
                return Some(format!("{found} cannot be converted to {wanted}").into());
            }
            Fault::UnexpectedList => "Start of list found where not expected",
            Fault::UnexpectedStructure => "Start of structure or map found where not expected.",
            Fault::UnexpectedScalar => "Unexpected field type",
            Fault::Base64 => "STRING_VALUE cannot be converted to Blob",
            Fault::Index => "Key of a list element is not a number",
        };
        Some(text.into())
    }

    /// The error as it is sent.
    #[must_use]
    pub fn to_wire_error(&self) -> WireError {
        WireError {
            code: self.code().into(),
            status: self.status(),
            message: self.message().map(Cow::into_owned),
            sender_fault: true,
            shape: None,
            fields: None,
        }
    }
}

/// An error as it goes over the wire.
#[derive(Debug, Clone)]
pub struct WireError {
    /// The code, such as `NoSuchEntity`.
    pub code: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    /// The message; some errors of AWS have none.
    pub message: Option<String>,
    /// `Sender` in awsQuery, else `Receiver`.
    pub sender_fault: bool,
    /// The modelled shape, where there is one.
    pub shape: Option<&'static Schema>,
    /// The members of the modelled shape besides the message.
    pub fields: Option<Value>,
}

/// An error answer of a service, as a client sees it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {}", message.as_deref().unwrap_or("no message"))]
pub struct ResponseError {
    /// The code without a namespace, such as `NoSuchEntity`.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// The message.
    pub message: Option<String>,
    /// The request id.
    pub request_id: Option<String>,
    /// The members of the modelled error, where the operation's model lists the code.
    pub fields: Option<Value>,
}

/// The code of a [`ResponseError`] for an answer that is not in the protocol's form.
pub const UNREADABLE_RESPONSE: &str = "UnreadableResponse";

/// A request that belongs to no operation.
///
/// Holds the service and protocol that it most likely meant, so that the answer has the
/// form which the client reads.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {}", self.code(), self.message().unwrap_or_default())]
pub struct ResolveError {
    pub(crate) service: Option<&'static ServiceSchema>,
    pub(crate) protocol: Protocol,
    pub(crate) reason: Reason,
}

/// Why a request belongs to no operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    UnknownAction {
        action: String,
        version: Option<String>,
    },
    MissingAction,
    UnknownOperation,
    Malformed,
}

impl ResolveError {
    /// The service that the request most likely meant.
    #[must_use]
    pub fn service(&self) -> Option<&'static ServiceSchema> {
        self.service
    }

    /// The protocol in which to answer.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The error code: `InvalidAction` in awsQuery, else `UnknownOperationException`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.reason {
            Reason::UnknownAction { .. } => "InvalidAction",
            Reason::MissingAction => "MissingAction",
            Reason::UnknownOperation => "UnknownOperationException",
            Reason::Malformed => "MalformedQueryString",
        }
    }

    /// The HTTP status: 404 for the REST and CBOR protocols, else 400.
    #[must_use]
    pub fn status(&self) -> u16 {
        match (&self.reason, self.protocol) {
            (
                Reason::UnknownOperation,
                Protocol::RestJson1 | Protocol::RestXml | Protocol::RpcV2Cbor,
            ) => 404,
            _ => 400,
        }
    }

    /// The message; the JSON protocols send none.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        match &self.reason {
            Reason::UnknownAction { action, version } => {
                // AWS's word where the request names no version.
                let version = version.as_deref().unwrap_or("NO_VERSION_SPECIFIED");
                Some(format!(
                    "Could not find operation {action} for version {version}"
                ))
            }
            Reason::MissingAction => Some("Missing Action".to_owned()),
            Reason::UnknownOperation => None,
            Reason::Malformed => Some("The query string is malformed".to_owned()),
        }
    }

    /// The error as it is sent.
    #[must_use]
    pub fn to_wire_error(&self) -> WireError {
        WireError {
            code: self.code().into(),
            status: self.status(),
            message: self.message(),
            sender_fault: true,
            shape: None,
            fields: None,
        }
    }
}
