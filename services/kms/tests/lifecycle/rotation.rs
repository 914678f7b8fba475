use crate::house::{HOME, House, code};
use crate::{create, decrypt, describe, encrypt};
use jiff::{SignedDuration, Timestamp};
use service_kms::api::operations::{
    CancelKeyDeletion, DisableKey, DisableKeyRotation, EnableKey, EnableKeyRotation,
    GetKeyRotationStatus, ListKeyRotations, RotateKeyOnDemand, ScheduleKeyDeletion,
};
use service_kms::api::types::{
    CancelKeyDeletionInput, CreateKeyInput, DisableKeyInput, DisableKeyRotationInput,
    EnableKeyInput, EnableKeyRotationInput, GetKeyRotationStatusInput, GetKeyRotationStatusOutput,
    IncludeKeyMaterial, KeyMaterialState, KeySpec, KeyUsageType, ListKeyRotationsInput,
    RotateKeyOnDemandInput, RotationType, RotationsListEntry, ScheduleKeyDeletionInput,
};

pub async fn enable(house: &House, key: &str, days: Option<i32>) -> String {
    let input = EnableKeyRotationInput {
        key_id: key.into(),
        rotation_period_in_days: days,
    };
    code(house.call(EnableKeyRotation, HOME, input).await)
}

pub async fn on_demand(house: &House, key: &str) -> String {
    let input = RotateKeyOnDemandInput { key_id: key.into() };
    code(house.call(RotateKeyOnDemand, HOME, input).await)
}

async fn status(house: &House, key: &str) -> GetKeyRotationStatusOutput {
    let input = GetKeyRotationStatusInput { key_id: key.into() };
    house.call(GetKeyRotationStatus, HOME, input).await.unwrap()
}

pub async fn materials(house: &House, region: &str, key: &str) -> Vec<RotationsListEntry> {
    let input = ListKeyRotationsInput {
        key_id: key.into(),
        include_key_material: Some(IncludeKeyMaterial::AllKeyMaterial),
        limit: None,
        marker: None,
    };
    let list = house.call(ListKeyRotations, region, input).await.unwrap();
    list.rotations.unwrap()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

#[tokio::test]
async fn a_key_rotates_when_its_time_comes_and_former_material_still_decrypts() {
    let house = House::new();
    let start: Timestamp = house.now();
    let key = create(&house, CreateKeyInput::default()).await;
    assert_eq!(enable(&house, &key, Some(89)).await, "ValidationException");
    assert_eq!(enable(&house, &key, Some(90)).await, "none");
    let enabled = status(&house, &key).await;
    assert_eq!(enabled.key_rotation_enabled, Some(true));
    assert_eq!(enabled.rotation_period_in_days, Some(90));
    assert_eq!(enabled.next_rotation_date, Some(start + days(90)));
    let first = describe(&house, HOME, &key)
        .await
        .current_key_material_id
        .unwrap();
    let old = encrypt(&house, HOME, &key).await.unwrap();
    assert_eq!(house.live(89), 0);
    assert_eq!(house.live(1), 1);
    assert_eq!(house.kernel.run_chores(), 0, "once");
    let second = describe(&house, HOME, &key)
        .await
        .current_key_material_id
        .unwrap();
    assert_ne!(first, second);
    let new = encrypt(&house, HOME, &key).await.unwrap();
    assert_ne!(
        old[26..58],
        new[26..58],
        "the ciphertext names its material"
    );
    for ciphertext in [&old, &new] {
        assert_eq!(
            decrypt(&house, HOME, ciphertext).await.unwrap(),
            "plaintext"
        );
    }
    assert_eq!(
        status(&house, &key).await.next_rotation_date,
        Some(start + days(180))
    );

    let list = materials(&house, HOME, &key).await;
    let seen: Vec<_> = list
        .iter()
        .map(|entry| {
            let id = entry.key_material_id.clone().unwrap();
            (
                id,
                entry.key_material_state,
                entry.rotation_type,
                entry.rotation_date,
            )
        })
        .collect();
    let (former, current) = (KeyMaterialState::NonCurrent, KeyMaterialState::Current);
    let automatic = Some(RotationType::Automatic);
    let rotated = Some(start + days(90));
    assert_eq!(seen[0], (first.clone(), Some(former), None, None));
    assert_eq!(seen[1], (second.clone(), Some(current), automatic, rotated));
    assert_eq!(seen.len(), 2);

    let events = house.events("RotateKey");
    assert_eq!(events.len(), 1);
    let details = &events[0]["serviceEventDetails"];
    assert_eq!(details["rotationType"], "AUTOMATIC");
    assert_eq!(details["keyId"], key);
    assert_eq!(details["previousKeyMaterialId"], first);
    assert_eq!(details["currentKeyMaterialId"], second);
    assert_eq!(events[0]["eventType"], "AwsServiceEvent");
}

#[tokio::test]
async fn a_disabled_key_rotates_once_it_is_enabled_again() {
    let house = House::new();
    let key = create(&house, CreateKeyInput::default()).await;
    enable(&house, &key, Some(90)).await;
    let input = DisableKeyInput {
        key_id: key.clone(),
    };
    house.call(DisableKey, HOME, input).await.unwrap();
    assert_eq!(enable(&house, &key, Some(100)).await, "DisabledException");
    assert_eq!(on_demand(&house, &key).await, "DisabledException");
    assert_eq!(house.live(400), 0);
    assert_eq!(status(&house, &key).await.key_rotation_enabled, Some(true));
    let input = EnableKeyInput {
        key_id: key.clone(),
    };
    house.call(EnableKey, HOME, input).await.unwrap();
    assert_eq!(house.kernel.run_chores(), 1);
    assert_eq!(house.kernel.run_chores(), 0);
    let next = status(&house, &key).await.next_rotation_date.unwrap();
    assert_eq!(next, house.now() + days(90));
}

#[tokio::test]
async fn a_key_that_waits_for_its_deletion_does_not_rotate() {
    let house = House::new();
    let key = create(&house, CreateKeyInput::default()).await;
    enable(&house, &key, None).await;
    house.advance(days(360));
    let input = ScheduleKeyDeletionInput {
        key_id: key.clone(),
        pending_window_in_days: Some(30),
    };
    house.call(ScheduleKeyDeletion, HOME, input).await.unwrap();
    assert_eq!(status(&house, &key).await.key_rotation_enabled, Some(false));
    assert_eq!(house.live(20), 0);
    let input = CancelKeyDeletionInput {
        key_id: key.clone(),
    };
    house.call(CancelKeyDeletion, HOME, input).await.unwrap();
    assert_eq!(status(&house, &key).await.key_rotation_enabled, Some(true));
    assert_eq!(house.kernel.run_chores(), 0, "it is disabled");
}

#[tokio::test]
async fn rotation_ends_when_it_is_disabled() {
    let house = House::new();
    let key = create(&house, CreateKeyInput::default()).await;
    enable(&house, &key, None).await;
    let input = DisableKeyRotationInput {
        key_id: key.clone(),
    };
    house.call(DisableKeyRotation, HOME, input).await.unwrap();
    let off = status(&house, &key).await;
    assert_eq!(off.key_rotation_enabled, Some(false));
    assert_eq!(
        (off.rotation_period_in_days, off.next_rotation_date),
        (None, None)
    );
    assert_eq!(house.live(1000), 0);
}

#[tokio::test]
async fn twenty_five_rotations_can_be_asked_for() {
    let house = House::new();
    let key = create(&house, CreateKeyInput::default()).await;
    enable(&house, &key, None).await;
    let first = encrypt(&house, HOME, &key).await.unwrap();
    for _ in 0..25 {
        assert_eq!(on_demand(&house, &key).await, "none");
    }
    assert_eq!(on_demand(&house, &key).await, "LimitExceededException");
    assert_eq!(decrypt(&house, HOME, &first).await.unwrap(), "plaintext");
    let list = materials(&house, HOME, &key).await;
    assert_eq!(list.len(), 26);
    let asked = list[1..]
        .iter()
        .all(|entry| entry.rotation_type == Some(RotationType::OnDemand));
    assert!(asked);
    assert_eq!(house.events("RotateKey").len(), 25);
    // The schedule is as it was.
    assert_eq!(house.live(365), 1);
}

#[tokio::test]
async fn none_can_be_asked_for_just_before_an_automatic_rotation() {
    let house = House::new();
    let key = create(&house, CreateKeyInput::default()).await;
    enable(&house, &key, None).await;
    house.advance(days(365) - SignedDuration::from_mins(19));
    assert_eq!(on_demand(&house, &key).await, "ConflictException");
    house.advance(SignedDuration::from_mins(19));
    assert_eq!(on_demand(&house, &key).await, "ConflictException");
    house.kernel.run_chores();
    assert_eq!(on_demand(&house, &key).await, "none");
}

#[tokio::test]
async fn other_keys_than_symmetric_ones_do_not_rotate() {
    let house = House::new();
    let input = CreateKeyInput {
        key_spec: Some(KeySpec::Hmac256),
        key_usage: Some(KeyUsageType::GenerateVerifyMac),
        ..CreateKeyInput::default()
    };
    let key = create(&house, input).await;
    assert_eq!(
        enable(&house, &key, None).await,
        "UnsupportedOperationException"
    );
    assert_eq!(
        on_demand(&house, &key).await,
        "UnsupportedOperationException"
    );
    let input = GetKeyRotationStatusInput { key_id: key };
    let refused = house.call(GetKeyRotationStatus, HOME, input).await;
    assert_eq!(code(refused), "UnsupportedOperationException");
}
