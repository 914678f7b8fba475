//! The proxy's four operations.

use super::api::operations::{Decrypt, Encrypt, GetHealthStatus, GetKeyMetadata};
use super::api::types::{
    DecryptInput, DecryptOutput, EncryptInput, EncryptOutput, FleetMember, GetHealthStatusInput,
    GetHealthStatusOutput, GetKeyMetadataInput, GetKeyMetadataOutput, Origin,
};
use super::error::ProxyError;
use super::message;
use super::request::{self, Needed, check_metadata};
use crate::api::types::{KeySpec, KeyState, KeyUsageType, OriginType};
use crate::find::{self, Target};
use crate::plan::{self, Access};
use crate::view::{KeyView, KmsWorld, Place};
use crate::{material, state};
use arn::Arn;
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::kms::Material;
use kernel::{Call, Check, Failure, Operation, Plan};
use std::sync::Arc;

/// What the proxy says that it is.
const VENDOR: &str = "Claviger";
const MODEL: &str = concat!("Claviger ", env!("CARGO_PKG_VERSION"));

impl Operation for GetHealthStatus {
    type Error = ProxyError;

    /// Whoever has a credential may know whether the proxy works: the specification leaves this
    /// operation out of all authorization.
    fn plan(_: &mut Call, _: &GetHealthStatusInput) -> Result<Plan, ProxyError> {
        Ok(Plan::authenticated())
    }

    async fn handle(
        call: &mut Call,
        input: GetHealthStatusInput,
    ) -> Result<GetHealthStatusOutput, ProxyError> {
        check_metadata(input.request_metadata.as_ref(), Needed::Operation)?;
        let works = can_encrypt(call) && call.host().store.snapshot().is_ok();
        let status = if works { "ACTIVE" } else { "UNAVAILABLE" };
        Ok(GetHealthStatusOutput {
            xks_proxy_fleet_size: 1,
            xks_proxy_vendor: VENDOR.to_owned(),
            xks_proxy_model: MODEL.to_owned(),
            ekm_vendor: VENDOR.to_owned(),
            ekm_fleet_details: vec![FleetMember {
                id: "claviger-1".to_owned(),
                model: MODEL.to_owned(),
                health_status: status.to_owned(),
            }],
        })
    }
}

/// Whether a key that is made for this encrypts, and decrypts again.
fn can_encrypt(call: &Call) -> bool {
    let spec = crypto::kms::KeySpec::SymmetricDefault;
    let random = call.host().random.as_ref();
    let Ok(material) = Material::generate(spec, random) else {
        return false;
    };
    material
        .seal(b"health", b"health", random)
        .and_then(|sealed| material.open(b"health", &sealed))
        .is_ok_and(|opened| opened.expose() == b"health")
}

impl Operation for GetKeyMetadata {
    type Error = ProxyError;

    fn plan(call: &mut Call, input: &GetKeyMetadataInput) -> Result<Plan, ProxyError> {
        plan(call, &input.origin, "kms:DescribeKey")
    }

    async fn handle(
        call: &mut Call,
        input: GetKeyMetadataInput,
    ) -> Result<GetKeyMetadataOutput, ProxyError> {
        // There is no key of KMS yet when one is created.
        check_metadata(input.request_metadata.as_ref(), Needed::Caller)?;
        let key = found(call, &input.origin)?;
        let fit = is_fit(&key);
        let usage: &[&str] = if fit { &["ENCRYPT", "DECRYPT"] } else { &[] };
        let spec = if fit {
            "AES_256"
        } else {
            key.record.spec.as_str()
        };
        let enabled = state::of(call, &key) == KeyState::Enabled;
        Ok(GetKeyMetadataOutput {
            key_spec: spec.to_owned(),
            key_usage: usage.iter().map(|usage| (*usage).to_owned()).collect(),
            key_status: if enabled { "ENABLED" } else { "DISABLED" }.to_owned(),
        })
    }
}

impl Operation for Encrypt {
    type Error = ProxyError;

    fn plan(call: &mut Call, input: &EncryptInput) -> Result<Plan, ProxyError> {
        plan(call, &input.origin, "kms:Encrypt")
    }

    async fn handle(call: &mut Call, input: EncryptInput) -> Result<EncryptOutput, ProxyError> {
        let request = request::Encrypt::read(&input)?;
        let key = usable(call, &input.origin)?;
        let (id, material) = material::current(call, &key)?;
        let metadata = message::metadata(&id).ok_or_else(|| internal(&"a material's id is odd"))?;
        let associated = message::associated_data(&request.associated, &metadata).ok_or(
            ProxyError::Unsupported("additionalAuthenticatedData is too long"),
        )?;
        let vector = call.random::<12>();
        let sealed = material
            .seal_plain(vector, &associated, request.plaintext.expose())
            .map_err(|error| internal(&error))?;
        let (ciphertext, tag) = sealed
            .split_last_chunk::<16>()
            .ok_or_else(|| internal(&"a ciphertext has no tag"))?;
        // Computed before the proof, so that what goes wrong between the two is noticed ("Appendix C").
        let integrity = request.integrity.then(|| {
            let parts: [&[u8]; 5] = [&request.associated, &metadata, &vector, ciphertext, tag];
            STANDARD.encode(message::integrity_value(parts))
        });
        if integrity.is_some() {
            let opened = material
                .open_plain(vector, &associated, &sealed)
                .map_err(|error| internal(&error))?;
            if opened != request.plaintext {
                return Err(internal(&"a ciphertext does not decrypt to its plaintext"));
            }
        }
        Ok(EncryptOutput {
            ciphertext: STANDARD.encode(ciphertext),
            ciphertext_metadata: STANDARD.encode(metadata),
            initialization_vector: STANDARD.encode(vector),
            authentication_tag: STANDARD.encode(tag),
            ciphertext_data_integrity_value: integrity,
        })
    }
}

impl Operation for Decrypt {
    type Error = ProxyError;

    fn plan(call: &mut Call, input: &DecryptInput) -> Result<Plan, ProxyError> {
        plan(call, &input.origin, "kms:Decrypt")
    }

    async fn handle(call: &mut Call, input: DecryptInput) -> Result<DecryptOutput, ProxyError> {
        let request = request::Decrypt::read(&input)?;
        let key = usable(call, &input.origin)?;
        let invalid = ProxyError::InvalidCiphertext;
        let start = message::material(&request.metadata).ok_or(ProxyError::InvalidCiphertext)?;
        let id = KmsWorld::of(call.world())
            .and_then(|kms| {
                kms.materials(&key.place)
                    .find(|material| material.record.id.starts_with(&start))
            })
            .map(|material| material.record.id.clone())
            .ok_or(ProxyError::InvalidCiphertext)?;
        let material = material::by_id(call, &key, &id)?.ok_or(invalid)?;
        // This proxy makes vectors of 12 bytes only: what has 16 is not its own.
        let vector = request
            .vector
            .try_into()
            .map_err(|_| ProxyError::InvalidCiphertext)?;
        let associated = message::associated_data(&request.associated, &request.metadata).ok_or(
            ProxyError::Unsupported("additionalAuthenticatedData is too long"),
        )?;
        let sealed = [request.ciphertext.as_slice(), &request.tag].concat();
        let plaintext = material
            .open_plain(vector, &associated, &sealed)
            .map_err(|_| ProxyError::InvalidCiphertext)?;
        Ok(DecryptOutput {
            plaintext: STANDARD.encode(plaintext.expose()),
        })
    }
}

/// What must be allowed: the action on the key, by the key's own policy or a grant, because a service
/// has no policies of its own. Where no key is meant nothing is done, and nothing need be allowed.
fn plan(call: &mut Call, origin: &Origin, action: &'static str) -> Result<Plan, ProxyError> {
    let checks: Vec<Check> = target(call, origin)?
        .filter(|target| target.view.is_some())
        .map(|target| plan::check(call, &target, Access::new(action)))
        .into_iter()
        .collect();
    Ok(if checks.is_empty() {
        Plan::authenticated()
    } else {
        Plan::all(checks)
    })
}

/// The key that the operator shows under the external key's id.
fn target(call: &mut Call, origin: &Origin) -> Result<Option<Target>, ProxyError> {
    let Some(place) = origin.key_arn.as_deref().and_then(place) else {
        return Ok(None);
    };
    Ok(Some(find::at(call, place)?))
}

fn place(text: &str) -> Option<Place> {
    let arn = Arn::parse(text).ok()?;
    let id = arn.resource().strip_prefix("key/")?;
    Some(Place::new(arn.account_id()?, arn.region(), id))
}

/// The key. Who asks for it must be one whom the operator admits.
fn found(call: &mut Call, origin: &Origin) -> Result<Arc<KeyView>, ProxyError> {
    let key = target(call, origin)?
        .and_then(|target| target.view)
        .ok_or(ProxyError::KeyNotFound)?;
    call.note_resource(key.arn.clone(), "AWS::KMS::Key");
    if origin.caller_is_admitted {
        Ok(key)
    } else {
        Err(ProxyError::AccessDenied)
    }
}

/// The key, if it can encrypt and decrypt now.
fn usable(call: &mut Call, origin: &Origin) -> Result<Arc<KeyView>, ProxyError> {
    let key = found(call, origin)?;
    if !is_fit(&key) {
        return Err(ProxyError::InvalidKeyUsage);
    }
    if state::of(call, &key) != KeyState::Enabled {
        return Err(ProxyError::InvalidState);
    }
    Ok(key)
}

/// Symmetric keys whose material is here: those of external key stores would go round in circles.
fn is_fit(key: &KeyView) -> bool {
    let record = &key.record;
    record.spec == KeySpec::SymmetricDefault
        && record.usage == KeyUsageType::EncryptDecrypt
        && record.origin != OriginType::ExternalKeyStore
}

fn internal(cause: &dyn std::fmt::Display) -> ProxyError {
    ProxyError::Internal(Failure::internal(cause))
}
