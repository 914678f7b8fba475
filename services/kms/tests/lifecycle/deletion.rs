use crate::house::{ACCOUNT, HOME, House, code};
use crate::{create, decrypt, describe, encrypt, state};
use jiff::SignedDuration;
use service_kms::api::operations::{
    CancelKeyDeletion, DescribeKey, GetKeyLastUsage, ScheduleKeyDeletion,
};
use service_kms::api::types::{
    CancelKeyDeletionInput, CreateKeyInput, DescribeKeyInput, GetKeyLastUsageInput,
    KeyLastUsageTrackingOperation, KeyState, ScheduleKeyDeletionInput,
};
use service_kms::entity::{AliasRecord, GrantRecord};

pub async fn schedule(house: &House, region: &str, key: &str, days: i32) -> KeyState {
    let input = ScheduleKeyDeletionInput {
        key_id: key.into(),
        pending_window_in_days: Some(days),
    };
    let scheduled = house.call(ScheduleKeyDeletion, region, input).await;
    scheduled.unwrap().key_state.unwrap()
}

pub async fn cancel(house: &House, region: &str, key: &str) -> String {
    let input = CancelKeyDeletionInput { key_id: key.into() };
    code(house.call(CancelKeyDeletion, region, input).await)
}

async fn described(house: &House, key: &str) -> String {
    let input = DescribeKeyInput {
        key_id: key.into(),
        ..DescribeKeyInput::default()
    };
    code(house.call(DescribeKey, HOME, input).await)
}

#[tokio::test]
async fn a_key_is_destroyed_with_all_that_belongs_to_it() {
    let house = House::new();
    let key = create(&house, CreateKeyInput::default()).await;
    let other = create(&house, CreateKeyInput::default()).await;
    let alias = |key: &str| AliasRecord {
        key: key.to_owned(),
        created: house.now(),
        updated: house.now(),
    };
    house.put(HOME, "alias/mine", &alias(&key));
    house.put(HOME, "alias/other", &alias(&other));
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let grant: GrantRecord = serde_json::from_value(serde_json::json!({
        "id": "a".repeat(64), "created": house.now(), "issuing_account": root, "grantee": root,
        "operations": ["Decrypt"],
    }))
    .unwrap();
    house.put(HOME, &format!("{key}/{}", grant.id), &grant);
    let material = describe(&house, HOME, &key).await;
    let sealed = house.sealed(HOME, &key, &material.current_key_material_id.unwrap());
    assert!(house.knows(&sealed));
    let ciphertext = encrypt(&house, HOME, &key).await.unwrap();
    let kept = encrypt(&house, HOME, &other).await.unwrap();
    house.flush();
    let kinds = [
        "kms.alias",
        "kms.grant",
        "kms.key",
        "kms.key-usage",
        "kms.material",
    ];
    assert_eq!(house.records_of(HOME, &key), kinds);

    assert_eq!(
        schedule(&house, HOME, &key, 7).await,
        KeyState::PendingDeletion
    );
    let shown = describe(&house, HOME, &key).await;
    assert_eq!(
        shown.deletion_date.unwrap(),
        house.now() + SignedDuration::from_hours(7 * 24)
    );
    house.advance(SignedDuration::from_hours(7 * 24) - SignedDuration::from_secs(1));
    assert_eq!(house.kernel.run_chores(), 0, "not a second early");
    assert_eq!(
        decrypt(&house, HOME, &ciphertext).await.unwrap_err(),
        "KMSInvalidStateException"
    );

    // Its time is over: nobody can use or save it, whether or not it is destroyed yet.
    house.advance(SignedDuration::from_secs(1));
    assert_eq!(
        decrypt(&house, HOME, &ciphertext).await.unwrap_err(),
        "AccessDeniedException"
    );
    assert_eq!(described(&house, &key).await, "NotFoundException");
    assert_eq!(cancel(&house, HOME, &key).await, "NotFoundException");

    assert_eq!(house.kernel.run_chores(), 1);
    assert_eq!(house.records_of(HOME, &key), [""; 0]);
    assert_eq!(house.kernel.run_chores(), 0);
    assert!(!house.knows(&sealed), "nor does the log of changes know it");
    assert_eq!(described(&house, &key).await, "NotFoundException");
    assert_eq!(
        decrypt(&house, HOME, &ciphertext).await.unwrap_err(),
        "AccessDeniedException"
    );
    assert_eq!(decrypt(&house, HOME, &kept).await.unwrap(), "plaintext");
    assert_eq!(
        house.records_of(HOME, &other).len(),
        4,
        "with its alias and its use"
    );

    let events = house.events("DeleteKey");
    assert_eq!(events.len(), 1);
    let (event, arn) = (
        &events[0],
        format!("arn:aws:kms:{HOME}:{ACCOUNT}:key/{key}"),
    );
    assert_eq!(event["eventType"], "AwsServiceEvent");
    assert_eq!(event["eventSource"], "kms.amazonaws.com");
    assert_eq!(event["awsRegion"], HOME);
    assert_eq!(event["recipientAccountId"], ACCOUNT);
    assert_eq!(event["userIdentity"]["invokedBy"], "AWS Internal");
    assert_eq!(event["resources"][0]["ARN"], arn);
    assert_eq!(event["responseElements"]["keyId"], arn);
}

#[tokio::test]
async fn a_deletion_can_be_cancelled_while_it_waits() {
    let house = House::new();
    let key = create(&house, CreateKeyInput::default()).await;
    assert_eq!(cancel(&house, HOME, &key).await, "KMSInvalidStateException");
    schedule(&house, HOME, &key, 30).await;
    let again = ScheduleKeyDeletionInput {
        key_id: key.clone(),
        pending_window_in_days: None,
    };
    let again = house.call(ScheduleKeyDeletion, HOME, again).await;
    assert_eq!(code(again), "KMSInvalidStateException");
    assert_eq!(cancel(&house, HOME, &key).await, "none");
    assert_eq!(state(&house, HOME, &key).await, KeyState::Disabled);
    assert_eq!(house.live(31), 0);
    assert_eq!(state(&house, HOME, &key).await, KeyState::Disabled);
    assert_eq!(house.events("DeleteKey").len(), 0);
}

#[tokio::test]
async fn windows_are_those_of_aws() {
    let house = House::new();
    let key = create(&house, CreateKeyInput::default()).await;
    for days in [1, 6, 31, 365] {
        let input = ScheduleKeyDeletionInput {
            key_id: key.clone(),
            pending_window_in_days: Some(days),
        };
        let refused = house
            .call(ScheduleKeyDeletion, HOME, input)
            .await
            .unwrap_err();
        assert_eq!(refused.code, "ValidationException");
        assert_eq!(
            refused.message.unwrap(),
            "PendingWindowInDays must be between 7 and 30"
        );
    }
    let input = ScheduleKeyDeletionInput {
        key_id: key.clone(),
        pending_window_in_days: None,
    };
    let scheduled = house.call(ScheduleKeyDeletion, HOME, input).await.unwrap();
    assert_eq!(scheduled.pending_window_in_days, Some(30));
}

#[tokio::test]
async fn the_last_use_is_linked_to_its_event() {
    let house = House::new();
    let key = create(&house, CreateKeyInput::default()).await;
    let created = house.now();
    let last = async || {
        let input = GetKeyLastUsageInput {
            key_id: key.clone(),
        };
        house.call(GetKeyLastUsage, HOME, input).await.unwrap()
    };
    let unused = last().await;
    assert_eq!(unused.tracking_start_date, Some(created));
    let data = unused.key_last_usage.unwrap();
    assert!(data.operation.is_none() && data.cloud_trail_event_id.is_none());

    house.advance(SignedDuration::from_hours(1));
    let ciphertext = encrypt(&house, HOME, &key).await.unwrap();
    house.advance(SignedDuration::from_hours(1));
    decrypt(&house, HOME, &ciphertext).await.unwrap();
    let mut damaged = ciphertext;
    *damaged.last_mut().unwrap() ^= 1;
    house.advance(SignedDuration::from_hours(1));
    decrypt(&house, HOME, &damaged).await.unwrap_err();

    let reader = house.kernel.host().trail.reader(audit::Position::Start);
    let events = reader.map(|entry| {
        let payload = entry.unwrap().payload;
        serde_json::from_slice::<serde_json::Value>(&payload).unwrap()
    });
    let decrypted = events
        .filter(|event| event["eventName"] == "Decrypt" && event["errorCode"].is_null())
        .last()
        .unwrap();
    for flushed in [false, true] {
        if flushed {
            house.flush();
        }
        let used = last().await;
        assert_eq!(used.key_id.as_deref(), Some(key.as_str()));
        let data = used.key_last_usage.unwrap();
        assert_eq!(data.operation, Some(KeyLastUsageTrackingOperation::Decrypt));
        assert_eq!(
            data.timestamp,
            Some(created + SignedDuration::from_hours(2))
        );
        assert_eq!(data.cloud_trail_event_id.unwrap(), decrypted["eventID"]);
        assert_eq!(data.kms_request_id.unwrap(), decrypted["requestID"]);
    }
}
