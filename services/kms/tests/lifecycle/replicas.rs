use crate::deletion::{cancel, schedule};
use crate::house::{AWAY, HOME, House, code};
use crate::rotation::{enable, materials, on_demand};
use crate::{create, decrypt, describe, encrypt, state};
use jiff::SignedDuration;
use service_kms::api::operations::{EnableKeyRotation, ReplicateKey, UpdatePrimaryRegion};
use service_kms::api::types::{
    CreateKeyInput, EnableKeyRotationInput, KeyState, MultiRegionKeyType, ReplicateKeyInput,
    UpdatePrimaryRegionInput,
};

const THIRD: &str = "ap-southeast-2";

async fn multi_region(house: &House) -> String {
    let input = CreateKeyInput {
        multi_region: Some(true),
        ..CreateKeyInput::default()
    };
    create(house, input).await
}

pub async fn replicate(house: &House, key: &str, from: &str, to: &str) -> String {
    let input = ReplicateKeyInput {
        key_id: key.into(),
        replica_region: to.into(),
        policy: None,
        bypass_policy_lockout_safety_check: None,
        description: Some(format!("replica in {to}")),
        tags: None,
    };
    code(house.call(ReplicateKey, from, input).await)
}

async fn lead(house: &House, key: &str, from: &str, to: &str) -> String {
    let input = UpdatePrimaryRegionInput {
        key_id: key.into(),
        primary_region: to.into(),
    };
    code(house.call(UpdatePrimaryRegion, from, input).await)
}

#[tokio::test]
async fn a_replica_has_the_material_and_a_life_of_its_own() {
    let house = House::new();
    let key = multi_region(&house).await;
    on_demand(&house, &key).await;
    let here = encrypt(&house, HOME, &key).await.unwrap();
    assert_eq!(
        replicate(&house, &key, HOME, "mars-north-1").await,
        "UnsupportedOperationException"
    );
    assert_eq!(
        replicate(&house, &key, HOME, "cn-north-1").await,
        "UnsupportedOperationException"
    );
    assert_eq!(replicate(&house, &key, HOME, AWAY).await, "none");
    assert_eq!(
        replicate(&house, &key, HOME, AWAY).await,
        "AlreadyExistsException"
    );
    assert_eq!(
        replicate(&house, &key, HOME, HOME).await,
        "AlreadyExistsException"
    );
    assert_eq!(
        replicate(&house, &key, AWAY, THIRD).await,
        "UnsupportedOperationException"
    );
    let there = encrypt(&house, AWAY, &key).await.unwrap();
    for region in [HOME, AWAY] {
        for ciphertext in [&here, &there] {
            assert_eq!(
                decrypt(&house, region, ciphertext).await.unwrap(),
                "plaintext"
            );
        }
    }
    let (primary, replica) = (
        describe(&house, HOME, &key).await,
        describe(&house, AWAY, &key).await,
    );
    assert_eq!(
        primary.current_key_material_id,
        replica.current_key_material_id
    );
    assert_eq!(replica.description.as_deref(), Some("replica in eu-west-1"));
    let kinds = [primary, replica].map(|shown| shown.multi_region_configuration.unwrap());
    assert_eq!(
        kinds[0].multi_region_key_type,
        Some(MultiRegionKeyType::Primary)
    );
    assert_eq!(
        kinds[1].multi_region_key_type,
        Some(MultiRegionKeyType::Replica)
    );
    for configuration in &kinds {
        assert_eq!(configuration.replica_keys.as_ref().unwrap().len(), 1);
    }
    let single = create(&house, CreateKeyInput::default()).await;
    assert_eq!(
        replicate(&house, &single, HOME, AWAY).await,
        "UnsupportedOperationException"
    );
}

#[tokio::test]
async fn replicas_rotate_with_their_primary_key() {
    let house = House::new();
    let key = multi_region(&house).await;
    replicate(&house, &key, HOME, AWAY).await;
    let input = EnableKeyRotationInput {
        key_id: key.clone(),
        rotation_period_in_days: None,
    };
    let refused = house.call(EnableKeyRotation, AWAY, input).await;
    assert_eq!(code(refused), "UnsupportedOperationException");
    assert_eq!(enable(&house, &key, Some(90)).await, "none");
    let old = encrypt(&house, AWAY, &key).await.unwrap();
    assert_eq!(house.live(90), 1, "one for both");
    let (here, there) = (
        describe(&house, HOME, &key).await,
        describe(&house, AWAY, &key).await,
    );
    assert_eq!(here.current_key_material_id, there.current_key_material_id);
    assert_eq!(materials(&house, AWAY, &key).await.len(), 2);
    let new = encrypt(&house, HOME, &key).await.unwrap();
    for ciphertext in [&old, &new] {
        assert_eq!(
            decrypt(&house, AWAY, ciphertext).await.unwrap(),
            "plaintext"
        );
        assert_eq!(
            decrypt(&house, HOME, ciphertext).await.unwrap(),
            "plaintext"
        );
    }
    // A replica that comes later has all of it.
    replicate(&house, &key, HOME, THIRD).await;
    assert_eq!(decrypt(&house, THIRD, &old).await.unwrap(), "plaintext");
}

#[tokio::test]
async fn a_primary_key_waits_for_its_replicas() {
    let house = House::new();
    let key = multi_region(&house).await;
    replicate(&house, &key, HOME, AWAY).await;
    replicate(&house, &key, HOME, THIRD).await;
    assert_eq!(
        schedule(&house, HOME, &key, 10).await,
        KeyState::PendingReplicaDeletion
    );
    assert_eq!(
        describe(&house, HOME, &key)
            .await
            .pending_deletion_window_in_days,
        Some(10)
    );
    assert_eq!(house.live(100), 0);
    assert_eq!(cancel(&house, HOME, &key).await, "none");
    assert_eq!(state(&house, HOME, &key).await, KeyState::Disabled);
    schedule(&house, HOME, &key, 10).await;

    assert_eq!(
        schedule(&house, AWAY, &key, 7).await,
        KeyState::PendingDeletion
    );
    assert_eq!(house.live(7), 1);
    assert_eq!(
        state(&house, HOME, &key).await,
        KeyState::PendingReplicaDeletion
    );
    schedule(&house, THIRD, &key, 7).await;
    assert_eq!(house.live(7), 1);
    assert_eq!(state(&house, HOME, &key).await, KeyState::PendingDeletion);
    let due = describe(&house, HOME, &key).await.deletion_date.unwrap();
    assert_eq!(due, house.now() + SignedDuration::from_hours(240));
    assert_eq!(house.live(10), 1);
    for region in [HOME, AWAY, THIRD] {
        assert_eq!(house.records_of(region, &key), [""; 0]);
    }
    assert_eq!(house.events("DeleteKey").len(), 3);
}

#[tokio::test]
async fn a_replica_that_was_deleted_can_be_made_again() {
    let house = House::new();
    let key = multi_region(&house).await;
    let ciphertext = encrypt(&house, HOME, &key).await.unwrap();
    replicate(&house, &key, HOME, AWAY).await;
    decrypt(&house, AWAY, &ciphertext).await.unwrap();
    schedule(&house, AWAY, &key, 7).await;
    house.live(7);
    assert_eq!(
        decrypt(&house, AWAY, &ciphertext).await.unwrap_err(),
        "AccessDeniedException"
    );
    let shown = describe(&house, HOME, &key)
        .await
        .multi_region_configuration
        .unwrap();
    assert_eq!(shown.replica_keys.unwrap().len(), 0);
    assert_eq!(replicate(&house, &key, HOME, AWAY).await, "none");
    assert_eq!(
        decrypt(&house, AWAY, &ciphertext).await.unwrap(),
        "plaintext"
    );
}

#[tokio::test]
async fn a_replica_becomes_the_primary_key() {
    let house = House::new();
    let key = multi_region(&house).await;
    replicate(&house, &key, HOME, AWAY).await;
    replicate(&house, &key, HOME, THIRD).await;
    enable(&house, &key, Some(90)).await;
    assert_eq!(
        lead(&house, &key, AWAY, AWAY).await,
        "UnsupportedOperationException"
    );
    assert_eq!(
        lead(&house, &key, HOME, "us-west-2").await,
        "NotFoundException"
    );
    assert_eq!(lead(&house, &key, HOME, AWAY).await, "none");
    for region in [HOME, AWAY, THIRD] {
        let shown = describe(&house, region, &key)
            .await
            .multi_region_configuration
            .unwrap();
        assert_eq!(shown.primary_key.unwrap().region.as_deref(), Some(AWAY));
        let mut replicas: Vec<_> = shown
            .replica_keys
            .unwrap()
            .into_iter()
            .map(|replica| replica.region.unwrap())
            .collect();
        replicas.sort();
        assert_eq!(replicas, [THIRD, HOME]);
    }
    assert_eq!(
        on_demand(&house, &key).await,
        "UnsupportedOperationException"
    );
    assert_eq!(house.live(90), 1, "the new primary key rotates for all");
    assert_eq!(materials(&house, HOME, &key).await.len(), 2);
    let event = house.events("RotateKey").pop().unwrap();
    assert_eq!(event["awsRegion"], AWAY);
    // The former primary key is a replica, and can go.
    assert_eq!(
        schedule(&house, HOME, &key, 7).await,
        KeyState::PendingDeletion
    );
}
