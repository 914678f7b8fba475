//! Calls of services for their callers, and of services for themselves, with a service that exists only here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod house;

use bytes::Bytes;
use house::*;
use serde_json::json;
use service_kms::api::operations::{CreateGrant, Encrypt, ListGrants, RetireGrant};
use service_kms::api::types::{
    CreateGrantInput, EncryptInput, GrantConstraints, GrantOperation, ListGrantsInput,
    RetireGrantInput,
};
use std::sync::Arc;
use std::time::Duration;
use store::{Commit, RecordKey, Store, Write};

fn allow_user(action: &str, condition: serde_json::Value) -> serde_json::Value {
    json!({
        "Effect": "Allow",
        "Principal": { "AWS": USER },
        "Action": action,
        "Resource": "*",
        "Condition": condition,
    })
}

fn via_vault() -> serde_json::Value {
    json!({ "StringEquals": {
        "kms:ViaService": "vault.us-east-1.amazonaws.com",
        "kms:CallerAccount": ACCOUNT,
    } })
}

// ---- the tests

#[tokio::test]
async fn a_key_for_one_service_is_used_through_it_only_and_both_calls_are_recorded() {
    let house = House::new(&["vault:Ask"]);
    let key = house.key(&[allow_user("kms:Encrypt", via_vault())]).await;

    let (status, body) = house.ask("Encrypt", &key).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains(&key), "{body}");
    let events = house.events();
    let [.., inner, outer] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(outer["eventName"], "Ask");
    assert_eq!(outer["sourceIPAddress"], "192.0.2.7");
    assert!(outer["userIdentity"].get("invokedBy").is_none());
    assert_eq!(inner["eventName"], "Encrypt");
    assert_eq!(inner["userIdentity"]["type"], "IAMUser");
    assert_eq!(inner["userIdentity"]["arn"], USER);
    assert_eq!(inner["userIdentity"]["invokedBy"], "vault.amazonaws.com");
    assert_eq!(inner["sourceIPAddress"], "vault.amazonaws.com");
    assert_eq!(inner["userAgent"], "vault.amazonaws.com");
    assert_eq!(inner["requestParameters"]["keyId"], key);
    assert_eq!(inner["resources"][0]["ARN"], key);
    assert_ne!(inner["eventID"], outer["eventID"]);
    assert!(!inner.to_string().contains("cGxhaW4="), "{inner}");

    let (status, body) = house.encrypt(&key).await;
    assert_eq!(status, 400);
    assert!(body.contains("AccessDeniedException"), "{body}");
    let denied = house.events().pop().unwrap();
    assert_eq!(denied["errorCode"], "AccessDeniedException");
    assert!(denied["userIdentity"].get("invokedBy").is_none());
}

#[tokio::test]
async fn the_inner_call_needs_its_own_permission() {
    let house = House::new(&["vault:Ask"]);
    let key = house.key(&[]).await;
    let (status, body) = house.ask("Encrypt", &key).await;
    assert_eq!(status, 403);
    assert!(
        body.contains("is not authorized to perform: kms:Encrypt"),
        "{body}"
    );
    let events = house.events();
    let codes: Vec<_> = events
        .iter()
        .filter_map(|event| event["errorCode"].as_str())
        .collect();
    assert_eq!(codes, ["AccessDeniedException", "AccessDenied"]);
}

#[tokio::test]
async fn conditions_tell_calls_of_services_from_those_of_callers() {
    let cases = [
        (
            json!({ "Bool": { "aws:ViaAWSService": "true" } }),
            true,
            false,
        ),
        (
            json!({ "Bool": { "aws:ViaAWSService": "false" } }),
            false,
            true,
        ),
        (
            json!({ "ForAnyValue:StringEquals": { "aws:CalledVia": "vault.amazonaws.com" } }),
            true,
            false,
        ),
        (
            json!({ "StringEquals": { "aws:CalledViaFirst": "vault.amazonaws.com" } }),
            true,
            false,
        ),
        (
            json!({ "StringEquals": { "aws:CalledViaLast": "vault.amazonaws.com" } }),
            true,
            false,
        ),
        (
            json!({ "Null": { "aws:CalledVia": "true", "kms:ViaService": "true" } }),
            false,
            true,
        ),
        (
            json!({ "StringEquals": { "kms:ViaService": "other.us-east-1.amazonaws.com" } }),
            false,
            false,
        ),
        (
            json!({ "StringEquals": { "kms:ViaService": "vault.eu-west-1.amazonaws.com" } }),
            false,
            false,
        ),
        (
            json!({ "IpAddress": { "aws:SourceIp": "192.0.2.0/24" } }),
            false,
            true,
        ),
        (
            json!({ "Bool": { "aws:PrincipalIsAWSService": "true" } }),
            false,
            false,
        ),
        (
            json!({ "StringEquals": { "aws:SourceAccount": ACCOUNT } }),
            false,
            false,
        ),
        (
            json!({ "StringLike": { "aws:SourceArn": "*" } }),
            false,
            false,
        ),
    ];
    for (condition, via, direct) in cases {
        let house = House::new(&["vault:Ask"]);
        let key = house
            .key(&[allow_user("kms:Encrypt", condition.clone())])
            .await;
        assert_eq!(
            house.ask("Encrypt", &key).await.0 == 200,
            via,
            "{condition}"
        );
        assert_eq!(house.encrypt(&key).await.0 == 200, direct, "{condition}");
    }
}

#[tokio::test]
async fn grants_for_resources_of_services_are_made_by_services_only() {
    let house = House::new(&["vault:Ask"]);
    let for_resource = json!({ "Bool": { "kms:GrantIsForAWSResource": "true" } });
    let key = house
        .key(&[allow_user("kms:CreateGrant", for_resource)])
        .await;
    let (status, body) = house.ask("CreateGrant", &key).await;
    assert_eq!(status, 200, "{body}");
    let grant = json!({ "KeyId": key, "GranteePrincipal": USER, "Operations": ["Decrypt"] });
    assert_eq!(house.kms("CreateGrant", grant.to_string()).await.0, 400);
    let input = ListGrantsInput {
        key_id: key,
        ..ListGrantsInput::default()
    };
    let listed = house
        .kernel
        .internal::<ListGrants>(account(), "test", input)
        .await
        .unwrap();
    assert_eq!(listed.grants.unwrap().len(), 1);
}

/// The outer call waits in line for its second try, and its inner call must not wait behind it.
#[tokio::test]
async fn a_call_that_starts_over_calls_the_other_service_again() {
    let house = House::new(&["vault:Ask"]);
    let key = house
        .key(&[allow_user("kms:DescribeKey", via_vault())])
        .await;
    let store = Arc::clone(&house.store);
    *MEANWHILE.lock().unwrap() = Some(Box::new(move || {
        let key = RecordKey::new(ACCOUNT, "", "count", "a").unwrap();
        let commit = Commit {
            base: store.revision(),
            writes: vec![Write::Put(key, Bytes::from_static(b"7"))],
            ..Commit::default()
        };
        store.commit(commit).wait().unwrap();
    }));
    let asked = house.ask("Contended", &key);
    let (status, body) = tokio::time::timeout(Duration::from_secs(5), asked)
        .await
        .unwrap();
    assert_eq!(status, 200, "{body}");
    let count = RecordKey::new(ACCOUNT, "", "count", "a").unwrap();
    let count = house
        .store
        .snapshot()
        .unwrap()
        .read(&count)
        .unwrap()
        .unwrap();
    assert_eq!(&*count.value, b"8");
    let inner = house
        .events()
        .into_iter()
        .filter(|event| event["eventName"] == "DescribeKey");
    assert_eq!(inner.count(), 2);
    let outer = house
        .outbox()
        .into_iter()
        .filter(|event| event["eventName"] == "Ask");
    assert_eq!(outer.count(), 1);
}

#[tokio::test]
async fn the_trail_shows_grants_and_no_tokens() {
    let house = House::new(&["vault:Ask"]);
    let key = house.key(&[]).await;
    let foreign = "arn:aws:iam::444455556666:root";
    let grant = CreateGrantInput {
        key_id: key.clone(),
        grantee_principal: Some(USER.to_owned()),
        retiring_principal: Some(foreign.to_owned()),
        operations: vec![GrantOperation::Encrypt],
        ..unnamed()
    };
    let made = house
        .kernel
        .internal::<CreateGrant>(account(), "test", grant)
        .await
        .unwrap();
    let id = made.grant_id.unwrap();
    let event = house.outbox().pop().unwrap();
    assert_eq!(event["eventName"], "CreateGrant");
    assert_eq!(
        event["responseElements"],
        json!({ "grantId": id, "keyId": key })
    );
    assert!(
        !event
            .to_string()
            .contains(made.grant_token.as_ref().unwrap())
    );

    // One of another account retires it: the key's account sees that, too.
    let input = RetireGrantInput {
        grant_token: made.grant_token,
        ..RetireGrantInput::default()
    };
    let other = "444455556666".parse().unwrap();
    house
        .kernel
        .internal::<RetireGrant>(other, "test", input)
        .await
        .unwrap();
    let events = house.outbox();
    let recipients: Vec<_> = events
        .iter()
        .filter(|event| event["eventName"] == "RetireGrant")
        .map(|event| event["recipientAccountId"].as_str().unwrap())
        .collect();
    assert_eq!(recipients, ["444455556666", ACCOUNT]);
    assert_eq!(events.last().unwrap()["additionalEventData"]["grantId"], id);
}

#[tokio::test]
async fn what_cannot_be_invoked_fails_in_the_server() {
    let house = House::new(&["vault:Ask", "kms:*"]);
    let key = house
        .key(&[allow_user("kms:*", json!({ "Null": { "a:b": "true" } }))])
        .await;
    for operation in ["Unknown", "NoSuchOperation", "Ask"] {
        let (status, body) = house.ask(operation, &key).await;
        assert_eq!(status, 500, "{operation}: {body}");
    }
    // Constraints of the inner input are checked.
    let (status, body) = house.ask("Encrypt", &"k".repeat(2049)).await;
    assert_eq!(status, 400, "{body}");
    assert!(body.contains("ValidationError"), "{body}");
}

#[tokio::test]
async fn a_service_that_acts_for_itself_needs_a_policy_or_grant_that_names_it_and_its_resource() {
    let house = House::new(&["vault:Ask"]);
    let source = "arn:aws:vault:us-east-1:111122223333:box/a";
    let by_policy = house
        .key(&[json!({
            "Effect": "Allow",
            "Principal": { "Service": "vault.amazonaws.com" },
            "Action": "kms:DescribeKey",
            "Resource": "*",
            "Condition": {
                "StringEquals": { "aws:SourceAccount": ACCOUNT },
                "ArnLike": { "aws:SourceArn": "arn:aws:vault:us-east-1:111122223333:box/*" },
            },
        })])
        .await;
    let by_grant = house.key(&[]).await;
    let grant = CreateGrantInput {
        key_id: by_grant.clone(),
        grantee_service_principal: Some("vault.amazonaws.com".to_owned()),
        retiring_service_principal: Some("vault.amazonaws.com".to_owned()),
        operations: vec![GrantOperation::DescribeKey],
        constraints: Some(GrantConstraints {
            source_arn: Some(source.to_owned()),
            ..GrantConstraints::default()
        }),
        ..unnamed()
    };
    house
        .kernel
        .internal::<CreateGrant>(account(), "test", grant)
        .await
        .unwrap();
    let other = "arn:aws:vault:eu-west-1:111122223333:box/a";
    for key in [&by_policy, &by_grant] {
        house
            .describe_as("vault.amazonaws.com", source, key)
            .await
            .unwrap();
        assert!(
            house
                .describe_as("vault.amazonaws.com", other, key)
                .await
                .is_err()
        );
        assert!(
            house
                .describe_as("other.amazonaws.com", source, key)
                .await
                .is_err()
        );
    }
    let input = EncryptInput {
        key_id: by_grant.clone(),
        plaintext: Bytes::from_static(b"plain"),
        encryption_context: None,
        grant_tokens: None,
        encryption_algorithm: None,
        dry_run: None,
    };
    let caller = service("vault.amazonaws.com", source);
    let encrypted = house
        .kernel
        .as_service::<Encrypt>(caller, "us-east-1", input)
        .await;
    assert!(encrypted.is_err(), "the grant is for another operation");
    let event = house.events().pop().unwrap();
    assert_eq!(event["userIdentity"]["type"], "AWSService");
    assert_eq!(event["userIdentity"]["invokedBy"], "vault.amazonaws.com");
    assert_eq!(event["sourceIPAddress"], "vault.amazonaws.com");
    assert_eq!(event["errorCode"], "AccessDeniedException");
}

#[tokio::test]
async fn no_grant_passes_a_service_control_policy() {
    let house = House::new(&["vault:Ask"]);
    let key = house.key(&[]).await;
    let grant = CreateGrantInput {
        key_id: key.clone(),
        grantee_principal: Some(USER.to_owned()),
        operations: vec![GrantOperation::Encrypt],
        ..unnamed()
    };
    house
        .kernel
        .internal::<CreateGrant>(account(), "test", grant)
        .await
        .unwrap();
    assert_eq!(house.encrypt(&key).await.0, 200);
    assert_eq!(house.ask("Encrypt", &key).await.0, 200);
    let policies = [
        (identity(&["*"]), true),
        (identity(&["vault:*", "sqs:*"]), false),
        (identity(&["*"]).replace("Allow", "Deny"), false),
    ];
    for (policy, allowed) in policies {
        house.put("service-control-policy", policy.clone());
        assert_eq!(house.encrypt(&key).await.0 == 200, allowed, "{policy}");
        assert_eq!(
            house.ask("Encrypt", &key).await.0 == 200,
            allowed,
            "{policy}"
        );
    }
}

fn unnamed() -> CreateGrantInput {
    CreateGrantInput {
        key_id: String::new(),
        grantee_principal: None,
        retiring_principal: None,
        operations: Vec::new(),
        constraints: None,
        grant_tokens: None,
        name: None,
        dry_run: None,
        grantee_service_principal: None,
        retiring_service_principal: None,
    }
}

/// A policy for everybody of the account is not for a service that acts for a resource of it.
#[tokio::test]
async fn a_service_that_acts_for_itself_is_in_no_account() {
    let house = House::new(&["vault:Ask"]);
    let key = house
        .key(&[json!({
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": "kms:DescribeKey",
            "Resource": "*",
            "Condition": { "StringEquals": { "kms:CallerAccount": ACCOUNT } },
        })])
        .await;
    let source = "arn:aws:vault:us-east-1:111122223333:box/a";
    let refused = house.describe_as("vault.amazonaws.com", source, &key).await;
    assert!(refused.is_err());
}
