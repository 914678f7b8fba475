//! What sessions of roles are, how long, and what they hand on.

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
use service_sts::api::operations::{GetAccessKeyInfo, GetSessionToken};
use service_sts::api::types::{
    AssumeRoleInput, GetAccessKeyInfoInput, GetSessionTokenInput, PolicyDescriptorType,
};

#[tokio::test]
async fn a_session_is_who_it_says_until_it_ends() {
    let house = House::new();
    house.user(A, "ada", allow("sts:AssumeRole"));
    house.role(B, "reader", trust(&root(A), ASSUME));
    let input = AssumeRoleInput {
        duration_seconds: Some(900),
        ..of(B, "reader")
    };
    let output = assume(&house, &key("ada"), input).await.unwrap();
    let user = output.assumed_role_user.unwrap();
    assert_eq!(
        user.arn,
        format!("arn:aws:sts::{B}:assumed-role/reader/run")
    );
    assert_eq!(user.assumed_role_id, "AROAREADER:run");
    assert_eq!(
        (output.packed_policy_size, output.source_identity),
        (None, None)
    );
    let credentials = output.credentials.unwrap();
    assert!(credentials.access_key_id.starts_with("ASIA") && credentials.access_key_id.len() == 20);
    assert_eq!(credentials.expiration.to_string(), "2026-11-24T12:15:00Z");
    let owner = GetAccessKeyInfoInput {
        access_key_id: credentials.access_key_id.clone(),
    };
    let session = Keys::from(credentials);
    assert_eq!(arn(&house, &session).await.unwrap(), user.arn);
    let owner = house.call(GetAccessKeyInfo, &session, owner).await.unwrap();
    assert_eq!(owner.account.as_deref(), Some(B));
    house.advance(901);
    assert_eq!(
        arn(&house, &session).await.unwrap_err().code,
        "ExpiredToken"
    );
}

#[tokio::test]
async fn sessions_do_not_outlive_their_role() {
    let house = House::new();
    house.user(A, "ada", allow("sts:AssumeRole"));
    house.role(A, "reader", trust(&root(A), ASSUME));
    let session = keys(&house, &key("ada"), of(A, "reader")).await;
    house.put(A, "role", "reader", json!({ "id": "another" }));
    assert_eq!(
        arn(&house, &session).await.unwrap_err().code,
        "InvalidClientTokenId"
    );
}

#[tokio::test]
async fn durations_end_at_the_limits() {
    let house = House::new();
    house.user(A, "ada", allow("sts:AssumeRole"));
    house.role(A, "reader", trust(&root(A), ASSUME));
    let lasting = |seconds| AssumeRoleInput {
        duration_seconds: Some(seconds),
        ..of(A, "reader")
    };
    let ada = key("ada");
    assert!(assume(&house, &ada, lasting(7_200)).await.is_ok());
    let (code, text) = refused(assume(&house, &ada, lasting(7_201)).await);
    assert_eq!(code, "ValidationError");
    assert_eq!(
        text,
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    );
    assert_eq!(
        refused(assume(&house, &ada, lasting(899)).await).0,
        "ValidationError"
    );
    let role = keys(&house, &ada, of(A, "reader")).await;
    let user = house
        .call(GetSessionToken, &ada, GetSessionTokenInput::default())
        .await
        .unwrap();
    assert!(assume(&house, &role, lasting(3_600)).await.is_ok());
    let (code, text) = refused(assume(&house, &role, lasting(3_601)).await);
    assert_eq!(code, "ValidationError");
    assert!(
        text.starts_with("The requested DurationSeconds exceeds the 1 hour session limit"),
        "{text}"
    );
    // A user's temporary credentials are no role: nothing is chained.
    let user: Keys = user.credentials.unwrap().into();
    assert!(assume(&house, &user, lasting(7_200)).await.is_ok());
}

#[tokio::test]
async fn what_a_chain_hands_on_stays_and_needs_rights_at_every_hop() {
    let house = House::new();
    house.user(A, "ada", allow("sts:*"));
    house.role(A, "first", trust(&root(A), ALL));
    house.role(A, "open", trust(&root(A), ALL));
    house.role(A, "plain", trust(&root(A), ASSUME));
    house.role(
        A,
        "unsourced",
        trust(&root(A), &["sts:AssumeRole", "sts:TagSession"]),
    );
    house.role(
        A,
        "untagged",
        trust(&root(A), &["sts:AssumeRole", "sts:SetSourceIdentity"]),
    );
    let handed_on = trust_if(
        "sts:AssumeRole",
        json!({
            "StringEquals": { "aws:PrincipalTag/team": "red", "aws:SourceIdentity": "ada", "sts:SourceIdentity": "ada" },
            "Null": { "aws:PrincipalTag/stage": "true" },
        }),
    );
    house.role(
        A,
        "last",
        json!([
            handed_on,
            trust(&root(A), &["sts:TagSession", "sts:SetSourceIdentity"])
        ]),
    );
    let first = AssumeRoleInput {
        tags: Some(vec![tag("team", "red"), tag("stage", "test")]),
        transitive_tag_keys: Some(vec!["team".into()]),
        source_identity: Some("ada".into()),
        ..of(A, "first")
    };
    let first = keys(&house, &key("ada"), first).await;
    // In the first session the tag that is not handed on is still there.
    assert_eq!(
        refused(assume(&house, &first, of(A, "last")).await).0,
        "AccessDenied"
    );
    for (role, action) in [
        ("plain", "sts:TagSession"),
        ("untagged", "sts:TagSession"),
        ("unsourced", "sts:SetSourceIdentity"),
    ] {
        let (_, text) = refused(assume(&house, &first, of(A, role)).await);
        assert!(
            text.contains(&format!("is not authorized to perform: {action} on")),
            "{text}"
        );
    }
    let change = AssumeRoleInput {
        tags: Some(vec![tag("TEAM", "blue")]),
        ..of(A, "open")
    };
    let (code, text) = refused(assume(&house, &first, change).await);
    assert_eq!(code, "InvalidParameterValue");
    assert!(
        text.ends_with("it conflicts with a transitive tag key from the calling session."),
        "{text}"
    );
    let change = AssumeRoleInput {
        source_identity: Some("bob".into()),
        ..of(A, "open")
    };
    let (code, text) = refused(assume(&house, &first, change).await);
    assert_eq!(code, "ValidationError");
    assert_eq!(
        text,
        "The source identity is already set for this assume role session"
    );
    let output = assume(&house, &first, of(A, "open")).await.unwrap();
    assert_eq!(output.source_identity.as_deref(), Some("ada"));
    let second = output.credentials.unwrap().into();
    assert!(assume(&house, &second, of(A, "last")).await.is_ok());
}

#[tokio::test]
async fn session_policies_limit_and_must_exist_in_the_roles_account() {
    let house = House::new();
    house.user(A, "ada", allow("sts:AssumeRole"));
    house.role(B, "all", trust(&root(A), ASSUME));
    let only = |action: &str| json!({ "Version": "2012-10-17", "Statement": allow(action) });
    house.put(A, "policy", "foreign", only("*"));
    house.put(B, "policy", "keys", only("sts:GetAccessKeyInfo"));
    let arns = |arns: &[&str]| {
        Some(
            arns.iter()
                .map(|arn| PolicyDescriptorType {
                    arn: Some((*arn).to_owned()),
                })
                .collect::<Vec<_>>(),
        )
    };
    let asks = |session: Keys| {
        let house = &house;
        async move {
            let input = GetAccessKeyInfoInput {
                access_key_id: "ASIAIOSFODNN7EXAMPLE".into(),
            };
            house
                .call(GetAccessKeyInfo, &session, input)
                .await
                .unwrap_err()
                .code
        }
    };
    for (policy, policy_arns, expected) in [
        (None, None, "ValidationError"),
        (Some(only("sts:*").to_string()), None, "ValidationError"),
        (Some(only("sqs:*").to_string()), None, "AccessDenied"),
        (
            None,
            arns(&[&format!("arn:aws:iam::{B}:policy/keys")]),
            "ValidationError",
        ),
        (
            None,
            arns(&["arn:aws:iam::aws:policy/AmazonSQSFullAccess"]),
            "AccessDenied",
        ),
        // Together they are a union.
        (
            Some(only("sqs:*").to_string()),
            arns(&[&format!("arn:aws:iam::{B}:policy/keys")]),
            "ValidationError",
        ),
    ] {
        let limited = policy.is_some() || policy_arns.is_some();
        let input = AssumeRoleInput {
            policy: policy.clone(),
            policy_arns,
            ..of(B, "all")
        };
        let output = assume(&house, &key("ada"), input).await.unwrap();
        assert_eq!(output.packed_policy_size.is_some(), limited);
        assert_eq!(
            asks(output.credentials.unwrap().into()).await,
            expected,
            "{policy:?}"
        );
    }
    for missing in [
        format!("arn:aws:iam::{A}:policy/foreign"),
        format!("arn:aws:iam::{B}:policy/missing"),
        "arn:aws:iam::aws:policy/NoSuchPolicyOfAws".into(),
        "arn:aws-cn:iam::aws:policy/AmazonSQSFullAccess".into(),
    ] {
        let input = AssumeRoleInput {
            policy_arns: arns(&[&missing]),
            ..of(B, "all")
        };
        assert_eq!(
            refused(assume(&house, &key("ada"), input).await).0,
            "ValidationError",
            "{missing}"
        );
    }
    let input = AssumeRoleInput {
        policy: Some("{}".into()),
        ..of(B, "all")
    };
    assert_eq!(
        refused(assume(&house, &key("ada"), input).await).0,
        "MalformedPolicyDocument"
    );
    // Sessions lose the rights of a policy that is deleted, and gain none.
    let input = AssumeRoleInput {
        policy_arns: arns(&[&format!("arn:aws:iam::{B}:policy/keys")]),
        ..of(B, "all")
    };
    let session = keys(&house, &key("ada"), input).await;
    house.delete(B, "policy", "keys");
    assert_eq!(asks(session.clone()).await, "AccessDenied");
    // Nor does a later policy of the same name give them more.
    let mut wide = only("*");
    wide["Id"] = json!("another");
    house.put(B, "policy", "keys", wide);
    assert_eq!(asks(session).await, "AccessDenied");
}

#[tokio::test]
async fn a_token_can_be_asked_to_be_long() {
    let house = House::new();
    house.user(A, "ada", allow("sts:AssumeRole"));
    house.role(A, "reader", trust(&root(A), ASSUME));
    let input = AssumeRoleInput {
        minimum_session_token_size: Some(2_048),
        ..of(A, "reader")
    };
    let output = assume(&house, &key("ada"), input).await.unwrap();
    let credentials = output.credentials.unwrap();
    let length = i32::try_from(credentials.session_token.len()).unwrap();
    assert!((2_048..2_060).contains(&length), "{length}");
    assert_eq!(
        (output.session_token_size, output.session_token_utilization),
        (Some(length), Some((length * 100 + 4_095) / 4_096))
    );
    assert!(arn(&house, &credentials.into()).await.is_ok());
}
