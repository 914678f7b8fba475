//! KMS as an external key store's proxy: AWS KMS, or another Claviger, uses keys that live here.
//!
//! The operator says which credential reaches which keys, and a key's policy must let the service
//! principal [`PRINCIPAL`] use it besides: both are closed until somebody opens them. A request comes
//! to the server's door, which proves its signature, and from there as a call of that service, which
//! is decided and recorded like any other.

pub mod api;
mod error;
mod message;
mod operation;
mod request;

pub use error::{ProxyError, spell};

/// The service that KMS is for the proxy ("Authentication" of AWS's XKS proxy API specification).
pub const PRINCIPAL: &str = "cks.kms.amazonaws.com";
