//! Inline and customer managed policies.

use super::TagRecord;
use jiff::Timestamp;
use kernel::Entity;
use serde::{Deserialize, Serialize};

/// An inline policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlinePolicy {
    /// The name, in its own case.
    pub name: String,
    /// The document as it was given.
    pub document: String,
}

/// A customer managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicyRecord {
    /// `ANPA...`
    pub id: String,
    /// The name, in its own case.
    pub name: String,
    /// The path, from `/` to `/`.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// When a version was last made or chosen.
    pub updated: Timestamp,
    /// The description.
    #[serde(default)]
    pub description: Option<String>,
    /// Its tags, in the order they were set.
    #[serde(default)]
    pub tags: Vec<TagRecord>,
    /// Its versions, the oldest first. Exactly one is the default.
    pub versions: Vec<PolicyVersionRecord>,
    /// The number of the next version.
    pub next_version: u32,
}

impl Entity for ManagedPolicyRecord {
    const KIND: &'static str = "iam.policy";
}

impl ManagedPolicyRecord {
    /// The default version.
    #[must_use]
    pub fn default_version(&self) -> Option<&PolicyVersionRecord> {
        self.versions.iter().find(|version| version.default)
    }
}

/// A version of a customer managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersionRecord {
    /// `v1`, `v2`, ...
    pub id: String,
    /// The document as it was given.
    pub document: String,
    /// When it was created.
    pub created: Timestamp,
    /// It is the policy's default version.
    pub default: bool,
}
