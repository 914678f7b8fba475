//! The sealed account of a denial, and who may read it.

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

use house::{A, B, House, Keys, allow, key, trust};
use serde_json::{Value, json};
use service_sts::api::operations::{AssumeRole, DecodeAuthorizationMessage, GetAccessKeyInfo};
use service_sts::api::types::{
    AssumeRoleInput, DecodeAuthorizationMessageInput, GetAccessKeyInfoInput,
};

const HEADER: &str = "x-claviger-encoded-authorization-message";

async fn denied(house: &House, who: &Keys) -> String {
    let input = GetAccessKeyInfoInput {
        access_key_id: "ASIAIOSFODNN7EXAMPLE".into(),
    };
    let response = house.respond::<GetAccessKeyInfo>(who, input).await;
    assert_eq!(response.status(), 403);
    response.headers()[HEADER].to_str().unwrap().to_owned()
}

async fn decode(house: &House, who: &Keys, encoded_message: String) -> Result<Value, String> {
    let input = DecodeAuthorizationMessageInput { encoded_message };
    let output = house
        .call(DecodeAuthorizationMessage, who, input)
        .await
        .map_err(|error| error.code)?;
    Ok(serde_json::from_str(&output.decoded_message.unwrap()).unwrap())
}

fn told() -> House {
    let house = House::new();
    let deny = json!({ "Sid": "NoKeys", "Effect": "Deny", "Action": "sts:GetAccessKeyInfo", "Resource": "*" });
    house.user(A, "ada", json!([allow("sqs:SendMessage"), deny]));
    house.user(A, "admin", allow("sts:*"));
    house.user(B, "stranger", allow("sts:*"));
    house
}

#[tokio::test]
async fn an_administrator_reads_why() {
    let house = told();
    let encoded = denied(&house, &key("ada")).await;
    assert!(encoded.len() < 8_192, "{}", encoded.len());
    let message = decode(&house, &key("admin"), encoded).await.unwrap();
    assert_eq!(message["allowed"], false);
    assert_eq!(message["explicitDeny"], true);
    let statement = &message["matchedStatements"]["items"][0];
    assert_eq!(
        (&statement["statementId"], &statement["effect"]),
        (&json!("NoKeys"), &json!("DENY"))
    );
    let context = &message["context"];
    assert_eq!(
        context["principal"]["arn"],
        format!("arn:aws:iam::{A}:user/ada")
    );
    assert_eq!(context["action"], "sts:GetAccessKeyInfo");
    let conditions = context["conditions"]["items"].as_array().unwrap();
    let address = conditions
        .iter()
        .find(|item| item["key"] == "aws:sourceip")
        .unwrap();
    assert_eq!(address["values"]["items"][0]["value"], "127.0.0.1");
}

#[tokio::test]
async fn nobody_else_does() {
    let house = told();
    let encoded = denied(&house, &key("ada")).await;
    assert_eq!(
        decode(&house, &key("ada"), encoded.clone())
            .await
            .unwrap_err(),
        "AccessDenied"
    );
    let invalid = "InvalidAuthorizationMessageException";
    assert_eq!(
        decode(&house, &key("stranger"), encoded.clone())
            .await
            .unwrap_err(),
        invalid
    );
    assert_eq!(
        decode(&house, &key("admin"), "nonsense".into())
            .await
            .unwrap_err(),
        invalid
    );
    house.advance(7 * 24 * 3_600 + 1);
    assert_eq!(
        decode(&house, &key("admin"), encoded).await.unwrap_err(),
        invalid
    );
}

/// What another account's role says, and how it is tagged, is not the caller's account's business.
#[tokio::test]
async fn a_foreign_role_stays_unknown() {
    let house = told();
    let deny =
        json!({ "Sid": "Hidden", "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole" });
    let text =
        json!({ "Version": "2012-10-17", "Statement": [trust("*", &["sts:AssumeRole"]), deny] });
    house.put(
        B,
        "role",
        "there",
        json!({ "trust": text, "tags": { "secret": "tag" } }),
    );
    let mut messages = Vec::new();
    for role in ["there", "gone!"] {
        let input = AssumeRoleInput {
            role_arn: format!("arn:aws:iam::{B}:role/{role}"),
            role_session_name: "run".into(),
            ..AssumeRoleInput::default()
        };
        let response = house.respond::<AssumeRole>(&key("admin"), input).await;
        let encoded = response.headers()[HEADER].to_str().unwrap().to_owned();
        let message = decode(&house, &key("admin"), encoded).await.unwrap();
        messages.push(message.to_string().replace(role, "ROLE"));
    }
    assert_eq!(messages[0], messages[1]);
}
