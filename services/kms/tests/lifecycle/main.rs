//! What becomes of keys with time: deletion, rotation, imported material, replicas, last use.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod deletion;
mod house;
mod import;
mod replicas;
mod rotation;

use house::{HOME, House};
use service_kms::api::operations::{CreateKey, Decrypt, DescribeKey, Encrypt};
use service_kms::api::types::{
    CreateKeyInput, DecryptInput, DescribeKeyInput, EncryptInput, KeyMetadata, KeyState,
};

pub async fn create(house: &House, input: CreateKeyInput) -> String {
    let made = house.call(CreateKey, HOME, input).await.unwrap();
    made.key_metadata.unwrap().key_id
}

pub async fn describe(house: &House, region: &str, key: &str) -> KeyMetadata {
    let input = DescribeKeyInput {
        key_id: key.into(),
        ..DescribeKeyInput::default()
    };
    let shown = house.call(DescribeKey, region, input).await.unwrap();
    shown.key_metadata.unwrap()
}

pub async fn state(house: &House, region: &str, key: &str) -> KeyState {
    describe(house, region, key).await.key_state.unwrap()
}

pub async fn encrypt(house: &House, region: &str, key: &str) -> Result<Vec<u8>, String> {
    let input = EncryptInput {
        key_id: key.into(),
        plaintext: b"plaintext".to_vec().into(),
        encryption_context: None,
        grant_tokens: None,
        encryption_algorithm: None,
        dry_run: None,
    };
    let made = house.call(Encrypt, region, input).await;
    made.map(|made| made.ciphertext_blob.unwrap().to_vec())
        .map_err(|error| error.code)
}

pub async fn decrypt(house: &House, region: &str, ciphertext: &[u8]) -> Result<String, String> {
    let input = DecryptInput {
        ciphertext_blob: Some(ciphertext.to_vec().into()),
        encryption_context: None,
        grant_tokens: None,
        key_id: None,
        encryption_algorithm: None,
        recipient: None,
        dry_run: None,
        dry_run_modifiers: None,
    };
    let opened = house.call(Decrypt, region, input).await;
    opened
        .map(|opened| String::from_utf8(opened.plaintext.unwrap().to_vec()).unwrap())
        .map_err(|error| error.code)
}
