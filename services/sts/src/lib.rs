//! The STS service: temporary credentials for roles, users and federated users
//! ("AWS Security Token Service API Reference").
//!
//! Each operation is a file. What a session may do is decided where it acts: a
//! session's token carries its policies, its tags and who acts, and the kernel reads
//! them on every call. This crate only says who may get such a token, and keeps no state.

pub mod api;

mod credentials;
mod error;
mod mfa;
mod session_policy;
mod session_tag;

mod access_key_info;
mod assume_role;
mod authorization_message;
mod caller_identity;
mod federation_token;
mod session_token;

pub use error::StsError;

use api::operations::{
    AssumeRole, DecodeAuthorizationMessage, GetAccessKeyInfo, GetCallerIdentity,
    GetFederationToken, GetSessionToken,
};
use kernel::Registry;

/// Adds STS and its operations to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .service(&api::operations::SERVICE)
        .serve::<AssumeRole>()
        .serve::<DecodeAuthorizationMessage>()
        .serve::<GetAccessKeyInfo>()
        .serve::<GetCallerIdentity>()
        .serve::<GetFederationToken>()
        .serve::<GetSessionToken>();
}
