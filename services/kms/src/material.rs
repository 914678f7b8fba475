//! The materials of a key: the one that encrypts, and those that still decrypt.

use crate::KmsError;
use crate::api::types::KeySpec;
use crate::entity::{MaterialRecord, MaterialState};
use crate::view::{KeyView, KmsWorld, MaterialView, Place};
use crate::{aws_managed, blob, heavy, sealing, spec};
use crypto::kms::Material;
use kernel::{Call, Failure};
use std::sync::Arc;

/// The material that a key encrypts and signs with.
///
/// # Errors
/// The server's failure where the key has none or it does not open; the caller has asked for the
/// key's state before.
pub(crate) fn current(
    call: &mut Call,
    key: &KeyView,
) -> Result<(Arc<str>, Arc<Material>), KmsError> {
    if aws_managed::is_prospect(call, key) {
        return aws_managed::current(call, key);
    }
    let found = KmsWorld::of(call.world())
        .and_then(|kms| kms.current_material(key))
        .cloned();
    let view =
        found.ok_or_else(|| KmsError::Failure(Failure::internal(&"a key has no material")))?;
    let id = view.record.id.as_str().into();
    open(call, key, &view).map(|material| (id, material))
}

/// One of a key's materials by its id; `None` where the key has none of that id, or it is not here.
///
/// # Errors
/// The server's failure where it does not open.
pub(crate) fn by_id(
    call: &mut Call,
    key: &KeyView,
    id: &str,
) -> Result<Option<Arc<Material>>, KmsError> {
    let found = KmsWorld::of(call.world())
        .and_then(|kms| kms.material(&key.place, id))
        .cloned();
    match found {
        Some(view) if view.is_present(call.now) => open(call, key, &view).map(Some),
        _ => Ok(None),
    }
}

fn open(call: &mut Call, key: &KeyView, view: &MaterialView) -> Result<Arc<Material>, KmsError> {
    call.tx().depend_on(view.key.clone());
    match view.open(key, &call.host().keyring) {
        Ok(Some(material)) => Ok(material),
        Ok(None) => Err(KmsError::Failure(Failure::internal(
            &"a key's material is gone",
        ))),
        Err(error) => Err(KmsError::Failure(Failure::internal(&error))),
    }
}

/// Makes material. RSA keys take a while: not on the threads that serve calls.
///
/// # Errors
/// `UnsupportedOperationException` for SM2; the server's failure.
pub(crate) async fn generate(call: &mut Call, of: KeySpec) -> Result<Material, KmsError> {
    let spec = spec::of(of).ok_or_else(|| {
        KmsError::UnsupportedOperation(format!("KeySpec {of} is not supported in this Region."))
    })?;
    let random = Arc::clone(&call.host().random);
    let slow = matches!(of, KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096);
    let made = if slow {
        heavy::generation(call, move || Material::generate(spec, random.as_ref())).await?
    } else {
        Material::generate(spec, random.as_ref())
    };
    made.map_err(|error| KmsError::Failure(Failure::internal(&error)))
}

/// Stages a key's first material, which becomes its current one. Gives its id.
///
/// # Errors
/// The server's failure.
pub(crate) fn save_first(
    call: &mut Call,
    place: &Place,
    material: &Material,
) -> Result<String, KmsError> {
    let id = blob::hex(&call.random::<32>());
    save(
        call,
        place,
        material,
        MaterialRecord {
            id: id.clone(),
            created: call.now,
            sealed: None,
            state: MaterialState::Current,
            rotation: None,
            rotated: None,
            valid_to: None,
            description: None,
        },
    )?;
    Ok(id)
}

/// Seals material and stages its record.
///
/// # Errors
/// The server's failure.
pub(crate) fn save(
    call: &mut Call,
    place: &Place,
    material: &Material,
    record: MaterialRecord,
) -> Result<(), KmsError> {
    let host = call.host();
    let sealed = sealing::seal(
        &host.keyring,
        place,
        &record.id,
        material,
        host.random.as_ref(),
    )
    .map_err(|error| KmsError::Failure(Failure::internal(&error)))?;
    let record = MaterialRecord {
        sealed: Some(sealed),
        ..record
    };
    let name = format!("{}/{}", place.id, record.id);
    call.save_in(place.account, &place.region, &name, &record)?;
    Ok(())
}
