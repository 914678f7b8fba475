//! What the world knows of keys: the compiled state from which calls are decided and answered.

use crate::api::types::{ConnectionStateType, KeyState, OriginType};
use crate::deadline::Deadline;
use crate::entity::{
    AliasRecord, CustomKeyStoreRecord, GrantRecord, KeyRecord, MaterialRecord, MaterialState,
};
use arn::{AccountId, Partition};
use crypto::Keyring;
use crypto::kms::Material;
use jiff::Timestamp;
use kernel::world::World;
use policy::Policy;
use std::fmt;
use std::sync::{Arc, OnceLock};
use store::RecordKey;

/// Where a key is, and which: account, region and id. Aliases have places too.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: Arc<str>,
    /// The key's id, or the alias's name with `alias/`.
    pub id: Arc<str>,
}

impl Place {
    /// A place.
    #[must_use]
    pub fn new(account: AccountId, region: &str, id: &str) -> Self {
        Self {
            account,
            region: region.into(),
            id: id.into(),
        }
    }

    /// The ARN of the key at this place.
    #[must_use]
    pub fn key_arn(&self, partition: Partition) -> String {
        self.arn(partition, "key/")
    }

    /// The ARN of the alias at this place.
    #[must_use]
    pub fn alias_arn(&self, partition: Partition) -> String {
        self.arn(partition, "")
    }

    fn arn(&self, partition: Partition, kind: &str) -> String {
        let Self {
            account,
            region,
            id,
        } = self;
        format!(
            "arn:{}:kms:{region}:{account}:{kind}{id}",
            partition.as_str()
        )
    }
}

/// A key.
#[derive(Debug)]
pub struct KeyView {
    /// Which.
    pub place: Place,
    /// Its ARN.
    pub arn: String,
    /// Its record's content.
    pub record: KeyRecord,
    /// Its policy, compiled.
    pub policy: Arc<Policy>,
    /// Its record's key, on which decisions depend.
    pub key: RecordKey,
}

impl KeyView {
    /// Whether its waiting period is over: it is only still to be destroyed.
    #[must_use]
    pub fn is_gone(&self, now: Timestamp) -> bool {
        let deletion = self.record.deletion.as_ref();
        deletion
            .and_then(|deletion| deletion.due)
            .is_some_and(|due| due <= now)
    }
}

/// A key's material. It is unsealed when it is first used, and lives until its record changes.
pub struct MaterialView {
    /// Its record's content.
    pub record: MaterialRecord,
    /// Its record's key, on which results depend.
    pub key: RecordKey,
    opened: OnceLock<Arc<Material>>,
}

impl MaterialView {
    pub(crate) fn new(record: MaterialRecord, key: RecordKey) -> Self {
        Self {
            record,
            key,
            opened: OnceLock::new(),
        }
    }

    /// Whether the material is here: imported material can be gone or expired.
    #[must_use]
    pub fn is_present(&self, now: Timestamp) -> bool {
        self.record.sealed.is_some() && self.record.valid_to.is_none_or(|expiry| now < expiry)
    }

    /// The material of this key; `None` where there is none to open.
    ///
    /// # Errors
    /// [`crate::sealing::UnsealError`] where it does not open: the record was changed, or sealed elsewhere.
    pub fn open(
        &self,
        key: &KeyView,
        keyring: &Keyring,
    ) -> Result<Option<Arc<Material>>, crate::sealing::UnsealError> {
        if let Some(opened) = self.opened.get() {
            return Ok(Some(Arc::clone(opened)));
        }
        let Some(sealed) = &self.record.sealed else {
            return Ok(None);
        };
        let material = crate::sealing::unseal(
            keyring,
            &key.place,
            key.record.spec,
            &self.record.id,
            sealed,
        )?;
        Ok(Some(Arc::clone(
            self.opened.get_or_init(|| Arc::new(material)),
        )))
    }
}

impl fmt::Debug for MaterialView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MaterialView")
            .field("id", &self.record.id)
            .finish_non_exhaustive()
    }
}

/// A grant.
#[derive(Debug)]
pub struct GrantView {
    /// Its record's content.
    pub record: GrantRecord,
    /// Its record's key, on which decisions depend.
    pub key: RecordKey,
}

/// An alias.
#[derive(Debug)]
pub struct AliasView {
    /// Its record's content.
    pub record: AliasRecord,
    /// Its record's key, on which decisions depend.
    pub key: RecordKey,
}

/// A custom key store.
#[derive(Debug)]
pub struct StoreView {
    /// Its record's content.
    pub record: CustomKeyStoreRecord,
    /// Its record's key, on which decisions depend.
    pub key: RecordKey,
}

type Map<K, V> = imbl::HashMap<K, V>;
/// What has a name, in the order of the names.
pub(crate) type Ordered<V> = imbl::OrdMap<Arc<str>, V>;
/// An account and a region.
pub(crate) type Home = (AccountId, Arc<str>);

/// A grant and the place of its key.
pub(crate) type Retirable = (Place, Arc<GrantView>);

/// All keys, materials, aliases and grants of one revision.
#[derive(Debug, Clone, Default)]
pub struct KmsWorld {
    pub(crate) keys: Map<Place, Arc<KeyView>>,
    pub(crate) materials: Map<Place, Ordered<Arc<MaterialView>>>,
    pub(crate) aliases: Map<Place, Arc<AliasView>>,
    pub(crate) alias_names: Map<Place, Ordered<()>>,
    /// The keys of each account and region, by their ids.
    pub(crate) keys_at: Map<Home, Ordered<Arc<KeyView>>>,
    /// The aliases of each account and region, by their names.
    pub(crate) aliases_at: Map<Home, Ordered<Arc<AliasView>>>,
    pub(crate) grants: Map<Place, Ordered<Arc<GrantView>>>,
    /// What becomes due, the earliest first.
    pub(crate) deadlines: imbl::OrdMap<Deadline, ()>,
    /// Custom key stores; the id of their place is the store's.
    pub(crate) stores: Map<Place, Arc<StoreView>>,
    /// The grants of a key to one grantee, who is named as [`crate::grant::grantee_names`] says.
    pub(crate) grants_by_grantee: Map<(Place, Arc<str>), Ordered<()>>,
    /// The grants of a region to one retiring principal, who is named as [`crate::grant::retiring_name`]
    /// says, in the order of account, key and grant.
    pub(crate) grants_by_retiring: Map<(Arc<str>, Arc<str>), Ordered<Retirable>>,
}

impl KmsWorld {
    /// KMS's part of a world.
    #[must_use]
    pub fn of(world: &World) -> Option<&Self> {
        world.extension()
    }

    /// A key.
    #[must_use]
    pub fn key(&self, place: &Place) -> Option<&Arc<KeyView>> {
        self.keys.get(place)
    }

    /// The keys of an account and region, by their ids; `None` where there are none.
    #[must_use]
    pub(crate) fn keys_at(
        &self,
        account: AccountId,
        region: &str,
    ) -> Option<&Ordered<Arc<KeyView>>> {
        self.keys_at.get(&(account, region.into()))
    }

    /// The aliases of an account and region, by their names; `None` where there are none.
    #[must_use]
    pub(crate) fn aliases_at(
        &self,
        account: AccountId,
        region: &str,
    ) -> Option<&Ordered<Arc<AliasView>>> {
        self.aliases_at.get(&(account, region.into()))
    }

    /// An alias.
    #[must_use]
    pub fn alias(&self, place: &Place) -> Option<&Arc<AliasView>> {
        self.aliases.get(place)
    }

    /// The names of a key's aliases, in their order.
    pub fn aliases_of(&self, place: &Place) -> impl Iterator<Item = &Arc<str>> {
        self.alias_names
            .get(place)
            .into_iter()
            .flat_map(imbl::OrdMap::keys)
    }

    /// A key's materials, in the order of their ids.
    pub fn materials(&self, place: &Place) -> impl Iterator<Item = &Arc<MaterialView>> {
        self.materials
            .get(place)
            .into_iter()
            .flat_map(imbl::OrdMap::values)
    }

    /// One of a key's materials.
    #[must_use]
    pub fn material(&self, place: &Place, id: &str) -> Option<&Arc<MaterialView>> {
        self.materials
            .get(place)
            .and_then(|materials| materials.get(id))
    }

    /// The material that a key encrypts with.
    #[must_use]
    pub fn current_material(&self, key: &KeyView) -> Option<&Arc<MaterialView>> {
        let id = key.record.current_material.as_deref()?;
        self.material(&key.place, id)
    }

    /// The custom key store that a key lives in; `None` for other keys, and where it is gone.
    #[must_use]
    pub fn store_of(&self, key: &KeyView) -> Option<&Arc<StoreView>> {
        let id = key.record.custom_key_store.as_deref()?;
        self.stores
            .get(&Place::new(key.place.account, &key.place.region, id))
    }

    /// Whether a key's material can be reached: that of a custom key store while it is connected.
    #[must_use]
    pub fn is_reachable(&self, key: &KeyView) -> bool {
        key.record.custom_key_store.is_none()
            || self
                .store_of(key)
                .is_some_and(|store| store.record.state == ConnectionStateType::Connected)
    }

    /// One of a key's grants.
    #[must_use]
    pub fn grant(&self, place: &Place, id: &str) -> Option<&Arc<GrantView>> {
        self.grants.get(place).and_then(|grants| grants.get(id))
    }

    /// A key's grants, in the order of their ids.
    pub fn grants(&self, place: &Place) -> impl Iterator<Item = &Arc<GrantView>> {
        self.grants
            .get(place)
            .into_iter()
            .flat_map(imbl::OrdMap::values)
    }

    /// The grants of a region that a principal may retire; `None` where there are none.
    #[must_use]
    pub(crate) fn retirable(&self, region: &str, retiring: &str) -> Option<&Ordered<Retirable>> {
        self.grants_by_retiring
            .get(&(region.into(), retiring.into()))
    }

    /// Whether a key has any grant.
    #[must_use]
    pub fn has_grants(&self, place: &Place) -> bool {
        self.grants.contains_key(place)
    }

    /// The grants of a key to one grantee, in the order of their ids.
    pub fn grants_to<'w>(
        &'w self,
        place: &'w Place,
        grantee: &str,
    ) -> impl Iterator<Item = &'w Arc<GrantView>> {
        self.grants_by_grantee
            .get(&(place.clone(), grantee.into()))
            .into_iter()
            .flat_map(imbl::OrdMap::keys)
            .filter_map(|id| self.grant(place, id))
    }

    /// What is due at a time, the earliest first.
    pub(crate) fn due(&self, now: Timestamp) -> impl Iterator<Item = &Deadline> {
        self.deadlines
            .keys()
            .take_while(move |deadline| deadline.at <= now)
    }

    /// The state of a key ("Key states of AWS KMS keys").
    #[must_use]
    pub fn state(&self, key: &KeyView, now: Timestamp) -> KeyState {
        if let Some(deletion) = &key.record.deletion {
            return if deletion.due.is_some() {
                KeyState::PendingDeletion
            } else {
                KeyState::PendingReplicaDeletion
            };
        }
        if !self.is_reachable(key) {
            return KeyState::Unavailable;
        }
        if key.record.origin == OriginType::External && !self.is_complete(key, now) {
            return KeyState::PendingImport;
        }
        if key.record.enabled {
            KeyState::Enabled
        } else {
            KeyState::Disabled
        }
    }

    /// Whether all material is here that the key ever encrypted with: a key of imported material
    /// is useless without any of it ("Importing key material", on keys with several materials).
    fn is_complete(&self, key: &KeyView, now: Timestamp) -> bool {
        key.record.current_material.is_some()
            && self
                .materials(&key.place)
                .filter(|material| {
                    matches!(
                        material.record.state,
                        MaterialState::Current | MaterialState::Former
                    )
                })
                .all(|material| material.is_present(now))
    }
}
