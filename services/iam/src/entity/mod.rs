//! IAM's records: what is kept of users, groups, roles and policies.
//!
//! Names are unique ignoring case ("IAM and AWS STS quotas"), so keys are lower-case
//! names; the records keep the name in its own case.

mod deletion_task;
mod instance_profile;
mod membership;
mod policy;
mod principal;

pub use deletion_task::DeletionTask;
pub use instance_profile::{InstanceProfileRecord, RoleProfile};
pub use membership::{Attachment, AttachmentUse, EntityKind, GroupMember};
pub use policy::{InlinePolicy, ManagedPolicyRecord, PolicyVersionRecord};
pub use principal::{GroupRecord, GroupReference, RoleRecord, UserRecord};

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TagRecord {
    /// The key, in its own case.
    pub key: String,
    /// The value.
    pub value: String,
}

/// The key under which a named entity is kept.
#[must_use]
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// The owner of credentials that belong to the account's root user.
pub const ROOT_OWNER: &str = "root";

/// The key of a record that belongs to a user: credentials, devices, certificates.
/// `owner` is the user's unique id, which outlives a rename, or [`ROOT_OWNER`].
#[must_use]
pub fn owned(owner: &str, id: &str) -> String {
    format!("{owner}\u{1}{id}")
}

/// The start of the keys of the records that belong to a user.
#[must_use]
pub fn owned_prefix(owner: &str) -> String {
    format!("{owner}\u{1}")
}
