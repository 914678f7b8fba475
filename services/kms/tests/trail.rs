//! What the trail says of calls that change keys: which key, also where the response does not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[allow(dead_code)]
#[path = "lifecycle/house.rs"]
mod house;

use house::{HOME, House};
use serde_json::{Value, json};
use service_kms::api::operations::{
    CreateAlias, CreateKey, DeleteAlias, DescribeKey, DisableKey, PutKeyPolicy, TagResource,
    UpdateAlias,
};
use service_kms::api::types::{
    CreateAliasInput, CreateKeyInput, DeleteAliasInput, DescribeKeyInput, DisableKeyInput,
    PutKeyPolicyInput, Tag, TagResourceInput, UpdateAliasInput,
};

async fn change(house: &House, id: &str) {
    let key_id = id.to_owned();
    let alias_name = "alias/a".to_owned();
    let alias = CreateAliasInput {
        alias_name: alias_name.clone(),
        target_key_id: key_id.clone(),
    };
    house.call(CreateAlias, HOME, alias).await.unwrap();
    let update = UpdateAliasInput {
        alias_name: alias_name.clone(),
        target_key_id: key_id.clone(),
    };
    house.call(UpdateAlias, HOME, update).await.unwrap();
    let delete = DeleteAliasInput { alias_name };
    house.call(DeleteAlias, HOME, delete).await.unwrap();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*" },
    });
    let put = PutKeyPolicyInput {
        key_id: key_id.clone(),
        policy: policy.to_string(),
        ..PutKeyPolicyInput::default()
    };
    house.call(PutKeyPolicy, HOME, put).await.unwrap();
    let tags = vec![Tag {
        tag_key: "a".to_owned(),
        tag_value: String::new(),
    }];
    let tag = TagResourceInput {
        key_id: key_id.clone(),
        tags,
    };
    house.call(TagResource, HOME, tag).await.unwrap();
    let disable = DisableKeyInput { key_id };
    house.call(DisableKey, HOME, disable).await.unwrap();
}

#[tokio::test]
async fn changes_show_the_arn_of_their_key() {
    let house = House::new();
    let made = house.call(CreateKey, HOME, CreateKeyInput::default()).await;
    let key = made.unwrap().key_metadata.unwrap();
    let arn = key.arn.unwrap();
    change(&house, &key.key_id).await;
    for name in [
        "CreateAlias",
        "UpdateAlias",
        "DeleteAlias",
        "PutKeyPolicy",
        "TagResource",
        "DisableKey",
    ] {
        let events = house.events(name);
        assert_eq!(events.len(), 1, "{name}");
        assert_eq!(
            events[0]["responseElements"],
            json!({ "keyId": arn }),
            "{name}"
        );
        let resources = events[0]["resources"].as_array().unwrap();
        assert!(
            resources.iter().any(|resource| resource["ARN"] == *arn),
            "{name}"
        );
    }
    let made = &house.events("CreateKey")[0];
    assert_eq!(made["responseElements"]["keyMetadata"]["arn"], *arn);
}

#[tokio::test]
async fn reading_shows_no_response() {
    let house = House::new();
    let input = DescribeKeyInput {
        key_id: "alias/aws/s3".to_owned(),
        grant_tokens: None,
    };
    house.call(DescribeKey, HOME, input).await.unwrap();
    let events = house.events("DescribeKey");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["responseElements"], Value::Null);
    assert_eq!(
        events[0]["requestParameters"],
        json!({ "keyId": "alias/aws/s3" })
    );
}
