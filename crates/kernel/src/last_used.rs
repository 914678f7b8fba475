//! When access keys and roles were last used.
//!
//! Kept in memory and flushed to the store from time to time, not written with
//! each call: a crash loses at most the uses since the last flush, and all of them
//! can be read from the trail.

use crate::record::Entity;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// One last use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastUse {
    /// When.
    pub at: Timestamp,
    /// For which service, as the credential scope names it.
    pub service: String,
    /// In which region.
    pub region: String,
}

impl Entity for LastUse {
    const KIND: &'static str = "last-use";
}

/// The uses since the last flush, by account and by access key id or unique id of a role.
#[derive(Debug, Default)]
pub struct LastUsed(Mutex<HashMap<(String, String), LastUse>>);

impl LastUsed {
    /// Notes a use.
    pub fn note(&self, account: &str, id: &str, at: Timestamp, service: &str, region: &str) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One second is finer than any answer shows; it spares the allocations of busy keys.
        let key = (account.to_owned(), id.to_owned());
        match uses.get_mut(&key) {
            Some(last) if last.service == service && last.region == region => last.at = at,
            _ => {
                uses.insert(
                    key,
                    LastUse {
                        at,
                        service: service.into(),
                        region: region.into(),
                    },
                );
            }
        }
    }

    /// The last use since the last flush.
    #[must_use]
    pub fn get(&self, account: &str, id: &str) -> Option<LastUse> {
        let uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uses.get(&(account.to_owned(), id.to_owned())).cloned()
    }

    /// Takes all uses, to flush them.
    #[must_use]
    pub fn take(&self) -> Vec<((String, String), LastUse)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain()
            .collect()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
