//! Where keys are changed: by calls and by background work alike.

use crate::entity::{KeyRecord, MaterialRecord};
use crate::sealing::{self, UnsealError};
use crate::view::Place;
use crate::{KmsError, spec};
use crypto::kms::Material;
use jiff::Timestamp;
use kernel::chore::{self, ChoreError, Work};
use kernel::{Call, Entity, Failure, Host, RecordError, record};
use serde::Serialize;
use std::sync::Arc;
use store::{Prefix, RecordKey, Tx};

/// Materials that a key can have: 25 rotations on demand, and one rotation each 90 days for as long
/// as anybody will care.
const MATERIALS: usize = 1000;

/// Why a change cannot be made, whoever wants it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeskError {
    /// A record cannot be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Material does not open.
    #[error(transparent)]
    Unseal(#[from] UnsealError),
    /// Material cannot be sealed.
    #[error(transparent)]
    Seal(#[from] crypto::SealError),
    /// Material cannot be made.
    #[error(transparent)]
    Material(#[from] crypto::kms::MaterialError),
    /// Records that belong together do not.
    #[error("{0}")]
    Unsound(&'static str),
}

impl From<store::StoreError> for DeskError {
    fn from(error: store::StoreError) -> Self {
        Self::Record(error.into())
    }
}

impl From<store::InvalidKey> for DeskError {
    fn from(error: store::InvalidKey) -> Self {
        Self::Record(error.into())
    }
}

impl From<DeskError> for KmsError {
    fn from(error: DeskError) -> Self {
        Self::Failure(Failure::internal(&error))
    }
}

impl From<DeskError> for ChoreError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Record(error) => Self::Record(error),
            other => Self::Service(other.to_string()),
        }
    }
}

/// A transaction, and what it takes to change keys in it.
pub(crate) struct Desk<'t> {
    pub(crate) now: Timestamp,
    pub(crate) host: Arc<Host>,
    tx: &'t mut Tx,
}

impl<'t> Desk<'t> {
    pub(crate) fn of_call(call: &'t mut Call) -> Self {
        Self {
            now: call.now,
            host: Arc::clone(call.host()),
            tx: call.tx(),
        }
    }

    pub(crate) fn of_work(work: &'t mut Work) -> Self {
        Self {
            now: work.now,
            host: Arc::clone(work.host()),
            tx: work.tx(),
        }
    }

    /// A key; `None` where there is none.
    pub(crate) fn key(&mut self, place: &Place) -> Result<Option<KeyRecord>, DeskError> {
        self.load(place, &place.id)
    }

    /// A key that was found before.
    pub(crate) fn known_key(&mut self, place: &Place) -> Result<KeyRecord, DeskError> {
        self.key(place)?
            .ok_or(DeskError::Unsound("a key is gone that was there"))
    }

    /// The key and its relatives of other regions, the key first.
    pub(crate) fn family(
        &mut self,
        place: &Place,
        record: KeyRecord,
    ) -> Result<Vec<(Place, KeyRecord)>, DeskError> {
        let regions: Vec<String> = match &record.multi_region {
            Some(relatives) => std::iter::once(&relatives.primary)
                .chain(&relatives.replicas)
                .filter(|region| **region != *place.region)
                .cloned()
                .collect(),
            None => Vec::new(),
        };
        let mut family = vec![(place.clone(), record)];
        for region in regions {
            let relative = Place::new(place.account, &region, &place.id);
            if let Some(record) = self.key(&relative)? {
                family.push((relative, record));
            }
        }
        Ok(family)
    }

    pub(crate) fn save_key(&mut self, place: &Place, record: &KeyRecord) -> Result<(), DeskError> {
        self.save(place, &place.id, record)
    }

    /// All materials of a key, in the order of their ids.
    pub(crate) fn materials(&mut self, place: &Place) -> Result<Vec<MaterialRecord>, DeskError> {
        let range = Prefix::new(
            place.account.as_str(),
            &place.region,
            MaterialRecord::KIND,
            &format!("{}/", place.id),
        )?;
        let page = self.tx.scan(&range, None, MATERIALS)?;
        let records = page.iter().map(|(_, bytes)| record::decode(bytes));
        Ok(records.collect::<Result<_, _>>()?)
    }

    /// One of a key's materials; `None` where it has none of that id.
    pub(crate) fn material(
        &mut self,
        place: &Place,
        id: &str,
    ) -> Result<Option<MaterialRecord>, DeskError> {
        self.load(place, &format!("{}/{id}", place.id))
    }

    pub(crate) fn save_material(
        &mut self,
        place: &Place,
        record: &MaterialRecord,
    ) -> Result<(), DeskError> {
        self.save(place, &format!("{}/{}", place.id, record.id), record)
    }

    /// Removes a material, whose former records leave the store's files too.
    pub(crate) fn destroy_material(&mut self, place: &Place, id: &str) -> Result<(), DeskError> {
        let key = material_key(place, id)?;
        self.tx.delete(key.clone());
        self.tx.erase_former(key);
        Ok(())
    }

    /// Replaces the record of a material; those before it leave the store's files too.
    pub(crate) fn replace_material(
        &mut self,
        place: &Place,
        record: &MaterialRecord,
    ) -> Result<(), DeskError> {
        self.save_material(place, record)?;
        self.tx.erase_former(material_key(place, &record.id)?);
        Ok(())
    }

    /// Material, sealed for a place, as records keep it.
    pub(crate) fn seal(
        &self,
        place: &Place,
        id: &str,
        material: &Material,
    ) -> Result<String, DeskError> {
        let random = self.host.random.as_ref();
        Ok(sealing::seal(
            &self.host.keyring,
            place,
            id,
            material,
            random,
        )?)
    }

    /// A key's material; `None` where it is not here.
    pub(crate) fn open(
        &self,
        place: &Place,
        key: &KeyRecord,
        record: &MaterialRecord,
    ) -> Result<Option<Material>, DeskError> {
        let open = |sealed: &String| {
            sealing::unseal(&self.host.keyring, place, key.spec, &record.id, sealed)
        };
        Ok(record.sealed.as_ref().map(open).transpose()?)
    }

    /// Fresh symmetric material.
    pub(crate) fn fresh(&self, key: &KeyRecord) -> Result<Material, DeskError> {
        let spec = spec::of(key.spec).ok_or(DeskError::Unsound("a key is of no known spec"))?;
        Ok(Material::generate(spec, self.host.random.as_ref())?)
    }

    /// Stages an event that KMS itself causes. It is about one key.
    pub(crate) fn event(
        &mut self,
        name: &'static str,
        place: &Place,
        details: Option<&impl Serialize>,
    ) {
        let arn = place.key_arn(self.host.settings.partition);
        let mut event = chore::service_event(
            &self.host,
            "kms.amazonaws.com",
            name,
            place.account,
            &place.region,
            self.now,
        );
        event.response_elements = audit::Json::new(&KeyId { key_id: &arn });
        event.service_event_details = details.and_then(audit::Json::new);
        event.resources = vec![audit::Resource {
            account_id: Some(place.account.to_string()),
            kind: Some("AWS::KMS::Key".into()),
            arn,
        }];
        self.tx.stage_outbox(event.to_bytes());
    }

    fn load<T: Entity>(&mut self, place: &Place, name: &str) -> Result<Option<T>, DeskError> {
        let key = record::key::<T>(place.account.as_str(), &place.region, name)?;
        let bytes = self.tx.get(&key)?;
        Ok(bytes.map(|bytes| record::decode(&bytes)).transpose()?)
    }

    fn save<T: Entity>(&mut self, place: &Place, name: &str, entity: &T) -> Result<(), DeskError> {
        let key = record::key::<T>(place.account.as_str(), &place.region, name)?;
        self.tx.put(key, record::encode(entity)?);
        Ok(())
    }
}

fn material_key(place: &Place, id: &str) -> Result<RecordKey, DeskError> {
    let name = format!("{}/{id}", place.id);
    let account = place.account.as_str();
    Ok(record::key::<MaterialRecord>(
        account,
        &place.region,
        &name,
    )?)
}

/// CloudTrail shows the key's ARN in the responses of KMS's own events since December 2022.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyId<'a> {
    key_id: &'a str,
}
