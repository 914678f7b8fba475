//! The record as a whole.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use audit::{
    Event, EventId, IdentityType, Json, Resource, SessionContext, SessionIssuer, TlsDetails,
    UserIdentity,
};
use serde_json::{Value, json};

fn event() -> Event {
    let time = "2026-11-24T12:00:00.75Z".parse().unwrap();
    Event::new(
        "sts.amazonaws.com",
        "AssumeRole",
        "us-east-1",
        time,
        EventId::from_random([0xff; 16]),
    )
}

fn parse(event: &Event) -> Value {
    serde_json::from_slice(&event.to_bytes()).unwrap()
}

fn session() -> SessionContext {
    SessionContext {
        session_issuer: Some(SessionIssuer {
            kind: "Role",
            principal_id: "AROAEXAMPLE".to_owned(),
            arn: "arn:aws:iam::111122223333:role/admin".to_owned(),
            account_id: "111122223333".to_owned(),
            user_name: Some("admin".to_owned()),
        }),
        creation_date: Some("2026-11-24T11:00:00Z".parse().unwrap()),
        mfa_authenticated: false,
        source_identity: Some("alice".to_owned()),
    }
}

#[test]
fn a_whole_record_has_cloudtrails_fields_in_its_order() {
    let mut event = event();
    event.user_identity = UserIdentity::assumed_role(
        "AROAEXAMPLE:s",
        "arn:aws:sts::111122223333:assumed-role/admin/s",
        "111122223333",
        session(),
    )
    .with_access_key("ASIAEXAMPLE");
    event.source_ip_address = "192.0.2.1".into();
    event.user_agent = Some("aws-cli/2.0 \"quoted\"\n".to_owned());
    event.error_code = Some("AccessDenied".into());
    event.error_message = Some("User is not authorized".to_owned());
    event.request_parameters = Json::new(&json!({"roleArn": "arn"}));
    event.additional_event_data = Json::new(&json!({"explicitTrustGrant": true}));
    event.request_id = Some("6b6a2b7c-0000-4000-8000-000000000000".to_owned());
    event.read_only = true;
    event.resources = vec![Resource {
        account_id: Some("111122223333".to_owned()),
        kind: Some("AWS::IAM::Role".into()),
        arn: "arn:aws:iam::111122223333:role/r".to_owned(),
    }];
    event.api_version = Some("2011-06-15".into());
    event.recipient_account_id = Some("111122223333".to_owned());
    event.shared_event_id = Some(EventId::from_random([0; 16]));
    event.tls_details = Some(TlsDetails {
        tls_version: "TLSv1.3".into(),
        cipher_suite: "TLS_AES_128_GCM_SHA256".into(),
        client_provided_host_header: Some("sts.example.com".to_owned()),
    });
    event.session_credential_from_console = true;
    let expected = concat!(
        r#"{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:s","#,
        r#""arn":"arn:aws:sts::111122223333:assumed-role/admin/s","accountId":"111122223333","#,
        r#""accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","#,
        r#""principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/admin","#,
        r#""accountId":"111122223333","userName":"admin"},"attributes":{"#,
        r#""creationDate":"2026-11-24T11:00:00Z","mfaAuthenticated":"false"},"#,
        r#""sourceIdentity":"alice"}},"eventTime":"2026-11-24T12:00:00Z","#,
        r#""eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-east-1","#,
        r#""sourceIPAddress":"192.0.2.1","userAgent":"aws-cli/2.0 \"quoted\"\n","#,
        r#""errorCode":"AccessDenied","errorMessage":"User is not authorized","#,
        r#""requestParameters":{"roleArn":"arn"},"responseElements":null,"#,
        r#""additionalEventData":{"explicitTrustGrant":true},"#,
        r#""requestID":"6b6a2b7c-0000-4000-8000-000000000000","#,
        r#""eventID":"ffffffff-ffff-4fff-bfff-ffffffffffff","readOnly":true,"#,
        r#""resources":[{"accountId":"111122223333","type":"AWS::IAM::Role","#,
        r#""ARN":"arn:aws:iam::111122223333:role/r"}],"eventType":"AwsApiCall","#,
        r#""apiVersion":"2011-06-15","managementEvent":true,"recipientAccountId":"111122223333","#,
        r#""sharedEventID":"00000000-0000-4000-8000-000000000000","eventCategory":"Management","#,
        r#""tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","#,
        r#""clientProvidedHostHeader":"sts.example.com"},"sessionCredentialFromConsole":"true"}"#,
    );
    assert_eq!(std::str::from_utf8(&event.to_bytes()).unwrap(), expected);
}

#[test]
fn a_bare_record_has_what_is_never_optional() {
    assert_eq!(
        parse(&event()),
        json!({
            "eventVersion": "1.11",
            "userIdentity": {"type": "Unknown"},
            "eventTime": "2026-11-24T12:00:00Z",
            "eventSource": "sts.amazonaws.com",
            "eventName": "AssumeRole",
            "awsRegion": "us-east-1",
            "sourceIPAddress": "",
            "requestParameters": null,
            "responseElements": null,
            "eventID": "ffffffff-ffff-4fff-bfff-ffffffffffff",
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "eventCategory": "Management"
        })
    );
}

#[test]
fn each_kind_of_identity_has_its_fields() {
    let shown = |identity: UserIdentity| {
        let mut event = event();
        event.user_identity = identity;
        parse(&event)["userIdentity"].clone()
    };
    assert_eq!(
        shown(UserIdentity::root("111122223333", "aws-cn")),
        json!({"type": "Root", "principalId": "111122223333",
            "arn": "arn:aws-cn:iam::111122223333:root", "accountId": "111122223333"})
    );
    let user = "arn:aws:iam::111122223333:user/alice";
    assert_eq!(
        shown(UserIdentity::iam_user(
            "AIDAEXAMPLE",
            user,
            "111122223333",
            "alice"
        )),
        json!({"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": user,
            "accountId": "111122223333", "userName": "alice"})
    );
    let with_mfa = SessionContext {
        mfa_authenticated: true,
        ..SessionContext::default()
    };
    assert_eq!(
        shown(UserIdentity::federated_user(
            "111122223333:bob",
            "arn",
            "111122223333",
            with_mfa
        )),
        json!({"type": "FederatedUser", "principalId": "111122223333:bob", "arn": "arn",
            "accountId": "111122223333",
            "sessionContext": {"attributes": {"mfaAuthenticated": "true"}}})
    );
    assert_eq!(
        shown(UserIdentity::aws_account("AIDAEXAMPLE", "444455556666")),
        json!({"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "444455556666"})
    );
    assert_eq!(
        shown(UserIdentity::aws_service("kms.amazonaws.com")),
        json!({"type": "AWSService", "invokedBy": "kms.amazonaws.com"})
    );
    assert_eq!(
        shown(UserIdentity::unknown(Some(&"A".repeat(5000)))),
        json!({"type": "Unknown", "accessKeyId": "A".repeat(128)})
    );
    let mut web = UserIdentity::bare(IdentityType::WebIdentityUser);
    web.identity_provider = Some("accounts.example.com".to_owned());
    assert_eq!(
        shown(web),
        json!({"type": "WebIdentityUser", "identityProvider": "accounts.example.com"})
    );
}

#[test]
fn sizes_stay_within_cloudtrails_limits() {
    let filler = |bytes: usize| Json::new(&json!({"filler": "x".repeat(bytes)}));
    let mut event = event();
    event.user_agent = Some("\u{e9}".repeat(2000));
    event.error_message = Some("m".repeat(2000));
    event.request_id = Some("r".repeat(2000));
    event.request_parameters = filler(100 * 1024);
    event.response_elements = filler(99 * 1024);
    event.additional_event_data = filler(28 * 1024);
    let record = parse(&event);
    assert_eq!(record["userAgent"].as_str().unwrap().len(), 1024);
    assert_eq!(record["errorMessage"].as_str().unwrap().len(), 1024);
    assert_eq!(record["requestID"].as_str().unwrap().len(), 1024);
    assert_eq!(record["requestParameters"], json!({"omitted": true}));
    assert_eq!(record["additionalEventData"], json!({"omitted": true}));
    assert!(record["responseElements"]["filler"].is_string());
}

#[test]
fn a_record_that_is_too_large_as_a_whole_loses_its_largest_parts() {
    let filler = |bytes: usize| Json::new(&json!({"filler": "x".repeat(bytes)}));
    let mut event = event();
    event.request_parameters = filler(99 * 1024);
    event.response_elements = filler(99 * 1024);
    let resource = Resource {
        account_id: None,
        kind: None,
        arn: "a".repeat(1000),
    };
    event.resources = vec![resource.clone(); 100];
    assert!(event.to_bytes().len() <= 256 * 1024);
    let record = parse(&event);
    assert_eq!(record["responseElements"], json!({"omitted": true}));
    assert!(record["requestParameters"]["filler"].is_string());
    event.resources = vec![resource; 1000];
    assert!(event.to_bytes().len() <= 256 * 1024);
    assert_eq!(parse(&event).get("resources"), None);
}
