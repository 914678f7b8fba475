//! Instance profiles.

use super::{TagRecord, folded};
use jiff::Timestamp;
use kernel::Entity;
use serde::{Deserialize, Serialize};

/// An instance profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceProfileRecord {
    /// `AIPA...`
    pub id: String,
    /// The name, in its own case.
    pub name: String,
    /// The path, from `/` to `/`.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// Its tags, in the order they were set.
    #[serde(default)]
    pub tags: Vec<TagRecord>,
    /// The name of its one role.
    #[serde(default)]
    pub role: Option<String>,
}

impl Entity for InstanceProfileRecord {
    const KIND: &'static str = "iam.instance-profile";
}

/// That a role is in an instance profile. The key is `role + U+0001 + profile`, both
/// lower-case; the profile's record is the other direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleProfile {}

impl Entity for RoleProfile {
    const KIND: &'static str = "iam.role-profile";
}

impl RoleProfile {
    /// The key of a membership.
    #[must_use]
    pub fn key(role: &str, profile: &str) -> String {
        format!("{}{}", Self::prefix(role), folded(profile))
    }

    /// The start of the keys of the profiles that a role is in.
    #[must_use]
    pub fn prefix(role: &str) -> String {
        format!("{}\u{1}", folded(role))
    }
}
