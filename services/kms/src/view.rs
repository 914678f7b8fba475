//! What the world knows of keys: the compiled state from which calls are decided and answered.

use crate::api::types::{KeyState, OriginType};
use crate::entity::{AliasRecord, GrantRecord, KeyRecord, MaterialRecord, MaterialState};
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

type Map<K, V> = imbl::HashMap<K, V>;
type Ordered<V> = imbl::OrdMap<Arc<str>, V>;

/// All keys, materials, aliases and grants of one revision.
#[derive(Debug, Clone, Default)]
pub struct KmsWorld {
    pub(crate) keys: Map<Place, Arc<KeyView>>,
    pub(crate) materials: Map<Place, Ordered<Arc<MaterialView>>>,
    pub(crate) aliases: Map<Place, Arc<AliasView>>,
    pub(crate) alias_names: Map<Place, Ordered<()>>,
    pub(crate) grants: Map<Place, Ordered<Arc<GrantView>>>,
    /// The grants of a key to one grantee, who is named as [`crate::grant::grantee_names`] says.
    pub(crate) grants_by_grantee: Map<(Place, Arc<str>), Ordered<()>>,
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
