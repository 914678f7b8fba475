//! Why a request is not authentic, in AWS's codes and words.

use std::fmt;

use crate::MAX_EXPIRES;

/// The strings that the signature should have been made of.
///
/// A session token in them is redacted: AWS prints it, but messages end in audit
/// records and clients' logs, and whoever debugs a signature has the token anyway.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The canonical request.
    pub canonical_request: String,
    /// The string to sign.
    pub string_to_sign: String,
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The canonical request has every signed header; a log needs none of them.
        f.debug_struct("Mismatch")
            .field("string_to_sign", &self.string_to_sign)
            .finish_non_exhaustive()
    }
}

/// Why a request is not authentic.
///
/// `Display` is for our own logs; what clients see is [`AuthError::code`],
/// [`AuthError::status`] and [`AuthError::message`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The request is not signed at all.
    #[error("the request is not signed")]
    MissingToken,
    /// The request is signed by header and by query at once.
    #[error("the request is signed by header and by query")]
    BothCarriers,
    /// Parts of the signature are missing or malformed; the text is AWS's message.
    #[error("the signature is incomplete")]
    Incomplete(String),
    /// Another algorithm than `AWS4-HMAC-SHA256`, such as SigV4A; the text is its name.
    #[error("the signature's algorithm is not supported")]
    UnsupportedAlgorithm(String),
    /// A request of Signature Version 2, which AWS retired.
    #[error("signature version 2 is not supported")]
    SignatureVersion2,
    /// The credential scope is for another service, region or day; the text is AWS's message.
    #[error("the credential scope does not fit the request")]
    Scope(String),
    /// The stamp is too old; stamps are `20150830T123600Z`.
    #[error("the signature's time is past")]
    SignatureExpired {
        /// The request's stamp.
        stamp: String,
        /// The oldest stamp that is accepted.
        oldest: String,
        /// The server's time.
        now: String,
    },
    /// The stamp is too far in the future.
    #[error("the signature's time is not come")]
    SignatureNotYetCurrent {
        /// The request's stamp.
        stamp: String,
        /// The newest stamp that is accepted.
        newest: String,
        /// The server's time.
        now: String,
    },
    /// A presigned request's `X-Amz-Expires` has run out.
    #[error("the presigned request has expired")]
    RequestExpired,
    /// A header that has to be signed is not; the text is its name.
    #[error("a header that must be signed is not")]
    NotSigned(String),
    /// A header that is said to be signed is not there; the text is its name.
    #[error("a signed header is not in the request")]
    SignedHeaderAbsent(String),
    /// The signature is not that of this request and this secret.
    #[error("the signature does not match")]
    Mismatch(Box<Mismatch>),
    /// The access key does not exist, is not active, or its session token is wrong.
    #[error("the access key is not known")]
    InvalidClientTokenId,
    /// The session token has expired.
    #[error("the session token has expired")]
    ExpiredToken,
    /// S3 only: `x-amz-content-sha256` is missing.
    #[error("the content hash header is missing")]
    MissingContentHash,
    /// S3 only: `x-amz-content-sha256` is not a value that the service knows.
    #[error("the content hash header is not valid")]
    InvalidContentHash,
    /// S3 only: `x-amz-content-sha256` is not the hash of the body.
    #[error("the body does not have the signed hash")]
    ContentHashMismatch,
    /// A streamed body is not well-formed `aws-chunked`; the text says where.
    #[error("the chunked body is malformed: {0}")]
    MalformedChunks(&'static str),
    /// A chunk's or the trailer's signature does not match.
    #[error("a chunk's signature does not match")]
    ChunkMismatch,
    /// A streamed body ends early, or is not as long as `x-amz-decoded-content-length` says.
    #[error("the decoded body does not have the declared length")]
    IncompleteBody,
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service \
    documentation for details.";

impl AuthError {
    /// AWS's error code. `json`: the spelling of the JSON protocols, else that of
    /// the query and XML protocols ("Common error types" of each API reference).
    #[must_use]
    pub fn code(&self, json: bool) -> &'static str {
        use AuthError::*;
        match self {
            MissingToken if json => "MissingAuthenticationTokenException",
            MissingToken => "MissingAuthenticationToken",
            Incomplete(_) | UnsupportedAlgorithm(_) | SignatureVersion2 if json => {
                "IncompleteSignatureException"
            }
            Incomplete(_) | UnsupportedAlgorithm(_) | SignatureVersion2 => "IncompleteSignature",
            InvalidClientTokenId if json => "UnrecognizedClientException",
            InvalidClientTokenId => "InvalidClientTokenId",
            ExpiredToken if json => "ExpiredTokenException",
            ExpiredToken => "ExpiredToken",
            RequestExpired => "RequestExpired",
            MissingContentHash => "InvalidRequest",
            InvalidContentHash => "InvalidArgument",
            ContentHashMismatch => "XAmzContentSHA256Mismatch",
            MalformedChunks(_) => "InvalidChunk",
            IncompleteBody => "IncompleteBody",
            BothCarriers
            | Scope(_)
            | SignatureExpired { .. }
            | SignatureNotYetCurrent { .. }
            | NotSigned(_)
            | SignedHeaderAbsent(_)
            | Mismatch(_)
            | ChunkMismatch
                if json =>
            {
                "InvalidSignatureException"
            }
            BothCarriers
            | Scope(_)
            | SignatureExpired { .. }
            | SignatureNotYetCurrent { .. }
            | NotSigned(_)
            | SignedHeaderAbsent(_)
            | Mismatch(_)
            | ChunkMismatch => "SignatureDoesNotMatch",
        }
    }

    /// The HTTP status. `json_rpc`: awsJson 1.0 and 1.1 answer every error with 400;
    /// the query, XML and REST protocols with 403 where AWS does.
    #[must_use]
    pub fn status(&self, json_rpc: bool) -> u16 {
        use AuthError::*;
        match self {
            Incomplete(_)
            | UnsupportedAlgorithm(_)
            | SignatureVersion2
            | RequestExpired
            | MissingContentHash
            | InvalidContentHash
            | ContentHashMismatch
            | MalformedChunks(_)
            | IncompleteBody => 400,
            _ if json_rpc => 400,
            _ => 403,
        }
    }

    /// AWS's message. It never has the secret, nor a session token.
    #[must_use]
    pub fn message(&self) -> String {
        use AuthError::*;
        match self {
            MissingToken => "Request is missing Authentication Token".into(),
            BothCarriers => "Found both 'X-Amz-Algorithm' as a query-string param and \
                'Authorization' as HTTP header."
                .into(),
            Incomplete(message) | Scope(message) => message.clone(),
            UnsupportedAlgorithm(name) => format!(
                "Unsupported AWS 'algorithm': '{name}' (only {} for now). ",
                crate::ALGORITHM
            ),
            SignatureVersion2 => format!(
                "The authorization mechanism you have provided is not supported. Please use {}.",
                crate::ALGORITHM
            ),
            SignatureExpired { stamp, oldest, now } => {
                format!("Signature expired: {stamp} is now earlier than {oldest} ({now} - 5 min.)")
            }
            SignatureNotYetCurrent { stamp, newest, now } => format!(
                "Signature not yet current: {stamp} is still later than {newest} ({now} + 5 min.)"
            ),
            RequestExpired => "Request has expired".into(),
            NotSigned(name) if name == "host" => {
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into()
            }
            NotSigned(name) => {
                format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")
            }
            SignedHeaderAbsent(name) => {
                format!("'{name}' is a 'SignedHeader' but is not in the request.")
            }
            Mismatch(strings) => format!(
                "{MISMATCH}\n\nThe Canonical String for this request should have been\n'{}'\n\n\
                 The String-to-Sign should have been\n'{}'\n",
                strings.canonical_request, strings.string_to_sign
            ),
            ChunkMismatch => MISMATCH.into(),
            InvalidClientTokenId => "The security token included in the request is invalid.".into(),
            ExpiredToken => "The security token included in the request is expired".into(),
            MissingContentHash => {
                "Missing required header for this request: x-amz-content-sha256".into()
            }
            InvalidContentHash => "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, \
                STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, \
                STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value."
                .into(),
            ContentHashMismatch => {
                "The provided 'x-amz-content-sha256' header does not match what was computed."
                    .into()
            }
            MalformedChunks(what) => format!("The chunked body is not valid: {what}"),
            IncompleteBody => "You did not provide the number of bytes specified by the \
                x-amz-decoded-content-length HTTP header"
                .into(),
        }
    }

    /// [`AuthError::Incomplete`] for an `X-Amz-Expires` out of its range.
    pub(crate) fn expires(text: &str) -> AuthError {
        AuthError::Incomplete(match text.parse::<i64>() {
            Err(_) => "X-Amz-Expires should be a number".into(),
            Ok(seconds) if seconds < 1 => "X-Amz-Expires must be positive".into(),
            Ok(_) => format!(
                "X-Amz-Expires must be less than a week (in seconds); that is, the given \
                 X-Amz-Expires must be less than {MAX_EXPIRES} seconds"
            ),
        })
    }
}
