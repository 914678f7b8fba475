//! Requests that the server itself sends for a service: only to where its operator allows.

use bytes::Bytes;
use crypto::SecretString;
use std::pin::Pin;

/// A signed request of JSON to a server that the operator allows.
#[derive(Debug)]
pub struct OutboundRequest {
    /// Which server, as those who ask name it: `https://xks.example.com`.
    pub endpoint: String,
    /// The path.
    pub path: String,
    /// The body, JSON.
    pub body: Bytes,
    /// The region of the signature's scope.
    pub region: String,
    /// The signing name of the service that answers.
    pub signing_name: &'static str,
    /// The access key that signs.
    pub access_key_id: String,
    /// Its secret.
    pub secret: SecretString,
}

/// What a server answered.
#[derive(Debug)]
pub struct OutboundAnswer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// Why there is no answer. Nothing of it says what else is in the server's network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The operator does not allow this endpoint, or nobody is there.
    #[error("the endpoint cannot be reached")]
    Unreachable,
    /// There is no TLS connection that can be trusted.
    #[error("no trusted TLS connection could be made")]
    Tls,
    /// The answer did not come in time.
    #[error("the answer did not come in time")]
    TimedOut,
    /// What came is no answer in HTTP, or is too long.
    #[error("the answer cannot be read")]
    Unreadable,
}

/// An answer to come.
pub type Answering<'a> =
    Pin<Box<dyn Future<Output = Result<OutboundAnswer, OutboundError>> + Send + 'a>>;

/// The way out. The implementation alone knows where endpoints are and which the operator allows:
/// whoever calls the server must not be able to make it connect to anything else.
pub trait Outbound: Send + Sync {
    /// Sends a request by `POST` and waits for the answer, as long as the operator allows.
    fn post(&self, request: OutboundRequest) -> Answering<'_>;
}

/// No way out: every endpoint is unreachable.
#[derive(Debug, Clone, Copy)]
pub struct NoOutbound;

impl Outbound for NoOutbound {
    fn post(&self, _: OutboundRequest) -> Answering<'_> {
        Box::pin(std::future::ready(Err(OutboundError::Unreachable)))
    }
}
