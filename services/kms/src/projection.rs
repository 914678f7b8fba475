//! From KMS's records to the world that decides.

use crate::deadline::{self, Deadline};
use crate::entity::{AliasRecord, CustomKeyStoreRecord, GrantRecord, KeyRecord, MaterialRecord};
use crate::view::{
    AliasView, GrantView, Home, KeyView, KmsWorld, MaterialView, Ordered, Place, Retirable,
    StoreView,
};
use crate::{grant, key_policy};
use arn::{AccountId, Partition};
use kernel::world::{Projection, ProjectionError, World};
use kernel::{Entity, record};
use std::fmt::Display;
use std::sync::Arc;
use store::{Change, RecordKey};

/// KMS's projection.
#[derive(Debug)]
pub struct KmsProjection {
    partition: Partition,
}

impl KmsProjection {
    /// A projection for the server's partition.
    #[must_use]
    pub fn new(partition: Partition) -> Self {
        Self { partition }
    }
}

impl Projection for KmsProjection {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            KeyRecord::KIND,
            MaterialRecord::KIND,
            AliasRecord::KIND,
            GrantRecord::KIND,
            CustomKeyStoreRecord::KIND,
        ]
    }

    fn project(&self, change: &Change, world: &mut World) -> Result<(), ProjectionError> {
        let key = &change.key;
        let account: AccountId = key
            .account()
            .parse()
            .map_err(|error| ProjectionError::new(key, &error))?;
        let value = change.value.as_deref();
        if value.is_some() {
            world.put_counted(key.clone());
        } else {
            world.remove(key);
        }
        let mut outcome = Ok(());
        world.change_extension(|kms: &mut KmsWorld| {
            outcome = match key.kind() {
                KeyRecord::KIND => self.key(kms, account, key, value),
                MaterialRecord::KIND => material(kms, account, key, value),
                AliasRecord::KIND => alias(kms, account, key, value),
                CustomKeyStoreRecord::KIND => store(kms, account, key, value),
                _ => grant(kms, account, key, value),
            };
        });
        outcome
    }
}

impl KmsProjection {
    fn key(
        &self,
        kms: &mut KmsWorld,
        account: AccountId,
        key: &RecordKey,
        value: Option<&[u8]>,
    ) -> Result<(), ProjectionError> {
        let place = Place::new(account, key.region(), key.name());
        let old = kms.keys.get(&place);
        let deadline = old.and_then(|old| deadline::of_key(&place, &old.record));
        remind(kms, deadline, None);
        let Some(record) = decode::<KeyRecord>(key, value)? else {
            kms.keys.remove(&place);
            list(&mut kms.keys_at, &place, None);
            return Ok(());
        };
        remind(kms, None, deadline::of_key(&place, &record));
        let arn = place.key_arn(self.partition);
        let view = KeyView {
            policy: key_policy::compile(&record, &arn),
            arn,
            record,
            place: place.clone(),
            key: key.clone(),
        };
        let view = Arc::new(view);
        list(&mut kms.keys_at, &place, Some(Arc::clone(&view)));
        kms.keys.insert(place, view);
        Ok(())
    }
}

/// Keeps the list of what an account and region have.
fn list<V: Clone>(lists: &mut imbl::HashMap<Home, Ordered<V>>, place: &Place, view: Option<V>) {
    let home = (place.account, Arc::clone(&place.region));
    let mut all = lists.get(&home).cloned().unwrap_or_default();
    match view {
        Some(view) => drop(all.insert(Arc::clone(&place.id), view)),
        None => drop(all.remove(&place.id)),
    }
    if all.is_empty() {
        lists.remove(&home);
    } else {
        lists.insert(home, all);
    }
}

/// Keeps what becomes due.
fn remind(kms: &mut KmsWorld, old: Option<Deadline>, new: Option<Deadline>) {
    if let Some(old) = old {
        kms.deadlines.remove(&old);
    }
    if let Some(new) = new {
        kms.deadlines.insert(new, ());
    }
}

/// A record's content; `None` where it is gone.
fn decode<T: Entity>(key: &RecordKey, value: Option<&[u8]>) -> Result<Option<T>, ProjectionError> {
    value
        .map(record::decode)
        .transpose()
        .map_err(|error| ProjectionError::new(key, &error))
}

/// The place of the key that a record of `{key}/{part}` belongs to, and the part.
fn part(account: AccountId, key: &RecordKey) -> Result<(Place, &str), ProjectionError> {
    let no_part = || ProjectionError::new(key, &"its name has no part" as &dyn Display);
    let (id, part) = key.name().split_once('/').ok_or_else(no_part)?;
    Ok((Place::new(account, key.region(), id), part))
}

fn material(
    kms: &mut KmsWorld,
    account: AccountId,
    key: &RecordKey,
    value: Option<&[u8]>,
) -> Result<(), ProjectionError> {
    let (place, id) = part(account, key)?;
    let record = decode::<MaterialRecord>(key, value)?;
    let mut materials = kms.materials.get(&place).cloned().unwrap_or_default();
    let due = |record: &MaterialRecord| deadline::of_material(&place, record);
    remind(
        kms,
        materials.get(id).and_then(|old| due(&old.record)),
        record.as_ref().and_then(due),
    );
    match record {
        Some(record) => {
            let view = Arc::new(MaterialView::new(record, key.clone()));
            materials.insert(id.into(), view);
        }
        None => drop(materials.remove(id)),
    }
    if materials.is_empty() {
        kms.materials.remove(&place);
    } else {
        kms.materials.insert(place, materials);
    }
    Ok(())
}

fn alias(
    kms: &mut KmsWorld,
    account: AccountId,
    key: &RecordKey,
    value: Option<&[u8]>,
) -> Result<(), ProjectionError> {
    let place = Place::new(account, key.region(), key.name());
    let record = decode::<AliasRecord>(key, value)?;
    if let Some(old) = kms.aliases.remove(&place) {
        let of = Place::new(account, key.region(), &old.record.key);
        let mut names = kms.alias_names.get(&of).cloned().unwrap_or_default();
        names.remove(&place.id);
        if names.is_empty() {
            kms.alias_names.remove(&of);
        } else {
            kms.alias_names.insert(of, names);
        }
    }
    if let Some(record) = record {
        let of = Place::new(account, key.region(), &record.key);
        let mut names = kms.alias_names.get(&of).cloned().unwrap_or_default();
        names.insert(Arc::clone(&place.id), ());
        kms.alias_names.insert(of, names);
        let view = AliasView {
            record,
            key: key.clone(),
        };
        let view = Arc::new(view);
        list(&mut kms.aliases_at, &place, Some(Arc::clone(&view)));
        kms.aliases.insert(place, view);
    } else {
        list(&mut kms.aliases_at, &place, None);
    }
    Ok(())
}

fn store(
    kms: &mut KmsWorld,
    account: AccountId,
    key: &RecordKey,
    value: Option<&[u8]>,
) -> Result<(), ProjectionError> {
    let place = Place::new(account, key.region(), key.name());
    match decode::<CustomKeyStoreRecord>(key, value)? {
        Some(record) => {
            let key = key.clone();
            drop(
                kms.stores
                    .insert(place, Arc::new(StoreView { record, key })),
            );
        }
        None => drop(kms.stores.remove(&place)),
    }
    Ok(())
}

fn grant(
    kms: &mut KmsWorld,
    account: AccountId,
    key: &RecordKey,
    value: Option<&[u8]>,
) -> Result<(), ProjectionError> {
    let (place, id) = part(account, key)?;
    let record = decode::<GrantRecord>(key, value)?;
    let id: Arc<str> = id.into();
    let mut grants = kms.grants.get(&place).cloned().unwrap_or_default();
    if let Some(old) = grants.remove(&id) {
        index(kms, &place, &grant::grantee_name(&old.record), |ids| {
            ids.remove(&id);
        });
        retirable(kms, &place, &old, |name, all| drop(all.remove(name)));
    }
    if let Some(record) = record {
        index(kms, &place, &grant::grantee_name(&record), |ids| {
            ids.insert(Arc::clone(&id), ());
        });
        let view = GrantView {
            record,
            key: key.clone(),
        };
        let view = Arc::new(view);
        retirable(kms, &place, &view, |name, all| {
            all.insert(name.into(), (place.clone(), Arc::clone(&view)));
        });
        grants.insert(id, view);
    }
    if grants.is_empty() {
        kms.grants.remove(&place);
    } else {
        kms.grants.insert(place, grants);
    }
    Ok(())
}

/// Changes the list of what the retiring principal of a grant may retire.
fn retirable(
    kms: &mut KmsWorld,
    place: &Place,
    grant: &GrantView,
    change: impl FnOnce(&str, &mut Ordered<Retirable>),
) {
    let Some(retiring) = grant::retiring_name(&grant.record) else {
        return;
    };
    let key = (Arc::clone(&place.region), Arc::from(retiring));
    let mut all = kms
        .grants_by_retiring
        .get(&key)
        .cloned()
        .unwrap_or_default();
    let name = format!("{}/{}/{}", place.account, place.id, grant.record.id);
    change(&name, &mut all);
    if all.is_empty() {
        kms.grants_by_retiring.remove(&key);
    } else {
        kms.grants_by_retiring.insert(key, all);
    }
}

fn index(
    kms: &mut KmsWorld,
    place: &Place,
    grantee: &str,
    change: impl FnOnce(&mut imbl::OrdMap<Arc<str>, ()>),
) {
    let key = (place.clone(), Arc::from(grantee));
    let mut ids = kms.grants_by_grantee.get(&key).cloned().unwrap_or_default();
    change(&mut ids);
    if ids.is_empty() {
        kms.grants_by_grantee.remove(&key);
    } else {
        kms.grants_by_grantee.insert(key, ids);
    }
}
