//! The record of a key.

use super::{TagRecord, text};
use crate::api::types::{KeyManagerType, KeySpec, KeyUsageType, OriginType};
use jiff::Timestamp;
use kernel::Entity;
use serde::{Deserialize, Serialize};

/// A key, without its material. Its name is its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The id: a UUID, or `mrk-` and 32 hexadecimal digits.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// Its description.
    #[serde(default)]
    pub description: String,
    /// Which kind of material it has.
    #[serde(with = "text")]
    pub spec: KeySpec,
    /// What it is for.
    #[serde(with = "text")]
    pub usage: KeyUsageType,
    /// Where its material comes from.
    #[serde(with = "text")]
    pub origin: OriginType,
    /// Whose it is: the customer's, or AWS's for the customer's use.
    #[serde(with = "text")]
    pub manager: KeyManagerType,
    /// The account's wish; other things can keep the key from being used.
    pub enabled: bool,
    /// The key policy, as it was put.
    pub policy: String,
    /// Which users and roles the policy's ARNs meant when it was put.
    #[serde(default)]
    pub principals: Vec<PrincipalBinding>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<TagRecord>,
    /// Set while it waits for its deletion.
    #[serde(default)]
    pub deletion: Option<DeletionRecord>,
    /// Set for a multi-Region key.
    #[serde(default)]
    pub multi_region: Option<MultiRegionRecord>,
    /// Automatic rotation, where it is on.
    #[serde(default)]
    pub rotation: Option<RotationRecord>,
    /// The id of the material that encrypts; `None` where none was imported or the material is not here.
    #[serde(default)]
    pub current_material: Option<String>,
    /// The custom key store that it lives in.
    #[serde(default)]
    pub custom_key_store: Option<String>,
    /// The id of its external key in an external key store.
    #[serde(default)]
    pub xks_key: Option<String>,
}

impl Entity for KeyRecord {
    const KIND: &'static str = "kms.key";
}

/// A user or role that a policy names: deleted and made anew, it is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrincipalBinding {
    /// The ARN in the policy.
    pub arn: String,
    /// The unique id that it had when the policy was put.
    pub id: String,
}

/// A key's deletion to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionRecord {
    /// The waiting period, in days.
    pub window_days: i32,
    /// When it is deleted; `None` for a primary key that waits for its replicas to go.
    pub due: Option<Timestamp>,
}

/// What a multi-Region key knows of its relatives, which share its id and material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultiRegionRecord {
    /// The region of the primary key.
    pub primary: String,
    /// The regions of the replica keys.
    #[serde(default)]
    pub replicas: Vec<String>,
}

/// Automatic rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationRecord {
    /// The period, in days.
    pub period_days: i32,
    /// When the next one is due.
    pub next: Timestamp,
}
