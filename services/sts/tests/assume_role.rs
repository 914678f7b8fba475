//! Who gets credentials of a role, and what they are then.

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

use house::{A, B, House, Keys, allow, key, trust, trust_if};
use serde_json::{Value, json};
use service_sts::api::operations::{
    AssumeRole, GetAccessKeyInfo, GetCallerIdentity, GetFederationToken, GetSessionToken,
};
use service_sts::api::types::{
    AssumeRoleInput, AssumeRoleOutput, GetAccessKeyInfoInput, GetCallerIdentityInput,
    GetFederationTokenInput, GetSessionTokenInput, PolicyDescriptorType, Tag,
};
use wire::ResponseError;

const ASSUME: &[&str] = &["sts:AssumeRole"];
const ALL: &[&str] = &["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

fn of(account: &str, role: &str) -> AssumeRoleInput {
    AssumeRoleInput {
        role_arn: format!("arn:aws:iam::{account}:role/{role}"),
        role_session_name: "run".into(),
        ..AssumeRoleInput::default()
    }
}

async fn assume(
    house: &House,
    who: &Keys,
    input: AssumeRoleInput,
) -> Result<AssumeRoleOutput, ResponseError> {
    house.call(AssumeRole, who, input).await
}

async fn keys(house: &House, who: &Keys, input: AssumeRoleInput) -> Keys {
    assume(house, who, input)
        .await
        .unwrap_or_else(|error| panic!("{error}"))
        .credentials
        .unwrap()
        .into()
}

async fn arn(house: &House, who: &Keys) -> Result<String, ResponseError> {
    house
        .call(GetCallerIdentity, who, GetCallerIdentityInput {})
        .await
        .map(|identity| identity.arn.unwrap())
}

fn refused(outcome: Result<AssumeRoleOutput, ResponseError>) -> (String, String) {
    match outcome {
        Ok(_) => panic!("wrongly allowed"),
        Err(error) => (error.code, error.message.unwrap_or_default()),
    }
}

fn denial(user: &str, action: &str, account: &str, role: &str) -> (String, String) {
    let text = format!(
        "User: arn:aws:iam::{A}:user/{user} is not authorized to perform: {action} on resource: \
         arn:aws:iam::{account}:role/{role}"
    );
    ("AccessDenied".into(), text)
}

fn tag(key: &str, value: &str) -> Tag {
    Tag {
        key: key.into(),
        value: value.into(),
    }
}

fn root(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// The table of trust: who is named where, and whether the caller's own policies must allow too.
#[tokio::test]
async fn trust_and_identity_add_up_as_with_aws() {
    let house = House::new();
    house.user(A, "may", allow("sts:AssumeRole"));
    house.user(A, "idle", allow("sqs:SendMessage"));
    let deny =
        json!([allow("*"), { "Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*" }]);
    house.user(A, "denied", deny);
    let user = |name: &str| format!("arn:aws:iam::{A}:user/{name}");
    for account in [A, B] {
        house.role(account, "account", trust(&root(A), ASSUME));
        house.role(account, "everybody", trust("*", ASSUME));
        house.role(account, "nobody", trust(&root("999999999999"), ASSUME));
        house.role(account, "other", trust(&user("somebody"), ASSUME));
        for name in ["may", "idle", "denied"] {
            house.role(
                account,
                &format!("names-{name}"),
                trust(&user(name), ASSUME),
            );
        }
        let cross = account == B;
        for (who, role, allowed) in [
            ("may", "account", true),
            ("may", "names-may", true),
            ("may", "everybody", true),
            ("may", "nobody", false),
            ("may", "other", false),
            ("may", "names-idle", false),
            ("may", "missing", false),
            ("idle", "account", false),
            ("idle", "names-idle", !cross),
            ("idle", "everybody", !cross),
            ("idle", "missing", false),
            ("denied", "account", false),
            ("denied", "names-denied", false),
            ("denied", "everybody", false),
        ] {
            let outcome = assume(&house, &key(who), of(account, role)).await;
            assert_eq!(outcome.is_ok(), allowed, "{who} {account} {role}");
        }
    }
}

#[tokio::test]
async fn a_missing_role_is_denied_as_one_that_refuses() {
    let house = House::new();
    house.user(A, "ada", allow("sts:AssumeRole"));
    house.role(B, "refuses", trust(&root("999999999999"), ASSUME));
    let explicit =
        json!({ "Effect": "Deny", "Principal": { "AWS": root(A) }, "Action": "sts:AssumeRole" });
    house.role(B, "forbids", json!([trust(&root(A), ASSUME), explicit]));
    house.put(B, "user", "person", json!({}));
    for role in ["refuses", "forbids", "missing"] {
        assert_eq!(
            refused(assume(&house, &key("ada"), of(B, role)).await),
            denial("ada", "sts:AssumeRole", B, role)
        );
    }
    let mut user = of(B, "x");
    user.role_arn = format!("arn:aws:iam::{B}:user/person");
    assert_eq!(
        refused(assume(&house, &key("ada"), user).await).0,
        "AccessDenied"
    );
    let event = house.events().pop().unwrap();
    assert_eq!(event["errorCode"], "AccessDenied");
}

#[tokio::test]
async fn denials_that_are_only_logged_still_make_no_role() {
    let house = House::with(kernel::Enforcement::Soft);
    house.user(A, "ada", allow("sqs:SendMessage"));
    assert_eq!(
        refused(assume(&house, &key("ada"), of(A, "missing")).await).0,
        "AccessDenied"
    );
}

#[tokio::test]
async fn root_users_cannot_assume_roles() {
    let house = House::new();
    house.user(A, "ada", allow("*"));
    house.role(A, "open", trust("*", ASSUME));
    let (code, text) = refused(assume(&house, &key("root"), of(A, "open")).await);
    assert_eq!(
        (code.as_str(), text.as_str()),
        ("AccessDenied", "Roles may not be assumed by root accounts.")
    );
    let session = house
        .call(
            GetSessionToken,
            &key("root"),
            GetSessionTokenInput::default(),
        )
        .await
        .unwrap();
    let session = session.credentials.unwrap().into();
    assert_eq!(
        refused(assume(&house, &session, of(A, "open")).await).1,
        text
    );
}

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
    for session in [role, user.credentials.unwrap().into()] {
        assert!(assume(&house, &session, lasting(3_600)).await.is_ok());
        let (code, text) = refused(assume(&house, &session, lasting(3_601)).await);
        assert_eq!(code, "ValidationError");
        assert!(
            text.starts_with("The requested DurationSeconds exceeds the 1 hour session limit"),
            "{text}"
        );
    }
}

/// Every key of the request that a trust policy can ask for, with a value that fits and one that does not.
#[tokio::test]
async fn trust_policies_see_the_request() {
    let house = House::new();
    house.put(A, "user", "ada", json!({}));
    let equals = |name: &str, value: &str| json!({ "StringEquals": { name: value } });
    let cases: [(&str, Value, AssumeRoleInput, AssumeRoleInput); 6] = [
        (
            "external-id",
            equals("sts:ExternalId", "secret"),
            AssumeRoleInput {
                external_id: Some("secret".into()),
                ..of(A, "external-id")
            },
            AssumeRoleInput {
                external_id: Some("guess".into()),
                ..of(A, "external-id")
            },
        ),
        (
            "session-name",
            equals("sts:RoleSessionName", "${aws:username}"),
            AssumeRoleInput {
                role_session_name: "ada".into(),
                ..of(A, "session-name")
            },
            AssumeRoleInput {
                role_session_name: "bob".into(),
                ..of(A, "session-name")
            },
        ),
        (
            "source-identity",
            equals("sts:SourceIdentity", "ada"),
            AssumeRoleInput {
                source_identity: Some("ada".into()),
                ..of(A, "source-identity")
            },
            AssumeRoleInput {
                source_identity: Some("bob".into()),
                ..of(A, "source-identity")
            },
        ),
        (
            "request-tag",
            equals("aws:RequestTag/team", "red"),
            AssumeRoleInput {
                tags: Some(vec![tag("Team", "red")]),
                ..of(A, "request-tag")
            },
            AssumeRoleInput {
                tags: Some(vec![tag("Team", "blue")]),
                ..of(A, "request-tag")
            },
        ),
        (
            "tag-keys",
            json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] }, "Null": { "aws:TagKeys": "false" } }),
            AssumeRoleInput {
                tags: Some(vec![tag("team", "red")]),
                ..of(A, "tag-keys")
            },
            AssumeRoleInput {
                tags: Some(vec![tag("team", "red"), tag("x", "y")]),
                ..of(A, "tag-keys")
            },
        ),
        (
            "transitive",
            json!({ "ForAnyValue:StringEquals": { "sts:TransitiveTagKeys": "team" } }),
            AssumeRoleInput {
                tags: Some(vec![tag("team", "red")]),
                transitive_tag_keys: Some(vec!["team".into()]),
                ..of(A, "transitive")
            },
            AssumeRoleInput {
                tags: Some(vec![tag("team", "red")]),
                ..of(A, "transitive")
            },
        ),
    ];
    for (role, condition, fits, differs) in cases {
        let others = trust("*", &["sts:TagSession", "sts:SetSourceIdentity"]);
        house.role(
            A,
            role,
            json!([trust_if("sts:AssumeRole", condition), others]),
        );
        let outcome = assume(&house, &key("ada"), fits).await;
        assert!(outcome.is_ok(), "{role}: {:?}", outcome.err());
        assert_eq!(
            refused(assume(&house, &key("ada"), differs).await),
            denial("ada", "sts:AssumeRole", A, role)
        );
        assert_eq!(
            refused(assume(&house, &key("ada"), of(A, role)).await),
            denial("ada", "sts:AssumeRole", A, role)
        );
    }
}

#[tokio::test]
async fn tags_of_the_role_are_conditions_of_the_caller() {
    let house = House::new();
    let condition = json!({ "StringEquals": { "iam:ResourceTag/stage": "test", "aws:ResourceTag/stage": "test" } });
    let statement = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*", "Condition": condition });
    house.user(A, "ada", statement);
    for (role, stage) in [("tested", "test"), ("live", "live")] {
        let trusted = json!({ "Version": "2012-10-17", "Statement": trust(&root(A), ASSUME) });
        house.put(
            A,
            "role",
            role,
            json!({ "trust": trusted, "tags": { "Stage": stage } }),
        );
    }
    assert!(assume(&house, &key("ada"), of(A, "tested")).await.is_ok());
    assert_eq!(
        refused(assume(&house, &key("ada"), of(A, "live")).await).0,
        "AccessDenied"
    );
}

#[tokio::test]
async fn mfa_counts_for_the_call_that_shows_it() {
    let house = House::new();
    house.user(A, "ada", allow("sts:AssumeRole"));
    let condition = json!({
        "Bool": { "aws:MultiFactorAuthPresent": "true" },
        "NumericLessThan": { "aws:MultiFactorAuthAge": "300" },
    });
    house.role(A, "careful", trust_if("sts:AssumeRole", condition));
    let ada = key("ada");
    let device = format!("arn:aws:iam::{A}:mfa/ada");
    let shown = |serial: Option<&str>, code: Option<&str>| AssumeRoleInput {
        serial_number: serial.map(ToOwned::to_owned),
        token_code: code.map(ToOwned::to_owned),
        ..of(A, "careful")
    };
    assert_eq!(
        refused(assume(&house, &ada, of(A, "careful")).await),
        denial("ada", "sts:AssumeRole", A, "careful")
    );
    for (serial, code, text) in [
        (
            Some(device.as_str()),
            Some("654321"),
            "with invalid MFA one time pass code.",
        ),
        (
            Some("arn:aws:iam::111122223333:mfa/bob"),
            Some("123456"),
            "valid and associated with this user.",
        ),
        (
            Some(device.as_str()),
            None,
            "must provide both MFA serial number and one time pass code.",
        ),
        (
            None,
            Some("123456"),
            "must provide both MFA serial number and one time pass code.",
        ),
    ] {
        let (found, message) = refused(assume(&house, &ada, shown(serial, code)).await);
        assert_eq!(found, "AccessDenied");
        assert!(
            message.starts_with("MultiFactorAuthentication failed") && message.ends_with(text),
            "{message}"
        );
    }
    let role = keys(&house, &ada, shown(Some(&device), Some("123456"))).await;
    // The role's session has not shown anything.
    assert_eq!(
        refused(assume(&house, &role, of(A, "careful")).await).0,
        "AccessDenied"
    );
    // A user's session has, for as long as it is young.
    let with_mfa = GetSessionTokenInput {
        serial_number: Some(device),
        token_code: Some("123456".into()),
        ..GetSessionTokenInput::default()
    };
    let session = house
        .call(GetSessionToken, &ada, with_mfa)
        .await
        .unwrap()
        .credentials
        .unwrap()
        .into();
    assert!(assume(&house, &session, of(A, "careful")).await.is_ok());
    house.advance(300);
    assert_eq!(
        refused(assume(&house, &session, of(A, "careful")).await).0,
        "AccessDenied"
    );
}

#[tokio::test]
async fn tags_and_source_identity_need_rights_of_their_own() {
    let house = House::new();
    house.user(A, "ada", allow("sts:AssumeRole"));
    house.user(A, "bob", allow("sts:*"));
    house.role(A, "plain", trust(&root(A), ASSUME));
    house.role(A, "open", trust(&root(A), ALL));
    let tagged = |role| AssumeRoleInput {
        tags: Some(vec![tag("team", "red")]),
        ..of(A, role)
    };
    let sourced = |role| AssumeRoleInput {
        source_identity: Some("ada".into()),
        ..of(A, role)
    };
    for (who, role) in [("ada", "open"), ("ada", "plain"), ("bob", "plain")] {
        assert_eq!(
            refused(assume(&house, &key(who), tagged(role)).await),
            denial(who, "sts:TagSession", A, role)
        );
        let expected = denial(who, "sts:SetSourceIdentity", A, role);
        assert_eq!(
            refused(assume(&house, &key(who), sourced(role)).await),
            expected
        );
    }
    assert!(assume(&house, &key("bob"), tagged("open")).await.is_ok());
    let output = assume(&house, &key("bob"), sourced("open")).await.unwrap();
    assert_eq!(output.source_identity.as_deref(), Some("ada"));
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
    for (role, action) in [("plain", "sts:TagSession"), ("untagged", "sts:TagSession")] {
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
    assert_eq!(asks(session).await, "AccessDenied");
}

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
