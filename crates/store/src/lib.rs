//! The storage contract, its engines, and the suite that every engine passes.
//!
//! A [`Record`] is bytes under a [`RecordKey`] of account, region, kind and
//! name. A [`Store`] holds all records at a [`Revision`], gives consistent
//! [`Snapshot`]s, takes [`Commit`]s that are checked against what they read,
//! and tells followers of every [`Change`] in order. [`Tx`] is how a handler
//! uses it. Two engines keep the contract: [`SqliteStore`] is durable before it
//! acknowledges, [`MemoryStore`] forgets everything at the end of the process.
//!
//! This crate refuses to know what the bytes mean, to encrypt them, or to read
//! the clock: secrets are sealed before they come here, times are passed in.
//!
//! ```
//! use std::sync::Arc;
//! use store::{MemoryStore, RecordKey, Store, Tx};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
//! let alice = RecordKey::new("111122223333", "", "iam.user", "alice")?;
//!
//! let mut tx = Tx::begin(Arc::clone(&store), store.revision());
//! assert_eq!(tx.get(&alice)?, None);
//! tx.put(alice.clone(), "a user");
//! let committed = store.commit(tx.into_commit()).wait()?;
//!
//! assert_eq!(committed.revision, store.revision());
//! let record = store.snapshot()?.read(&alice)?;
//! assert_eq!(record.map(|record| record.value), Some("a user".into()));
//! # Ok(())
//! # }
//! ```

mod commit;
#[cfg(feature = "testing")]
pub mod conformance;
mod contract;
mod error;
mod key;
mod memory;
mod private;
mod published;
pub mod sqlite;
mod ticket;
mod tx;
mod window;

pub use commit::{Commit, Committed, MAX_VALUE_BYTES, Read, Write};
pub use contract::{Change, Observer, Record, Revision, Snapshot, Store};
pub use error::{CommitError, StoreError};
pub use key::{InvalidKey, MAX_KEY_BYTES, Prefix, RecordKey};
pub use memory::MemoryStore;
pub use sqlite::SqliteStore;
pub use ticket::CommitTicket;
pub use tx::Tx;
