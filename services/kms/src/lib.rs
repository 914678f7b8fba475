//! AWS Key Management Service.
//!
//! Keys belong to an account and a region. A key's own policy decides who may use it; policies of
//! IAM count where it says so; grants add to it. Material is sealed by `crypto` before it is stored,
//! and unsealed when it is first used.

mod agreement;
mod alias;
pub mod api;
mod aws_managed;
mod blob;
mod chores;
mod cipher;
mod custom_key_store;
mod deadline;
mod desk;
mod encapsulation;
pub mod entity;
mod error;
mod find;
mod grant;
mod heavy;
mod import;
mod key;
mod key_policy;
mod last_usage;
mod mac;
mod material;
mod metadata;
mod multi_region;
pub mod operator;
mod own;
mod page;
mod plan;
mod principal;
mod projection;
mod public_key;
mod random;
mod recipient;
mod request;
mod rotation;
pub mod sealing;
mod sign;
mod spec;
mod state;
mod tag;
pub mod view;
mod wording;
mod xks;
pub mod xks_proxy;

pub use error::KmsError;
pub use projection::KmsProjection;
pub use spec::usages;

use kernel::Registry;

/// Makes the service known and serves its operations.
pub fn register(registry: &mut Registry) {
    registry.service(&api::operations::SERVICE);
    registry.word(&api::operations::SERVICE, wording::of);
    key::register(registry);
    key_policy::register(registry);
    alias::register(registry);
    tag::register(registry);
    grant::register(registry);
    rotation::register(registry);
    import::register(registry);
    multi_region::register(registry);
    last_usage::register(registry);
    registry.chore(Box::new(chores::Lifecycle));
    cipher::register(registry);
    custom_key_store::register(registry);
    sign::register(registry);
    mac::register(registry);
    agreement::register(registry);
    encapsulation::register(registry);
    random::register(registry);
    public_key::register(registry);
}
