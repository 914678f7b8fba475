//! What can be wrong with a root key, its slots and their file. No text has a secret in it.

use super::{KeyId, SlotKind};
use std::{io, path::PathBuf};

/// A root key that cannot be had from its file.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// The file cannot be read or written.
    #[error("cannot {action} the root key file {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Other users can read or change the file.
    #[error("the root key file {} has mode {mode:03o}: other users must not have access, set it to 600", path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file was written by a newer version.
    #[error("the root key file {} has a format that this version does not know", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The file is cut, changed, or no root key at all.
    #[error("the root key file {} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl RootKeyError {
    /// Whether there is no such file.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// The seal's file cannot be read, understood or written.
#[derive(Debug, thiserror::Error)]
pub enum SealFileError {
    /// The file cannot be read or written.
    #[error("cannot {action} the seal {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Other users can read or change the file.
    #[error("the seal {} has mode {mode:03o}: other users must not have access, set it to 600", path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file was written by a newer version.
    #[error("the seal {} has format {format}, which this version does not know", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
    /// The file is cut, changed, or no seal at all.
    #[error("the seal {} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// What the seal needs of the root key's file failed.
    #[error(transparent)]
    RootKey(#[from] RootKeyError),
    /// The slots and what opened them do not fit together.
    #[error(transparent)]
    Slot(#[from] SlotError),
}

/// A slot that cannot be made, or does not give the root key.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    /// There is no slot of this id.
    #[error("there is no slot '{0}'")]
    Unknown(String),
    /// The id is taken.
    #[error("there is a slot '{0}' already")]
    Taken(String),
    /// The id has other characters, or too many.
    #[error("a slot's id has 1 to 64 of a-z, 0-9 and -, such as 'recovery-2'")]
    Id,
    /// There may be one file only, and it is there.
    #[error("there is a slot for root.key already, '{0}'")]
    SecondFile(String),
    /// Nothing would open what is sealed.
    #[error("'{0}' is the last slot: without it nobody could open the data")]
    Last(String),
    /// The secret is not the one that the slot was made with.
    #[error("it is not the secret of this slot")]
    WrongSecret,
    /// The secret is right, and the slot's entry was changed.
    #[error("the slot's entry in the seal was changed or damaged")]
    Damaged,
    /// The slot holds a root key, but not the one that the data is sealed under.
    #[error("it holds root key {found}, but the data directory is sealed under root key {wanted}")]
    OtherRootKey {
        /// The key that the slot holds.
        found: KeyId,
        /// The key that is wanted.
        wanted: KeyId,
    },
    /// The root key is right, and what it wraps was changed.
    #[error("the keyring's seed in the seal was changed or damaged")]
    Seed,
    /// A slot of this kind is opened in another way.
    #[error("a slot of kind {0} is not opened by a text")]
    Kind(SlotKind),
    /// The environment's text is no key.
    #[error("the key must be 32 bytes, as 44 characters of base64 or 64 hexadecimal digits")]
    EnvironmentKey,
    /// The passphrase can be guessed.
    #[error("a passphrase has at least {0} characters")]
    ShortPassphrase(usize),
    /// The passphrase cannot be hashed.
    #[error("the passphrase cannot be hashed: {0}")]
    Hashing(&'static str),
    /// The recovery text has more or fewer groups.
    #[error("a recovery text has 8 groups of 8 characters, this one has {0} characters")]
    RecoveryLength(usize),
    /// A group of the recovery text has a mistake.
    #[error("group {0} of the recovery text has a typing error")]
    RecoveryGroup(usize),
    /// What was kept outside does not have the length of a key.
    #[error("what came back is no key of 32 bytes")]
    NoKey,
    /// The token refuses the PIN. Trying again can lock it.
    #[error("the token refuses the PIN")]
    Pin,
    /// The token or its module fails.
    #[error("{0}")]
    Token(String),
    /// What is wrong with one of several slots.
    #[error("slot '{id}': {problem}")]
    Of {
        /// The slot.
        id: String,
        /// What is wrong with it.
        problem: Box<SlotError>,
    },
    /// The text is no address of a key in a token.
    #[error("the PKCS#11 URI is not understood: {0}")]
    TokenUri(String),
}
