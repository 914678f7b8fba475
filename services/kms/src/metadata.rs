//! `KeyMetadata`: a key as `CreateKey`, `DescribeKey` and `ReplicateKey` show it.

use crate::api::types::{
    CustomerMasterKeySpec, ExpirationModelType, KeyMetadata, KeyState, KeyUsageType,
    MultiRegionConfiguration, MultiRegionKey, MultiRegionKeyType, OriginType,
    XksKeyConfigurationType,
};
use crate::entity::{KeyRecord, MaterialRecord};
use crate::spec;
use crate::view::Place;
use arn::Partition;

/// A key, its state and its current material, as clients see them.
#[must_use]
pub(crate) fn of(
    partition: Partition,
    place: &Place,
    record: &KeyRecord,
    state: KeyState,
    material: Option<&MaterialRecord>,
) -> KeyMetadata {
    let usage = record.usage;
    let external = record.origin == OriginType::External;
    // What is gone has no end to show.
    let material = material.filter(|material| material.sealed.is_some());
    let valid_to = material.and_then(|material| material.valid_to);
    let deletion = record.deletion.as_ref();
    KeyMetadata {
        aws_account_id: Some(place.account.to_string()),
        key_id: place.id.to_string(),
        arn: Some(place.key_arn(partition)),
        creation_date: Some(record.created),
        enabled: Some(state == KeyState::Enabled),
        description: Some(record.description.clone()),
        key_usage: Some(usage),
        key_state: Some(state),
        deletion_date: deletion.and_then(|deletion| deletion.due),
        // The window is shown while the deletion waits for something else than time.
        pending_deletion_window_in_days: deletion
            .filter(|deletion| deletion.due.is_none())
            .map(|deletion| deletion.window_days),
        valid_to,
        expiration_model: (external && material.is_some()).then_some(if valid_to.is_some() {
            ExpirationModelType::KeyMaterialExpires
        } else {
            ExpirationModelType::KeyMaterialDoesNotExpire
        }),
        origin: Some(record.origin),
        custom_key_store_id: record.custom_key_store.clone(),
        cloud_hsm_cluster_id: None,
        key_manager: Some(record.manager),
        customer_master_key_spec: record.spec.as_str().parse::<CustomerMasterKeySpec>().ok(),
        key_spec: Some(record.spec),
        encryption_algorithms: shown(
            usage == KeyUsageType::EncryptDecrypt,
            spec::encryption(record.spec),
        ),
        signing_algorithms: shown(
            usage == KeyUsageType::SignVerify,
            spec::signing(record.spec),
        ),
        key_agreement_algorithms: shown(
            usage == KeyUsageType::KeyAgreement,
            spec::agreement(record.spec),
        ),
        encapsulation_algorithms: shown(
            usage == KeyUsageType::EncapsulateDecapsulate,
            spec::encapsulation(record.spec),
        ),
        mac_algorithms: shown(
            usage == KeyUsageType::GenerateVerifyMac,
            spec::mac(record.spec),
        ),
        multi_region: Some(record.multi_region.is_some()),
        multi_region_configuration: multi_region(partition, place, record),
        xks_key_configuration: record
            .xks_key
            .clone()
            .map(|id| XksKeyConfigurationType { id: Some(id) }),
        // Symmetric keys of KMS's own material or of imported material have it.
        current_key_material_id: record
            .current_material
            .clone()
            .filter(|_| record.spec == crate::api::types::KeySpec::SymmetricDefault)
            .filter(|_| record.origin != OriginType::ExternalKeyStore),
    }
}

fn shown<T: Clone>(wanted: bool, all: &[T]) -> Option<Vec<T>> {
    (wanted && !all.is_empty()).then(|| all.to_vec())
}

fn multi_region(
    partition: Partition,
    place: &Place,
    record: &KeyRecord,
) -> Option<MultiRegionConfiguration> {
    let relatives = record.multi_region.as_ref()?;
    let key = |region: &str| MultiRegionKey {
        arn: Some(Place::new(place.account, region, &place.id).key_arn(partition)),
        region: Some(region.to_owned()),
    };
    Some(MultiRegionConfiguration {
        multi_region_key_type: Some(if *relatives.primary == *place.region {
            MultiRegionKeyType::Primary
        } else {
            MultiRegionKeyType::Replica
        }),
        primary_key: Some(key(&relatives.primary)),
        replica_keys: Some(
            relatives
                .replicas
                .iter()
                .map(|region| key(region))
                .collect(),
        ),
    })
}
