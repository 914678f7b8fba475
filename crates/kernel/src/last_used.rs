//! When access keys, roles and what services keep such notes of were last used.
//!
//! Kept in memory and flushed to the store from time to time, not written with
//! each call: a crash loses at most the uses since the last flush, and all of them
//! can be read from the trail.

use crate::record::{self, Entity, RecordError};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{RecordKey, Write};

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

/// The uses since the last flush: of access keys and roles by account and by access key id or unique
/// id of a role, and of resources by the key of the record that says so.
#[derive(Debug, Default)]
pub struct LastUsed {
    principals: Mutex<HashMap<(String, String), LastUse>>,
    resources: Mutex<HashMap<RecordKey, Noted>>,
}

/// A service's note of a use. It is written as a record when it is flushed, and not before.
struct Noted {
    entity: Arc<dyn Any + Send + Sync>,
    encode: fn(&(dyn Any + Send + Sync)) -> Option<Result<Bytes, RecordError>>,
}

impl std::fmt::Debug for Noted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Noted(..)")
    }
}

impl LastUsed {
    /// Notes a use.
    pub fn note(&self, account: &str, id: &str, at: Timestamp, service: &str, region: &str) {
        let mut uses = self.lock();
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
        let uses = self.lock();
        uses.get(&(account.to_owned(), id.to_owned())).cloned()
    }

    /// Notes a use of a resource: the entity becomes the record of that key.
    pub fn note_resource<T: Entity + 'static>(&self, key: RecordKey, entity: T) {
        let noted = Noted {
            entity: Arc::new(entity),
            encode: |entity| entity.downcast_ref::<T>().map(record::encode),
        };
        self.lock_resources().insert(key, noted);
    }

    /// The note of a resource's use since the last flush.
    #[must_use]
    pub fn resource<T: Entity + 'static>(&self, key: &RecordKey) -> Option<Arc<T>> {
        let entity = self
            .lock_resources()
            .get(key)
            .map(|noted| Arc::clone(&noted.entity))?;
        entity.downcast().ok()
    }

    /// Forgets the note of a resource that is gone.
    pub fn forget_resource(&self, key: &RecordKey) {
        self.lock_resources().remove(key);
    }

    /// Takes all uses, as the writes that flush them.
    ///
    /// # Errors
    /// [`RecordError`] where one of them cannot be written; all are then lost.
    pub fn take(&self) -> Result<Vec<Write>, RecordError> {
        let uses = std::mem::take(&mut *self.lock());
        let resources = std::mem::take(&mut *self.lock_resources());
        let mut writes = Vec::with_capacity(uses.len() + resources.len());
        for ((account, id), last) in uses {
            let key = record::key::<LastUse>(&account, "", &id)?;
            writes.push(Write::Put(key, record::encode(&last)?));
        }
        for (key, noted) in resources {
            if let Some(bytes) = (noted.encode)(noted.entity.as_ref()) {
                writes.push(Write::Put(key, bytes?));
            }
        }
        Ok(writes)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.lock().clear();
        self.lock_resources().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), LastUse>> {
        self.principals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_resources(&self) -> MutexGuard<'_, HashMap<RecordKey, Noted>> {
        self.resources
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Opened(u8);

    impl Entity for Opened {
        const KIND: &'static str = "box.opened";
    }

    #[test]
    fn notes_of_resources_become_records_once() {
        let last_used = LastUsed::default();
        let key = |name| record::key::<Opened>("111122223333", "us-east-1", name).unwrap();
        last_used.note_resource(key("a"), Opened(1));
        last_used.note_resource(key("a"), Opened(2));
        last_used.note_resource(key("b"), Opened(3));
        last_used.forget_resource(&key("b"));
        assert_eq!(last_used.resource(&key("a")), Some(Arc::new(Opened(2))));
        assert_eq!(last_used.resource::<LastUse>(&key("a")), None);
        last_used.note("111122223333", "AKIA", Timestamp::UNIX_EPOCH, "kms", "");
        let writes = last_used.take().unwrap();
        assert_eq!(writes.len(), 2);
        assert!(writes.contains(&Write::Put(key("a"), Bytes::from_static(b"2"))));
        assert!(last_used.take().unwrap().is_empty());
    }
}
