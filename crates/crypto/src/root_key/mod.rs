//! The key that all other keys come from, and the slots that it lies in.
//!
//! A [`RootKey`] lies in every slot of a data directory independently: in the file `root.key` as it
//! is, and in the [`Seal`] (`seal.json`) wrapped under the [`SlotKey`] of each other slot. It
//! wraps one thing: the seed from which the [`crate::Keyring`] is derived. A new root key
//! therefore wraps 32 bytes again, and nothing that was ever sealed has to be touched.

mod durable;
mod encoding;
mod error;
mod file;
mod files;
mod key;
mod lock;
mod pkcs11;
mod recovery;
mod seal;
mod slot_key;
#[cfg(test)]
mod tests;

pub use error::{RootKeyError, SealFileError, SlotError};
pub use file::FileSlot;
pub use files::{NewSlot, SealFiles};
pub use key::{KeyId, RootKey};
pub use lock::{Lock, SlotKind, WrappedByKms};
pub use pkcs11::{TokenAddress, WrappedByToken};
pub use recovery::RecoveryText;
pub use seal::{Seal, Slot, Unsealed};
pub use slot_key::{SlotKey, random_environment_key};
