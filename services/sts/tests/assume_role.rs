//! Who gets credentials of a role.

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
use serde_json::{Value, json};
use service_sts::api::operations::GetSessionToken;
use service_sts::api::types::{AssumeRoleInput, GetSessionTokenInput};

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
