//! Domain records: typed values in the store.

use crate::failure::Failure;
use serde::{Serialize, de::DeserializeOwned};
use store::{InvalidKey, RecordKey};

/// A type that is stored as records of one kind.
///
/// Records are JSON, so that a new field with a default needs no migration.
pub trait Entity: Serialize + DeserializeOwned + Send + Sync {
    /// The kind, such as `iam.user`.
    const KIND: &'static str;
}

/// Why a record cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The record's bytes are not what its kind promises.
    #[error("a record of kind {kind} cannot be understood: {cause}")]
    Malformed {
        /// The kind.
        kind: &'static str,
        /// The cause, without the record's content.
        cause: String,
    },
    /// The name cannot be a key.
    #[error(transparent)]
    Key(#[from] InvalidKey),
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        Self::internal(&error)
    }
}

/// Reads an entity from a record's bytes.
///
/// # Errors
/// [`RecordError::Malformed`] where the bytes are not such an entity.
pub fn decode<T: Entity>(bytes: &[u8]) -> Result<T, RecordError> {
    serde_json::from_slice(bytes).map_err(|error| RecordError::Malformed {
        kind: T::KIND,
        // serde_json's message can quote the content; its position cannot.
        cause: format!("line {} column {}", error.line(), error.column()),
    })
}

/// Writes an entity as a record's bytes.
///
/// # Errors
/// [`RecordError::Malformed`] where it cannot be written as JSON.
pub fn encode<T: Entity>(entity: &T) -> Result<bytes::Bytes, RecordError> {
    serde_json::to_vec(entity)
        .map(bytes::Bytes::from)
        .map_err(|_| RecordError::Malformed {
            kind: T::KIND,
            cause: "cannot be written".into(),
        })
}

/// The key of an entity. Global services use an empty region.
///
/// # Errors
/// [`InvalidKey`] where a part holds a character that keys cannot hold.
pub fn key<T: Entity>(account: &str, region: &str, name: &str) -> Result<RecordKey, InvalidKey> {
    RecordKey::new(account, region, T::KIND, name)
}
