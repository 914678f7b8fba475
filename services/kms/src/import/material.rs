//! `ImportKeyMaterial`.

use super::{importing, token};
use crate::api::operations::ImportKeyMaterial;
use crate::api::types::{
    ExpirationModelType, ImportKeyMaterialInput, ImportKeyMaterialOutput, ImportType, KeySpec,
};
use crate::desk::Desk;
use crate::entity::{KeyRecord, MaterialRecord, MaterialState};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::view::{KeyView, Place};
use crate::{KmsError, heavy, rotation, spec};
use crypto::kms::{Material, WrappingAlgorithm, WrappingKey};
use jiff::{SignedDuration, Timestamp};
use kernel::{Call, Operation, Plan, Registry};
use std::sync::Arc;

/// The longest time after which imported material expires.
const LONGEST: SignedDuration = SignedDuration::from_hours(365 * 24);

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<ImportKeyMaterial>();
}

impl Operation for ImportKeyMaterial {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &ImportKeyMaterialInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let valid_to = input.valid_to.map(|expiry| expiry.as_second().to_string());
        let check = plan::check(call, &target, Access::new("kms:ImportKeyMaterial"))
            .key("kms:ExpirationModel", model(input).as_str())
            .optional_key("kms:ValidTo", valid_to);
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: ImportKeyMaterialInput,
    ) -> Result<ImportKeyMaterialOutput, KmsError> {
        let key = importing(call, &input.key_id)?;
        let valid_to = expiry(&input, call.now)?;
        check_symmetric_only(&key, &input)?;
        let material = unwrap(call, &key, &input).await?;
        let host = Arc::clone(call.host());
        let id = token::material_id(&host.keyring, &key.place, &material);
        let mut desk = Desk::of_call(call);
        let record = desk.known_key(&key.place)?;
        let import = Import {
            place: &key.place,
            arn: &key.arn,
            id: &id,
            material: &material,
            valid_to,
            input: &input,
        };
        import.stage(&mut desk, record)?;
        Ok(ImportKeyMaterialOutput {
            key_id: Some(key.arn.clone()),
            key_material_id: Some(id).filter(|_| key.record.spec == KeySpec::SymmetricDefault),
        })
    }
}

fn model(input: &ImportKeyMaterialInput) -> ExpirationModelType {
    input
        .expiration_model
        .unwrap_or(ExpirationModelType::KeyMaterialExpires)
}

/// When the material expires; `None` where it does not.
fn expiry(input: &ImportKeyMaterialInput, now: Timestamp) -> Result<Option<Timestamp>, KmsError> {
    let invalid = |text: &str| Err(KmsError::Validation(text.to_owned()));
    match (model(input), input.valid_to) {
        (ExpirationModelType::KeyMaterialExpires, None) => {
            invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
        }
        (ExpirationModelType::KeyMaterialDoesNotExpire, Some(_)) => invalid(
            "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
        ),
        (ExpirationModelType::KeyMaterialDoesNotExpire, None) => Ok(None),
        (ExpirationModelType::KeyMaterialExpires, Some(expiry)) if expiry <= now => {
            invalid("The validTo date must be in the future")
        }
        (ExpirationModelType::KeyMaterialExpires, Some(expiry))
            if expiry.duration_since(now) > LONGEST =>
        {
            invalid("The validTo date must be within 365 days of the request")
        }
        (ExpirationModelType::KeyMaterialExpires, expiry) => Ok(expiry),
    }
}

/// Only symmetric keys have several materials, which can be told apart.
fn check_symmetric_only(key: &KeyView, input: &ImportKeyMaterialInput) -> Result<(), KmsError> {
    let asked = input.import_type.is_some()
        || input.key_material_description.is_some()
        || input.key_material_id.is_some();
    if asked && key.record.spec != KeySpec::SymmetricDefault {
        return Err(KmsError::UnsupportedOperation(
            "ImportType, KeyMaterialDescription and KeyMaterialId are supported for symmetric encryption keys only."
                .to_owned(),
        ));
    }
    if input.import_type == Some(ImportType::NewKeyMaterial) && input.key_material_id.is_some() {
        return Err(KmsError::Validation(
            "KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL".to_owned(),
        ));
    }
    Ok(())
}

/// Takes the material out of its wrapping.
///
/// # Errors
/// `InvalidImportTokenException`, `ExpiredImportTokenException`, `InvalidCiphertextException`, and
/// `IncorrectKeyMaterialException` for what is no material of the key's spec.
async fn unwrap(
    call: &mut Call,
    key: &KeyView,
    input: &ImportKeyMaterialInput,
) -> Result<Material, KmsError> {
    let host = Arc::clone(call.host());
    let token = token::open(&host.keyring, &key.place, &input.import_token)?;
    if token.expiry <= call.now {
        return Err(KmsError::ExpiredImportToken(
            "The import token has expired. Get a new one with GetParametersForImport.".to_owned(),
        ));
    }
    let spec = spec::of(key.record.spec).ok_or(KmsError::InvalidCiphertext)?;
    let wrapped = input.encrypted_key_material.clone();
    let work = move || {
        let algorithm = token.algorithm;
        let wrapping = WrappingKey::from_secret(token.spec, token.key.expose())
            .map_err(|_| KmsError::InvalidCiphertext)?;
        let plaintext = wrapping
            .unwrap(algorithm, &wrapped)
            .map_err(|_| KmsError::InvalidCiphertext)?;
        Material::import(spec, plaintext.expose()).map_err(|error| match algorithm {
            // Another answer than for a failed unwrapping would help to decrypt (Bleichenbacher).
            WrappingAlgorithm::RsaesPkcs1V15 => KmsError::InvalidCiphertext,
            _ => KmsError::IncorrectKeyMaterial(format!("The key material is not valid: {error}.")),
        })
    };
    // Private keys of 4096 bits take long to read and to use.
    heavy::private_key(call, KeySpec::Rsa4096, work).await?
}

/// An import that is ready to be written.
struct Import<'a> {
    place: &'a Place,
    arn: &'a str,
    id: &'a str,
    material: &'a Material,
    valid_to: Option<Timestamp>,
    input: &'a ImportKeyMaterialInput,
}

impl Import<'_> {
    fn stage(&self, desk: &mut Desk<'_>, record: KeyRecord) -> Result<(), KmsError> {
        let symmetric = record.spec == KeySpec::SymmetricDefault;
        let first = record.current_material.is_none();
        let usual = if first {
            ImportType::NewKeyMaterial
        } else {
            ImportType::ExistingKeyMaterial
        };
        let known = desk.material(self.place, self.id)?;
        match (self.input.import_type.unwrap_or(usual), known) {
            (ImportType::ExistingKeyMaterial, Some(known)) => self.again(desk, record, known),
            // An asymmetric or HMAC key has one material for ever.
            (ImportType::ExistingKeyMaterial, None) => Err(self.incorrect(
                "is not the same key material that was previously imported into this KMS key",
            )),
            (ImportType::NewKeyMaterial, Some(_)) => {
                Err(self.incorrect("is already associated with this KMS key"))
            }
            (ImportType::NewKeyMaterial, None) if is_replica(self.place, &record) => {
                Err(KmsError::UnsupportedOperation(format!(
                    "{} is a multi-Region replica key. Import new key material into its primary key first.",
                    self.arn
                )))
            }
            (ImportType::NewKeyMaterial, None) if first || !symmetric => self.first(desk, record),
            (ImportType::NewKeyMaterial, None) => self.next(desk, record),
        }
    }

    fn incorrect(&self, what: &str) -> KmsError {
        KmsError::IncorrectKeyMaterial(format!("The key material {what}."))
    }

    /// The key's own material comes again, perhaps with another end.
    fn again(
        &self,
        desk: &mut Desk<'_>,
        record: KeyRecord,
        known: MaterialRecord,
    ) -> Result<(), KmsError> {
        if self
            .input
            .key_material_id
            .as_deref()
            .is_some_and(|wanted| wanted != self.id)
        {
            return Err(self.incorrect("does not match the specified key material ID"));
        }
        let waiting = matches!(
            known.state,
            MaterialState::PendingRotation | MaterialState::PendingReplicas
        );
        let description = self.input.key_material_description.clone();
        let material = MaterialRecord {
            sealed: Some(desk.seal(self.place, self.id, self.material)?),
            valid_to: self.valid_to,
            description: description.or(known.description),
            ..known
        };
        desk.replace_material(self.place, &material)?;
        if waiting {
            rotation::settle(desk, self.place, record)?;
        }
        Ok(())
    }

    /// The first material: it is the current one at once. Replicas then know which one to import.
    fn first(&self, desk: &mut Desk<'_>, record: KeyRecord) -> Result<(), KmsError> {
        self.spread(desk, record, MaterialState::Current)
    }

    /// Another material, which waits for a rotation on demand.
    fn next(&self, desk: &mut Desk<'_>, record: KeyRecord) -> Result<(), KmsError> {
        if rotation::settle(desk, self.place, record.clone())?.is_some() {
            return Err(KmsError::InvalidState(format!(
                "{} already has key material that is pending rotation.",
                self.arn
            )));
        }
        self.spread(desk, record.clone(), MaterialState::PendingReplicas)?;
        // Without replicas it is complete.
        rotation::settle(desk, self.place, record)?;
        Ok(())
    }

    /// Writes the material here, and at the replicas that there is such a material.
    fn spread(
        &self,
        desk: &mut Desk<'_>,
        record: KeyRecord,
        state: MaterialState,
    ) -> Result<(), KmsError> {
        for (relative, mut other) in desk.family(self.place, record)? {
            let here = relative == *self.place;
            let sealed = here
                .then(|| desk.seal(self.place, self.id, self.material))
                .transpose()?;
            let material = MaterialRecord {
                id: self.id.to_owned(),
                created: desk.now,
                sealed,
                state,
                rotation: None,
                rotated: None,
                valid_to: self.valid_to.filter(|_| here),
                description: self.input.key_material_description.clone(),
            };
            desk.save_material(&relative, &material)?;
            if state == MaterialState::Current {
                other.current_material = Some(self.id.to_owned());
                desk.save_key(&relative, &other)?;
            }
        }
        Ok(())
    }
}

fn is_replica(place: &Place, record: &KeyRecord) -> bool {
    record
        .multi_region
        .as_ref()
        .is_some_and(|relatives| *relatives.primary != *place.region)
}
