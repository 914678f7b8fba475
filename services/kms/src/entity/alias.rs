//! The record of an alias.

use jiff::Timestamp;
use kernel::Entity;
use serde::{Deserialize, Serialize};

/// An alias. Its name is the alias's, with `alias/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasRecord {
    /// The id of the key that it names, of the same account and region.
    pub key: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it came to name this key.
    pub updated: Timestamp,
}

impl Entity for AliasRecord {
    const KIND: &'static str = "kms.alias";
}
