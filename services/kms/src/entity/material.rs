//! The record of a key's material.

use super::text;
use crate::api::types::RotationType;
use jiff::Timestamp;
use kernel::Entity;
use serde::{Deserialize, Serialize};

/// A key's material. Its name is the key's id, a slash and the material's id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MaterialRecord {
    /// 64 hexadecimal digits that name it.
    pub id: String,
    /// When it was made or first imported.
    pub created: Timestamp,
    /// The sealed material, in Base64; `None` where imported material is gone.
    pub sealed: Option<String>,
    /// Its part among the key's materials.
    pub state: MaterialState,
    /// How it came to be the current one; `None` for a key's first.
    #[serde(default)]
    pub rotation: Option<MaterialRotation>,
    /// When it came to be the current one; `None` for a key's first.
    #[serde(default)]
    pub rotated: Option<Timestamp>,
    /// When imported material expires.
    #[serde(default)]
    pub valid_to: Option<Timestamp>,
    /// What its importer says of it.
    #[serde(default)]
    pub description: Option<String>,
}

/// A [`RotationType`] as a record keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MaterialRotation(#[serde(with = "text")] pub RotationType);

/// A material's part among those of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MaterialState {
    /// It encrypts.
    Current,
    /// It decrypts what it encrypted before a rotation.
    Former,
    /// It was imported, and waits for a rotation on demand.
    PendingRotation,
    /// As [`MaterialState::PendingRotation`], but a replica lacks it still.
    PendingReplicas,
}

impl Entity for MaterialRecord {
    const KIND: &'static str = "kms.material";
}
