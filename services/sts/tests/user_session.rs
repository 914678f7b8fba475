//! Sessions of users and of those they vouch for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub,
    missing_docs
)]

mod house;

use house::roles::*;
use house::*;
use serde_json::json;
use service_sts::api::operations::{GetAccessKeyInfo, GetFederationToken, GetSessionToken};
use service_sts::api::types::{
    GetAccessKeyInfoInput, GetFederationTokenInput, GetSessionTokenInput,
};

#[tokio::test]
async fn users_sessions_and_federated_users_cannot_ask_for_more() {
    let house = House::new();
    house.user(A, "ada", allow("*"));
    house.role(A, "open", trust("*", ALL));
    let ada = key("ada");
    let session: Keys = house
        .call(GetSessionToken, &ada, GetSessionTokenInput::default())
        .await
        .unwrap()
        .credentials
        .unwrap()
        .into();
    let federated = GetFederationTokenInput {
        name: "visitor".into(),
        ..GetFederationTokenInput::default()
    };
    let output = house
        .call(GetFederationToken, &ada, federated)
        .await
        .unwrap();
    let user = output.federated_user.unwrap();
    assert_eq!(user.arn, format!("arn:aws:sts::{A}:federated-user/visitor"));
    assert_eq!(user.federated_user_id, format!("{A}:visitor"));
    let federated = Keys::from(output.credentials.unwrap());
    assert_eq!(arn(&house, &federated).await.unwrap(), user.arn);
    assert_eq!(
        refused(assume(&house, &federated, of(A, "open")).await).0,
        "InvalidClientTokenId"
    );
    let role = keys(&house, &ada, of(A, "open")).await;
    for keys in [&session, &federated, &role] {
        let error = house
            .call(GetSessionToken, keys, GetSessionTokenInput::default())
            .await
            .err()
            .unwrap();
        assert_eq!(error.code, "AccessDenied");
        assert_eq!(
            error.message.unwrap(),
            "Cannot call GetSessionToken with session credentials"
        );
        let input = GetFederationTokenInput {
            name: "visitor".into(),
            ..GetFederationTokenInput::default()
        };
        let error = house
            .call(GetFederationToken, keys, input)
            .await
            .err()
            .unwrap();
        assert_eq!(
            error.message.unwrap(),
            "Cannot call GetFederationToken with session credentials"
        );
    }
    let input = GetAccessKeyInfoInput {
        access_key_id: "ASIAIOSFODNN7EXAMPLE".into(),
    };
    for keys in [&session, &federated] {
        let error = house
            .call(GetAccessKeyInfo, keys, input_of(&input))
            .await
            .err()
            .unwrap();
        assert_eq!(error.code, "InvalidClientTokenId");
    }
    assert!(assume(&house, &session, of(A, "open")).await.is_ok());
}

fn input_of(input: &GetAccessKeyInfoInput) -> GetAccessKeyInfoInput {
    GetAccessKeyInfoInput {
        access_key_id: input.access_key_id.clone(),
    }
}

#[tokio::test]
async fn federation_is_allowed_by_name_and_tags() {
    let house = House::new();
    let statement = json!({
        "Effect": "Allow",
        "Action": ["sts:GetFederationToken", "sts:TagSession"],
        "Resource": format!("arn:aws:sts::{A}:federated-user/visitor-*"),
        "Condition": { "StringEqualsIfExists": { "aws:RequestTag/team": "red" } },
    });
    house.user(A, "ada", statement);
    let ask = |name: &str, team: Option<&str>| GetFederationTokenInput {
        name: name.into(),
        tags: team.map(|team| vec![tag("team", team)]),
        ..GetFederationTokenInput::default()
    };
    let ada = key("ada");
    for (name, team, allowed) in [
        ("visitor-1", None, true),
        ("visitor-1", Some("red"), true),
        ("visitor-1", Some("blue"), false),
        ("admin", None, false),
    ] {
        let outcome = house.call(GetFederationToken, &ada, ask(name, team)).await;
        assert_eq!(outcome.is_ok(), allowed, "{name} {team:?}");
    }
}

#[tokio::test]
async fn a_federated_users_policy_must_be_one() {
    let house = House::new();
    house.user(A, "ada", allow("sts:GetFederationToken"));
    let input = GetFederationTokenInput {
        name: "visitor".into(),
        policy: Some("{}".into()),
        ..GetFederationTokenInput::default()
    };
    let error = house
        .call(GetFederationToken, &key("ada"), input)
        .await
        .err()
        .unwrap();
    assert_eq!(error.code, "MalformedPolicyDocument");
}

#[tokio::test]
async fn root_sessions_last_an_hour() {
    let house = House::new();
    house.user(A, "ada", allow("sqs:SendMessage"));
    let lasting = |seconds| GetSessionTokenInput {
        duration_seconds: Some(seconds),
        ..GetSessionTokenInput::default()
    };
    for (who, asked, given) in [
        ("root", 7_200, 3_600),
        ("root", 900, 900),
        ("ada", 7_200, 7_200),
    ] {
        let output = house
            .call(GetSessionToken, &key(who), lasting(asked))
            .await
            .unwrap();
        let end = output.credentials.unwrap().expiration.as_second();
        assert_eq!(end - house.now().as_second(), given, "{who} {asked}");
    }
}

#[tokio::test]
async fn tags_of_federated_users_need_a_right_of_their_own() {
    let house = House::new();
    house.user(A, "ada", allow("sts:GetFederationToken"));
    let input = GetFederationTokenInput {
        name: "visitor".into(),
        tags: Some(vec![tag("team", "red")]),
        ..GetFederationTokenInput::default()
    };
    let error = house
        .call(GetFederationToken, &key("ada"), input)
        .await
        .err()
        .unwrap();
    let text = error.message.unwrap();
    assert!(
        text.contains("is not authorized to perform: sts:TagSession on resource: arn:aws:sts::"),
        "{text}"
    );
}
