//! The IAM service: users, groups, roles, policies and credentials of an account
//! ("AWS Identity and Access Management API Reference").
//!
//! Each resource is a file with its operations and a function `register` that adds
//! them to the kernel's registry. [`entity`] has the records, [`IamProjection`] the
//! way from records to the world that decides.
//!
//! This crate refuses to decide: its operations say in their plans what they need,
//! and the kernel decides.

pub mod api;

pub mod attachment_index;
pub mod document;
pub mod entity;
mod error;
pub mod find;
pub mod holder;
pub mod ids;
pub mod name;
pub mod owner;
pub mod page;
pub mod path;
pub mod policy_usage;
mod projection;
pub mod quota;
pub mod tag;
pub mod target;
pub mod time;
pub mod trust;

pub mod access_key;
pub mod account_alias;
pub mod account_summary;
pub mod attachment;
pub mod authorization_details;
pub mod boundary;
pub mod entities_for_policy;
pub mod group;
pub mod group_member;
pub mod inline_policy;
pub mod instance_profile;
pub mod instance_profile_tag;
pub mod login_profile;
pub mod managed_policy;
pub mod password;
pub mod password_policy;
pub mod policy_tag;
pub mod policy_version;
pub mod role;
pub mod role_tag;
pub mod service_linked_role;
pub mod simulation;
pub mod token_preference;
pub mod user;
mod user_dependents;

pub mod certificate;
pub mod credential_report;
pub mod credential_tag;
pub mod mfa;
pub mod mfa_device;
pub mod open_id_connect_provider;
pub mod saml_metadata;
pub mod saml_provider;
pub mod server_certificate;
pub mod service_specific_credential;
pub mod signing_certificate;
pub mod ssh_key_format;
pub mod ssh_public_key;
pub mod status;
pub mod wording;

pub use error::IamError;
pub use projection::IamProjection;

use kernel::Registry;

/// Adds IAM and its operations to the registry.
pub fn register(registry: &mut Registry) {
    registry.service(&api::operations::SERVICE);
    access_key::register(registry);
    account_alias::register(registry);
    account_summary::register(registry);
    attachment::register(registry);
    authorization_details::register(registry);
    boundary::register(registry);
    entities_for_policy::register(registry);
    group::register(registry);
    group_member::register(registry);
    inline_policy::register(registry);
    instance_profile::register(registry);
    instance_profile_tag::register(registry);
    login_profile::register(registry);
    managed_policy::register(registry);
    password::register(registry);
    password_policy::register(registry);
    policy_tag::register(registry);
    policy_version::register(registry);
    role::register(registry);
    role_tag::register(registry);
    service_linked_role::register(registry);
    simulation::register(registry);
    token_preference::register(registry);
    user::register(registry);
    credential_report::register(registry);
    credential_tag::register(registry);
    mfa_device::register(registry);
    open_id_connect_provider::register(registry);
    saml_provider::register(registry);
    server_certificate::register(registry);
    service_specific_credential::register(registry);
    signing_certificate::register(registry);
    ssh_public_key::register(registry);
    registry.word(&api::operations::SERVICE, wording::of);
    registry.verify_mfa(std::sync::Arc::new(mfa::Verifier::default()));
}
