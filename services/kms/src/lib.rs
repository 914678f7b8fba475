//! AWS Key Management Service.
//!
//! Keys belong to an account and a region. A key's own policy decides who may use it; policies of
//! IAM count where it says so; grants add to it. Material is sealed by `crypto` before it is stored,
//! and unsealed when it is first used.

mod agreement;
pub mod api;
mod blob;
mod cipher;
mod encapsulation;
pub mod entity;
mod error;
mod find;
mod grant;
mod heavy;
mod key;
mod key_policy;
mod mac;
mod material;
mod metadata;
mod page;
mod plan;
mod projection;
mod public_key;
mod random;
mod recipient;
mod request;
pub mod sealing;
mod sign;
mod spec;
mod state;
pub mod view;

pub use error::KmsError;
pub use projection::KmsProjection;

use kernel::Registry;

/// Makes the service known and serves its operations.
pub fn register(registry: &mut Registry) {
    registry.service(&api::operations::SERVICE);
    key::register(registry);
    cipher::register(registry);
    sign::register(registry);
    mac::register(registry);
    agreement::register(registry);
    encapsulation::register(registry);
    random::register(registry);
    public_key::register(registry);
}
